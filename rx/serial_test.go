package rx_test

import (
	"context"
	"errors"
	"testing"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// entering runs what it is given as the source of a stream, with a Serial that notes
// what its handler gets, and notes what the stream is told.
func entering(use func(z *rx.Serial[string])) (log []string, sub *rx.Subscription) {
	src := rx.Source(func(g *rx.Segment, out rx.Observer[string]) {
		up := g.Child()
		fail := func(err error) {
			up.Close()
			out.Error(err)
		}
		use(rx.NewSerial(up, fail, func(s string) { log = append(log, s) }))
	})
	sub = src.Subscribe(context.Background(), rx.Observer[string]{
		Error: func(error) { log = append(log, "error") },
	})
	return log, sub
}

func TestSerial_WhatIsPushedWhileOneHasEnteredIsHandledWhenItLeaves(t *testing.T) {
	is := is.New(t)
	log, sub := entering(func(z *rx.Serial[string]) {
		func() {
			is.True(z.Enter())
			defer z.Leave()
			is.True(!z.Enter()) // it is busy
			z.Push("one")
			z.Push("two")
		}()
		is.True(z.Enter()) // it is idle again
		z.Leave()
		z.Push("three")
	})
	defer sub.Unsubscribe()
	is.Equal(log, []string{"one", "two", "three"})
}

func TestSerial_APanicOfOneWhoHasEnteredIsTheHandlers(t *testing.T) {
	is := is.New(t)
	log, sub := entering(func(z *rx.Serial[string]) {
		is.True(z.Enter())
		defer z.Leave()
		z.Push("behind")
		panic("entered")
	})
	<-sub.Done()
	is.Equal(log, []string{"error", "behind"})
	var p *rx.PanicError
	is.True(errors.As(sub.Err(), &p))
	is.Equal(p.Value, "entered")
}

// A handler that has closed its segment tells a terminal: its fail hears nothing of
// what panics there, the stream ends with it.
func TestSerial_APanicBehindTheEndOfItsSegmentEndsTheStream(t *testing.T) {
	is := is.New(t)
	failed := false
	src := rx.Source(func(g *rx.Segment, _ rx.Observer[int]) {
		up := g.Child()
		z := rx.NewSerial(up, func(error) { failed = true }, func(int) {
			up.Close()
			panic("in the terminal")
		})
		z.Push(1)
	})
	sub := src.Subscribe(t.Context(), rx.Observer[int]{})
	<-sub.Done()
	is.True(!failed)
	var p *rx.PanicError
	is.True(errors.As(sub.Err(), &p))
}
