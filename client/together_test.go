package client_test

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

// writesCounted is a connection whose writes are counted.
type writesCounted struct {
	net.Conn
	writes *atomic.Int64
}

func (c writesCounted) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

// Forty live queries are taken up again by three writes to the network, not forty.
func TestWriter_MessagesThatWaitGoTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		f := &trial{t: t, virtual: true}
		f.serve(kalamtest.WithSubscriptionLimits(100, 100))
		var writes atomic.Int64
		f.client(client.WithReconnectAttempts(0), client.WithDialer(func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := f.link.Dial(ctx, network, addr)
			return writesCounted{conn, &writes}, err
		}))
		const queries = 40
		for i := range queries {
			f.loads(f.watch(f.c, fmt.Sprintf("%s WHERE qty < %d", f.all(), i), nil, client.WithExactness(client.PushOnly)))
		}
		before := f.srv.Stats()
		f.srv.CutConnections()
		synctest.Wait()
		writes.Store(0)
		f.connected(2)
		time.Sleep(500 * time.Millisecond) // no ping is due yet
		synctest.Wait()
		is.Equal(f.srv.Stats().Subscribes-before.Subscribes, queries)
		t.Logf("%d live queries by %d writes", queries, writes.Load())
		is.True(writes.Load() <= 6) // the upgrade, three of sixteen
		f.folds = nil               // PushOnly leaves its gaps open
		f.clear()
	})
}
