package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// Row 1.
func restartUnderTen(f *trial) {
	f.start()
	for i := range 10 {
		f.follow(fmt.Sprintf("%s WHERE qty >= %d", f.all(), i))
	}
	f.insert(0, 20)
	sent := f.srv.Stats().Subscribes
	f.srv.Stop()
	f.write("UPDATE %s SET qty = 100 WHERE id = 3", f.table)
	f.write("UPDATE %s SET qty = 0 WHERE id = 15", f.table)
	f.write("DELETE FROM %s WHERE id = 14", f.table)
	f.insert(100, 20)
	f.state(func(s client.State) bool { return s.Attempt >= 3 })
	if err := f.srv.Restart(); err != nil {
		f.t.Fatal(err)
	}
	up := time.Now()
	f.insert(200, 20)
	f.connected(2)
	took := time.Since(up)
	f.write("DELETE FROM %s WHERE id = 205", f.table)
	f.whole()
	equal(f, "subs_sent", f.srv.Stats().Subscribes-sent, 10)
	atMost(f, "t_resume", took, f.stepBefore(2)+f.d(100*time.Millisecond, time.Second))
	note(f, "dials", f.dials())
}

// stepBefore is the longest that the wait before the nth connection could be.
func (f *trial) stepBefore(n uint64) time.Duration {
	base, longest := f.d(time.Second, 20*time.Millisecond), f.d(30*time.Second, 100*time.Millisecond)
	f.states.mu.Lock()
	defer f.states.mu.Unlock()
	step := time.Duration(0)
	for _, s := range f.states.all {
		if s.Phase == client.Backoff && s.Connects < n {
			step = min(longest, base<<(s.Attempt-1))
		}
	}
	return step
}

// Row 2: while rows are read over HTTP, and over the socket.
func resetAmidTheRows(f *trial) {
	f.serve()
	f.client(client.WithReconnectAttempts(0))
	for i := range 3 {
		f.insert(1000*i, 1000)
	}
	f.connect()
	_ = f.truth(f.c, f.all()+" WHERE id = 0") // so that there is a connection for HTTP
	f.link.ResetAfter(kalamtest.Down, 60_000)
	f.loads(f.watch(f.c, f.all(), nil))
	f.connect()
	f.link.Calm() // what the reset had left
	f.link.ResetAfter(kalamtest.Down, 3000)
	f.loads(f.watch(f.c, f.all()+" WHERE id < 900", nil, client.WithResume(client.FastResume)))
	f.whole()
	loads := 0
	for _, l := range f.folds {
		loads += l.loads
	}
	equal(f, "snapshots_told", loads, 2)
	note(f, "resets", f.link.Stats().Reset)
	note(f, "dials", f.dials())
	if f.link.Stats().Reset < 2 {
		f.t.Error("the reset came too late")
	}
}

func (f *trial) loads(l *faultFold) {
	f.t.Helper()
	l.wait("the rows", f.d(5*time.Minute, 10*time.Second), func() bool { return l.loads > 0 })
}

// Row 3.
func halfOpen(f *trial) {
	f.serve()
	quiet := f.d(10*time.Second, 250*time.Millisecond)
	f.client(client.WithPeerTimeout(quiet), client.WithKeepalive(quiet*4/10), client.WithTimeout(2*quiet), client.WithSubscribeTimeout(2*quiet))
	l := f.follow(f.all())
	f.insert(0, 1)
	l.has(0)
	f.rest(0)
	f.link.BlackHole(kalamtest.Both)
	began := time.Now()
	lost := f.lost(1)
	about(f, "t_detect", time.Since(began), quiet)
	if !errors.Is(lost.Cause, client.ErrPeerSilent) {
		f.t.Errorf("the cause is %v", lost.Cause)
	}
	f.insert(1, 10)
	f.write("DELETE FROM %s WHERE id = 0", f.table)
	f.link.Calm()
	calm := time.Now()
	f.connected(2)
	note(f, "t_resume", time.Since(calm))
	f.whole()
	f.writingIntoNothing(quiet)
	note(f, "dials", f.dials())
}

