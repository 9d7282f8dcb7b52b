package rx

// Observer is told what a stream has to say: Next any number of times, then at
// most one of Error and Complete, one call at a time. A nil member means "not
// interested"; an error nobody listens to is still found in [Subscription.Err].
//
// The calls come on the goroutine that produces the value: the subscriber's own
// for a synchronous source, a boundary's drainer for anything that waits.
type Observer[T any] struct {
	Next     func(T)
	Error    func(error)
	Complete func()
}

// OnNext is an Observer that only listens to values. Should the stream fail, by a
// panic or otherwise, Subscription.Err alone says so.
func OnNext[T any](next func(T)) Observer[T] { return Observer[T]{Next: next} }

// filled replaces nil members, so that they are called unchecked, except Next, whose
// replacement is the stream's: a function here would be an allocation.
func (o Observer[T]) filled() Observer[T] {
	if o.Error == nil {
		o.Error = ignoreError
	}
	if o.Complete == nil {
		o.Complete = ignoreComplete
	}
	return o
}

// Named functions: a literal in a generic function costs an allocation.
func ignoreError(error) {}
func ignoreComplete()   {}
