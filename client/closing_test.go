package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
	"github.com/sethvargo/go-retry"
)

// While the closing handshake is under way the socket is not ready: who wants one
// waits for the next.
func TestDisconnect_WhoComesWhileItClosesGetsTheNextSocket(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		p, _, _, _, _ := two(t, s, c)
		gone := make(chan error, 1)
		go func() { gone <- c.Disconnect(t.Context()) }()
		synctest.Wait() // the close frame is out, and not answered
		connected := make(chan error, 1)
		go func() { connected <- c.Connect(t.Context()) }()
		late := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.late"))
		synctest.Wait()
		is.Equal(len(connected), 0) // not this socket
		left, err := p.drain()
		is.Equal(len(left), 2) // the two unsubscribes, and nothing behind
		is.True(websocket.IsCloseError(err, websocket.CloseNormalClosure))
		is.NoErr(<-gone)
		p2 := s.accept()
		is.NoErr(<-connected)
		p2.welcome()
		got, end := late.seen()
		is.Equal(end, "")
		is.Equal(len(got), 2)
		is.Equal(s.dialled(), 2)
	})
}

func TestDisconnect_WhileDiallingGivesUpAndLaterQueriesDialAgain(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		s.upgrade = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		c := s.client()
		first := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
		waiting := make(chan error, 1)
		go func() { waiting <- c.Connect(t.Context()) }()
		synctest.Wait()
		s.mu.Lock()
		s.upgrade = nil
		s.mu.Unlock()
		gone := make(chan error, 1)
		go func() { gone <- c.Disconnect(t.Context()) }()
		is.True(errors.Is(<-waiting, ErrDisconnected))
		later := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
		is.NoErr(<-gone)
		_, end := first.seen()
		is.Equal(end, "complete")
		s.accept().welcome()
		got, _ := later.seen()
		is.Equal(len(got), 2)
	})
}

// stubborn is a token source and a dialer that hang whatever their context says.
type stubborn struct{ until chan struct{} }

func (s stubborn) Token(context.Context, auth.Ask) (auth.Token, error) {
	<-s.until
	return auth.Token{}, nil
}

func (s stubborn) dial(context.Context, string, string) (net.Conn, error) {
	<-s.until
	a, b := net.Pipe()
	_ = b.Close()
	return a, nil
}

// Code of the application that ignores its context delays nobody but itself: all
// waits end by their own clock, and only Done waits for it.
func TestStubborn_CodeThatIgnoresItsContextHoldsNobody(t *testing.T) {
	for name, option := range map[string]func(stubborn) Option{
		"token source": func(s stubborn) Option { return WithAuth(s) },
		"dialer":       func(s stubborn) Option { return WithDialer(s.dial) },
	} {
		patience := map[string]time.Duration{"token source": 30 * time.Second, "dialer": 10 * time.Second}[name]
		t.Run(name+": timeout", func(t *testing.T) {
			inScript(t, func(t *testing.T, s *scripted) {
				is := is.New(t)
				st := stubborn{make(chan struct{})}
				c := s.client(option(st))
				start := time.Now()
				err := c.Connect(t.Context())
				is.Equal(time.Since(start), patience)
				is.True(errors.Is(err, ErrConnect))
				is.True(errors.Is(err, ErrTimeout))
				_, err = Query[int](t.Context(), c, "SELECT 1")
				is.True(errors.Is(err, ErrTimeout))
				is.Equal(time.Since(start), patience+30*time.Second)
				close(st.until)
			})
		})
		t.Run(name+": close", func(t *testing.T) {
			inScript(t, func(t *testing.T, s *scripted) {
				is := is.New(t)
				st := stubborn{make(chan struct{})}
				c := s.client(option(st))
				r := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
				synctest.Wait()
				start := time.Now()
				is.NoErr(c.Close(t.Context()))
				is.True(time.Since(start) <= time.Second)
				_, end := r.seen()
				is.Equal(end, "complete")
				select {
				case <-c.Done():
					t.Fatal("done while code of the application runs")
				default:
				}
				close(st.until)
				<-c.Done()
			})
		})
	}
}

type panicking struct{}

func (panicking) Token(context.Context, auth.Ask) (auth.Token, error) { panic("no tokens today") }

func TestPanic_InATokenSourceOrDialerIsAnErrorOfTheCall(t *testing.T) {
	for name, opt := range map[string]Option{
		"token source":        WithAuth(panicking{}),
		"dialer":              WithDialer(func(context.Context, string, string) (net.Conn, error) { panic("no dials today") }),
		"dialer without conn": WithDialer(func(context.Context, string, string) (net.Conn, error) { return nil, nil }),
	} {
		t.Run(name, func(t *testing.T) {
			inScript(t, func(t *testing.T, s *scripted) {
				is := is.New(t)
				c := s.client(opt, WithMaxRetries(0))
				is.True(errors.Is(c.Connect(t.Context()), ErrConnect))
				r := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
				<-r.sub.Done()
				is.True(errors.Is(r.sub.Err(), ErrConnect))
				_, err := Query[int](t.Context(), c, "SELECT 1")
				is.True(err != nil)
				if name != "dialer without conn" {
					var p *rx.PanicError
					is.True(errors.As(err, &p))
					is.True(errors.As(r.sub.Err(), &p))
				}
			})
		})
	}
}

func TestConnect_ContextThatHasEndedDialsNothing(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		why := errors.New("not wanted")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		is.Equal(c.Connect(ctx), why)
		synctest.Wait()
		is.Equal(s.dialled(), 0)
	})
}

