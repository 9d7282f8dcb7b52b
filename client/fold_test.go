package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// row is a row of the script's table.
type row struct {
	ID   int64   `kalam:"id"`
	Body *string `kalam:"body"`
}

func changeText(id, change, rows, old string) string {
	return fmt.Sprintf(`{"type":"change","subscription_id":%q,"change_type":%q,"rows":%s,"old_values":%s}`, id, change, rows, old)
}

func bodies(v View[row]) map[int64]string {
	m := map[int64]string{}
	for _, r := range v.Slice() {
		m[r.ID] = "NULL"
		if r.Body != nil {
			m[r.ID] = *r.Body
		}
	}
	return m
}

// liveRows is a view stream that is live, with an empty snapshot.
func liveRows(t *testing.T, s *scripted, opts ...LiveOption) (*peer, string, *record[View[row]]) {
	r := recordOf(t.Context(), Live[row](s.client(), "SELECT * FROM a.b", append(opts, WithExactness(PushOnly))...))
	p := s.accept()
	return p, p.welcome(), r
}

func TestLive_UnderLiveOnlyBeginsEmpty(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		views := recordOf(t.Context(), Live[row](c, "SELECT * FROM a.b", WithExactness(PushOnly), LiveOnly()))
		p := s.accept()
		id := p.subscribed()
		p.send(ackOf(id))
		changes := recordOf(t.Context(), Changes[row](c, "SELECT * FROM a.b", WithExactness(PushOnly), LiveOnly()))
		id2 := p.subscribed()
		p.send(ackOf(id2))
		p.send(insertText(id, 1, 10))
		p.send(insertText(id2, 1, 10))
		got, end := views.seen()
		is.Equal(end, "")
		is.Equal(len(got), 2)
		is.Equal(got[0].Len(), 0)
		is.Equal(bodies(got[1]), map[int64]string{1: "b1"})
		all, _ := changes.seen()
		is.Equal(len(all), 2)
		is.Equal(all[0].Op, Loaded)
		is.Equal(all[1].Op, Insert)
	})
}

func TestLive_FramesForUnknownKeysAndOldVersions(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		p, id, r := liveRows(t, s)
		p.send(changeText(id, "update", `[{"id":"7","body":"new","_seq":"20"}]`, `[{"id":"7","body":"old","_seq":"10"}]`)) // it entered the filter
		p.send(changeText(id, "delete", `null`, `[{"id":"9","body":"x","_seq":"30","_deleted":true}]`))                    // unknown: no view
		p.send(changeText(id, "update", `[{"id":"7","body":"older","_seq":"15"}]`, `[]`))                                  // late: no view
		p.send(changeText(id, "update", `[{"id":"7","body":"new","_seq":"20"}]`, `[]`))                                    // twice: no view
		p.send(changeText(id, "update", `[{"id":"7","_seq":"40"}]`, `[{"id":"7","body":"new","_seq":"20"}]`))
		p.send(changeText(id, "delete", `null`, `[{"id":"7","body":null,"_seq":"50","_deleted":true}]`))
		got, end := r.seen()
		is.Equal(end, "")
		is.Equal(len(got), 4)
		is.Equal(bodies(got[1]), map[int64]string{7: "new"})
		is.Equal(bodies(got[2]), map[int64]string{7: "NULL"})
		is.Equal(got[2].Changes()[0].Before.ID, int64(7))
		is.Equal(*got[2].Changes()[0].Before.Body, "new")
		is.Equal(got[3].Len(), 0)
		is.Equal(got[3].Changes()[0].Seq.String(), "50")
		is.Equal(got[3].Status(), ViewReady)
		is.Equal(len(got[3].Schema()), 4)
	})
}

func TestLive_ADeleteThatNamesNothingIsAGap(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		p, id, r := liveRows(t, s)
		p.send(insertText(id, 1, 10))
		p.send(changeText(id, "delete", `null`, `[{}]`))
		p.send(changeText(id, "delete", `null`, `[{"row_id":"lena:10"}]`))
		got, end := r.seen()
		is.Equal(end, "")
		is.Equal(len(got), 4)
		is.Equal(got[2].Status(), ViewStale)
		is.True(errors.Is(got[2].Cause(), ErrKey))
		is.Equal(len(got[2].Schema()), 4)
		is.Equal(got[3].Len(), 0) // a bare delete still finds its row
		is.Equal(*got[3].Changes()[0].Row.Body, "b1")
		is.Equal(got[3].Status(), ViewStale) // for good
	})
}

