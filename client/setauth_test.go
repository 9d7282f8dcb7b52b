package client_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

const switchPassword = "correct-horse"

// switching is a client that may be lena's or otto's, whose rows are told apart by
// their color.
type switching struct {
	*trial
	user  atomic.Pointer[string] // of the last SetAuth; empty while it runs
	turns atomic.Int64           // how many did
	mu    sync.Mutex
	late  map[string][]string // calls that told of another's rows, by the stream and the SetAuth before
}

func newSwitching(t *testing.T, opts ...client.Option) *switching {
	s := &switching{trial: &trial{t: t, virtual: true}, late: map[string][]string{}}
	s.serve(kalamtest.WithUser("lena", switchPassword, "user"), kalamtest.WithUser("otto", switchPassword, "user"))
	lena := "lena"
	s.user.Store(&lena)
	s.client(append([]client.Option{client.WithAuth(s.as("lena"))}, opts...)...)
	return s
}

func (s *switching) as(user string) auth.Source { return auth.Password(user, switchPassword) }

// put writes a row of a user.
func (s *switching) put(user string, id int) {
	s.t.Helper()
	sql := fmt.Sprintf("INSERT INTO faults.items (id, color, qty) VALUES (%d, '%s', 1)", id, user)
	if err := s.srv.Exec(context.Background(), user, sql); err != nil {
		s.t.Fatal(err)
	}
}

// to makes the client a user's.
func (s *switching) to(user string, policy client.SocketPolicy) {
	s.t.Helper()
	either := ""
	s.user.Store(&either) // until it returns, rows of both may be told
	if err := s.c.SetAuth(s.t.Context(), s.as(user), policy); err != nil {
		s.t.Fatal(err)
	}
	s.turns.Add(1)
	s.user.Store(&user)
}

// saw is told of every row that the observer of a stream is shown in a call, and says
// whether it is another's.
func (s *switching) saw(stream any, row item) (others bool) {
	want := *s.user.Load()
	if others = want != "" && row.Color != want; others {
		s.mu.Lock()
		defer s.mu.Unlock()
		when := fmt.Sprintf("stream %p after SetAuth %d", stream, s.turns.Load())
		s.late[when] = append(s.late[when], fmt.Sprintf("%s's row %d, told to %s", row.Color, row.ID, want))
	}
	return others
}

// isLate fails where more was told than by the one call that may be in progress when
// SetAuth returns.
func (s *switching) isLate() {
	s.t.Helper()
	for when, calls := range s.late {
		if len(calls) > 1 {
			s.t.Error(when, calls)
		}
	}
}

// ops notes what a stream of changes tells, and folds it.
type ops struct {
	sub  *rx.Subscription
	mu   sync.Mutex
	said []string
	rows map[client.Key]item
	gate chan struct{} // the observer's next call takes until it is closed; nil: no time
	err  error
	end  bool
}

func (s *switching) changes(opts ...client.LiveOption) *ops {
	o := &ops{rows: map[client.Key]item{}}
	o.sub = client.Changes[item](s.c, s.all(), opts...).Subscribe(s.t.Context(), rx.Observer[client.Change[item]]{
		Next: func(c client.Change[item]) {
			o.pass()
			o.mu.Lock()
			defer o.mu.Unlock()
			switch c.Op {
			case client.Insert, client.Update:
				s.saw(o, c.Row)
				o.rows[c.Key()] = c.Row
			case client.Delete:
				s.saw(o, c.Row)
				delete(o.rows, c.Key())
			case client.Reset:
				clear(o.rows)
			}
			word := c.Op.String()
			if c.Op < client.Loaded {
				word = fmt.Sprint(word, c.Row.ID)
			}
			o.said = append(o.said, word)
		},
		Error:    func(err error) { o.err = err },
		Complete: func() { o.end = true },
	})
	return o
}

// pass waits at the gate, if there is one.
func (o *ops) pass() {
	o.mu.Lock()
	gate := o.gate
	o.mu.Unlock()
	if gate != nil {
		<-gate
	}
}

// shut has the next call wait until open is called.
func (o *ops) shut() (open func()) {
	gate := make(chan struct{})
	o.mu.Lock()
	defer o.mu.Unlock()
	o.gate = gate
	return func() { close(gate) }
}

func (s *switching) all() string { return "SELECT * FROM faults.items" }

// heard is what was said since the last call.
func (o *ops) heard() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	said := strings.Join(o.said, " ")
	o.said = nil
	return said
}

func (s *switching) settle() {
	time.Sleep(time.Minute)
	synctest.Wait()
}

func inSwitching(t *testing.T, play func(is *is.I, s *switching), opts ...client.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newSwitching(t, opts...)
		play(is.New(t), s)
		s.clear()
		s.isLate()
	})
}

