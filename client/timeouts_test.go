package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
)

// oddTimes are all different, so that a step that takes another's time is seen.
func oddTimes() Timeouts {
	return Timeouts{
		Connect: 11 * time.Second, Receive: 12 * time.Second, Send: 13 * time.Second, Subscribe: 14 * time.Second,
		Auth: 15 * time.Second, InitialData: 16 * time.Second, Idle: 17 * time.Second, Keepalive: 7 * time.Second,
		Pong: 18 * time.Second,
	}
}

func timesLive(ctx context.Context, c *Client, sql string) error {
	r := recordOf(ctx, LiveEvents(c, sql))
	<-r.sub.Done()
	return r.sub.Err()
}

// timesRead serves a peer that reads and answers pings, and says nothing.
func timesRead(p *peer) { go p.drain() }

func TestTimeouts_EachOfTheGroupIsEnforced(t *testing.T) {
	live := func(ctx context.Context, c *Client) error { return timesLive(ctx, c, "SELECT * FROM a.b") }
	for _, test := range []struct {
		name, step string
		after      time.Duration
		serve      func(s *scripted)
		call       func(ctx context.Context, c *Client) error
	}{
		{"Connect", "connect", 11 * time.Second, func(s *scripted) {
			s.upgrade = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		}, live},
		{"Receive", "statement", 12 * time.Second, func(s *scripted) {
			s.sql = func(_ http.ResponseWriter, r *http.Request) { drainAndWait(r) }
		}, func(ctx context.Context, c *Client) error {
			_, err := c.Exec(ctx, "SELECT 1")
			return err
		}},
		{"Send", "send", 13 * time.Second, func(s *scripted) { go s.accept() }, func(ctx context.Context, c *Client) error {
			return timesLive(ctx, c, "SELECT * FROM a.b WHERE t = '"+strings.Repeat("x", 60<<10)+"'")
		}},
		{"Subscribe", "subscribe", 14 * time.Second, func(s *scripted) { go func() { timesRead(s.accept()) }() }, live},
		{"Auth", "authenticate", 15 * time.Second, func(s *scripted) { go func() { timesRead(<-s.peers) }() }, live},
		{"InitialData", "snapshot", 16 * time.Second, func(s *scripted) {
			go func() {
				p := s.accept()
				p.sendf(ackText, p.subscribed())
				timesRead(p)
			}()
		}, live},
	} {
		t.Run(test.name, func(t *testing.T) {
			inScript(t, func(t *testing.T, s *scripted) {
				is := is.New(t)
				c := s.client(WithTimeouts(oddTimes()))
				test.serve(s)
				if test.step == "send" { // what waits before it fills the buffers on the way
					recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b WHERE t = '"+strings.Repeat("y", 60<<10)+"'"))
				}
				start := time.Now()
				err := test.call(t.Context(), c)
				is.Equal(time.Since(start), test.after)
				var timeout *TimeoutError
				is.True(errors.As(err, &timeout))
				is.Equal(*timeout, TimeoutError{Step: test.step, After: test.after})
			})
		})
	}
}

func drainAndWait(r *http.Request) {
	_, _ = r.Body.Read(make([]byte, 1<<10)) // the server sees the client leave only when it has read the request
	_, _ = r.Body.Read(make([]byte, 1))
	<-r.Context().Done()
}

func TestTimeouts_KeepaliveAndPongOfTheGroupAreEnforced(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client(WithTimeouts(oddTimes()), WithIdleTimeout(0))
		errs := recordOf(t.Context(), c.Errors())
		go func() { _ = c.Connect(t.Context()) }()
		p := s.accept()
		var pings []time.Time
		start := time.Now()
		p.ws.SetPingHandler(func(string) error { // and answers none
			pings = append(pings, time.Now())
			return nil
		})
		_, err := p.drain()
		is.True(err != nil)
		is.Equal(time.Since(start), 25*time.Second) // the interval and the patience
		is.Equal(len(pings), 3)
		is.Equal(pings[0].Sub(start), 7*time.Second)
		got, _ := errs.seen()
		is.Equal(len(got), 1)
		is.True(errors.Is(got[0], ErrPeerSilent))
	})
}

func TestIdle_ASocketThatNobodyUsesIsClosedAndDialledAgain(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client(WithIdleTimeout(time.Minute))
		states := recordOf(t.Context(), c.State())
		for dial := range 2 {
			r := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
			p := s.accept()
			p.welcome()
			ended := make(chan error, 1)
			go func() {
				_, err := p.drain()
				ended <- err
			}()
			time.Sleep(time.Hour)
			is.True(c.IsConnected()) // in use
			r.sub.Unsubscribe()
			time.Sleep(time.Minute - time.Second)
			is.True(c.IsConnected())
			start := time.Now()
			is.True(isNormalClose(<-ended))
			is.Equal(time.Since(start), time.Second)
			all, _ := states.seen()
			last := all[len(all)-1]
			is.Equal(last.Phase, Idle)
			is.True(errors.Is(last.Cause, ErrDisconnected))
			is.Equal(last.Disconnects, uint64(dial+1))
		}
		is.Equal(s.dialled(), 2)
	})
}

