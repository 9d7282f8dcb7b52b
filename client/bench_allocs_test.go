package client

import (
	"context"
	"testing"

	"github.com/kalamdb/kalamrx/rx"
)

// What one change allocates, from the socket to the observer, when each finds the
// client idle: the goroutines that wake are in it.
func TestAllocs_OneChange(t *testing.T) {
	t.Run("LiveEvents", func(t *testing.T) {
		allocs(t, 9, countEvent, func(c *Client) rx.Observable[Event] { return LiveEvents(c, benchSQL) })
	})
	t.Run("Changes", func(t *testing.T) {
		allocs(t, 22, countChange, func(c *Client) rx.Observable[Change[chatRow]] { return Changes[chatRow](c, benchSQL) })
	})
	t.Run("Live", func(t *testing.T) {
		allocs(t, 24, countView, func(c *Client) rx.Observable[View[chatRow]] { return Live[chatRow](c, benchSQL) })
	})
}

func allocs[T any](t *testing.T, most float64, count counted[T], open func(c *Client) rx.Observable[T]) {
	const runs = 2000
	p := newPusher(t, runs+1, 1, 0)
	c := benchClient(t, p)
	ready, took := make(chan struct{}), make(chan struct{}, 1)
	waiting := true
	sub := open(c).Subscribe(context.Background(), rx.Observer[T]{
		Next: func(v T) {
			n, begins := count(v)
			if waiting && begins {
				waiting = false
				close(ready)
			}
			if n > 0 {
				took <- struct{}{}
			}
		},
		Error: func(err error) { t.Error(err) },
	})
	await(sub, ready)
	close(p.begin)
	n := testing.AllocsPerRun(runs, func() {
		p.room <- struct{}{}
		await(sub, took)
	})
	t.Logf("%v allocations a change", n)
	if n > most {
		t.Errorf("%v allocations a change, want %v at most", n, most)
	}
}
