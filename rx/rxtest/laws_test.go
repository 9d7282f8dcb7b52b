package rxtest_test

import (
	"context"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

type (
	ints = rx.Observable[int]
	seg  = *rx.Segment
	out  = rx.Observer[int]
)

func upTo(n int) ints {
	return rx.Source(func(g seg, o out) {
		for i := range n {
			if g.Closed() {
				return
			}
			o.Next(i)
		}
		o.Complete()
	})
}

func TestLaws_OfWhatKeepsThem(t *testing.T) {
	for name, make := range map[string]func() ints{
		"empty": func() ints { return ints{} },
		"never": func() ints { return rx.Source(func(seg, out) {}) },
		"range": func() ints { return upTo(10) },
		"long":  func() ints { return upTo(1 << 30) },
		"create": func() ints {
			return rx.Create(func(_ context.Context, o rx.Emitter[int]) { _ = o.Next(1) && o.Next(2); o.Complete() })
		},
		"create on a goroutine": func() ints {
			return rx.Create(func(ctx context.Context, o rx.Emitter[int]) {
				go func() {
					for i := 0; o.Next(i); i++ {
						select {
						case <-ctx.Done():
						case <-time.After(ms):
						}
					}
				}()
			})
		},
		"behavior": func() ints { return rx.NewBehaviorSubject(1).Observable() },
		"replay, ended": func() ints {
			r := rx.NewReplaySubject[int](0)
			for i := range 5 {
				r.Next(i)
			}
			r.Complete()
			return r.Observable()
		},
	} {
		t.Run(name, func(t *testing.T) { rxtest.Laws(t, make) })
	}
}

func TestLawsOf_WhatKeepsThem(t *testing.T) {
	for _, rule := range []rx.Overflow{rx.Block, rx.DropNewest, rx.DropOldest, rx.Latest, rx.Fail} {
		t.Run(rule.String(), func(t *testing.T) {
			rxtest.LawsOf(t, rx.ObserveOn[int](3, rule), 1, 2, 3, 4, 5)
		})
	}
	t.Run("nothing", func(t *testing.T) {
		rxtest.LawsOf(t, func(o ints) ints { return o }, 1, 2, 3)
	})
}

// A law that nothing breaks proves nothing.
func TestLaws_FindWhatBreaksThem(t *testing.T) {
	for name, c := range map[string]struct {
		make func() ints
		law  string
	}{
		"two goroutines at once": {
			func() ints {
				return rx.Source(func(g seg, o out) {
					for i := range 2 {
						go g.Turn(o.Error, func() { o.Next(i) })
					}
				})
			}, "unsubscribe while busy",
		},
		"tells its terminal beside a value": {
			func() ints {
				return rx.Source(func(g seg, o out) {
					go g.Turn(o.Error, o.Complete)
					g.Turn(o.Error, func() { o.Next(1) })
				})
			}, "unsubscribe while busy",
		},
		"emits outside of a turn": {
			func() ints {
				return rx.Source(func(g seg, o out) {
					t := time.AfterFunc(ms, func() { o.Next(1) })
					g.Add(func() { t.Stop() })
				})
			}, "unsubscribe while busy",
		},
		"swallows a panic": {
			func() ints {
				return rx.Source(func(g seg, o out) {
					defer func() { _ = recover() }()
					o.Next(1)
				})
			}, "panic in the observer",
		},
		"has a teardown that waits": {
			func() ints {
				return rx.Source(func(g seg, o out) {
					g.Add(func() { time.Sleep(time.Second) })
					o.Next(1)
				})
			}, "unsubscribe inside",
		},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			is.True(rxtest.Broken(c.law, c.make))
			is.True(!rxtest.Broken("context has ended", c.make)) // Subscribe sees to that
		})
	}
}

func TestLawsOf_FindsASourceThatIsNotTornDown(t *testing.T) {
	is := is.New(t)
	detached := func(src ints) ints {
		return rx.Source(func(g seg, o out) { src.Subscribe(context.Background(), o) })
	}
	is.True(rxtest.BrokenOf(detached, 1, 2, 3))
	is.True(!rxtest.BrokenOf(func(o ints) ints { return o }, 1, 2, 3))
}
