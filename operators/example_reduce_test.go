package operators_test

import (
	"context"
	"fmt"
	"io"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleReduce() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-|")
		rxtest.Show(m, "Reduce(+)", rx.Pipe1(in, operators.Reduce("", func(acc, v string) string { return acc + v })))
	})
	// Output:
	// cold       -a-b-c-|
	// Reduce(+)  -------([abc]|)
}

func ExampleToSlice() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-|")
		rxtest.Show(m, "ToSlice", rx.Pipe2(in, operators.ToSlice, operators.Map(brackets)))
	})
	// Output:
	// cold     -a-b-c-|
	// ToSlice  -------([{a,b,c}]|)
}

func ExampleMaterialize() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-#")
		rxtest.Show(m, "Materialize", rx.Pipe1(in, operators.Materialize))
	})
	// Output:
	// cold         -a-        b-        #
	// Materialize  -[Next(a)]-[Next(b)]-([Error(rxtest: #)]|)
}

func ExampleDematerialize() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-#")
		rxtest.Show(m, "there and back", rx.Pipe2(in, operators.Materialize, operators.Dematerialize))
	})
	// Output:
	// cold            -a-b-#
	// there and back  -a-b-#
}

func ExampleNotification() {
	told := []operators.Notification[int]{{Value: 7}, {Kind: operators.ErrorKind, Err: io.EOF}}
	fmt.Println(told)
	sub := rx.Pipe1(operators.From(told), operators.Dematerialize).
		Subscribe(context.Background(), rx.OnNext(func(n int) { fmt.Println(n) }))
	fmt.Println(sub.Err())
	// Output:
	// [Next(7) Error(EOF)]
	// 7
	// EOF
}

func ExampleNotificationKind() {
	fmt.Println(operators.NextKind, operators.ErrorKind, operators.CompleteKind)
	// Output:
	// Next Error Complete
}
