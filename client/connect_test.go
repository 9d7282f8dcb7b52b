package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/matryer/is"
)

// tokens is a source whose tokens are t1, t2, …, a new one for every refusal.
type tokens struct{ refusals atomic.Int64 }

func (s *tokens) Token(_ context.Context, ask auth.Ask) (auth.Token, error) {
	if ask.Refused != "" {
		s.refusals.Add(1)
	}
	return auth.Token{Value: "t" + string(rune('1'+s.refusals.Load()))}, nil
}

const refusedText = `{"type":"auth_error","message":"Invalid credentials"}`

func phases(states []State) (p []Phase) {
	for _, s := range states {
		p = append(p, s.Phase)
	}
	return p
}

func TestConnect_GoesThroughItsPhases(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		states := recordOf(t.Context(), c.State())
		done := make(chan error, 1)
		go func() { done <- c.Connect(t.Context()) }()
		p := <-s.peers
		_, _ = states.seen()
		is.True(!c.IsConnected())
		p.send(`{"type":"auth_success","user":"lena","role":"user","protocol":{"serialization":"json","compression":"gzip"}}`)
		is.NoErr(<-done)
		is.True(c.IsConnected())
		got, _ := states.seen()
		is.Equal(phases(got), []Phase{Idle, Dialing, Authenticating, Ready})
		is.Equal(got[3].User, "lena")
		is.Equal(got[3].Connects, uint64(1))
		is.NoErr(c.Connect(t.Context())) // a ready client is connected
		is.Equal(s.dialled(), 1)
	})
}

func TestConnect_ConcurrentCallsShareOneDial(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		done := make(chan error, 20)
		for range 20 {
			go func() { done <- c.Connect(t.Context()) }()
		}
		s.accept()
		for range 20 {
			is.NoErr(<-done)
		}
		is.Equal(s.dialled(), 1)
	})
}

func TestConnect_RefusedPortIsAnErrorOfTheDial(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c, err := New("http://nobody.test:1", WithDialer(s.dial), WithoutReconnect())
		is.NoErr(err)
		err = c.Connect(t.Context())
		var refused *ConnectError
		is.True(errors.As(err, &refused))
		is.Equal(refused.Step, "dial")
		is.True(errors.Is(err, ErrConnect))
		is.True(errors.Is(err, syscall.ECONNREFUSED))
		states := recordOf(t.Context(), c.State())
		got, _ := states.seen()
		is.Equal(got[0].Phase, Failed)
		is.True(errors.Is(got[0].Cause, syscall.ECONNREFUSED))
		is.NoErr(c.Close(t.Context()))
		<-c.Done()
	})
}

func TestConnect_RefusedUpgradeKeepsWhatTheServerSaid(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		s.upgrade = func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, "Server is shutting down")
		}
		err := s.client().Connect(t.Context())
		var refused *ConnectError
		is.True(errors.As(err, &refused))
		is.Equal(refused.Status, 503)
		var said *ServerError
		is.True(errors.As(err, &said))
		is.Equal(said.Message, "Server is shutting down")
	})
}

func TestAuth_RefusedTokenIsReplacedOnce(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client(WithAuth(&tokens{}))
		done := make(chan error, 1)
		go func() { done <- c.Connect(t.Context()) }()
		(<-s.peers).send(refusedText)
		s.accept()
		is.NoErr(<-done)
		is.Equal(s.tokens, []string{"t1", "t2"})
	})
}

func TestAuth_SecondRefusalIsFinal(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client(WithAuth(&tokens{}))
		done := make(chan error, 1)
		go func() { done <- c.Connect(t.Context()) }()
		(<-s.peers).send(refusedText)
		(<-s.peers).send(refusedText)
		err := <-done
		is.True(errors.Is(err, auth.ErrUnauthenticated))
		var said *ServerError
		is.True(errors.As(err, &said))
		is.Equal(said.Message, "Invalid credentials")
		time.Sleep(10 * time.Minute)
		is.Equal(s.dialled(), 2)
	})
}

