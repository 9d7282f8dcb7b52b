package kalamtest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// A client reaches its server over a link, and the link fails.
func ExampleLink() {
	srv, err := kalamtest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	link := kalamtest.NewLink(srv.Dial, 1)
	defer link.Close()
	web := http.Client{Transport: &http.Transport{DialContext: link.Dial}} // a client of KalamDB: client.WithDialer(link.Dial)

	get := func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL()+"/health", nil)
		resp, err := web.Do(req)
		if err != nil {
			fmt.Println("refused:", errors.Is(err, syscall.ECONNREFUSED))
			return
		}
		_ = resp.Body.Close()
		fmt.Println(resp.Status)
	}
	get()
	link.Cut()
	link.Refuse(true)
	get()
	link.Refuse(false)
	get()
	// Output:
	// 200 OK
	// refused: true
	// 200 OK
}

// A link tells what it did, for example how many descriptors a client has left open.
func ExampleLinkStats() {
	srv, err := kalamtest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	link := kalamtest.NewLink(srv.Dial, 1)
	defer link.Close()
	for range 2 {
		if _, err := link.Dial(context.Background(), "tcp", srv.Addr()); err != nil {
			fmt.Println(err)
			return
		}
	}
	link.Cut()
	n := link.Stats()
	fmt.Println(n.Dials, n.Cut, n.Open)
	// Output: 2 2 0
}

// Every dial is on record: that is how a backoff is measured.
func ExampleDial() {
	link := kalamtest.NewLink(nil, 1)
	defer link.Close()
	link.Refuse(true)
	_, _ = link.Dial(context.Background(), "tcp", "db.example:2900")
	var first kalamtest.Dial = link.Dials()[0]
	fmt.Println(first.Addr, time.Since(first.At) < time.Minute, first.Err)
	// Output: db.example:2900 true dial tcp db.example:2900: connect: connection refused
}

// Faults that have a direction take one, and Neither to end.
func ExampleDirection() {
	link := kalamtest.NewLink(nil, 1)
	defer link.Close()
	link.BlackHole(kalamtest.Up)
	link.Stall(kalamtest.Both)
	link.BlackHole(kalamtest.Neither)
	fmt.Println(kalamtest.Up, kalamtest.Down, kalamtest.Both, kalamtest.Neither)
	// Output: up down both off
}
