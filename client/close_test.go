package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestLost_StreamsEndWithTheReasonAndANewOneDialsAgain(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		states := recordOf(t.Context(), c.State())
		p, a, b, _, _ := two(t, s, c)
		_ = p.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1001, "Server shutting down"), time.Now().Add(time.Second))
		go p.drain()
		for _, r := range []*record[Event]{a, b} {
			<-r.sub.Done()
			var lost *DisconnectedError
			is.True(errors.As(r.sub.Err(), &lost))
			is.Equal(lost.Code, 1001)
			is.Equal(lost.Reason, "Server shutting down")
		}
		got, _ := states.seen()
		is.Equal(got[len(got)-1].Phase, Failed)
		is.Equal(got[len(got)-1].Disconnects, uint64(1))

		again := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
		s.accept().welcome()
		events, end := again.seen()
		is.Equal(end, "")
		is.Equal(len(events), 2)
		got, _ = states.seen()
		is.Equal(got[len(got)-1].Generation, uint64(2))
	})
}

func TestLost_ACutSocketIsSeenAtOnce(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		p, a, _, _, _ := two(t, s, s.client())
		start := time.Now()
		_ = p.ws.NetConn().Close()
		<-a.sub.Done()
		is.Equal(time.Since(start), time.Duration(0))
		is.True(errors.Is(a.sub.Err(), ErrDisconnected))
	})
}

func TestDisconnect_CompletesStreamsAndTheClientGoesOn(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		p, a, b, _, _ := two(t, s, c)
		drained := make(chan []wire.ClientMessage, 1)
		go func() {
			left, _ := p.drain()
			drained <- left
		}()
		is.NoErr(c.Disconnect(t.Context()))
		is.Equal(len(<-drained), 2) // an unsubscribe each, then the close frame
		for _, r := range []*record[Event]{a, b} {
			_, end := r.seen()
			is.Equal(end, "complete")
		}
		is.True(!c.IsConnected())
		done := make(chan error, 1)
		go func() { done <- c.Connect(t.Context()) }()
		s.accept()
		is.NoErr(<-done)
	})
}

// A Close in any state returns within a second, and nothing dials later.
func TestClose_InEveryPhase(t *testing.T) {
	for _, test := range []struct {
		name  string
		reach func(t *testing.T, s *scripted, c *Client)
	}{
		{"idle", func(*testing.T, *scripted, *Client) {}},
		{"dialing", func(t *testing.T, s *scripted, c *Client) {
			s.upgrade = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
			recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
		}},
		{"authenticating", func(t *testing.T, s *scripted, c *Client) {
			recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
			<-s.peers
		}},
		{"ready", func(t *testing.T, s *scripted, c *Client) {
			go func() { _ = c.Connect(context.Background()) }()
			go s.accept().drain()
		}},
		{"loading", func(t *testing.T, s *scripted, c *Client) {
			recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
			p := s.accept()
			p.sendf(ackText, p.subscribed())
			go p.drain()
		}},
		{"live, and the peer does not answer", func(t *testing.T, s *scripted, c *Client) {
			recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
			s.accept().welcome()
		}},
		{"failed", func(t *testing.T, s *scripted, c *Client) {
			r := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
			_ = (<-s.peers).ws.Close()
			<-r.sub.Done()
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inScript(t, func(t *testing.T, s *scripted) {
				is := is.New(t)
				c := s.client()
				states := recordOf(t.Context(), c.State())
				test.reach(t, s, c)
				synctest.Wait()
				dials, start := s.dialled(), time.Now()
				is.NoErr(c.Close(t.Context()))
				<-c.Done()
				is.True(time.Since(start) <= time.Second)
				got, end := states.seen()
				is.Equal(got[len(got)-1].Phase, Closed)
				is.Equal(end, "complete")
				time.Sleep(time.Hour)
				is.Equal(s.dialled(), dials)
				is.Equal(c.Connect(t.Context()), ErrClosed)
				late := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
				<-late.sub.Done()
				is.Equal(late.sub.Err(), ErrClosed)
				_, err := Query[int64](t.Context(), c, "SELECT 1")
				is.Equal(err, ErrClosed)
			})
		})
	}
}

func TestClose_FromInsideAnObserverDoesNotWaitForItself(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		returned := make(chan error, 1)
		leave := make(chan struct{})
		sub := LiveEvents(c, "SELECT * FROM a.b").Subscribe(t.Context(), rx.OnNext(func(Event) {
			returned <- c.Close(context.Background())
			<-leave
		}))
		p := s.accept()
		p.sendf(ackText, p.subscribed())
		go p.drain()
		is.NoErr(<-returned)
		synctest.Wait()
		select {
		case <-c.Done():
			t.Fatal("done while an observer is in a call")
		default:
		}
		close(leave)
		<-c.Done()
		is.NoErr(sub.Err())
	})
}

