package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// fault is something that happens to the network, or to the table. It is over when
// do returns.
type fault struct {
	key  string
	name string
	do   func(ctx context.Context, s *stage) error
}

func repertoire() []fault {
	return []fault{
		{"c", "cut", cut},
		{"b", "black hole", hole},
		{"r", "restart", restart},
		{"s", "stall", stall},
		{"l", "latency", latency},
		{"o", "outage", outage},
		{"i", "insert burst", burst},
		{"d", "delete some", lessen},
	}
}

// keys is the repertoire as help.
func keys() string {
	var all []string
	for _, f := range repertoire() {
		all = append(all, f.key+" "+f.name)
	}
	return strings.Join(all, ", ") + ", q quit"
}

// stage is what faults happen to.
type stage struct {
	srv    *server
	link   *kalamtest.Link
	c      *client.Client
	table  *table
	screen *screen
	faults int
}

// few is how many rows come, change, leave and go during a fault: less than the
// server's push loses in a burst.
const few = 5

// cut resets the connections while rows change.
func cut(ctx context.Context, s *stage) error {
	s.link.Cut()
	return s.table.change(ctx, few)
}

// hole loses what is sent, in both directions. A connection that has lost bytes
// does not come back to life: TCP sends them again, or gives up.
func hole(ctx context.Context, s *stage) error {
	s.link.BlackHole(kalamtest.Both)
	defer func() {
		s.link.Calm()
		s.link.Cut()
	}()
	if err := s.table.change(ctx, few); err != nil {
		return err
	}
	return pass(ctx, time.Second)
}

// stall holds back what the server says, more of it than its queue has room for.
func stall(ctx context.Context, s *stage) error {
	s.link.Stall(kalamtest.Down)
	defer s.link.Calm()
	if err := s.table.insert(ctx, 500); err != nil {
		return err
	}
	return pass(ctx, time.Second)
}

// latency has every byte take its time.
func latency(ctx context.Context, s *stage) error {
	s.link.Latency(80*time.Millisecond, 40*time.Millisecond)
	defer s.link.Calm()
	if err := s.table.change(ctx, few); err != nil {
		return err
	}
	return pass(ctx, time.Second)
}

// outage has nobody connect for a time, in which rows go.
func outage(ctx context.Context, s *stage) error {
	s.link.Refuse(true)
	defer s.link.Calm()
	s.link.Cut()
	if err := s.table.lessen(ctx, few); err != nil {
		return err
	}
	return pass(ctx, time.Second)
}

// restart kills the server, and starts it again.
func restart(ctx context.Context, s *stage) error {
	if s.srv.box == nil {
		fmt.Println("          a real server is not restarted; its connections are cut")
		return cut(ctx, s)
	}
	if err := s.table.change(ctx, few); err != nil {
		return err
	}
	s.srv.box.Kill()
	if err := pass(ctx, 500*time.Millisecond); err != nil {
		return err
	}
	return s.srv.box.Restart()
}

// burst is one INSERT of 1,000 rows, of which the server's push drops what its queue of
// 128 has no room for.
func burst(ctx context.Context, s *stage) error { return s.table.insert(ctx, 1000) }

// lessen deletes rows, and has others leave the filter, of which nobody tells.
func lessen(ctx context.Context, s *stage) error { return s.table.lessen(ctx, few) }

// pass lets time pass.
func pass(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