// Views are read from many goroutines while the stream goes on: each stays what it
// was. The race detector looks on.
func TestLive_ViewsMayBeReadFromAnywhereWhileTheStreamGoesOn(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		var readers sync.WaitGroup
		n := 0
		sub := Live[row](s.client(), "SELECT * FROM a.b", WithExactness(PushOnly)).Subscribe(t.Context(), rx.OnNext(func(v View[row]) {
			want := n
			n++
			for range 3 {
				readers.Go(func() {
					sum := 0
					for key, r := range v.All() {
						got, ok := v.Get(key)
						if !ok || got.ID != r.ID {
							t.Errorf("%v: %v, %v", key, got, ok)
						}
						sum++
					}
					if sum != want || v.Len() != want {
						t.Errorf("%d rows, then %d, not %d", v.Len(), sum, want)
					}
				})
			}
		}))
		p := s.accept()
		id := p.welcome()
		for i := range 300 {
			p.send(insertText(id, i, i+1))
		}
		synctest.Wait()
		readers.Wait()
		is.Equal(n, 301)
		sub.Unsubscribe()
		<-sub.Done()
	})
}

func TestView_GetTakesAKeyInAnyForm(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		p, id, r := liveRows(t, s)
		for i := range 100 {
			p.send(insertText(id, i, i+1))
		}
		got, _ := r.seen()
		v := got[len(got)-1]
		for _, key := range []any{9, int8(9), uint64(9), "9", KeyOf(9), KeyOf("9")} {
			row, ok := v.Get(key)
			is.True(ok)
			is.Equal(row.ID, int64(9))
		}
		for _, key := range []any{"nine", "", nil, -1, uint64(1 << 63), 9.5, []int{9}, "100"} {
			_, ok := v.Get(key)
			is.True(!ok)
		}
		_, ok := View[row]{}.Get(1)
		is.True(!ok)
	})
}

// What an observer panics with is the error of its own stream; the server is told
// that it has gone.
func TestPanic_InAnObserverEndsItsStreamOnly(t *testing.T) {
	boom := func() { panic("boom") }
	for name, subscribe := range map[string]func(c *Client) *rx.Subscription{
		"LiveEvents": func(c *Client) *rx.Subscription {
			return LiveEvents(c, "SELECT * FROM a.b").Subscribe(context.Background(), rx.OnNext(func(Event) { boom() }))
		},
		"Changes": func(c *Client) *rx.Subscription {
			return Changes[row](c, "SELECT * FROM a.b", WithExactness(PushOnly)).Subscribe(context.Background(), rx.OnNext(func(Change[row]) { boom() }))
		},
		"Live": func(c *Client) *rx.Subscription {
			return Live[row](c, "SELECT * FROM a.b", WithExactness(PushOnly)).Subscribe(context.Background(), rx.OnNext(func(View[row]) { boom() }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			inScript(t, func(t *testing.T, s *scripted) {
				is := is.New(t)
				c := s.client()
				state := c.State().Subscribe(context.Background(), rx.OnNext(func(State) { boom() }))
				<-state.Done()
				other := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.c"))
				p := s.accept()
				p.welcome()
				sub := subscribe(c)
				id := p.subscribed()
				p.send(ackOf(id))
				p.send(emptyOf(id))
				p.send(insertText(id, 1, 1))
				<-sub.Done()
				var panicked *rx.PanicError
				is.True(errors.As(sub.Err(), &panicked))
				is.True(errors.As(state.Err(), &panicked))
				is.Equal(p.next().MessageType(), wire.TypeUnsubscribe)
				_, end := other.seen()
				is.Equal(end, "")
			})
		})
	}
}

func TestChanges_ARowThatDoesNotFitEndsTheStreamAndTheServerIsTold(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		type other struct {
			Body int `kalam:"body"`
		}
		r := recordOf(t.Context(), Changes[other](s.client(), "SELECT * FROM a.b", WithExactness(PushOnly)))
		p := s.accept()
		id := p.welcome()
		p.send(insertText(id, 1, 10))
		p.send(insertText(id, 2, 11))
		<-r.sub.Done()
		is.True(errors.Is(r.sub.Err(), wire.ErrCell))
		got, _ := r.seen()
		is.Equal(len(got), 1) // loaded
		is.Equal(p.next().MessageType(), wire.TypeUnsubscribe)
	})
}
