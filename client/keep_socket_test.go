package client_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

func TestSetAuth_KeepSocketLeavesItOpenAndAsksTheNewSource(t *testing.T) {
	inSwitching(t, func(is *is.I, s *switching) {
		o := s.changes()
		s.settle()
		before := s.phase(client.Ready).Generation
		var asked atomic.Int64
		token := s.srv.Token("lena")
		err := s.c.SetAuth(s.t.Context(), sourceFunc(func(auth.Ask) (auth.Token, error) {
			asked.Add(1)
			return auth.Token{Value: token}, nil
		}), client.KeepSocket)
		is.NoErr(err)
		s.put("lena", 1)
		s.settle()
		is.Equal(o.heard(), "loaded insert1")
		is.True(asked.Load() > 0) // audits ask it
		is.Equal(s.phase(client.Ready).Generation, before)
	})
}

func TestSetAuth_KeepSocketOfAnotherUserIsFoundOutAndDialledAgain(t *testing.T) {
	inSwitching(t, func(is *is.I, s *switching) {
		s.put("lena", 1)
		s.put("otto", 2)
		o := s.changes()
		s.settle()
		o.heard()
		if err := s.c.SetAuth(s.t.Context(), s.as("otto"), client.KeepSocket); err != nil {
			s.t.Fatal(err)
		}
		s.put("lena", 3) // pushed over the socket that was kept
		s.settle()
		heard := o.heard()
		is.True(strings.HasSuffix(heard, "reset insert2 loaded"))
		is.Equal(s.phase(client.Ready).User, "otto")
		otto := "otto"
		s.user.Store(&otto)
		s.put("otto", 5)
		s.settle()
		is.Equal(o.heard(), "insert5")
		s.late = nil // row 3: the caller said that the user is the same
	})
}

// Live queries that ask nothing over HTTP do not find it out by themselves.
func TestSetAuth_KeepSocketOfAnotherUserIsFoundOutByThePushAlone(t *testing.T) {
	inSwitching(t, func(is *is.I, s *switching) {
		s.put("lena", 1)
		s.put("otto", 2)
		o := s.changes(client.WithExactness(client.PushOnly))
		var kinds []string
		client.LiveEvents(s.c, s.all()).Subscribe(s.t.Context(), rx.OnNext(func(e client.Event) {
			kinds = append(kinds, e.Kind.String())
		}))
		s.settle()
		for _, user := range []string{"otto", "lena"} { // the second soon after the first
			o.heard()
			kinds = nil
			is.NoErr(s.c.SetAuth(s.t.Context(), s.as(user), client.KeepSocket))
			s.user.Store(&user)
			time.Sleep(5 * time.Second)
			synctest.Wait()
			is.Equal(s.phase(client.Ready).User, user)
			is.True(strings.Contains(o.heard(), "reset insert"))
			is.True(slices.Contains(kinds, "reset"))
		}
	})
}

func TestSetAuth_KeepSocketAsksOnceAndLeavesTheSameUserAlone(t *testing.T) {
	inSwitching(t, func(is *is.I, s *switching) {
		client.LiveEvents(s.c, s.all()).Subscribe(s.t.Context(), rx.Observer[client.Event]{})
		s.settle()
		before, queries := s.phase(client.Ready).Generation, s.srv.Stats().Queries
		is.NoErr(s.c.SetAuth(s.t.Context(), s.as("lena"), client.KeepSocket))
		s.settle()
		is.Equal(s.phase(client.Ready).Generation, before)
		is.Equal(s.srv.Stats().Queries-queries, 1)
	})
}
