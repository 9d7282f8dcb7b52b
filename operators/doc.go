// Package operators has the ReactiveX operators for the streams of package rx,
// a family's files beginning with its name: creation, transform, filter, combine,
// flatten, time, backpressure, aggregate, utility; operators with much to say (share,
// retry, zip, …) have a file of their own.
//
// An operator is a function of type rx.Operator, or a function that makes one.
// Operators are composed by rx.Pipe1 … rx.Pipe9, first named first, and the
// compiler infers the types:
//
//	func main() {
//		words := operators.Of("go", "rust", "go", "zig", "gleam")
//		lengths := rx.Pipe4(words,
//			operators.Filter(func(s string) bool { return s != "rust" }),
//			operators.Map(func(s string) int { return len(s) }),
//			operators.DistinctUntilChanged, // no arguments: not called
//			operators.Take[int](2),         // nothing to infer from: name the type
//		)
//		sub := lengths.Subscribe(context.Background(), rx.Observer[int]{
//			Next:     func(n int) { fmt.Println(n) }, // 2, 3
//			Complete: func() { fmt.Println("done") },
//		})
//		defer sub.Unsubscribe()
//	}
//
// # What holds for all of them
//
// Names and semantics are those of RxJS 7; where an operator differs, its
// documentation says so. For all of them: functions get no index, and what RxJS takes
// as an object of settings are options here. Operators are fused: values pass on the
// goroutine that produces them, with no channel, no goroutine and no allocation per
// value. Two sources have a goroutine for each subscription, which waits for their
// next value: FromChannel and FromFunc. Only what calls itself a boundary crosses
// goroutines, and names its capacity and its rule. Operators with timers deliver on the timer's goroutine; a timer ends with
// the stream.
//
// An operator that ends before its source does (Take, TakeUntil, SwitchMap, an
// error of one of several inputs) first unsubscribes from the source, then passes
// the terminal on.
//
// Inputs of operators with several of them may deliver from any number of
// goroutines: the operator puts them in one order, without holding a lock while
// it calls downstream. A value that arrives while another is being delivered is
// delivered behind it, by the goroutine that is delivering.
//
// A nil function, a negative count and options that contradict each other are
// mistakes of the program. They do not panic: the stream fails with an error that
// is rx.ErrConfig when it is subscribed to, and its source is left alone. The
// function given to an operator may panic: the stream then fails with an
// rx.PanicError, and operators downstream of the place may handle that.
package operators
