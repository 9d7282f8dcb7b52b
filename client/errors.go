package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// Sentinels for errors.Is.
var (
	// ErrConfig marks an option, a URL or an argument that cannot work.
	// It is rx.ErrConfig, too, so that operators.Retry does not repeat it.
	ErrConfig error = configError{}
	// ErrClosed is what every call on a closed client gets.
	ErrClosed = errors.New("kalam: client is closed")
	// ErrDisconnected marks a connection that was lost or given up; see
	// [*DisconnectedError].
	ErrDisconnected = errors.New("kalam: disconnected")
	// ErrConnect marks a socket that could not be made; see [*ConnectError]. Where HTTP
	// finds no server the error is net/http's, such as syscall.ECONNREFUSED.
	ErrConnect = errors.New("kalam: cannot connect")
	// ErrPeerSilent marks a connection on which nothing was received for the
	// peer timeout although pings were sent.
	ErrPeerSilent = errors.New("kalam: peer is silent")
	// ErrTimeout marks a step that took longer than its option allows; see
	// [*TimeoutError].
	ErrTimeout = errors.New("kalam: timeout")
	// ErrFrame marks a frame that could not be read; see [*FrameError].
	ErrFrame = errors.New("kalam: unreadable frame")
	// ErrLagged marks what happens to a live stream whose observer fell further
	// behind than its queue holds: a Gap, or its end; see [*LagError].
	ErrLagged = errors.New("kalam: observer fell behind")
	// ErrSubscriptionLimit marks a live query beyond the number that the server, or
	// WithMaxLiveQueries, allows; see [*LimitError].
	ErrSubscriptionLimit = errors.New("kalam: too many live queries")
	// ErrParam marks a query parameter that the server could not take exactly.
	ErrParam = errors.New("kalam: bad parameter")
	// ErrKey marks a live view of a table whose rows have no usable key.
	ErrKey = errors.New("kalam: no usable primary key")
)

type configError struct{}

// Error says no more than that; what wraps it does.
func (configError) Error() string { return "kalam: bad configuration" }

// Is reports whether target is rx.ErrConfig.
func (configError) Is(target error) bool { return target == rx.ErrConfig }

// errOrder is the cause of a frame that does not follow what came before it.
var errOrder = errors.New("kalam: message out of order")

// ServerError is what the server said, over HTTP or the socket: its code and
// message. errors.Is finds codes ([wire.CodeInvalidSQL]) and their classes
// ([wire.ClassAuth]).
type ServerError = wire.ServerError

// ConnectError says at which step a connection could not be made: "token",
// "dial", "upgrade" or "authenticate".
type ConnectError struct {
	Step   string
	URL    string // of the socket; it holds no credentials
	Status int    // the HTTP status of a refused upgrade, else 0
	Err    error
}

// Error names the step, the socket's URL and the cause.
func (e *ConnectError) Error() string {
	if e.Status != 0 {
		return fmt.Sprintf("kalam: cannot connect to %s: %s: HTTP %d: %v", e.URL, e.Step, e.Status, e.Err)
	}
	return fmt.Sprintf("kalam: cannot connect to %s: %s: %v", e.URL, e.Step, e.Err)
}

// Unwrap gives the cause.
func (e *ConnectError) Unwrap() error { return e.Err }

// Is reports whether target is ErrConnect.
func (e *ConnectError) Is(target error) bool { return target == ErrConnect }

// DisconnectedError says why a connection ended. Code and Reason are those of
// the close frame, if one came (Code is 0 otherwise).
type DisconnectedError struct {
	Code   int
	Reason string
	Err    error
}

// Error gives the close frame's code and reason, or the cause.
func (e *DisconnectedError) Error() string {
	switch {
	case e.Code != 0 && e.Reason != "":
		return fmt.Sprintf("kalam: disconnected: server closed with %d %q", e.Code, e.Reason)
	case e.Code != 0:
		return fmt.Sprintf("kalam: disconnected: server closed with %d", e.Code)
	}
	return fmt.Sprintf("kalam: disconnected: %v", e.Err)
}

// Unwrap gives the cause.
func (e *DisconnectedError) Unwrap() error { return e.Err }

// Is reports whether target is ErrDisconnected.
func (e *DisconnectedError) Is(target error) bool { return target == ErrDisconnected }

// TimeoutError says which step took longer than its option allows: "connect" is
// WithConnectTimeout, "authenticate" WithAuthTimeout, "subscribe"
// WithSubscribeTimeout, "snapshot" WithInitialDataTimeout, "send" WithSendTimeout,
// "transfer" WithTransferTimeout; "statement", "upload", "download", what asks about accounts and
// health, which is named as in a ServerError, "token" before a dial, and "list" and "audit",
// by which the client compares live queries with their table, are WithTimeout.
type TimeoutError struct {
	Step  string
	After time.Duration
}

// Error names the step and the time.
func (e *TimeoutError) Error() string {
	return fmt.Sprintf("kalam: timeout: no answer to %s after %v", e.Step, e.After)
}

// Is reports whether target is ErrTimeout, or context.DeadlineExceeded, which a
// timeout of package net is, too.
func (e *TimeoutError) Is(target error) bool {
	return target == ErrTimeout || target == context.DeadlineExceeded
}

// Timeout is true: TimeoutError is a net.Error in spirit.
func (e *TimeoutError) Timeout() bool { return true }

// FrameError says that a frame could not be read, and for which subscription it
// was if that much could be: with an empty id any of the connection's live
// queries may have missed a change. The frame's content is not shown.
type FrameError struct {
	SubscriptionID string
	Size           int // bytes received; of an oversize frame, those read
	Err            error
}

// Error names the live query, the size and the cause.
func (e *FrameError) Error() string {
	of := "of an unknown live query"
	if e.SubscriptionID != "" {
		of = "of live query " + e.SubscriptionID
	}
	return fmt.Sprintf("kalam: unreadable frame %s (%d bytes): %v", of, e.Size, e.Err)
}

// Unwrap gives the cause, such as wire.ErrTooLarge or wire.ErrSyntax.
func (e *FrameError) Unwrap() error { return e.Err }

// Is reports whether target is ErrFrame.
func (e *FrameError) Is(target error) bool { return target == ErrFrame }