// writingIntoNothing is half open, with more to write than the network takes.
func (f *trial) writingIntoNothing(quiet time.Duration) {
	f.t.Helper()
	f.insert(50, 1)
	f.folds[0].has(50)
	f.rest(0)
	f.link.Stall(kalamtest.Both)
	began := time.Now()
	for i := range 4 {
		f.watch(f.c, fmt.Sprintf("%s WHERE color <> '%s'", f.all(), strings.Repeat(string(rune('a'+i)), 40_000)), nil)
	}
	f.lost(2)
	about(f, "t_detect_writing", time.Since(began), quiet)
	f.link.Calm()
	f.connected(3)
	f.whole()
}

// Row 4.
func oneWayLoss(f *trial) {
	deaf := f.d(10*time.Second, 200*time.Millisecond)
	f.serve(kalamtest.WithHeartbeat(deaf), kalamtest.WithSweep(deaf/2))
	f.client(client.WithKeepalive(deaf*4/10), client.WithPeerTimeout(time.Minute), client.WithTimeout(3*deaf)) // only the server is to notice
	l := f.follow(f.all())
	f.insert(0, 10)
	l.has(9)
	lives := 0
	await := func(open int) {
		ctx, cancel := context.WithTimeout(f.t.Context(), f.d(time.Hour, 10*time.Second))
		defer cancel()
		_, err := f.srv.Await(ctx, func(s kalamtest.Stats) bool {
			lives = max(lives, s.SubscriptionsOpen)
			return s.SubscriptionsOpen == open
		})
		if err != nil {
			f.t.Fatalf("waiting for %d subscriptions: %v", open, err)
		}
	}
	f.link.BlackHole(kalamtest.Up)
	began := time.Now()
	f.write("UPDATE %s SET qty = 77 WHERE id = 1", f.table)
	l.wait("what we still receive", 10*time.Second, func() bool { return *l.rows[1].Qty == 77 })
	await(0)
	atMost(f, "t_server_closed", time.Since(began), 2*deaf+f.d(0, time.Second))
	f.lost(1)
	f.write("DELETE FROM %s WHERE id = 2", f.table)
	f.link.Calm()
	await(1)
	f.connected(2)
	f.whole()
	await(1)
	equal(f, "lives_at_once", lives, 1)
	note(f, "dials", f.dials())
}

// Row 5.
func silentServer(f *trial) {
	wait := f.d(2*time.Second, 250*time.Millisecond)
	f.serve()
	named := 0
	try := func(step, figure string, wrong func(), opt client.Option, wait func(c *client.Client) error) {
		wrong()
		c := f.client(client.WithoutReconnect(), opt)
		began := time.Now()
		err := wait(c)
		took := time.Since(began)
		var timeout *client.TimeoutError
		if errors.As(err, &timeout) && timeout.Step == step {
			named++
		} else {
			f.t.Errorf("%s: %v", step, err)
		}
		about(f, figure, took, timeout.After)
		if err := f.srv.Calm(); err != nil {
			f.t.Fatal(err)
		}
	}
	connect := func(c *client.Client) error { return c.Connect(f.t.Context()) }
	try("connect", "t_upgrade", func() { f.srv.SlowUpgrade(time.Hour) }, client.WithConnectTimeout(wait), connect)
	try("authenticate", "t_auth", func() { f.srv.SwallowAuth(true) }, client.WithAuthTimeout(wait), connect)
	f.rest(time.Second)
	try("subscribe", "t_ack", func() { f.srv.SwallowSubscribes(true) }, client.WithSubscribeTimeout(wait), func(c *client.Client) error {
		if err := c.Connect(f.t.Context()); err != nil {
			return err
		}
		return f.watch(c, f.all(), nil).ended()
	})
	equal(f, "named_errors", named, 3)
}

func (l *faultFold) ended() error {
	<-l.sub.Done()
	return l.sub.Err()
}
