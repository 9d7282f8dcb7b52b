// Package rxtest is what one needs to test streams without waiting: marble
// diagrams in virtual time, the laws of package rx as a test suite, and an
// in-memory network over which HTTP and WebSockets run inside a
// testing/synctest bubble.
//
//	rxtest.Run(t, func(m *rxtest.Marbles) {
//		in := m.Hot("   -a-bc----d-|")
//		m.Expect(rx.Pipe1(in, operators.Debounce[string](3*time.Millisecond)),
//			"           -------c----(d|)")
//	})
package rxtest
