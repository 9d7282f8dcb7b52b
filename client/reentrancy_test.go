package client

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// onceIn lets f run in the first of many calls, outside which nobody waits for it.
type onceIn struct {
	f        func(c *Client)
	c        *Client
	once     sync.Once
	began    atomic.Bool
	returned atomic.Bool
}

func (o *onceIn) run() {
	o.once.Do(func() {
		o.began.Store(true)
		o.f(o.c)
		o.returned.Store(true)
	})
}

// observers are all the places where code of the application is called.
var observers = map[string]func(c *Client, run func()) *rx.Subscription{
	"State":               func(c *Client, run func()) *rx.Subscription { return inNext(c.State(), run) },
	"State, complete":     func(c *Client, run func()) *rx.Subscription { return inEnd(c.State(), run) },
	"Messages":            func(c *Client, run func()) *rx.Subscription { return inNext(c.Messages(), run) },
	"Errors":              func(c *Client, run func()) *rx.Subscription { return inNext(c.Errors(), run) },
	"Errors, complete":    func(c *Client, run func()) *rx.Subscription { return inEnd(c.Errors(), run) },
	"LiveEvents":          func(c *Client, run func()) *rx.Subscription { return inNext(LiveEvents(c, liveText), run) },
	"LiveEvents, the end": func(c *Client, run func()) *rx.Subscription { return inEnd(LiveEvents(c, liveText), run) },
	"Changes": func(c *Client, run func()) *rx.Subscription {
		return inNext(Changes[row](c, liveText, WithExactness(PushOnly)), run)
	},
	"Live": func(c *Client, run func()) *rx.Subscription {
		return inNext(Live[row](c, liveText, WithExactness(PushOnly)), run)
	},
	"Live, the end": func(c *Client, run func()) *rx.Subscription {
		return inEnd(Live[row](c, liveText, WithExactness(PushOnly)), run)
	},
	"OnConnect": handler(func(run func()) EventHandlers { return EventHandlers{OnConnect: run} }),
	"OnDisconnect": handler(func(run func()) EventHandlers {
		return EventHandlers{OnDisconnect: func(error) { run() }}
	}),
	"OnError":   handler(func(run func()) EventHandlers { return EventHandlers{OnError: func(error) { run() }} }),
	"OnReceive": handler(func(run func()) EventHandlers { return EventHandlers{OnReceive: func(Message) { run() }} }),
	"OnSend":    handler(func(run func()) EventHandlers { return EventHandlers{OnSend: func(Message) { run() }} }),
}

const liveText = "SELECT * FROM a.b"

func inNext[T any](o rx.Observable[T], run func()) *rx.Subscription {
	return o.Subscribe(context.Background(), rx.OnNext(func(T) { run() }))
}

func inEnd[T any](o rx.Observable[T], run func()) *rx.Subscription {
	return o.Subscribe(context.Background(), rx.Observer[T]{Error: func(error) { run() }, Complete: run})
}

func handler(of func(run func()) EventHandlers) func(*Client, func()) *rx.Subscription {
	return func(c *Client, run func()) *rx.Subscription {
		of(run).subscribe(c)
		return nil
	}
}

// calls are all that may be called there. A live query that is subscribed there is
// left to the client to end.
var calls = map[string]func(c *Client){
	"Close":      func(c *Client) { _ = c.Close(context.Background()) },
	"Disconnect": func(c *Client) { _ = c.Disconnect(context.Background()) },
	"Connect":    func(c *Client) { _ = c.Connect(context.Background()) },
	"Query":      func(c *Client) { _, _ = Query[int](context.Background(), c, "SELECT 1") },
	"Subscribe": func(c *Client) {
		inNext(Live[row](c, liveText, WithExactness(PushOnly)), func() {})
		inNext(c.State(), func() {})
	},
	"Subscribe and unsubscribe": func(c *Client) {
		inNext(LiveEvents(c, liveText), func() {}).Unsubscribe()
		inNext(c.Messages(), func() {}).Unsubscribe()
	},
	"URL": func(c *Client) { _, _, _ = c.URL(), c.IsConnected(), c.Stats() },
}

func TestReentrancy_EveryCallFromEveryObserver(t *testing.T) {
	for place, observe := range observers {
		for name, call := range calls {
			t.Run(name+" in "+place, func(t *testing.T) {
				inScript(t, func(t *testing.T, s *scripted) { reenter(t, s, observe, call) })
			})
		}
	}
}

func reenter(t *testing.T, s *scripted, observe func(*Client, func()) *rx.Subscription, call func(*Client)) {
	is := is.New(t)
	s.cuts = true
	s.sql = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) }
	c := s.client()
	o := &onceIn{f: call, c: c}
	sub := observe(c, o.run)
	bystander := recordOf(t.Context(), LiveEvents(c, liveText))
	stop := make(chan struct{})
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			select {
			case p := <-s.peers:
				serveBriefly(p)
			case <-stop:
				return
			}
		}
	}()
	time.Sleep(10 * time.Second) // the socket rises, and is lost
	start := time.Now()
	is.NoErr(c.Close(context.Background()))
	select {
	case <-c.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("not done")
	}
	is.True(time.Since(start) <= time.Second)
	is.True(o.began.Load())
	is.True(o.returned.Load())
	is.True(bystander.end != "")
	if sub != nil {
		<-sub.Done()
	}
	close(stop)
	<-served
	synctest.Wait()
}

// serveBriefly takes live queries in for a second, says something that cannot be
// read, and hangs up.
func serveBriefly(p *peer) {
	p.quiet = true
	p.send(authText)
	time.AfterFunc(time.Second, func() { _ = p.ws.NetConn().Close() })
	for {
		_, text, err := p.ws.ReadMessage()
		if err != nil {
			return
		}
		if id := subscribeID(text); id != "" {
			p.send(ackOf(id))
			p.send(emptyOf(id))
			p.send(insertText(id, 1, 1))
			p.send("garbage")
		}
	}
}
