package client

import (
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// Direction says who sent a message.
type Direction uint8

// The directions.
const (
	Received Direction = iota // by us, from the server
	Sent                      // by us, to the server
)

// String is "received" or "sent".
func (d Direction) String() string {
	if d == Sent {
		return "sent"
	}
	return "received"
}

// Message is one message on the socket, as the tap shows it. Body is the JSON
// text, unpacked; all observers are shown the same bytes, so it must not be
// changed, but may be kept. No message of this client holds a credential, since the
// token travels in the upgrade's header.
type Message struct {
	Direction      Direction
	At             time.Time
	Type           wire.MessageType
	SubscriptionID string // empty where the message has none
	Body           []byte
	Size           int // bytes of payload on the wire, before unpacking
}

// messageQueue is how many messages wait for an observer before the oldest goes.
const messageQueue = 256

// Messages is a tap on the socket: every message of both directions from now on,
// readable or not. It is hot, never errs, and completes with the client. It
// costs a copy of each message while it is observed and nothing otherwise. Of an
// observer that is slow the oldest messages but 256 are dropped and counted in
// its subscription's Dropped; neither the socket nor anybody else waits for it.
func (c *Client) Messages() rx.Observable[Message] {
	return tracked(c, rx.Pipe1(c.messages.Observable(), rx.ObserveOn[Message](messageQueue, rx.DropOldest)))
}

// errorQueue is how many errors wait for an observer before the oldest goes.
const errorQueue = 64

// Errors is what went wrong on the connection itself, from now on: lost and
// refused connections, unreadable frames, errors of the server that belong to no
// live query, panics of event handlers, failures of audits, which are tried again, and
// stores of credentials that fail (auth.ErrStore), which the token source does without.
// Errors that end a live query end its streams instead. It is hot and
// completes with the client; of an observer that is slow the oldest errors but 64
// are dropped and counted.
func (c *Client) Errors() rx.Observable[error] {
	return tracked(c, rx.Pipe1(c.errors.Observable(), rx.ObserveOn[error](errorQueue, rx.DropOldest)))
}

// tap shows a message to the observers of Messages; body is copied.
func (c *Client) tap(d Direction, env wire.Envelope, body []byte, size int) {
	if !c.messages.HasObservers() {
		return
	}
	c.messages.Next(Message{
		Direction:      d,
		At:             time.Now(),
		Type:           env.Type,
		SubscriptionID: string(env.SubscriptionID),
		Body:           append([]byte(nil), body...),
		Size:           size,
	})
}
