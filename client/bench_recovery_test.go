package client

import (
	"context"
	"testing"

	"github.com/kalamdb/kalamrx/rx"
)

// BenchmarkRecovery is an audit over loopback that finds 1,000 rows changed, from its
// query until an observer has the view. What the server's SQL takes is not in it, nor
// when audits are due: TestBursts has both.
func BenchmarkRecovery(b *testing.B) {
	b.ReportAllocs()
	p := newPusher(b, 0, 1, 0)
	p.rows = maxBatch
	close(p.begin) // it pushes nothing, and answers pings
	c := benchClient(b, p)
	c.pace = newAuditPace(1 << 30)
	exact, recovered := make(chan struct{}, 1), make(chan int, 1)
	was := false
	sub := Live[chatRow](c, benchSQL).Subscribe(context.Background(), rx.Observer[View[chatRow]]{
		Next: func(v View[chatRow]) {
			if v.Exact() && !was {
				was = true
				exact <- struct{}{}
				return
			}
			if n, _ := countView(v); n > 0 {
				recovered <- n
			}
		},
		Error: func(err error) { b.Error(err) },
	})
	await(sub, exact)
	s := c.onlySource()
	s.alone()
	for b.Loop() {
		p.news.Store(maxBatch)
		if n, err := s.audits.compare(b.Context(), []*order{s.order.Load()}); err != nil || n != maxBatch {
			b.Fatalf("%d findings, %v", n, err)
		}
		for left := maxBatch; left > 0; {
			left -= <-recovered
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*maxBatch), "ns/row")
}

// onlySource is the source of the client's one live query.
func (c *Client) onlySource() *source {
	c.sources.mu.Lock()
	defer c.sources.mu.Unlock()
	for _, s := range c.sources.open {
		return s
	}
	return nil
}

// alone has no audits be made but the benchmark's.
func (s *source) alone() {
	gone := make(chan struct{})
	s.audits.post(func() {
		delete(s.audits.members, s)
		s.audits.disarm()
		close(gone)
	})
	<-gone
}
