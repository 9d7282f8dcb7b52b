package main

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/kalamdb/kalamrx/client"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if err := os.Unsetenv("KALAMDB_URL"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

func Example_run() {
	fmt.Println(connected(func(c *client.Client) error { return run(context.Background(), c) }))
	// Output:
	// invoice 1  Ann: 3 × tea
	// invoice 2  Bob: 1 × milk
	// invoice 4  Ann: 2 × milk
	// invoice 6  Bob: 5 × tea
	// invoice 7  Ann: 1 × rum
	// dead    3  no customer 9
	// dead    5  kalam: unreadable record worker.orders/0@4: kalam: column quantity: want uint64, got number (out of range)
	// <nil>
}
