package operators

import (
	"sync"
	"sync/atomic"

	"github.com/kalamdb/kalamrx/rx"
)

// SwitchMap makes an inner stream of every value and emits what the latest inner
// stream emits: a new value unsubscribes from the inner stream before it. The
// stream completes when the source and the last inner stream have completed; an
// error of the source, of an inner stream or a panic of project ends it and
// unsubscribes from all. Inner streams run on the goroutine that emitted the
// value, or on the one that was delivering meanwhile.
//
// Where values arrive while one is being delivered, only the last of them is
// subscribed to: project is called for each, but RxJS would also subscribe to and
// leave those between.
func SwitchMap[A, B any](project func(A) rx.Observable[B]) rx.Operator[A, B] {
	return flatten("SwitchMap", 1, switching, project)
}

// MergeMap makes an inner stream of every value and emits what any of them emits,
// at most limit of them at a time; further values wait in an unbounded queue.
// A limit of 0 means no limit. The stream completes when the source and all inner
// streams have completed; the first error ends it and unsubscribes from all. A
// negative limit is a mistake.
//
// An inner stream that emits synchronously is emitted whole before the next is
// subscribed to.
func MergeMap[A, B any](project func(A) rx.Observable[B], limit int) rx.Operator[A, B] {
	if limit < 0 {
		return misusedOperator[A, B]("MergeMap with a limit of %d", limit)
	}
	return flatten("MergeMap", limit, queueing, project)
}

// ConcatMap makes an inner stream of every value and emits all of one before it
// subscribes to the next. Values wait in an unbounded queue meanwhile, as in
// RxJS. It is [MergeMap] with a limit of 1.
func ConcatMap[A, B any](project func(A) rx.Observable[B]) rx.Operator[A, B] {
	return flatten("ConcatMap", 1, queueing, project)
}

// ExhaustMap makes an inner stream of a value and emits what that emits; values
// that come before it has completed are left out, which is this operator's purpose
// and is not counted as dropped: project is not called for them. The stream
// completes when the source and the last inner stream have completed; the first
// error ends it and unsubscribes from all.
func ExhaustMap[A, B any](project func(A) rx.Observable[B]) rx.Operator[A, B] {
	return flatten("ExhaustMap", 1, ignoring, project)
}

// Expand emits every value of the source, makes an inner stream of it, and does the
// same with every value of that: with project it walks a tree, or asks for page
// after page. At most limit inner streams run at a time; further values wait in an
// unbounded queue, and are emitted when their turn comes. A limit of 0 means no
// limit, a negative one is a mistake. The stream completes when the source and all
// inner streams have completed; the first error ends it and unsubscribes from all.
//
// An inner stream that emits synchronously is emitted whole before those of its
// values are subscribed to, without growing the stack, where RxJS goes into each
// value at once. Inner streams that never run dry end by unsubscribing only.
func Expand[T any](project func(T) rx.Observable[T], limit int) rx.Operator[T, T] {
	switch {
	case project == nil:
		return misusedOperator[T, T]("Expand without a function")
	case limit < 0:
		return misusedOperator[T, T]("Expand with a limit of %d", limit)
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			f := newFlattening(g, out, limit, queueing, project)
			f.before, f.emit = out.Next, f.value
			f.start(src)
		})
	}
}

func flatten[A, B any](
	name string, limit int, full whenFull, project func(A) rx.Observable[B],
) rx.Operator[A, B] {
	if project == nil {
		return misusedOperator[A, B](name + " without a function")
	}
	return func(src rx.Observable[A]) rx.Observable[B] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[B]) {
			newFlattening(g, out, limit, full, project).start(src)
		})
	}
}

// whenFull says what becomes of a value while limit inner streams run.
type whenFull uint8

const (
	queueing  whenFull = iota // it waits
	switching                 // the inner stream before it ends
	ignoring                  // it is left out
)

// flattening is one subscription of a flattening operator. Its handler decides
// which inner streams begin and end; it does not subscribe to them, since one
// that is synchronous would then queue all it has behind the value in hand. They
// are put in begun, for whoever pushed the event to subscribe to afterwards.
type flattening[A, B any] struct {
	up      *rx.Segment // source and inner streams
	outer   *rx.Segment // source
	out     rx.Observer[B]
	project func(A) rx.Observable[B]
	before  func(A) // told every value whose inner stream begins; nil: nobody
	emit    func(B) // told every value of an inner stream
	limit   int     // of inner streams at a time; 0: none
	full    whenFull
	order   *rx.Serial[flatEvent[A, B]]

	// The handler's:
	current *inner[A, B] // the newest
	active  int
	waiting queue[A]
	over    bool // the source completed

	pending atomic.Int64 // begun.len()
	mu      sync.Mutex   // leaf lock
	begun   queue[*inner[A, B]]
}