// A hundred goroutines close while a thousand subscribe and unsubscribe: nothing
// hangs, nothing is left, and nothing is delivered once Done is closed.
func TestClose_ConcurrentWithEverything(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		go func() {
			p := s.accept()
			for {
				_, text, err := p.ws.ReadMessage()
				if err != nil {
					_ = p.ws.Close()
					return
				}
				if id := subscribeID(text); id != "" {
					_ = p.ws.WriteMessage(websocket.TextMessage, []byte(fmt.Sprintf(ackText, id)))
					_ = p.ws.WriteMessage(websocket.TextMessage, []byte(fmt.Sprintf(emptyText, id)))
				}
			}
		}()
		is.NoErr(c.Connect(t.Context()))
		var closed atomic.Bool
		var late atomic.Int64
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() {
				sub := LiveEvents(c, "SELECT * FROM a.b").Subscribe(context.Background(), rx.OnNext(func(Event) {
					if closed.Load() {
						late.Add(1)
					}
				}))
				if i%2 == 0 {
					sub.Unsubscribe()
				}
				<-sub.Done()
			})
		}
		for range 100 {
			all.Go(func() { _ = c.Close(context.Background()) })
		}
		<-c.Done()
		closed.Store(true)
		all.Wait()
		is.Equal(late.Load(), int64(0))
	})
}

func TestIsolation_AStalledObserverDelaysNobodyAndEndsWithLagged(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		stall := make(chan struct{})
		stalled := LiveEvents(c, "SELECT * FROM a.b", QueueLength(100), OnOverflow(Fail)).Subscribe(t.Context(), rx.OnNext(func(e Event) {
			if e.Kind == EventInsert {
				<-stall
			}
		}))
		p := s.accept()
		ida := p.welcome()
		b := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.c"))
		idb := p.welcome()
		go p.drain()
		for i := range 500 {
			p.send(insertText(ida, i, i+1))
			p.send(insertText(idb, i, i+1))
		}
		got, end := b.seen()
		is.Equal(end, "")
		is.Equal(len(got), 2+500) // all of them, while the other is stalled
		is.True(c.IsConnected())
		close(stall)
		<-stalled.Done()
		is.True(errors.Is(stalled.Err(), ErrLagged))
	})
}

func TestUnsubscribe_BeforeTheSocketIsReadySendsNothing(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		r := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
		p := <-s.peers
		r.sub.Unsubscribe()
		<-r.sub.Done()
		synctest.Wait()
		p.send(`{"type":"auth_success","user":"lena","role":"user","protocol":{"serialization":"json","compression":"gzip"}}`)
		synctest.Wait()
		is.True(c.IsConnected())
		is.Equal(c.Stats().Sent, uint64(0))
	})
}

func TestPace_AHundredSubscribesStayUnderTheServersFiftyASecond(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		for range 100 {
			recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
		}
		p := s.accept()
		var at []time.Time
		for range 100 {
			p.welcome()
			at = append(at, time.Now())
		}
		for i := 50; i < len(at); i++ {
			is.True(at[i].Sub(at[i-50]) >= 100*time.Millisecond) // a bucket of 50 that refills at 50 a second
		}
		is.True(at[99].Sub(at[0]) <= 2*time.Second)
	})
}

func TestHandlers_CountEveryRiseAndFall(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		var connects, disconnects, errs, sent, received atomic.Int64
		c := s.client(WithEventHandlers(EventHandlers{
			OnConnect:    func() { connects.Add(1) },
			OnDisconnect: func(error) { disconnects.Add(1) },
			OnError:      func(error) { errs.Add(1) },
			OnSend:       func(Message) { sent.Add(1) },
			OnReceive:    func(Message) { received.Add(1) },
		}))
		for range 5 {
			r := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
			p := s.accept()
			p.welcome()
			synctest.Wait()
			is.Equal(connects.Load(), disconnects.Load()+1)
			_ = p.ws.Close()
			<-r.sub.Done()
			synctest.Wait()
		}
		is.Equal(connects.Load(), int64(5))
		is.Equal(disconnects.Load(), int64(5))
		is.Equal(errs.Load(), int64(5))
		is.Equal(sent.Load(), int64(5))
		is.Equal(received.Load(), int64(15)) // auth_success, ack, page
	})
}

func TestHandlers_ASlowOneDelaysNobody(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		stall := make(chan struct{})
		c := s.client(WithEventHandlers(EventHandlers{OnReceive: func(Message) { <-stall }, OnConnect: func() { <-stall }}))
		r := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
		p := s.accept()
		id := p.welcome()
		for i := range 1000 {
			p.send(insertText(id, i, i+1))
		}
		got, _ := r.seen()
		is.Equal(len(got), 1002)
		close(stall)
	})
}
