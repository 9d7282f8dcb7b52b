// Package rx is the stream contract of kalamrx: typed, push-based, fused
// observables that never lose a value without counting it.
//
//	clicks := rx.NewSubject[int]()
//	sub := clicks.Observable().Subscribe(ctx, rx.OnNext(func(n int) { fmt.Println(n) }))
//	clicks.Next(1)
//	sub.Unsubscribe()
//
// # The contract
//
// An observer is told Next* (Error | Complete)?, one call at a time, and nothing
// after a terminal. An [Observable] is a recipe: cold, that is run anew by every
// Subscribe, unless its name says otherwise. Subjects are hot.
//
// Subscribe's context is the life of the stream: when it ends, the stream is
// unsubscribed without a terminal notification. Unsubscribe never waits and may
// be called from anywhere, an observer included: on the delivering goroutine
// nothing follows it, from another goroutine at most the call that is under way
// ends. Once [Subscription.Done] is closed nothing is delivered any more and no
// teardown is left to run.
//
// A panic in user code becomes an error of that stream only, a [PanicError]
// with the stack: one in an operator's function is an error of the stream that
// operators downstream may catch, one in the observer itself ends the stream.
//
// # Goroutines
//
// Operators are fused: they run on the goroutine that produces the value, with
// no channel, no lock and no allocation between them. Only a [Boundary] crosses
// goroutines; it has a capacity and an [Overflow] rule, counts what it drops
// ([Subscription.Dropped]) and holds no goroutine while it is idle.
//
// Time is package time; there is no scheduler type. Virtual time is
// testing/synctest, see package rx/rxtest.
//
// # For authors of sources and operators
//
// A chain is a tree of segments ([Segment]): a segment is a part that can end
// while the rest goes on, such as the inner stream of a SwitchMap. Whoever loops
// over values asks [Segment.Closed] before each of them; nobody else needs to.
// Whoever delivers from a goroutine or timer of its own does it inside
// [Segment.Turn]; code that runs inside Subscribe or inside a delivery already
// is in a turn. Values from several goroutines are put in one order by a
// [Serial], never by a mutex held while calling downstream.
package rx