func TestSetAuth_AnotherUserBeginsWithAResetAndHasOnlyHisRows(t *testing.T) {
	inSwitching(t, func(is *is.I, s *switching) {
		s.put("lena", 1)
		s.put("otto", 2)
		o := s.changes()
		s.settle()
		is.Equal(o.heard(), "insert1 loaded")
		s.to("otto", client.Redial)
		s.settle()
		is.Equal(o.heard(), "reset insert2 loaded")
		s.put("lena", 3)
		s.put("otto", 4)
		s.settle()
		is.Equal(o.heard(), "insert4")
		is.Equal(s.phase(client.Ready).User, "otto")
		is.Equal(s.phase(client.Ready).Disconnects, uint64(1))
	})
}

func TestSetAuth_AnotherUserEmptiesTheViewFirst(t *testing.T) {
	inSwitching(t, func(is *is.I, s *switching) {
		s.put("lena", 1)
		s.put("otto", 2)
		var told []string
		client.Live[item](s.c, s.all(), client.Limit(5)).Subscribe(s.t.Context(), rx.OnNext(func(v client.View[item]) {
			word := fmt.Sprint(v.Status(), v.Len())
			for _, c := range v.Changes() {
				word += " " + c.Op.String()
			}
			if v.Status() == client.ViewLoading {
				is.True(errors.Is(v.Cause(), client.ErrIdentity))
			}
			for _, row := range v.All() {
				s.saw(nil, row)
			}
			told = append(told, word)
		}))
		s.settle()
		is.Equal(told[0], "Ready 1 insert")
		told = nil
		s.to("otto", client.Redial)
		s.settle()
		is.Equal(told[:2], []string{"Loading 0 reset", "Ready 1 insert"})
	})
}

func TestSetAuth_TheSameUserGoesOnWithoutAReset(t *testing.T) {
	inSwitching(t, func(is *is.I, s *switching) {
		s.put("lena", 1)
		o := s.changes()
		s.settle()
		is.Equal(o.heard(), "insert1 loaded")
		s.to("lena", client.Redial)
		s.put("lena", 2)
		s.settle()
		heard := strings.Fields(o.heard())
		slices.Sort(heard)
		is.Equal(heard, []string{"gap", "insert2", "resynced"}) // the old socket may have brought the row
		is.Equal(s.phase(client.Ready).Generation, uint64(2))
	})
}

func TestSetAuth_CloseSocketCompletesWhatLivesAndTheNextIsTheNewUsers(t *testing.T) {
	inSwitching(t, func(is *is.I, s *switching) {
		s.put("lena", 1)
		s.put("otto", 2)
		o := s.changes()
		s.settle()
		s.to("otto", client.CloseSocket)
		s.settle()
		is.True(o.end)
		s.phase(client.Idle)
		next := s.changes()
		s.settle()
		is.Equal(next.heard(), "insert2 loaded")
	})
}

func TestSetAuth_WhatWaitsForASlowObserverIsNotDelivered(t *testing.T) {
	for _, rule := range []client.Overflow{client.Lossless, client.Conflate, client.Block} {
		t.Run(rule.String(), func(t *testing.T) {
			inSwitching(t, func(is *is.I, s *switching) {
				s.put("otto", 1)
				o := s.changes(client.OnOverflow(rule), client.QueueLength(4))
				s.settle()
				open := o.shut()
				for id := range 20 {
					s.put("lena", 100+id)
				}
				time.Sleep(time.Second)
				s.to("otto", client.Redial)
				time.Sleep(time.Second)
				open()
				s.settle()
				is.Equal(len(o.rows), 1)
				is.True(o.sub.Err() == nil)
			})
		})
	}
}

func TestSetAuth_InsideAnObserverDoesNotWaitForIt(t *testing.T) {
	for _, exactness := range []client.Exactness{client.Audited, client.PushOnly} {
		inSwitching(t, func(is *is.I, s *switching) {
			s.put("lena", 1)
			s.put("otto", 2)
			switched := false
			var after []string
			sub := client.Changes[item](s.c, s.all(), client.WithExactness(exactness)).Subscribe(s.t.Context(), rx.OnNext(func(c client.Change[item]) {
				if c.Op == client.Loaded && !switched {
					switched = true
					s.to("otto", client.Redial)
					return
				}
				if switched {
					after = append(after, c.Op.String())
				}
			}))
			s.settle()
			after = slices.DeleteFunc(after, func(op string) bool { return op == "gap" || op == "resynced" })
			is.Equal(after, []string{"reset", "insert", "loaded"})
			sub.Unsubscribe()
		})
	}
}

func TestSetAuth_EventsTellAResetAndBeginAnew(t *testing.T) {
	inSwitching(t, func(is *is.I, s *switching) {
		s.put("lena", 1)
		var kinds []string
		client.LiveEvents(s.c, s.all()).Subscribe(s.t.Context(), rx.OnNext(func(e client.Event) {
			kinds = append(kinds, e.Kind.String())
		}))
		s.settle()
		kinds = nil
		s.to("otto", client.Redial)
		s.settle()
		is.Equal(kinds, []string{"gap", "reset", "ack", "snapshot"})
	})
}