// A close frame is worth more than the last unsubscribes: the server drops all
// subscriptions of a closed socket, and takes 50 messages a second.
func TestClose_WithMoreQueriesThanTheServerTakesMessagesEndsByHandshake(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client(WithMaxLiveQueries(300))
		for range 300 {
			recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
		}
		p := s.accept()
		for range 300 {
			p.welcome()
		}
		synctest.Wait()
		start := time.Now()
		go func() { _ = c.Close(context.Background()) }()
		_, err := p.drain()
		is.True(websocket.IsCloseError(err, websocket.CloseNormalClosure))
		is.True(time.Since(start) < time.Second)
		<-c.Done()
	})
}

func TestClose_EndsStatementsThatRun(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		conn := make(chan struct{})
		s.sql = func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			close(conn)
			<-r.Context().Done()
		}
		failed := make(chan error, 1)
		go func() {
			_, err := Query[int](t.Context(), c, "SELECT 1")
			failed <- err
		}()
		<-conn
		start := time.Now()
		is.NoErr(c.Close(t.Context()))
		<-c.Done()
		is.True(errors.Is(<-failed, ErrClosed))
		is.Equal(time.Since(start), time.Duration(0))
	})
}

// A stream that waits to try again when the client closes is over at its next try.
func TestClose_EndsARetryThatWaits(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		attempts := 0
		again := operators.Retry[Event](func() retry.Backoff { return retry.NewConstant(time.Second) },
			operators.WithOnRetry(func(int, error, time.Duration) { attempts++ }))
		r := recordOf(t.Context(), rx.Pipe1(LiveEvents(c, "SELECT * FROM a.b"), again))
		p := s.accept()
		p.welcome()
		synctest.Wait()
		_ = p.ws.Close()
		synctest.Wait() // it waits for its second attempt
		is.NoErr(c.Close(t.Context()))
		select {
		case <-c.Done():
		case <-time.After(time.Minute):
			r.sub.Unsubscribe()
			t.Fatalf("not done after a minute; %d attempts", attempts)
		}
		_, end := r.seen()
		is.Equal(end, "complete")
		is.Equal(attempts, 1)
		fresh := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
		<-fresh.sub.Done()
		is.Equal(fresh.sub.Err(), ErrClosed)
	})
}

func TestRetry_DoesNotRepeatWhatIsMisconfigured(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		again := operators.Retry[Event](func() retry.Backoff { return retry.NewConstant(time.Second) })
		r := recordOf(t.Context(), rx.Pipe1(LiveEvents(s.client(), "SELECT * FROM a.b", BatchSize(-1)), again))
		time.Sleep(time.Minute)
		is.True(errors.Is(r.sub.Err(), ErrConfig))
	})
}

func TestHandlers_OneThatPanicsIsShownAndTheOthersGoOn(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		var connects, disconnects, received, errs atomic.Int64
		c := s.client(WithEventHandlers(EventHandlers{
			OnConnect:    func() { connects.Add(1); panic("connect") },
			OnDisconnect: func(error) { disconnects.Add(1) },
			OnReceive:    func(Message) { received.Add(1); panic("receive") },
			OnError:      func(error) { errs.Add(1) },
		}))
		shown := recordOf(t.Context(), c.Errors())
		for range 3 {
			r := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
			p := s.accept()
			p.welcome()
			synctest.Wait()
			_ = p.ws.Close()
			<-r.sub.Done()
			synctest.Wait()
		}
		is.Equal(connects.Load(), int64(1))
		is.Equal(received.Load(), int64(1))
		is.Equal(disconnects.Load(), int64(3))
		is.Equal(errs.Load(), int64(3+2)) // three lost sockets, two panics
		all, _ := shown.seen()
		panics := 0
		for _, err := range all {
			var p *rx.PanicError
			if errors.As(err, &p) {
				panics++
			}
		}
		is.Equal(panics, 2)
	})
}

func TestHandlers_OnDisconnectHasAlwaysAReason(t *testing.T) {
	is := is.New(t)
	var reasons []error
	edges := EventHandlers{OnDisconnect: func(err error) { reasons = append(reasons, err) }}.edges()
	edges(State{Phase: Ready, Connects: 3, Disconnects: 2}) // what came between was dropped
	is.Equal(len(reasons), 2)
	for _, err := range reasons {
		is.True(errors.Is(err, ErrDisconnected))
	}
}

// What waits to be written when the query is gone again is not written.
func TestUnsubscribe_BeforeTheSubscribeIsWrittenSendsNeither(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		go func() { _ = c.Connect(t.Context()) }()
		p := s.accept()
		synctest.Wait()
		for range 1000 {
			recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b")).sub.Unsubscribe()
		}
		last := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
		start := time.Now()
		open := map[string]bool{}
		for {
			m := p.next()
			switch m := m.(type) {
			case *wire.Subscribe:
				open[m.ID] = true
				p.sendf(ackText, m.ID)
				p.sendf(emptyText, m.ID)
			case *wire.Unsubscribe:
				is.True(open[m.SubscriptionID])
				delete(open, m.SubscriptionID)
			}
			if got, _ := last.seen(); len(got) == 2 {
				break
			}
		}
		is.True(time.Since(start) < 5*time.Second)
		is.Equal(len(c.owner.link.routes.Load().byID), 1)
	})
}

// The wait for an acknowledgement begins when the subscribe is written: a queue
// in front of it is our own affair.
func TestTimeouts_OfASubscribeBeginsWhenItIsWritten(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client(WithMaxLiveQueries(600))
		var all []*record[Event]
		for range 600 { // 13 seconds at 45 a second
			all = append(all, recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b")))
		}
		p := s.accept()
		for range 600 {
			p.welcome()
		}
		for _, r := range all {
			got, end := r.seen()
			is.Equal(end, "")
			is.Equal(len(got), 2)
		}
	})
}
