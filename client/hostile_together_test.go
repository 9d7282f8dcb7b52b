package client_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/matryer/is"
)

// TestSetAuth_FromManyGoroutinesAtOnce has users, sockets and streams come and go at the
// same time. At rest every stream that lives has the rows of the last user and no other's,
// and nothing is left behind when the client closes in the middle of it.
func TestSetAuth_FromManyGoroutinesAtOnce(t *testing.T) {
	seed := rand.Uint64()
	runs := uint64(30)
	if testing.Short() {
		runs = 8
	}
	for i := range runs {
		t.Run(fmt.Sprint("seed ", seed+i), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSwitching(t)
				s.together(is.New(t), seed+i)
				s.clear()
			})
		})
	}
}

func (s *switching) together(is *is.I, seed uint64) {
	either := ""
	s.user.Store(&either) // whose turn it is nobody knows
	for id := range 5 {
		s.put("lena", id)
		s.put("otto", 100+id)
	}
	streams := make([]*ops, 4)
	var all sync.WaitGroup
	for i := range streams {
		all.Go(func() { streams[i] = s.turmoil(rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	all.Wait()
	s.to("otto", client.Redial)
	s.settle()
	want, err := client.Query[item](s.t.Context(), s.c, s.all())
	is.NoErr(err)
	for _, o := range append(streams, s.last()) {
		o.mu.Lock()
		if !o.end && len(o.rows) != len(want) {
			s.t.Errorf("a stream has %d rows, SELECT %d: %v, %v", len(o.rows), len(want), o.said, o.err)
		}
		for _, row := range o.rows {
			is.True(o.end || row.Color == "otto")
		}
		o.mu.Unlock()
	}
	for range 3 {
		all.Go(func() {
			for range 5 {
				if err := s.c.SetAuth(context.Background(), s.as("lena"), client.SocketPolicy(rand.IntN(3))); err != nil {
					is.Equal(err, client.ErrClosed)
				}
			}
		})
	}
	is.NoErr(s.c.Close(s.t.Context()))
	all.Wait()
}

func (s *switching) last() *ops {
	o := s.changes()
	s.settle()
	return o
}

// turmoil is what one goroutine does; it gives the stream that it began with last.
func (s *switching) turmoil(random *rand.Rand) *ops {
	o := s.changes(client.BatchSize(1 + random.IntN(3)))
	for range 12 {
		switch random.IntN(8) {
		case 0, 1, 2:
			user := []string{"lena", "otto"}[random.IntN(2)]
			policy := []client.SocketPolicy{client.Redial, client.Redial, client.CloseSocket}[random.IntN(3)]
			if err := s.c.SetAuth(s.t.Context(), s.as(user), policy); err != nil {
				s.t.Error(err)
			}
		case 3:
			s.srv.CutConnections()
		case 4:
			if err := s.c.Disconnect(s.t.Context()); err != nil {
				s.t.Error(err)
			}
		case 5:
			ctx, cancel := context.WithTimeout(s.t.Context(), time.Second)
			err := s.c.Connect(ctx)
			cancel()
			if err != nil && !errors.Is(err, client.ErrDisconnected) && !errors.Is(err, context.DeadlineExceeded) {
				s.t.Error(err)
			}
		case 6:
			o.sub.Unsubscribe()
			o = s.changes(client.BatchSize(1 + random.IntN(3)))
		default:
			time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
		}
	}
	return o
}
