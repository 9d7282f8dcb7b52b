package client

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// hostileLive is a live query that notes who it is told that we are.
type hostileLive struct {
	liveHandler
	changed []error
}

func (h *hostileLive) identified(_ uint64, changed error) { h.changed = append(h.changed, changed) }

// A socket that says another user while SetAuth is replacing the credentials tells the
// live queries nothing; the socket after it must still know whose rows they have.
func TestIdentity_AChangeThatNobodyWasToldOfIsNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		c, err := New("http://localhost:1")
		is.NoErr(err)
		h := &hostileLive{}
		q := &live{c: c, handler: h}
		q.inbox = &inbox{alive: c.alive, trays: &c.trays, most: 1, bytes: 1, take: func(all []arrival) int {
			for _, a := range all {
				a.run()
			}
			return len(all)
		}}
		o := c.owner
		says := func(epoch uint64, user string) {
			o.post(func() { o.identified(&link{c: c, epoch: epoch}, user) })
			synctest.Wait()
		}
		o.post(func() { o.lives[q], o.order = struct{}{}, []*live{q} })
		says(1, "lena")
		c.replace(auth.None(), true)
		says(1, "otto") // a socket of the credentials before
		says(2, "otto")
		is.Equal(len(h.changed), 2)
		is.NoErr(h.changed[0])
		is.True(errors.Is(h.changed[1], ErrIdentity))
		is.Equal(c.epoch(), uint64(3))
		o.post(func() { delete(o.lives, q) })
		is.NoErr(c.Close(t.Context()))
		<-c.Done()
	})
}

// A server that leaves out who the socket is, or who asked, is not taken for one that
// mixes users up.
func TestIdentity_WhatTheServerLeavesOutIsNoOther(t *testing.T) {
	is := is.New(t)
	c, err := New("http://localhost:1")
	is.NoErr(err)
	is.True(c.answeredAs([]wire.Result{{AsUser: "lena"}}) == nil) // nobody is known yet
	for _, test := range []struct {
		socket, query string
		other         bool
	}{{"", "lena", false}, {"lena", "", false}, {"lena", "lena", false}, {"lena", "otto", true}} {
		c.user.Store(&test.socket)
		is.Equal(c.answeredAs([]wire.Result{{AsUser: test.query}}) != nil, test.other)
	}
	is.NoErr(c.Close(t.Context()))
	<-c.Done()
}

// What a call asks with is its own client's, whatever ctx another client's has given it.
func TestSetAuth_TheContextOfACallCarriesNoCredentialsToAnotherClient(t *testing.T) {
	is := is.New(t)
	mine, err := New("http://localhost:1", WithAuth(auth.Password("lena", dsnPassword)))
	is.NoErr(err)
	other, err := New("http://localhost:2")
	is.NoErr(err)
	ctx := mine.as(t.Context())
	is.Equal(other.asks(ctx), auth.None())
	is.Equal(other.asks(other.as(ctx)), auth.None())
	before := mine.asks(ctx)
	is.NoErr(mine.SetAuth(t.Context(), auth.None(), Redial))
	is.Equal(mine.asks(ctx), before)
	is.Equal(mine.asks(mine.as(ctx)), before)
	is.Equal(mine.asks(t.Context()), auth.None())
	for _, c := range []*Client{mine, other} {
		is.NoErr(c.Close(t.Context()))
		<-c.Done()
	}
}