func TestIdle_ASocketThatIsHeldOrUsedAgainStays(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client(WithIdleTimeout(5 * time.Second))
		first := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
		p := s.accept()
		p.welcome()
		first.sub.Unsubscribe()
		p.next() // the unsubscribe
		time.Sleep(4 * time.Second)
		second := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
		p.welcome()
		go func() { _, _ = p.drain() }()
		time.Sleep(time.Hour)
		is.True(c.IsConnected())
		second.sub.Unsubscribe()
		is.NoErr(c.Connect(t.Context()))
		time.Sleep(time.Hour)
		is.True(c.IsConnected())
		is.Equal(s.dialled(), 1)
		_ = c.Close(t.Context())
	})
}

func TestTimeouts_PresetsAreWhatTheyHoldAndValid(t *testing.T) {
	for _, preset := range []Timeouts{DefaultTimeouts(), FastTimeouts(), RelaxedTimeouts(), oddTimes()} {
		is := is.New(t)
		c, err := newConfig([]Option{WithTimeouts(preset)})
		is.NoErr(err)
		is.Equal(timesOf(c), preset)
		is.Equal(c.peer, preset.Keepalive+preset.Pong)
	}
	is := is.New(t)
	c, err := newConfig()
	is.NoErr(err)
	is.Equal(timesOf(c), DefaultTimeouts())
}

func timesOf(c config) Timeouts {
	return Timeouts{
		Connect: c.connect, Receive: c.timeout, Send: c.sendWait, Subscribe: c.subscribe, Auth: c.authWait,
		InitialData: c.initialData, Idle: c.idle, Keepalive: c.keepalive, Pong: c.peer - c.keepalive,
	}
}

// An option for one time holds against the group wherever the two stand; a later layer
// holds against an earlier one.
func TestTimeouts_AnOptionForOneHoldsAgainstTheGroupInAnyOrder(t *testing.T) {
	opts := []Option{
		WithTimeouts(oddTimes()), WithConnectTimeout(time.Second), WithTimeout(2 * time.Second), WithSendTimeout(3 * time.Second),
		WithSubscribeTimeout(4 * time.Second), WithAuthTimeout(5 * time.Second), WithInitialDataTimeout(6 * time.Second),
		WithIdleTimeout(0), WithKeepalive(8 * time.Second), WithPeerTimeout(20 * time.Second),
	}
	want := Timeouts{
		Connect: time.Second, Receive: 2 * time.Second, Send: 3 * time.Second, Subscribe: 4 * time.Second,
		Auth: 5 * time.Second, InitialData: 6 * time.Second, Keepalive: 8 * time.Second, Pong: 12 * time.Second,
	}
	is := is.New(t)
	for range 100 {
		rand.Shuffle(len(opts), func(i, k int) { opts[i], opts[k] = opts[k], opts[i] })
		c, err := newConfig(opts)
		is.NoErr(err)
		is.Equal(timesOf(c), want)
		c, err = newConfig(opts, []Option{WithTimeouts(FastTimeouts())})
		is.NoErr(err)
		is.Equal(timesOf(c), FastTimeouts())
	}
}

func TestTimeouts_WhatCannotWorkIsRefused(t *testing.T) {
	fast := FastTimeouts
	for _, test := range []struct {
		name string
		opts []Option
	}{
		{"Connect", []Option{WithTimeouts(with(fast(), func(t *Timeouts) { t.Connect = 0 }))}},
		{"Receive", []Option{WithTimeouts(with(fast(), func(t *Timeouts) { t.Receive = -1 }))}},
		{"Send", []Option{WithTimeouts(with(fast(), func(t *Timeouts) { t.Send = 0 }))}},
		{"Subscribe", []Option{WithTimeouts(with(fast(), func(t *Timeouts) { t.Subscribe = 0 }))}},
		{"Auth", []Option{WithTimeouts(with(fast(), func(t *Timeouts) { t.Auth = 0 }))}},
		{"InitialData", []Option{WithTimeouts(with(fast(), func(t *Timeouts) { t.InitialData = 0 }))}},
		{"Idle", []Option{WithTimeouts(with(fast(), func(t *Timeouts) { t.Idle = -1 }))}},
		{"Keepalive", []Option{WithTimeouts(with(fast(), func(t *Timeouts) { t.Keepalive = 15 * time.Second }))}},
		{"Pong", []Option{WithTimeouts(with(fast(), func(t *Timeouts) { t.Pong = 0 }))}},
		{"WithSendTimeout", []Option{WithSendTimeout(0)}},
		{"WithIdleTimeout", []Option{WithIdleTimeout(-1)}},
		{"WithPeerTimeout", []Option{WithPeerTimeout(2 * time.Second), WithTimeouts(fast())}},
		{"WithPeerTimeout", []Option{WithKeepalive(9 * time.Second), WithPeerTimeout(9 * time.Second)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			is := is.New(t)
			_, err := New("http://h", test.opts...)
			is.True(errors.Is(err, ErrConfig))
			is.True(strings.Contains(err.Error(), test.name))
		})
	}
}

func with(t Timeouts, change func(*Timeouts)) Timeouts {
	change(&t)
	return t
}
