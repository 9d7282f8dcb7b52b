// Package interop is the bridge between package rx and RxGo v2.5.0, so that an
// RxGo pipeline can stand inside a typed stream, and a typed stream can be given
// to code that wants RxGo:
//
//	o := interop.ToRxGo(typed)                              // rxgo.Observable
//	back := interop.FromRxGo[Row](o.Map(f).Filter(p))       // rx.Observable[Row]
//	op := interop.Via[Row, Stats](func(o rxgo.Observable) rxgo.Observable {
//		return o.BufferWithCount(100).Map(stats)
//	})                                                      // rx.Operator[Row, Stats]
//
// It is a package of its own because RxGo brings testing, testify and net/http
// into the binary, 2.2 MB, which nobody else has to pay. A value costs some 0.3 to
// 0.8 µs on the way through, plus what RxGo's operators take: not for the path of
// every row.
//
// # What the bridge sees to, and what it cannot
//
// It owns the context of what it observes, so unsubscribing ends RxGo's
// goroutines, also those that RxGo leaves behind by itself (Take). The first error
// is terminal; RxGo would go on. Values of the wrong type are an error.
//
// Do not give rxgo.WithContext to operators, every one would start a goroutine of
// its own that lives as long as the context (RxGo's onecontext).
// Merge, Concat, Amb, Zip and CombineLatest observe their sources without the
// context, and send without looking at one. Via ends the source it gives, and
// whatever is left is read on for 100 ms to let it go; but a source beside that one,
// such as rxgo.Never, has to end by itself. A panic in a
// function given to an RxGo operator happens on a goroutine of RxGo's and ends the
// process: nothing can contain it here. RxGo has no unsubscription for hot
// sources; put a boundary (rx.ObserveOn) before Via on a source that must not
// wait. RxGo's FromChannel and Create give each value to one of their observers
// only, and run once.
//
// # Where RxGo v2.5.0 is wrong
//
// RxGo is the oracle of the differential tests of package operators, but not for
// these, nor should they be used where it matters. Those marked * are held to it by
// tests of this package, which fail when they become right.
//
//   - Take *: completes when item n+1 comes, so never on a quiet source; passes on an
//     error behind item n, as TakeWhile does; and leaves the goroutines before it
//     behind (here Via's context ends them).
//   - FlatMap *: is ConcatMap, and gives its function the errors of the source, as items.
//     Observed twice it panics.
//   - SkipLast *: is Take.
//   - TakeLast *, Last, Min, Max, Sum, Average, Reduce, BufferWithCount and the like: emit
//     what they have behind the error of the source. Count * and SequenceEqual swallow
//     the error and answer; SequenceEqual leaves a goroutine behind.
//   - WindowWithCount: opens no window for an empty source. GroupByDynamic: gives its
//     function the errors of the source, as items.
//   - Debounce *: loses what is pending at completion, does not see nil values, and
//     observed twice panics, as BufferWithTime, WindowWithTime, Join and TimeInterval do.
//   - Retry *: over Create re-runs nothing and swallows the error. BackOffRetry panics
//     the process when it is cancelled, and its waits do not heed the context.
//   - Create *: runs at once and one time, whoever observes. Use ToRxGo of rx.Create.
//   - Concat *, Merge, Amb, Zip, CombineLatest, Sample: begin when they are made, and
//     are for one observer. Via makes them anew for each.
//   - FromChannel *: its observers split the items between them.
//   - FromEventSource: has no way to leave, so a cancelled observer stays and under
//     Block stops all others; its buffer option is lost; Drop then drops nearly all.
//   - Range *, Just: cancelled, they never close their channel.
//   - Just *: flattens a slice, and crashes on nil.
//   - ForEach *: an error is followed by the completion, too; its context is ignored.
//   - DoOnNext, DoOnError, DoOnCompleted: are sinks, not operators, and hide errors.
//   - Every operator *: items behind an error go on under ContinueOnError; under
//     StopOnError the source's goroutine leaks.
//   - Serialize with WithPool: deadlocks unless buffered, and races in its close.
//   - Connect: one subscriber that is gone blocks all of them.
//   - A panic in any function given to an operator ends the process.
package interop
