// Package rxtest is what one needs to test streams without waiting: marble
// diagrams in virtual time, the laws of package rx as a test suite, and an
// in-memory network over which HTTP and WebSockets run inside a
// testing/synctest bubble.
//
//	func TestSearch_WaitsUntilTypingRests(t *testing.T) {
//		rxtest.Run(t, func(m *rxtest.Marbles) {
//			typed := m.Hot("-a-bc----d-|", "^----------!")
//			m.Expect(rx.Pipe1(typed, operators.Debounce[string](m.Time("---|"))),
//				"           -------c---(d|)")
//		})
//	}
//
// # Reading a diagram
//
// Time runs from left to right, one millisecond ([Frame]) a character. The syntax
// is that of RxJS's TestScheduler.run, with two additions marked +:
//
//	-a--b-|    a at 1 ms, b at 4 ms, completion at 6 ms
//	-a-#       an error, ErrMarble, at 3 ms
//	-(ab|)     a, b and completion, all at 1 ms; what follows a group is as much
//	           later as the group is long
//	a 20ms b   20 ms pass behind a's frame; any Go duration between spaces (RxJS: ms, s, m)
//	--^--!     a subscription: it begins at 2 ms and is left at 5 ms
//	-a-^-b-|   of a hot source: the test begins at ^, a is past
//	-[two]-[3] + values with longer names, one frame each
//
// Spaces mean nothing, so diagrams can be written below each other. [Parse] reads
// one, and says of a bad one what is wrong, and where.
//
// # Writing a test
//
// [Run] calls a function that sets up sources ([Marbles.Hot], [Marbles.Cold]),
// things to do ([Marbles.Do]) and expectations ([Marbles.Expect]); when it has
// returned time runs, and then everything is checked. Sources take the diagrams of
// the subscriptions they must get, an expectation one for when to subscribe and
// leave:
//
//	a, b := m.Cold("-a-|", "^--!"), m.Cold("-b-|", "---^--!")
//	m.Expect(operators.Concat(a, b), "-a--b-|")
//	m.Expect(m.Hot("-a-b-c|"), "---b--", "--^--!")
//
// Values are strings, named by themselves. [HotOf], [ColdOf] and [ExpectOf] take
// those of any type, from a map ([Values]), a function such as strconv.Atoi, or (nil)
// inferred from their names. Errors other than ErrMarble are made by [Failing] and
// expected by [Marbles.ExpectError]. [ExpectSame] compares two streams, [ExpectEach]
// is for streams of streams, such as windows.
//
// What else there is to assert stands behind Run, which returns when all is over:
//
//	is := is.New(t) // github.com/matryer/is
//	calls := 0
//	rxtest.Run(t, func(m *rxtest.Marbles) {
//		m.Expect(rx.Pipe1(m.Cold("-a-b|"), counted(&calls)), "-a-b|")
//	})
//	is.Equal(calls, 2)
//
// # Reading a failure
//
// Both diagrams, one below the other, the same moment in the same column, and the
// first difference marked:
//
//	marbles differ at 6ms
//	  want  -a-b--c-   |
//	  got   -a-b---(c|)
//	              ^
//
// # Virtual time
//
// The test runs in a testing/synctest bubble: whatever uses package time, in our
// operators and in yours, runs on the bubble's clock, which moves when every
// goroutine waits. There is no scheduler to pass, and an hour takes a millisecond.
// Three things do not work in a bubble: real sockets and files that block (see
// [Network]), a mutex held across a wait, and channels made outside of it. A
// goroutine that is left behind fails the test.
//
// What happens at one moment is in a stated order (see [Run]), where timers alone
// would leave it to chance.
//
// # Beyond tests
//
// [Diagram] prints a marble test, for Example functions; [SVG] draws one. [Laws] and
// [LawsOf] try an observable or an operator of your own against the whole contract
// of package rx.
package rxtest
