package main

import (
	"context"
	"fmt"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/interop"
	"github.com/reactivex/rxgo/v2"
)

// batched is how many changes cross into RxGo at once.
const batched = 64

// tally counts the changes of one live query; its observer's.
type tally struct {
	*running
	seen int
}

// add counts changes; those beyond n are only let go of.
func (t *tally) add(n int) {
	if t.seen == 0 {
		t.start()
	}
	t.gate.took(n)
	before := t.seen
	t.seen += n
	if before < t.o.n && t.seen >= t.o.n && t.left.Add(-1) == 0 {
		t.finish()
	}
}

// finish ends the count: all is there.
func (r *running) finish() {
	r.stop()
	r.once.Do(func() { close(r.done) })
}

// end is told that a stream completed.
func (t *tally) end() { t.fail(errEarly) }

// gap is told that something may be missing, which is an error where nobody looks for it.
func (t *tally) gap(cause error) {
	t.gaps.Add(1)
	if !t.o.exact {
		t.fail(fmt.Errorf("%w: %w", errMissing, cause))
	}
}

// subscribe opens the i-th live query of a client.
func (r *running) subscribe(ctx context.Context, c *client.Client, i int) {
	t := &tally{running: r}
	switch {
	case r.o.mode == modeRaw:
		raw(ctx, t, client.LiveEvents(c, r.o.sql, r.liveOptions(i)...))
	case r.way.spelled:
		decoded[spelled](ctx, t, c, i)
	default:
		decoded[message](ctx, t, c, i)
	}
}

// liveOptions are such that no two of the live queries are one: they differ in the size of their pages.
func (r *running) liveOptions(i int) []client.LiveOption {
	var opts []client.LiveOption
	if !r.way.snapshot {
		opts = append(opts, client.LiveOnly())
	} else if i > 0 {
		opts = append(opts, client.BatchSize(1000-i))
	}
	if r.o.mode != modeRaw && !r.o.exact {
		opts = append(opts, client.WithExactness(client.PushOnly))
	}
	return opts
}

// decoded opens a live query whose rows are read into T.
func decoded[T any](ctx context.Context, t *tally, c *client.Client, i int) {
	opts := t.liveOptions(i)
	switch t.o.mode {
	case modeView:
		views(ctx, t, client.Live[T](c, t.o.sql, opts...))
	case modeRxGo:
		throughRxGo(ctx, t, client.Changes[T](c, t.o.sql, opts...))
	case modeOperators:
		throughOperators(ctx, t, client.Changes[T](c, t.o.sql, opts...))
	default:
		changes(ctx, t, client.Changes[T](c, t.o.sql, opts...))
	}
}

func raw(ctx context.Context, t *tally, events rx.Observable[client.Event]) {
	events.Subscribe(ctx, rx.Observer[client.Event]{
		Next: func(e client.Event) {
			switch {
			case e.Change() != nil:
				t.add(1)
			case e.Kind == client.EventGap:
				t.gap(e.Cause)
			}
		},
		Error: t.fail, Complete: t.end,
	})
}

// isChange keeps the changes of rows behind the snapshot.
func isChange[T any](t *tally, c *client.Change[T]) bool {
	if c.Op == client.Gap {
		t.gap(c.Cause)
	}
	return c.Op < client.Loaded && c.Origin != client.FromSnapshot
}

func changes[T any](ctx context.Context, t *tally, all rx.Observable[client.Change[T]]) {
	all.Subscribe(ctx, rx.Observer[client.Change[T]]{
		Next: func(c client.Change[T]) {
			if isChange(t, &c) {
				t.add(1)
			}
		},
		Error: t.fail, Complete: t.end,
	})
}

func throughOperators[T any](ctx context.Context, t *tally, all rx.Observable[client.Change[T]]) {
	numbers := rx.Pipe3(all,
		operators.Filter(func(c client.Change[T]) bool { return isChange(t, &c) }),
		operators.Map(func(c client.Change[T]) T { return c.Row }),
		operators.Scan(0, func(n int, _ T) int { return n + 1 }),
	)
	numbers.Subscribe(ctx, rx.Observer[int]{Next: func(int) { t.add(1) }, Error: t.fail, Complete: t.end})
}

func views[T any](ctx context.Context, t *tally, all rx.Observable[client.View[T]]) {
	all.Subscribe(ctx, rx.Observer[client.View[T]]{
		Next: func(v client.View[T]) {
			t.ready.Store(true)
			n := 0
			for i := range v.Changes() {
				if isChange(t, &v.Changes()[i]) {
					n++
				}
			}
			if n > 0 {
				t.add(n)
			}
		},
		Error: t.fail, Complete: t.end,
	})
}

// throughRxGo crosses in batches: an item of RxGo costs more than a change of ours. Take has the last batch come.
func throughRxGo[T any](ctx context.Context, t *tally, all rx.Observable[client.Change[T]]) {
	batches := rx.Pipe3(all,
		operators.Filter(func(c client.Change[T]) bool {
			is := isChange(t, &c)
			if is {
				t.start()
			}
			return is
		}),
		operators.Take[client.Change[T]](t.o.n),
		operators.BufferCount[client.Change[T]](batched, batched),
	)
	items := interop.ToRxGo(batches, rxgo.WithBufferedChannel(4)).Observe(rxgo.WithContext(ctx))
	t.crossing.Go(func() { // owner: the count; ends with ctx
		for item := range items {
			if item.E != nil {
				t.fail(item.E)
				return
			}
			t.add(len(item.V.([]client.Change[T])))
		}
		if t.seen < t.o.n {
			t.end()
		}
	})
}
