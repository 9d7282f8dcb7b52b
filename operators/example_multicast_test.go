package operators_test

import (
	"context"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleShare() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		o := rx.Pipe1(m.Cold("-a-b-c-d-e-f-|"), operators.Share[string]())
		rxtest.Show(m, "first", o, "^-------!")
		rxtest.Show(m, "second", o, "-----^-----!")
	})
	// Output:
	// cold    -a-b-c-d-e-f-|
	// first   -a-b-c-d
	// second  -----c-d-e
}

func ExampleShareReplay() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		o := rx.Pipe1(m.Cold("-a-b-c-d-e-f-|"), operators.ShareReplay[string](1, 0))
		rxtest.Show(m, "first", o, "^-------!")
		rxtest.Show(m, "second", o, "-----^-----!")
	})
	// Output:
	// cold    -a-b-c-  d-e-f-|
	// first   -a-b-c-  d
	// second  -----(bc)d e
}

func ExampleWithGrace() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		grace := operators.WithGrace(3 * time.Millisecond)
		o := rx.Pipe1(m.Cold("-a-b-c-d-e-f-|"), operators.Share[string](grace))
		rxtest.Show(m, "first", o, "^---!")
		rxtest.Show(m, "second", o, "------^-----!")
	})
	// Output:
	// cold    -a-b-c-d-e-f-|
	// first   -a-b
	// second  -------d-e-f
}

func ExampleWithResetOnZero() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		runsOn := operators.WithResetOnZero(false)
		o := rx.Pipe1(m.Cold("-a-b-c-d-e-f-|"), operators.Share[string](runsOn))
		rxtest.Show(m, "first", o, "^---!")
		rxtest.Show(m, "second", o, "------^")
	})
	// Output:
	// cold    -a-b-c-d-e-f-|
	// first   -a-b
	// second  -------d-e-f-|
}

func ExampleWithResetOnComplete() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		once := operators.WithResetOnComplete(false)
		o := rx.Pipe1(m.Cold("-a-|"), operators.Share[string](once))
		rxtest.Show(m, "first", o)
		rxtest.Show(m, "second", o, "------^")
	})
	// Output:
	// cold    -a-|
	// first   -a-|
	// second  ------|
}

func ExampleWithResetOnError() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		once := operators.WithResetOnError(false)
		o := rx.Pipe1(m.Cold("-a-#"), operators.Share[string](once))
		rxtest.Show(m, "first", o)
		rxtest.Show(m, "second", o, "------^")
	})
	// Output:
	// cold    -a-#
	// first   -a-#
	// second  ------#
}

func ExampleShareOption() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		policy := []operators.ShareOption{operators.WithGrace(time.Minute), operators.WithResetOnError(true)}
		o := rx.Pipe1(m.Cold("-a-b-|"), operators.Share[string](policy...))
		rxtest.Show(m, "shared", o)
	})
	// Output:
	// cold    -a-b-|
	// shared  -a-b-|
}

func ExamplePublish() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		c := operators.Publish(m.Cold("-a-b-c-|"))
		m.Do("--x", func(string) { c.Connect(context.Background()) })
		rxtest.Show(m, "first", c.Observable())
		rxtest.Show(m, "second", c.Observable(), "----^")
	})
	// Output:
	// cold    -a-b-c-|
	// first   ---a-b-c-|
	// second  -----b-c-|
}

func ExampleReplay() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		c := operators.Replay(m.Cold("-a-b-c-|"), 1, time.Minute)
		m.Do("--x", func(string) { c.Connect(context.Background()) })
		rxtest.Show(m, "first", c.Observable())
		rxtest.Show(m, "second", c.Observable(), "----^")
	})
	// Output:
	// cold    -a-b-c-|
	// first   ---a-b-c-|
	// second  ----ab-c-|
}

func ExampleConnectable() {
	c := operators.Publish(operators.Of(1, 2, 3))
	c.Observable().Subscribe(context.Background(), rx.OnNext(func(v int) { fmt.Println("first", v) }))
	c.Observable().Subscribe(context.Background(), rx.OnNext(func(v int) { fmt.Println("second", v) }))
	c.Connect(context.Background())
	// Output:
	// first 1
	// second 1
	// first 2
	// second 2
	// first 3
	// second 3
}
