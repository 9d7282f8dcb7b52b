package client

import (
	"context"
	"errors"
	"runtime/debug"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
)

// EventHandlers are callbacks for those who want no streams; each is a
// subscriber of State, Errors or Messages. They never run on the socket's
// goroutines: a slow one delays only later calls of itself, and OnConnect and
// OnDisconnect, which are called in turn, each other. One that panics is not
// called again; the panic, a *rx.PanicError, is emitted by Errors. nil members are
// not called.
type EventHandlers struct {
	// OnConnect runs when the socket becomes ready.
	OnConnect func()
	// OnDisconnect runs when a ready socket ends. The error is a
	// *DisconnectedError, also after Disconnect and Close.
	OnDisconnect func(reason error)
	// OnError gets what Errors emits.
	OnError func(err error)
	// OnReceive gets every message of the server, OnSend every one to it.
	OnReceive func(m Message)
	OnSend    func(m Message)
}

// handlerQueue is how many states wait for the connect and disconnect handlers.
const handlerQueue = 1024

// subscribe makes the handlers subscribers; they end with the client.
func (h EventHandlers) subscribe(c *Client) {
	ctx := context.Background()
	if h.OnConnect != nil || h.OnDisconnect != nil {
		states := rx.Pipe1(c.states.Observable(), rx.ObserveOn[State](handlerQueue, rx.DropOldest))
		tracked(c, states).Subscribe(ctx, rx.OnNext(h.guarded(c.report).edges()))
	}
	if h.OnError != nil {
		c.Errors().Subscribe(ctx, rx.Observer[error]{Next: h.OnError, Error: c.report})
	}
	h.subscribeTo(ctx, c, Received, h.OnReceive)
	h.subscribeTo(ctx, c, Sent, h.OnSend)
}

func (h EventHandlers) subscribeTo(ctx context.Context, c *Client, d Direction, f func(Message)) {
	if f == nil {
		return
	}
	one := operators.Filter(func(m Message) bool { return m.Direction == d })
	rx.Pipe1(c.Messages(), one).Subscribe(ctx, rx.Observer[Message]{Next: f, Error: c.report})
}

// guarded are the handlers of connects and disconnects as two that share a
// subscription: when one panics, report is told, and only the other is called
// from then on.
func (h EventHandlers) guarded(report func(error)) EventHandlers {
	guard := func(f *func(error), reason error) {
		defer func() {
			if p := recover(); p != nil {
				*f = nil
				report(&rx.PanicError{Value: p, Stack: debug.Stack()})
			}
		}()
		if *f != nil {
			(*f)(reason)
		}
	}
	var onConnect func(error)
	if connect := h.OnConnect; connect != nil {
		onConnect = func(error) { connect() }
	}
	onDisconnect := h.OnDisconnect
	return EventHandlers{
		OnConnect:    func() { guard(&onConnect, nil) },
		OnDisconnect: func(reason error) { guard(&onDisconnect, reason) },
	}
}

// errUnseen is the cause of a disconnect whose state was dropped: the handlers
// were too far behind.
var errUnseen = errors.New("reason lost: the handlers fell behind")

// edges turns states into calls: the counters in a state say how often the socket
// rose and fell, even where states between were dropped.
func (h EventHandlers) edges() func(State) {
	var connects, disconnects uint64
	return func(s State) {
		for connects < s.Connects || disconnects < s.Disconnects {
			if connects == disconnects {
				connects++
				if h.OnConnect != nil {
					h.OnConnect()
				}
				continue
			}
			disconnects++
			reason := s.Cause
			if !errors.Is(reason, ErrDisconnected) {
				reason = &DisconnectedError{Err: errUnseen}
			}
			if h.OnDisconnect != nil {
				h.OnDisconnect(reason)
			}
		}
	}
}
