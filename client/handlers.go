package client

import (
	"context"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
)

// EventHandlers are callbacks for those who want no streams; each is a
// subscriber of State, Errors or Messages. They never run on the socket's
// goroutines: a slow one delays only later calls of itself. One that panics is
// not called again. nil members are not called.
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
		tracked(c, states).Subscribe(ctx, rx.OnNext(h.edges()))
	}
	if h.OnError != nil {
		c.Errors().Subscribe(ctx, rx.OnNext(h.OnError))
	}
	h.subscribeTo(ctx, c, Received, h.OnReceive)
	h.subscribeTo(ctx, c, Sent, h.OnSend)
}

func (h EventHandlers) subscribeTo(ctx context.Context, c *Client, d Direction, f func(Message)) {
	if f == nil {
		return
	}
	one := operators.Filter(func(m Message) bool { return m.Direction == d })
	rx.Pipe1(c.Messages(), one).Subscribe(ctx, rx.OnNext(f))
}

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
			if h.OnDisconnect != nil {
				h.OnDisconnect(s.Cause)
			}
		}
	}
}
