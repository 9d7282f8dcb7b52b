package operators

import "github.com/kalamdb/kalamrx/rx"

// Catch goes on with the stream that handler makes of the source's error, after it
// has unsubscribed from the source. What that stream fails with is passed on. A
// panic in an operator above Catch is an error like others; one below, or in the
// observer, is none of its business. handler runs on the goroutine that delivered
// the error; what it panics with is passed on as an error.
//
// RxJS's catchError also hands the handler the stream itself, to try again: that is
// [Retry].
func Catch[T any](handler func(error) rx.Observable[T]) rx.Operator[T, T] {
	if handler == nil {
		return misusedOperator[T, T]("Catch without a function")
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			h := newHandling(g, out)
			h.handle = func(err error) {
				next := handler(err)
				if !g.Closed() { // handler may have unsubscribed
					attach(next, g, out)
				}
			}
			h.follow(src)
		})
	}
}

// OnErrorReturn emits f of the source's error in place of it, then completes. It is
// [Catch] with a stream of one value.
func OnErrorReturn[T any](f func(error) T) rx.Operator[T, T] {
	if f == nil {
		return misusedOperator[T, T]("OnErrorReturn without a function")
	}
	return Catch(func(err error) rx.Observable[T] { return Of(f(err)) })
}

// OnErrorResumeNext emits all of the source, then all of each of the others in
// turn, no matter whether the one before completed or failed, and then completes.
// The errors are told to nobody: [Tap] above it, or on the others, sees them. A
// panic below OnErrorResumeNext ends the stream. Any number of streams that end at
// once use no more stack than one.
//
// It is RxJS's onErrorResumeNextWith. RxJava's operator of this name goes on after
// errors only, and that is [Catch].
func OnErrorResumeNext[T any](others ...rx.Observable[T]) rx.Operator[T, T] {
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			r := &resuming[T]{g: g, out: out, src: src, others: others}
			r.turns.run(r.begin)
		})
	}
}

type resuming[T any] struct {
	g      *rx.Segment
	out    rx.Observer[T]
	src    rx.Observable[T] // the one whose turn it is
	others []rx.Observable[T]
	turns  trampoline
}

func (r *resuming[T]) begin() {
	if r.g.Closed() {
		return
	}
	h := newHandling(r.g, r.out)
	h.handle = func(error) { r.next(h) }
	h.over = func() { r.next(h) }
	h.follow(r.src)
}

// next goes on behind the end of a stream.
func (r *resuming[T]) next(h *handling[T]) {
	h.up.Close()
	if len(r.others) == 0 {
		h.complete()
		return
	}
	r.src, r.others = r.others[0], r.others[1:]
	r.turns.run(r.begin)
}

// handling is a subscription to a source whose errors are handled. It lets none
// through that came out of downstream: those end the stream.
type handling[T any] struct {
	g, up  *rx.Segment
	out    rx.Observer[T]
	handle func(error) // called when up is closed
	over   func()      // the source completed
}

func newHandling[T any](g *rx.Segment, out rx.Observer[T]) *handling[T] {
	h := &handling[T]{g: g, up: g.Child(), out: out}
	h.over = h.complete
	return h
}

func (h *handling[T]) follow(src rx.Observable[T]) {
	attach(src, h.up, rx.Observer[T]{Next: h.next, Error: h.failed, Complete: h.over})
}

// next catches what downstream panics with, lest it come back as an error of the
// source.
func (h *handling[T]) next(v T) {
	defer h.g.Catch(h.broken)
	h.out.Next(v)
}

// complete ends the stream; what panics then is nothing to handle.
func (h *handling[T]) complete() { h.g.Turn(nil, h.out.Complete) }

func (h *handling[T]) broken(err error) {
	h.up.Close()
	h.out.Error(err)
}

func (h *handling[T]) failed(err error) {
	if h.up.Closed() { // unsubscribed, or a source that fails twice
		return
	}
	h.up.Close()
	defer h.g.Catch(h.broken)
	h.handle(err)
}
