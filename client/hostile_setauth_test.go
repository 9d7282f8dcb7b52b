package client_test

import (
	"errors"
	"net/http"
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

// setauthGate is an application's transport, whose answers can be looked at before the
// client has them.
type setauthGate struct {
	next http.RoundTripper
	mu   sync.Mutex
	seen func(*http.Request, *http.Response)
}

func (g *setauthGate) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := g.next.RoundTrip(r)
	g.mu.Lock()
	seen := g.seen
	g.mu.Unlock()
	if err == nil && seen != nil {
		seen(r, resp)
	}
	return resp, err
}

// watch has answers shown to seen from now on.
func (g *setauthGate) watch(seen func(*http.Request, *http.Response)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen = seen
}

// inGate plays with a client whose HTTP goes through a gate.
func inGate(t *testing.T, play func(is *is.I, s *switching, gate *setauthGate)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &switching{trial: &trial{t: t, virtual: true}, late: map[string][]string{}}
		s.serve(kalamtest.WithUser("lena", switchPassword, "user"), kalamtest.WithUser("otto", switchPassword, "user"))
		lena := "lena"
		s.user.Store(&lena)
		own := &http.Transport{DialContext: s.link.Dial}
		defer own.CloseIdleConnections()
		gate := &setauthGate{next: own}
		s.client(client.WithAuth(s.as("lena")), client.WithHTTPClient(&http.Client{Transport: gate}))
		play(is.New(t), s, gate)
		own.CloseIdleConnections()
		s.clear()
		s.isLate()
	})
}

// last is the newest checkpoint that a stream has told.
func (s *switching) checkpointOf(user string) client.Checkpoint {
	s.t.Helper()
	c := s.clientOf(s.srv.URL(), client.WithAuth(s.as(user)))
	var last client.Checkpoint
	sub := client.Changes[item](c, s.all()).Subscribe(s.t.Context(), rx.OnNext(func(c client.Change[item]) { last = c.Checkpoint() }))
	s.settle()
	sub.Unsubscribe()
	return last
}

// Who has become otto may go on from what otto had, before the server has said so.
func TestSetAuth_ACheckpointOfTheNewUserGoesOn(t *testing.T) {
	for _, policy := range []client.SocketPolicy{client.Redial, client.CloseSocket} {
		t.Run(policy.String(), func(t *testing.T) {
			inSwitching(t, func(is *is.I, s *switching) {
				s.put("otto", 1)
				from := s.checkpointOf("otto")
				s.changes()
				s.settle()
				s.put("otto", 2)
				s.to("otto", policy)
				o := s.changes(client.FromCheckpoint(from))
				s.settle()
				is.NoErr(o.err)
				is.True(strings.Contains(o.heard(), "insert2"))
			})
		})
	}
}

// A query that was under way when the user changed is answered to the one who asked: that
// says nothing of the socket.
func TestSetAuth_AnOldAnswerDoesNotCloseTheNewSocket(t *testing.T) {
	inGate(t, func(is *is.I, s *switching, gate *setauthGate) {
		s.put("lena", 1)
		s.put("otto", 2)
		o := s.changes()
		s.settle()
		o.heard()
		var slow atomic.Bool
		asked := make(chan struct{})
		gate.watch(func(r *http.Request, _ *http.Response) {
			if strings.HasSuffix(r.URL.Path, "/sql") && slow.CompareAndSwap(false, true) {
				close(asked)
				time.Sleep(10 * time.Second) // of virtual time, on the way back
			}
		})
		<-asked // an audit, as lena
		s.to("otto", client.Redial)
		s.settle()
		is.Equal(o.heard(), "reset insert2 loaded")
		is.Equal(s.phase(client.Ready).Generation, uint64(2))
	})
}

// A new live query reads rows as the new user before the socket is his: that says nothing
// of the socket that comes.
func TestSetAuth_AnEarlyReaderDoesNotCloseTheNewSocket(t *testing.T) {
	inSwitching(t, func(is *is.I, s *switching) {
		s.put("otto", 2)
		s.changes()
		s.settle()
		for range 10 {
			before := s.phase(client.Ready).Generation
			s.to("otto", client.Redial)
			o := s.changes(client.BatchSize(7))
			s.settle()
			is.Equal(o.heard(), "insert2 loaded")
			is.Equal(s.phase(client.Ready).Generation, before+1)
			o.sub.Unsubscribe()
			s.to("lena", client.Redial)
			s.settle()
		}
	})
}

// A write that was refused for lena's token is not made as otto.
func TestSetAuth_AWriteIsNotMadeAsAnother(t *testing.T) {
	inGate(t, func(is *is.I, s *switching, gate *setauthGate) {
		s.changes()
		s.settle()
		s.srv.RefuseTokens(1)
		gate.watch(func(_ *http.Request, resp *http.Response) {
			if resp.StatusCode == http.StatusUnauthorized {
				is.NoErr(s.c.SetAuth(s.t.Context(), s.as("otto"), client.Redial))
			}
		})
		time.Sleep(2 * time.Second) // a token is made of whole seconds
		result, err := s.c.Exec(s.t.Context(), "INSERT INTO faults.items (id, color, qty) VALUES (1, 'lena', 1)")
		is.NoErr(err)
		is.Equal(result.User, "lena")
	})
}

// All pages of a QueryAll are one user's.
func TestSetAuth_AQueryAllGoesOnAsWhoBeganIt(t *testing.T) {
	inSwitching(t, func(is *is.I, s *switching) {
		for id := range 4 {
			s.put("lena", id)
			s.put("otto", 100+id)
		}
		var colors []string
		all := client.QueryAll[item](s.c, s.all(), client.PageSize(2))
		all.Subscribe(s.t.Context(), rx.OnNext(func(row item) {
			if colors = append(colors, row.Color); len(colors) == 1 {
				is.NoErr(s.c.SetAuth(s.t.Context(), s.as("otto"), client.Redial))
			}
		}))
		synctest.Wait()
		is.Equal(colors, []string{"lena", "lena", "lena", "lena"})
	})
}

// Where socket and HTTP are different users' for good, which only a source that is out of
// order does, or a gateway, the client says so and does not dial without end.
func TestIdentity_ASourceOfTwoUsersDoesNotStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		s := newSwitching(t)
		lena, otto := s.srv.Token("lena"), s.srv.Token("otto")
		source := sourceFunc(func(ask auth.Ask) (auth.Token, error) {
			if ask.Dial {
				return auth.Token{Value: lena}, nil
			}
			return auth.Token{Value: otto}, nil
		})
		is.NoErr(s.c.SetAuth(t.Context(), source, client.Redial))
		errs := recording(t, s.c.Errors())
		s.put("otto", 2)
		o := s.changes()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		is.True(s.dials() < 25) // 30 s at least between two
		s.isLate()
		errs.mu.Lock()
		found := false
		for _, err := range errs.all {
			found = found || errors.Is(err, client.ErrIdentity)
		}
		errs.mu.Unlock()
		is.True(found)
		is.True(!strings.Contains(o.heard(), "insert2"))
		s.clear()
	})
}
