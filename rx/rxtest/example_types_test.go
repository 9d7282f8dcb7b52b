package rxtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleEvent() {
	events := []rxtest.Event{
		{At: 1 * rxtest.Frame, Kind: rxtest.Next, Value: "a"},
		{At: 4 * rxtest.Frame, Kind: rxtest.Next, Value: "42"},
		{At: 5 * rxtest.Frame, Kind: rxtest.Complete},
	}
	fmt.Println(rxtest.Render(events))
	// Output: -a--[42]|
}

// A value stands for itself in a diagram, everything else for its kind.
func ExampleKind() {
	names := map[rxtest.Kind]string{
		rxtest.Subscribe: "subscribed", rxtest.Unsubscribe: "unsubscribed", rxtest.Next: "next", rxtest.Error: "failed",
	}
	for _, diagram := range []string{"-^--!", "--a-#"} {
		events, _, err := rxtest.Parse(diagram)
		for _, e := range events {
			fmt.Println(e.At, names[e.Kind], err)
		}
	}
	// Output:
	// 1ms subscribed <nil>
	// 4ms unsubscribed <nil>
	// 2ms next <nil>
	// 4ms failed <nil>
}

func ExampleParseError() {
	_, _, err := rxtest.Parse("-a-(bc")
	var where *rxtest.ParseError
	fmt.Println(errors.As(err, &where), where.Pos)
	fmt.Println(where.Reason)
	// Output:
	// true 3
	// group is not closed
}

// A boundary hands on what comes, in the same order and at once.
func ExampleRun() {
	t := &testing.T{} // the test's own
	rxtest.Run(t, func(m *rxtest.Marbles) {
		in := m.Hot("-a-b-|")
		m.Expect(rx.Pipe1(in, rx.ObserveOn[string](8, rx.Block)), "-a-b-|")
	})
	fmt.Println("failed:", t.Failed())
	// Output: failed: false
}

// A hot source plays whether anybody listens or not.
func ExampleHotOf() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		temperature := map[string]float64{"c": 3.5, "w": 21}
		in := rxtest.HotOf(m, "-c---w-|", rxtest.Values(temperature))
		rxtest.Show(m, "from the start", in)
		rxtest.Show(m, "joined late", in, "---^")
	})
	// Output:
	// hot             -c---    w-   |
	// from the start  -[3.5]---[21]-|
	// joined late     -----    [21]-|
}

// A cold source plays its diagram anew for who joins late.
func ExampleColdOf() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		wait := map[string]time.Duration{"s": time.Second, "m": time.Minute}
		in := rxtest.ColdOf(m, "-s---m-|", rxtest.Values(wait))
		rxtest.Show(m, "from the start", in)
		rxtest.Show(m, "joined late", in, "---^")
	})
	// Output:
	// cold            -s--   -   m-     |
	// from the start  -[1s]---   [1m0s]-|
	// joined late     ----   [1s]--     -[1m0s]-|
}

func ExampleExpectOf() {
	t := &testing.T{} // the test's own
	rxtest.Run(t, func(m *rxtest.Marbles) {
		wait := map[string]time.Duration{"s": time.Second, "m": time.Minute}
		in := rxtest.HotOf(m, "-s-m-|", rxtest.Values(wait))
		rxtest.ExpectOf(m, in, "-s-m-|", wait)
		rxtest.ExpectOf(m, in, "-[1s]-[1m0s]-|", nil) // by what fmt makes of them
	})
	fmt.Println("failed:", t.Failed())
	// Output: failed: false
}

// Values and error are those of the stream, by DeepEqual and by errors.Is.
func ExampleExpectErrorOf() {
	t := &testing.T{} // the test's own
	rxtest.Run(t, func(m *rxtest.Marbles) {
		cutShort := rx.Source(func(_ *rx.Segment, out rx.Observer[[]byte]) {
			out.Next([]byte("half"))
			out.Error(fmt.Errorf("reading: %w", io.ErrUnexpectedEOF))
		})
		rxtest.ExpectErrorOf(m, cutShort, "(h#)", map[string][]byte{"h": []byte("half")}, io.ErrUnexpectedEOF)
	})
	fmt.Println("failed:", t.Failed())
	// Output: failed: false
}

// What delivers from goroutines of its own deserves more tries than this.
func ExampleNothingAfterDone() {
	t := &testing.T{} // the test's own
	rxtest.NothingAfterDone(t, 100, func() rx.Observable[int] {
		return rx.Create(func(_ context.Context, out rx.Emitter[int]) {
			go func() {
				for i := 0; out.Next(i); i++ {
				}
			}()
		})
	})
	fmt.Println("failed:", t.Failed())
	// Output: failed: false
}

// A connection in memory behaves like TCP: what was written is read before the end.
func ExampleNewNetwork() {
	n := rxtest.NewNetwork()
	l, err := n.Listen("echo.test:7")
	if err != nil {
		fmt.Println(err)
		return
	}
	client, _ := n.DialContext(context.Background(), "tcp", "echo.test:7") // does not wait to be accepted
	server, _ := l.Accept()
	_, _ = io.WriteString(server, "goodbye")
	_ = server.Close()
	text, err := io.ReadAll(client)
	fmt.Println(string(text), err)
	_ = client.Close()
	_, err = n.Listen("echo.test:7")
	fmt.Println(errors.Is(err, syscall.EADDRINUSE))
	// Output:
	// goodbye <nil>
	// true
}
