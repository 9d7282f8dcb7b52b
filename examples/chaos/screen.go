package main

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/rx"
)

// screen keeps the newest view, and prints the gaps of all.
type screen struct {
	changed chan struct{} // holds one when something did

	mu    sync.Mutex
	view  client.View[item]
	views int
	least int   // rows of the smallest
	err   error // the stream's
}

func newScreen() *screen { return &screen{changed: make(chan struct{}, 1)} }

func (s *screen) observer() rx.Observer[client.View[item]] {
	return rx.Observer[client.View[item]]{
		Next: s.show,
		Error: func(err error) {
			s.mu.Lock()
			s.err = err
			s.mu.Unlock()
			s.wake()
		},
	}
}

func (s *screen) show(v client.View[item]) {
	for _, x := range v.Changes() {
		switch x.Op {
		case client.Gap:
			fmt.Println("gap      ", x.Cause)
		case client.Resynced:
			fmt.Printf("resynced  %d rows\n", v.Len())
		}
	}
	s.mu.Lock()
	if s.views++; s.views == 1 || v.Len() < s.least {
		s.least = v.Len()
	}
	s.view = v
	s.mu.Unlock()
	s.wake()
}

func (s *screen) wake() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *screen) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.views
}

// now is the newest view, unless something is wrong altogether.
func (s *screen) now() (client.View[item], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil && s.views > 0 && s.least < stays {
		return s.view, fmt.Errorf("a view had %d rows, and %d never go", s.least, stays)
	}
	return s.view, s.err
}

// await waits for a view that is exact and has these rows.
func (s *screen) await(ctx context.Context, want []item) error {
	for {
		v, err := s.now()
		if err != nil {
			return err
		}
		if v.Exact() && slices.Equal(v.Slice(), want) {
			return nil
		}
		select {
		case <-s.changed:
		case <-ctx.Done():
			return fmt.Errorf("the view (%v, exact %v) has %d rows, SELECT %d%s: %w",
				v.Status(), v.Exact(), v.Len(), len(want), firstOf(v.Slice(), want), context.Cause(ctx))
		}
	}
}

// firstOf says where two lists differ.
func firstOf(got, want []item) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("; %+v is not %+v", got[i], want[i])
		}
	}
	return ""
}