func TestSetAuth_EndsTheWaitOfABackoffAndReplacesRefusedCredentials(t *testing.T) {
	inSwitching(t, func(is *is.I, s *switching) {
		err := s.c.SetAuth(s.t.Context(), auth.Password("lena", "wrong-password"), client.Redial)
		is.NoErr(err)
		is.True(errors.Is(s.c.Connect(s.t.Context()), auth.ErrUnauthenticated))
		s.phase(client.Failed)
		s.to("lena", client.Redial) // Connect wanted a socket
		s.phase(client.Ready)

		s.link.Refuse(true)
		s.srv.CutConnections()
		s.settle()
		s.phase(client.Backoff)
		s.link.Refuse(false)
		s.to("lena", client.Redial)
		synctest.Wait()
		s.phase(client.Ready)
	})
}

func TestSetAuth_BadSourcesAndClosedClientsAreErrors(t *testing.T) {
	inSwitching(t, func(is *is.I, s *switching) {
		for _, source := range []auth.Source{nil, auth.Password("", "x")} {
			is.True(errors.Is(s.c.SetAuth(s.t.Context(), source, client.Redial), client.ErrConfig))
		}
		is.True(errors.Is(s.c.SetAuth(s.t.Context(), auth.None(), client.SocketPolicy(9)), client.ErrConfig))
		s.put("lena", 1)
		rows, err := client.Query[item](s.t.Context(), s.c, s.all())
		is.NoErr(err)
		is.Equal(len(rows), 1) // nothing has changed
		is.NoErr(s.c.Close(s.t.Context()))
		is.Equal(s.c.SetAuth(s.t.Context(), s.as("lena"), client.Redial), client.ErrClosed)
	})
}

func TestSetAuth_ACheckpointOfAnotherUserEndsTheStream(t *testing.T) {
	inSwitching(t, func(is *is.I, s *switching) {
		var store client.MemoryCheckpoints
		s.put("lena", 1)
		o := s.changes(client.WithCheckpoints(&store, "x"))
		s.settle()
		s.to("otto", client.Redial)
		s.settle()
		is.True(errors.Is(o.err, client.ErrCheckpoint))
		is.True(errors.Is(o.err, client.ErrIdentity))
	})
}

func TestIdentity_ASourceThatChangesUserIsFoundOutAtTheNextDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		s := newSwitching(t)
		who := atomic.Pointer[string]{}
		lena, otto := s.srv.Token("lena"), s.srv.Token("otto")
		who.Store(&lena)
		is.NoErr(s.c.SetAuth(t.Context(), sourceFunc(func(auth.Ask) (auth.Token, error) {
			return auth.Token{Value: *who.Load()}, nil
		}), client.Redial))
		s.put("lena", 1)
		s.put("otto", 2)
		o := s.changes()
		s.settle()
		is.Equal(o.heard(), "insert1 loaded")
		ottos := "otto"
		who.Store(&otto)
		s.user.Store(&ottos)
		s.srv.CutConnections()
		s.settle()
		heard := o.heard()
		is.True(strings.HasSuffix(heard, "reset insert2 loaded"))
		s.isLate()
		s.clear()
	})
}

// TestSetAuth_AtRandom switches users, cuts sockets and writes rows, in whatever order:
// nobody is told a row of a user after SetAuth to another has returned, and at rest the
// fold is what SELECT gives.
func TestSetAuth_AtRandom(t *testing.T) {
	seed := rand.Uint64()
	runs := 60
	if testing.Short() {
		runs = 15
	}
	for i := range runs {
		seed := seed + uint64(i)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inSwitching(t, func(is *is.I, s *switching) { s.atRandom(is, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

func (s *switching) atRandom(is *is.I, random *rand.Rand) {
	users := []string{"lena", "otto"}
	rule := []client.Overflow{client.Lossless, client.Conflate, client.Block}[random.IntN(3)]
	streams := []*ops{
		s.changes(), s.changes(client.OnOverflow(rule), client.QueueLength(1+random.IntN(8))),
		s.changes(client.WithExactness(client.OnGap)), s.changes(client.WithResume(client.FastResume)),
	}
	events := new(int)
	client.LiveEvents(s.c, s.all()).Subscribe(s.t.Context(), rx.OnNext(func(e client.Event) {
		rows, _ := e.Page()
		late := false // SetAuth may return in the middle of a call, whose rows are one
		for row, err := range rows.All() {
			color, _ := row.Get("color").Text()
			late = late || s.saw(events, item{Color: color})
			is.NoErr(err)
		}
	}))
	for id := range 30 {
		switch random.IntN(5) {
		case 0:
			s.to(users[random.IntN(2)], client.Redial)
		case 1:
			s.srv.CutConnections()
		case 2:
			time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
		default:
			s.put(users[random.IntN(2)], id)
		}
	}
	s.settle()
	want, err := client.Query[item](s.t.Context(), s.c, s.all())
	is.NoErr(err)
	for i, o := range streams[:3] { // FastResume does not see all
		o.mu.Lock()
		if len(o.rows) != len(want) {
			s.t.Errorf("stream %d has %d rows, SELECT %d: %v", i, len(o.rows), len(want), o.said)
		}
		o.mu.Unlock()
	}
}
