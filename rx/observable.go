package rx

import "context"

// Observable is a recipe for a stream of T: nothing happens before Subscribe, and
// every Subscribe runs the recipe anew, unless whoever made it says it is hot.
// The zero Observable is empty: it completes at once.
//
// It is a concrete type, so that it can be passed, stored and compared to
// nothing else; functions from one Observable to another are [Operator] values.
type Observable[T any] struct {
	run func(*Segment, Observer[T])
}

// Operator turns one stream into another. Operators compose with Pipe1 … Pipe9.
type Operator[A, B any] func(Observable[A]) Observable[B]

// Source makes an observable from code that keeps the contract by itself: calls
// of out are serial, nothing follows a terminal, loops ask g.Closed before each
// value, and values from other goroutines or timers are delivered in g.Turn.
// All three members of out are set. Code that cannot promise this uses [Create].
//
// run is called on the subscriber's goroutine and may deliver synchronously.
func Source[T any](run func(g *Segment, out Observer[T])) Observable[T] {
	return Observable[T]{run: run}
}

// Subscribe runs the observable until it ends by itself, or ctx ends, or
// Unsubscribe is called. A synchronous source has delivered everything when
// Subscribe returns. It never returns nil; a nil context means context.Background.
func (o Observable[T]) Subscribe(ctx context.Context, obs Observer[T]) *Subscription {
	st := newStream(ctx, obs)
	st.start(o)
	return &st.Subscription
}

// Attach runs the observable inside a segment, for authors of operators: out
// gets its notifications, and g is the life it has. Make a child for anything
// that may end before the whole chain does.
func (o Observable[T]) Attach(g *Segment, out Observer[T]) {
	if o.run == nil {
		out.Complete()
		return
	}
	o.run(g, out)
}

// stream is a subscription together with the observer it tells, in one
// allocation.
type stream[T any] struct {
	Subscription
	tellNext func(T)
}

func newStream[T any](ctx context.Context, obs Observer[T]) *stream[T] {
	if ctx == nil {
		ctx = context.Background()
	}
	obs = obs.filled()
	st := &stream[T]{tellNext: obs.Next}
	st.ctx, st.tellError, st.tellComplete = ctx, obs.Error, obs.Complete
	st.root.sub = &st.Subscription
	return st
}

// start runs the recipe as the stream's first turn.
func (st *stream[T]) start(o Observable[T]) {
	if st.ctx.Err() != nil {
		st.end(context.Cause(st.ctx))
		return
	}
	st.follow()
	if !st.enter() {
		return
	}
	defer st.exit()
	out := Observer[T]{Error: st.error, Complete: st.complete}
	if st.tellNext == nil {
		out.Next = st.nobody
	} else {
		out.Next = st.next
	}
	returned := false
	defer st.catch(out.Error, &returned)
	o.Attach(&st.root, out)
	returned = true
}

// next is the one place where values reach the observer; see inObserver.
func (st *stream[T]) next(v T) {
	if !st.root.closed.Load() {
		st.tellNext(v)
	}
}

// nobody is next where the observer has none.
func (st *stream[T]) nobody(T) {}