// Each step of connecting and subscribing has a deadline of its own, exact in
// virtual time.
func TestTimeouts_EachStepHasItsOwn(t *testing.T) {
	live := func(c *Client, ctx context.Context) error {
		r := recordOf(ctx, LiveEvents(c, "SELECT * FROM a.b"))
		<-r.sub.Done()
		return r.sub.Err()
	}
	for _, test := range []struct {
		name  string
		step  string
		after time.Duration
		serve func(s *scripted)
	}{
		{"no answer to the upgrade", "connect", 10 * time.Second, func(s *scripted) {
			s.upgrade = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		}},
		{"no auth_success", "authenticate", 5 * time.Second, func(s *scripted) { <-s.peers }},
		{"no acknowledgement", "subscribe", 5 * time.Second, func(s *scripted) { go s.accept().drain() }},
		{"no first page", "snapshot", 30 * time.Second, func(s *scripted) {
			p := s.accept()
			p.sendf(ackText, p.subscribed())
			go p.drain()
		}},
		{"no second page", "snapshot", 30 * time.Second, func(s *scripted) {
			p := s.accept()
			id := p.subscribed()
			p.send(ackOf(id))
			p.send(pageOf(id))
			go p.drain()
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inScript(t, func(t *testing.T, s *scripted) {
				is := is.New(t)
				c := s.client()
				start := time.Now()
				done := make(chan error, 1)
				if test.step == "connect" {
					test.serve(s)
				}
				go func() { done <- live(c, t.Context()) }()
				if test.step != "connect" {
					test.serve(s)
				}
				err := <-done
				is.Equal(time.Since(start), test.after)
				is.True(errors.Is(err, ErrTimeout))
				var timeout *TimeoutError
				is.True(errors.As(err, &timeout))
				is.Equal(timeout.Step, test.step)
				is.Equal(timeout.After, test.after)
			})
		})
	}
}

func TestKeepalive_PingsKeepAnIdleSocketForAnHour(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		go func() { _ = c.Connect(t.Context()) }()
		p := s.accept()
		pings := 0
		pong := p.ws.PingHandler()
		p.ws.SetPingHandler(func(data string) error { pings++; return pong(data) })
		ended := make(chan struct{})
		go func() { defer close(ended); _, _ = p.drain() }()
		time.Sleep(time.Hour)
		is.True(c.IsConnected())
		_ = c.Close(t.Context())
		<-ended
		is.Equal(pings, 60*60/4)
	})
}

func TestKeepalive_ASilentPeerIsSeenAfterTenSeconds(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		r := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
		p := s.accept()
		p.welcome() // and never reads again, so that no ping is answered
		start := time.Now()
		<-r.sub.Done()
		is.Equal(time.Since(start), 10*time.Second)
		is.True(errors.Is(r.sub.Err(), ErrPeerSilent))
		is.True(errors.Is(r.sub.Err(), ErrDisconnected))
	})
}

func TestKeepalive_SingleBytesOfALargeFrameAreLife(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		r := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
		p := s.accept()
		id := p.welcome()
		frame := []byte(insertText(id, 1, 10))
		raw := append([]byte{0x81, 126, byte(len(frame) >> 8), byte(len(frame))}, frame...)
		conn := p.ws.NetConn()
		for _, b := range raw { // 100 bytes, one every 9 seconds
			time.Sleep(9 * time.Second)
			_, err := conn.Write([]byte{b})
			is.NoErr(err)
		}
		got, end := r.seen()
		is.Equal(end, "")
		is.Equal(len(got), 3)
		is.Equal(got[2].Kind, EventInsert)
		synctest.Wait()
	})
}

// The page that is asked for has its deadline also when the observer took the one
// before it faster than the reader could say that it came. Without virtual time to
// decide who is first, it is tried often.
func TestTimeouts_OfAPageHoldsHoweverFastTheOneBeforeItIsTaken(t *testing.T) {
	for range 300 {
		inScript(t, func(t *testing.T, s *scripted) {
			r := recordOf(t.Context(), LiveEvents(s.client(), "SELECT * FROM a.b"))
			p := s.accept()
			id := p.subscribed()
			p.send(ackOf(id))
			p.send(pageOf(id))
			go p.drain()
			select {
			case <-r.sub.Done():
			case <-time.After(time.Hour):
				t.Fatal("waits for ever for the second page")
			}
			is.New(t).True(errors.Is(r.sub.Err(), ErrTimeout))
		})
	}
}
