package kalamtest_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

// gatedConn lets a read deadline pass only when the gate is open.
type gatedConn struct {
	net.Conn
	gate chan struct{}
}

// SetReadDeadline waits at the gate; none at all passes at once.
func (c gatedConn) SetReadDeadline(t time.Time) error {
	if !t.IsZero() {
		<-c.gate
	}
	return c.Conn.SetReadDeadline(t)
}

// The deadline is on its way to the connection below when a stall puts a queue between; when it passes there, nobody
// has it any more.
func TestLink_DeadlineThatMeetsAQueueOnItsWayEndsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		network, gate := rxtest.NewNetwork(), make(chan struct{})
		l, err := network.Listen("far.test:1")
		is.NoErr(err)
		w := over(t, l, func(ctx context.Context, kind, addr string) (net.Conn, error) {
			c, err := network.DialContext(ctx, kind, addr)
			return gatedConn{c, gate}, err
		})
		set := make(chan error, 1)
		go func() { set <- w.client.SetReadDeadline(time.Now().Add(time.Second)) }() // owner: the test. ends when: the gate opens
		synctest.Wait()
		w.link.Stall(kalamtest.Down)
		got := make(chan string, 1)
		go func() { got <- receive(t, w.client, 1) }() // owner: the test. ends when: a byte has come
		send(t, w.server, "a")
		synctest.Wait()
		close(gate)
		is.NoErr(<-set)
		w.link.Calm()
		is.Equal(<-got, "a")
		is.NoErr(w.client.SetReadDeadline(time.Time{}))
		time.Sleep(time.Minute)
		send(t, w.server, "b")
		is.Equal(receive(t, w.client, 1), "b")
	})
}