func newFlattening[A, B any](
	g *rx.Segment, out rx.Observer[B], limit int, full whenFull, project func(A) rx.Observable[B],
) *flattening[A, B] {
	f := &flattening[A, B]{
		up: g.Child(), out: out, project: project, emit: out.Next, limit: limit, full: full,
	}
	f.order = rx.NewSerial(f.up, f.fail, f.handle)
	f.outer = f.up.Child()
	return f
}

func (f *flattening[A, B]) start(src rx.Observable[A]) {
	attach(src, f.outer, rx.Observer[A]{Next: f.next, Error: f.error, Complete: f.complete})
}

// flatEvent is what the source (in is nil) or an inner stream did.
type flatEvent[A, B any] struct {
	kind kind
	in   *inner[A, B]
	a    A
	b    B
	err  error
}

func (f *flattening[A, B]) next(v A)        { f.push(flatEvent[A, B]{a: v}) }
func (f *flattening[A, B]) error(err error) { f.push(flatEvent[A, B]{kind: failed, err: err}) }
func (f *flattening[A, B]) complete()       { f.push(flatEvent[A, B]{kind: completed}) }

// push has e handled, and with it what others have queued meanwhile: so whatever
// e is, there may be something to subscribe to.
func (f *flattening[A, B]) push(e flatEvent[A, B]) {
	f.order.Push(e)
	if e.in == nil || !e.in.running.Load() {
		f.subscribe()
	} // else run's caller does
}

func (f *flattening[A, B]) handle(e flatEvent[A, B]) {
	switch {
	case f.up.Closed() || e.in != nil && e.in.seg.Closed():
	case e.kind == failed:
		f.fail(e.err)
	case e.in == nil && e.kind == nexted:
		f.value(e.a)
	case e.in == nil:
		f.over = true
		if !f.completed() {
			f.outer.Close()
		}
	case e.kind == nexted:
		f.emit(e.b)
	default:
		f.ended(e.in)
	}
}

// value takes a value of the source.
func (f *flattening[A, B]) value(v A) {
	if f.full == switching && f.active > 0 {
		f.current.seg.Close()
		f.active--
	}
	switch {
	case f.limit == 0 || f.active < f.limit:
		f.begin(v)
	case f.full == queueing:
		f.waiting.push(v)
	}
}

// begin makes the inner stream of v.
func (f *flattening[A, B]) begin(v A) {
	if f.before != nil {
		if f.before(v); f.up.Closed() {
			return
		}
	}
	src := f.project(v)
	if f.up.Closed() { // project may have unsubscribed
		return
	}
	f.active++
	in := &inner[A, B]{f: f, seg: f.up.Child(), src: src}
	f.current = in
	f.mu.Lock()
	f.begun.push(in)
	f.mu.Unlock()
	f.pending.Add(1)
}

// ended takes the completion of an inner stream.
func (f *flattening[A, B]) ended(in *inner[A, B]) {
	f.active--
	if f.completed() {
		return
	}
	in.seg.Close()
	if f.waiting.len() > 0 {
		f.begin(f.waiting.pop())
	}
}

// completed completes the stream if nothing is left to come.
func (f *flattening[A, B]) completed() bool {
	if !f.over || f.active > 0 || f.waiting.len() > 0 {
		return false
	}
	f.up.Close()
	f.out.Complete()
	return true
}

func (f *flattening[A, B]) fail(err error) {
	f.up.Close()
	f.out.Error(err)
}

// subscribe subscribes to the inner streams that the handler has begun.
func (f *flattening[A, B]) subscribe() {
	for f.pending.Load() > 0 {
		in := f.take()
		if in == nil {
			return
		}
		in.run()
	}
}

func (f *flattening[A, B]) take() *inner[A, B] {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.begun.len() == 0 {
		return nil
	}
	f.pending.Add(-1)
	return f.begun.pop()
}

// inner is one inner stream.
type inner[A, B any] struct {
	f       *flattening[A, B]
	seg     *rx.Segment
	src     rx.Observable[B]
	running atomic.Bool // run is on a stack
}

// run subscribes to the inner stream. What begins meanwhile because of it is left
// to the caller's loop, so that a queue of synchronous streams needs no stack.
func (in *inner[A, B]) run() {
	if in.seg.Closed() { // another value came before
		return
	}
	in.running.Store(true)
	attach(in.src, in.seg, rx.Observer[B]{Next: in.next, Error: in.error, Complete: in.complete})
	in.running.Store(false)
}

func (in *inner[A, B]) next(v B)        { in.f.push(flatEvent[A, B]{in: in, b: v}) }
func (in *inner[A, B]) error(err error) { in.f.push(flatEvent[A, B]{in: in, kind: failed, err: err}) }
func (in *inner[A, B]) complete()       { in.f.push(flatEvent[A, B]{in: in, kind: completed}) }
