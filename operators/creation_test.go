package operators_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

func TestGenerate_IsALoop(t *testing.T) {
	doubled := func(s int) int { return s * 2 }
	for _, c := range []struct{ name, got, want string }{
		{"some", play(operators.Generate(1, func(s int) bool { return s < 20 }, doubled, same)), "1 2 4 8 16 |"},
		{"none", play(operators.Generate(1, func(int) bool { return false }, doubled, same)), "|"},
		{"endless", play(rx.Pipe1(operators.Generate(1, func(int) bool { return true }, doubled, same), operators.Take[int](3))), "1 2 4 |"},
		{"panic", play(operators.Generate(1, func(int) bool { panic(errBoom) }, doubled, same)), "#rx: panic in user code: boom"},
	} {
		t.Run(c.name, func(t *testing.T) {
			is := is.New(t)
			is.Equal(c.got, c.want)
		})
	}
}

// Using in all the ways in which it can end: what happened, in its order.
func TestUsing_ReleasesOnceBehindTheStream(t *testing.T) {
	ended := operators.Finally[int](nil)
	for _, c := range []struct {
		name       string
		acquireErr error
		src        rx.Observable[int]
		through    op2
		want       string
	}{
		{"completion", nil, operators.Of(1, 2), nil, "acquire 1 2 | stream release"},
		{"error", nil, operators.Throw[int](errBoom), nil, "acquire #boom stream release"},
		{"left", nil, operators.Of(1, 2), operators.Take[int](1), "acquire 1 stream release |"},
		{"no resource", errBoom, operators.Of(1), nil, "acquire #boom"},
		{"misused below", nil, rx.Pipe1(operators.Of(1), ended), nil,
			"acquire #rx: bad configuration: operators: Finally without a function stream release"},
	} {
		t.Run(c.name, func(t *testing.T) {
			is := is.New(t)
			var log []string
			note := func(s string) { log = append(log, s) }
			o := operators.Using(
				func() (string, error) { note("acquire"); return "r", c.acquireErr },
				func(r string) rx.Observable[int] {
					is.Equal(r, "r")
					return rx.Pipe1(c.src, operators.Finally[int](func() { note("stream") }))
				},
				func(string) { note("release") },
			)
			if c.through != nil {
				o = c.through(o)
			}
			o.Subscribe(t.Context(), rx.Observer[int]{
				Next:     func(v int) { note(fmt.Sprint(v)) },
				Error:    func(err error) { note("#" + err.Error()) },
				Complete: func() { note("|") },
			})
			is.Equal(strings.Join(log, " "), c.want)
		})
	}
}

type op2 = rx.Operator[int, int]

func TestUsing_PanicInUseReleases(t *testing.T) {
	is := is.New(t)
	released := 0
	o := operators.Using(func() (int, error) { return 1, nil },
		func(int) rx.Observable[int] { panic(errBoom) }, func(int) { released++ })
	is.Equal(play(o), "#rx: panic in user code: boom")
	is.Equal(released, 1)
}

func TestFromFunc_EndsTheWaitOfItsFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		why := errors.New("none yet")
		o := operators.FromFunc(func(ctx context.Context) (int, error) {
			<-ctx.Done()
			why = ctx.Err()
			return 1, nil
		})
		r, sub := listen(o)
		synctest.Wait()
		sub.Unsubscribe()
		<-sub.Done() // not before the function has returned
		is.Equal(why, context.Canceled)
		is.Equal(r.String(), "")
	})
}

// SwitchMap leaves a call that takes too long.
func TestMarbles_FromFunc(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		search := func(word string) stream {
			return operators.FromFunc(func(ctx context.Context) (string, error) {
				select {
				case <-time.After(3 * ms):
				case <-ctx.Done():
					return "", ctx.Err()
				}
				if word == "x" {
					return "", rxtest.ErrMarble
				}
				return word + word, nil
			})
		}
		m.Expect(rx.Pipe1(m.Cold("-ab----c------|"), operators.SwitchMap(search)), "-----[bb]----[cc]---|")
		m.Expect(rx.Pipe1(m.Cold("-a----x-----|"), operators.SwitchMap(search)), "----[aa]----#")
		m.Expect(search("a"), "---([aa]|)")
	})
}

func TestFromChannel_EndsWithTheChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		ch := make(chan int)
		r, sub := listen(operators.FromChannel(ch))
		ch <- 1
		ch <- 2
		close(ch)
		<-sub.Done()
		is.Equal(r.String(), "1 2 |")
	})
}

// Two subscribers share what is sent, and each value has one of them.
func TestFromChannel_SubscribersShareTheValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		ch := make(chan int)
		o := operators.FromChannel(ch)
		a, b := recording[int]{}, recording[int]{}
		first, second := o.Subscribe(t.Context(), a.observer()), o.Subscribe(t.Context(), b.observer())
		for i := range 100 {
			ch <- i
		}
		close(ch)
		<-first.Done()
		<-second.Done()
		is.Equal(len(strings.Fields(a.String()))+len(strings.Fields(b.String())), 100+2)
	})
}

// The goroutine ends with the subscription, also when nothing is sent any more.
func TestFromChannel_EndsWithTheSubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		ch := make(chan int, 9)
		for i := range 5 {
			ch <- i
		}
		r, sub := listen(rx.Pipe1(operators.FromChannel(ch), operators.Take[int](2)))
		<-sub.Done()
		is.Equal(r.String(), "0 1 |")
		is.Equal(len(ch), 3) // what it does not need waits for others
		_, idle := listen(operators.FromChannel(make(chan int)))
		synctest.Wait()
		idle.Unsubscribe()
		<-idle.Done()
	})
}

func TestFromChannel_PanicDownstream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		ch := make(chan int, 9)
		ch <- 1
		ch <- 2
		o := rx.Pipe1(operators.FromChannel(ch), operators.Map(func(v int) int { panic(errBoom) }))
		sub := rx.Pipe1(o, operators.Retry[int](immediately(1))).Subscribe(t.Context(), rx.Observer[int]{})
		<-sub.Done()
		is.True(errors.Is(sub.Err(), errBoom))
		is.Equal(len(ch), 0) // each attempt took one
	})
}
