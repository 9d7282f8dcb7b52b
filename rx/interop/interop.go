package interop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
)

// drainFor is how long a pipeline that has ended is read on.
const drainFor = 100 * time.Millisecond

var (
	// ErrType is the error of a stream whose RxGo side sent a value of another type.
	ErrType = errors.New("rx: RxGo item of the wrong type")
	// ErrPipeline is the error of a stream whose RxGo pipeline is nil.
	ErrPipeline = errors.New("rx: no RxGo pipeline")
)

// ToRxGo is o as a cold RxGo observable: every Observe subscribes anew, for as
// long as the context given to Observe by rxgo.WithContext. Without one, an
// observer that stops reading holds a goroutine until o ends. An error of o
// becomes its last item. The values wait for the reader: o's producer does, where
// it has no boundary. opts are for the source only, such as
// rxgo.WithBufferedChannel.
//
// Nil values of interface and pointer types pass as nil items, which RxGo's own
// Debounce and Just do not stand.
func ToRxGo[T any](o rx.Observable[T], opts ...rxgo.Option) rxgo.Observable {
	return toRxGo(context.Background(), o, opts)
}

// toRxGo has every subscription end with life, too: Merge and its like observe
// their sources without the context they are observed with.
func toRxGo[T any](life context.Context, o rx.Observable[T], opts []rxgo.Option) rxgo.Observable {
	// Defer is the one source of RxGo that is lazy, repeatable and told the context.
	return rxgo.Defer([]rxgo.Producer{func(ctx context.Context, items chan<- rxgo.Item) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(life, cancel)()
		sub := o.Subscribe(ctx, rx.Observer[T]{
			Next:  func(v T) { rxgo.Of(v).SendContext(ctx, items) },
			Error: func(err error) { rxgo.Error(err).SendContext(ctx, items) },
		})
		<-sub.Done() // Defer closes items when this returns
	}}, opts...)
}

// FromRxGo is an RxGo observable as a typed one: cold if o is. Every Subscribe
// observes o with opts and a context of its own, which ends with the stream. The
// values come on a goroutine of the subscription's. A value that is no T ends the
// stream with [ErrType], a panic in RxGo's Observe with a *rx.PanicError.
func FromRxGo[T any](o rxgo.Observable, opts ...rxgo.Option) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		if o == nil {
			out.Error(ErrPipeline)
			return
		}
		observe(lifeOf(g), g, out, o, opts)
	})
}

// lifeOf is a context that ends with the segment. It is not derived from the
// segment's own: that may end before the segment, and then RxGo's silent end would
// be taken for a completion.
func lifeOf(g *rx.Segment) context.Context {
	ctx, cancel := context.WithCancel(context.WithoutCancel(g.Context()))
	g.Add(cancel)
	return ctx
}

// observe reads o for as long as life lasts.
func observe[T any](life context.Context, g *rx.Segment, out rx.Observer[T], o rxgo.Observable, opts []rxgo.Option) {
	ctx, cancel := context.WithCancel(life) // a failed stream's segment may live on
	items := o.Observe(append(opts[:len(opts):len(opts)], rxgo.WithContext(ctx))...)
	r := &reader[T]{g: g, out: out, items: items}
	go func() { // owner: the subscription; ends with it and drainFor at the latest
		defer drain(items)
		defer cancel()
		for r.read(ctx) {
		}
	}()
}

// reader is one subscription of a FromRxGo.
type reader[T any] struct {
	g     *rx.Segment
	out   rx.Observer[T]
	items <-chan rxgo.Item
	over  bool
}

// read waits for an item and delivers it; it says whether more may come.
func (r *reader[T]) read(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case item, ok := <-r.items:
		r.g.Turn(r.fail, func() { r.deliver(item, ok) })
	}
	return !r.over && !r.g.Closed()
}

func (r *reader[T]) deliver(item rxgo.Item, ok bool) {
	if !ok {
		r.over = true
		r.out.Complete()
		return
	}
	if item.E != nil {
		r.fail(item.E)
		return
	}
	v, ok := item.V.(T)
	if !ok && item.V != nil {
		r.fail(fmt.Errorf("%w: %T, want %T", ErrType, item.V, v))
		return
	}
	if !ok && !nilable[T]() {
		r.fail(fmt.Errorf("%w: nil, want %T", ErrType, v))
		return
	}
	r.out.Next(v)
}

// fail tells the stream's error, once.
func (r *reader[T]) fail(err error) {
	if !r.over {
		r.over = true
		r.out.Error(err)
	}
}

// nilable says whether T is an interface: only then nil is one of its values when
// it comes without a type.
func nilable[T any]() bool {
	var zero T
	return any(zero) == nil
}

// drain reads on until the channel closes, or for drainFor: what sends without
// looking at its context is let go, and what never closes is left.
func drain(items <-chan rxgo.Item) {
	t := time.NewTimer(drainFor)
	defer t.Stop()
	for {
		select {
		case _, ok := <-items:
			if !ok {
				return
			}
		case <-t.C:
			return
		}
	}
}

// Via is an RxGo pipeline as one operator of a typed stream. pipeline is called
// once for every subscription, so stateful RxGo operators that can be observed
// only once are fine. opts go to both ends; rxgo.WithBufferedChannel(256) is worth
// its memory.
func Via[A, B any](pipeline func(rxgo.Observable) rxgo.Observable, opts ...rxgo.Option) rx.Operator[A, B] {
	return func(src rx.Observable[A]) rx.Observable[B] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[B]) {
			if pipeline == nil {
				out.Error(ErrPipeline)
				return
			}
			life := lifeOf(g)
			o := pipeline(toRxGo(life, src, opts))
			if o == nil {
				out.Error(ErrPipeline)
				return
			}
			observe(life, g, out, o, opts)
		})
	}
}
