package client

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/kalamdb/kalamrx/rx"
)

// BenchmarkSharing is one delivery of a change to one of the observers of one live
// query, decoding included, which each does for itself.
func BenchmarkSharing(b *testing.B) {
	for _, observers := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("Changes/%d", observers), func(b *testing.B) {
			share(b, observers, countChange, func(c *Client) rx.Observable[Change[chatRow]] { return Changes[chatRow](c, benchSQL) })
		})
		b.Run(fmt.Sprintf("Live/%d", observers), func(b *testing.B) {
			share(b, observers, countView, func(c *Client) rx.Observable[View[chatRow]] { return Live[chatRow](c, benchSQL) })
		})
	}
}

func share[T any](b *testing.B, observers int, count counted[T], open func(c *Client) rx.Observable[T]) {
	b.ReportAllocs()
	p := newPusher(b, max(1, b.N/observers), framesAWrite, benchWindow)
	c := benchClient(b, p)
	var ready, done sync.WaitGroup
	turns := make(chan struct{}, observers*p.frames/p.chunk+1) // of all observers
	go p.readAll(turns, observers)                             // owner: the benchmark; ends with the last turn
	for range observers {
		ready.Add(1)
		done.Add(1)
		waiting, left := true, p.frames
		open(c).Subscribe(context.Background(), rx.Observer[T]{
			Next: func(v T) {
				n, begins := count(v)
				if waiting && begins {
					waiting = false
					ready.Done()
				}
				for range n {
					if left--; (p.frames-left)%p.chunk == 0 {
						turns <- struct{}{}
					}
				}
				if n > 0 && left == 0 {
					done.Done()
				}
			},
			Error: func(err error) { b.Error(err) },
		})
	}
	ready.Wait()
	b.ResetTimer()
	close(p.begin)
	done.Wait()
	b.StopTimer()
	close(turns)
	if n := c.Stats().All; n.Received > uint64(p.frames)+10 { // acknowledgements aside
		b.Fatalf("%d frames for %d observers: the live query is not shared", n.Received, observers)
	}
}

// readAll makes room for one more write when so many turns came: each is an observer
// that has taken one in.
func (p *pusher) readAll(turns <-chan struct{}, observers int) {
	n := 0
	for range turns {
		if n++; n%observers == 0 {
			p.room <- struct{}{}
		}
	}
}
