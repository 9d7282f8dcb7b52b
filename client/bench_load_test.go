package client

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// BenchmarkLoad is a view of so many rows, from Subscribe to its first value: rows a
// second, what a row then takes in memory, text and decoded value together, and what a
// snapshot of the view costs. Listings make as many queries a second as WithAuditRate
// allows, 20 unless told otherwise; here as many as they can.
func BenchmarkLoad(b *testing.B) {
	for _, rows := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			for b.Loop() {
				loadOnce(b, rows)
			}
		})
	}
}

func loadOnce(b *testing.B, rows int) {
	p := newPusher(b, 0, 1, 0)
	p.rows = rows
	close(p.begin)
	c := benchClient(b, p)
	c.pace = newAuditPace(1 << 30)
	base, began := heapInUse(), time.Now()
	loaded := make(chan View[chatRow], 1)
	sub := Live[chatRow](c, benchSQL).Subscribe(context.Background(), rx.Observer[View[chatRow]]{
		Next: func(v View[chatRow]) {
			select {
			case loaded <- v:
			default: // only the first counts
			}
		},
		Error: func(err error) { b.Error(err) },
	})
	defer sub.Unsubscribe()
	var v View[chatRow]
	select {
	case v = <-loaded:
	case <-sub.Done():
		return
	}
	took := time.Since(began)
	if v.Len() != rows {
		b.Fatalf("%d rows of %d", v.Len(), rows)
	}
	b.ReportMetric(float64(rows)/took.Seconds(), "rows/s")
	if _, ok := v.Get(int64(100)); !ok {
		b.Fatal("the first row is missing")
	}
	v = View[chatRow]{} // its changes have all rows once more
	b.ReportMetric(float64(heapInUse()-base)/float64(rows), "B/row")
}

// heapInUse is what is held when garbage is gone.
func heapInUse() int64 {
	for range 3 { // sync.Pool empties itself in two
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
