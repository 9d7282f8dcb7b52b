package rxtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleNetwork() {
	n := rxtest.NewNetwork()
	l, err := n.Listen("kalamdb.test:80")
	if err != nil {
		fmt.Println(err)
		return
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hello, "+r.Host) })}
	done := make(chan error)
	go func() { done <- srv.Serve(l) }()

	transport := &http.Transport{DialContext: n.DialContext}
	res, err := (&http.Client{Transport: transport}).Get("http://kalamdb.test/")
	if err != nil {
		fmt.Println(err)
		return
	}
	body, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	fmt.Println(string(body))
	transport.CloseIdleConnections()
	_ = srv.Close()
	<-done
	_, err = n.DialContext(context.Background(), "tcp", "kalamdb.test:80")
	fmt.Println(errors.Is(err, syscall.ECONNREFUSED))
	// Output:
	// hello, kalamdb.test
	// true
}

func ExampleParse() {
	events, length, err := rxtest.Parse("-a-(b|)")
	for _, e := range events {
		fmt.Printf("%v %c%s\n", e.At, e.Kind, e.Value)
	}
	fmt.Println(length, err)
	_, _, err = rxtest.Parse("-a?")
	fmt.Println(err)
	// Output:
	// 1ms na
	// 3ms nb
	// 3ms |
	// 7ms <nil>
	// rxtest: '?' means nothing in a diagram
	// 	-a?
	// 	  ^
}

func ExampleShow() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := rxtest.ColdOf[int](m, "-[10]-[20]-|", nil)
		rxtest.Show(m, "boundary", rx.Pipe1(in, rx.ObserveOn[int](8, rx.Block)))
		rxtest.Show(m, "left early", in, "^--!")
	})
	// Output:
	// cold        -[10]-[20]-|
	// boundary    -[10]-[20]-|
	// left early  -[10]
}

func ExampleMarbles_Do() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		state := rx.NewBehaviorSubject("idle")
		m.Do("-d-r", func(v string) { state.Next(v) })
		rxtest.Show(m, "state", state.Observable())
		rxtest.Show(m, "late", state.Observable(), "--^")
	})
	// Output:
	// state  [idle]d-r
	// late   -     -dr
}

func ExampleValues() {
	waits := map[string]time.Duration{"a": time.Second, "b": time.Minute}
	fmt.Println(rxtest.Values(waits)("b"))
	fmt.Println(rxtest.Values(map[string]int{"a": 1})("42")) // inferred
	fmt.Println(rxtest.Values(map[string]int{"a": 1})("x"))
	// Output:
	// 1m0s <nil>
	// 42 <nil>
	// 0 "x" stands for no int
}
