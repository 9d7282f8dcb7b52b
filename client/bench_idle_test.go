package client

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// An idle live query with an auditor and a view of its own holds no goroutine, and
// few bytes. What all share, such as sockets, is there before. What the tests before have
// left may come and go meanwhile, so that the least of three measurements counts.
func TestIdle_ALiveQueryHoldsNoGoroutineAndFewBytes(t *testing.T) {
	const limit = 10 << 10 // a quiet machine has 6.2 KB; connections and timers of others count, too
	least := int64(math.MaxInt64)
	for try := 0; try < 3 && least > limit; try++ {
		least = min(least, idleSize(t))
	}
	is.New(t).True(least <= limit)
}

// idleSize is the bytes of an idle live query.
func idleSize(t *testing.T) (each int64) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		p := &pusher{}
		s.sql = func(w http.ResponseWriter, r *http.Request) { p.sql(w, r) }
		c := s.surviving(WithAuditRate(100), WithMaxLiveQueries(200))
		go s.acceptAll() // owner: the test; ends with the socket
		ctx, cancel := context.WithCancel(t.Context())
		var views atomic.Int64
		open := func(from, n int) (size uint64, goroutines int) {
			for i := range n {
				Live[chatRow](c, fmt.Sprintf("SELECT * FROM chat.t%03d", from+i)).Subscribe(ctx, rx.OnNext(func(v View[chatRow]) {
					if v.Exact() {
						views.Add(1)
					}
				}))
			}
			return held()
		}
		const before, more = 40, 100 // audits of the first have as many connections open as there will be
		size, goroutines := open(0, before)
		sizeThen, goroutinesThen := open(before, more)
		is.Equal(views.Load(), int64(before+more)) // each is exact
		is.True(goroutinesThen < goroutines+8)     // a connection for HTTP may come or go
		each = (int64(sizeThen) - int64(size)) / more
		t.Logf("%d bytes a live query; %d goroutines with %d of them, %d with %d", each, goroutines, before, goroutinesThen, before+more)
		cancel()
		synctest.Wait()
	})
	return each
}

// held is what is held when all has come to rest: goroutines, and bytes of heap and
// stacks.
func held() (size uint64, goroutines int) {
	time.Sleep(time.Minute) // idle connections, audits
	synctest.Wait()
	var m runtime.MemStats
	for range 3 { // sync.Pool empties itself in two
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)] // the tests before may have some that end yet
	return m.HeapAlloc + m.StackInuse, bytes.Count(stacks, []byte("synctest bubble"))
}

// acceptAll takes in every live query of the next socket.
func (s *scripted) acceptAll() {
	p := s.accept()
	p.quiet = true
	for {
		_, text, err := p.ws.ReadMessage()
		if err != nil {
			return
		}
		m, err := wire.ParseClient(text)
		if sub, ok := m.(*wire.Subscribe); ok && err == nil {
			p.sendf(`{"type":"subscription_ack","subscription_id":%q,"total_rows":0,"batch_control":{"batch_num":0,"has_more":false,"status":"ready","last_seq_id":null},"schema":`+benchSchema+`}`, sub.ID)
		}
	}
}
