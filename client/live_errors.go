package client

import (
	"fmt"
	"strings"
	"time"
)

// LagError says that an observer, or the client itself, fell further behind a live
// query than its queue holds. As the cause of a Gap it is followed by what the rows
// have become; under the rule Fail it is how the stream ends.
type LagError struct {
	Missed uint64 // changes that had no room
}

// Error gives the number.
func (e *LagError) Error() string {
	return fmt.Sprintf("kalam: observer fell behind: %d changes had no room", e.Missed)
}

// Is reports whether target is ErrLagged.
func (e *LagError) Is(target error) bool { return target == ErrLagged }

// LimitError says that there are too many live queries: Limit on this client's
// socket, or, with Err set, for the server, whose default is 10 for a user, on all
// connections together, and 100 for a connection. Streams with the same SQL and
// options share one and count once.
type LimitError struct {
	Limit int   // of the client; 0 if the server refused
	Err   error // what the server said
}

// Error names the limit or what the server said.
func (e *LimitError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("kalam: too many live queries (a server allows 10 a user, over all connections, unless configured otherwise): %v", e.Err)
	}
	return fmt.Sprintf("kalam: too many live queries: the limit is %d", e.Limit)
}

// Unwrap gives what the server said.
func (e *LimitError) Unwrap() error { return e.Err }

// Is reports whether target is ErrSubscriptionLimit.
func (e *LimitError) Is(target error) bool { return target == ErrSubscriptionLimit }

// isConnectionLimit knows the text by which servers refuse a live query too many on
// a connection, for which they have no code of its own.
func isConnectionLimit(message string) bool {
	return strings.Contains(strings.ToLower(message), "maximum subscriptions")
}

func errEvery(d time.Duration) error {
	return fmt.Errorf("%w: WatchStats: %v is not positive", ErrConfig, d)
}
