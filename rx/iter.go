package rx

import (
	"context"
	"iter"
	"sync"
)

// allWaiting is how many values may wait for a range loop before the stream has
// to wait for it too.
const allWaiting = 64

// All is the stream as a range loop: for v, err := range rx.All(ctx, o). Leaving
// the loop is unsubscribing. If the stream fails, or ctx ends, the last turn of
// the loop has the error (context.Cause) and the zero value; completion just ends
// the loop. What waits when ctx ends is not given out.
//
// The source runs on a goroutine of its own, which ends with the loop at the
// latest when the source next looks; at most 64 values wait between the two, and
// then the source waits. A hot source that must not wait needs a [Boundary] with
// another rule in front.
func All[T any](ctx context.Context, o Observable[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		q := &pull[T]{}
		q.moved.L = &q.mu
		st := newStream(ctx, Observer[T]{Next: q.put})
		st.root.Add(q.close)
		go st.start(o) // owner: this loop; ends when the source returns
		defer st.Unsubscribe()
		for {
			v, ok := q.take()
			if !ok || st.ctx.Err() != nil {
				break
			}
			if !yield(v, nil) {
				return
			}
		}
		err := st.Err()
		if st.ctx.Err() != nil {
			err = context.Cause(st.ctx)
		}
		if err != nil {
			var zero T
			yield(zero, err)
		}
	}
}

// pull is a queue whose consumer waits, too.
type pull[T any] struct {
	mu     sync.Mutex
	moved  sync.Cond // something was put, taken or closed
	values ring[T]
	closed bool
}

func (q *pull[T]) put(v T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.values.n == allWaiting && !q.closed {
		q.moved.Wait()
	}
	if q.closed {
		return
	}
	if q.values.full() {
		q.values.grow(allWaiting)
	}
	q.values.push(v)
	q.moved.Signal()
}

// take waits for a value. What was put before close is still given out.
func (q *pull[T]) take() (v T, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.values.n == 0 {
		if q.closed {
			return v, false
		}
		q.moved.Wait()
	}
	v = q.values.pop()
	q.moved.Signal()
	return v, true
}

func (q *pull[T]) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.moved.Broadcast()
}
