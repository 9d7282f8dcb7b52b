package operators_test

import (
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleCombineLatest4() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b, c, d := m.Hot("-a---b---c--|"), m.Hot("--x---y--|"), m.Hot("---1----2-|"), m.Hot("----p---q-|")
		row := func(a, b, c, d string) string { return a + b + c + d }
		rxtest.Show(m, "CombineLatest4", operators.CombineLatest4(a, b, c, d, row))
	})
	// Output:
	// hot             -a---     b     --     -             c     --|
	// hot             --x--     -     y-     -             |
	// hot             ---1-     -     --     2             -     |
	// hot             ----p     -     --     q             -     |
	// CombineLatest4  ----[ax1p][bx1p][by1p]-([by2p][by2q])[cy2q]  |
}

func ExampleCombineLatest5() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b, c, d, e := m.Hot("-a---b---c--|"), m.Hot("--x---y--|"), m.Hot("---1----2-|"), m.Hot("----p---q-|"), m.Hot("-----u--v-|")
		row := func(a, b, c, d, e string) string { return a + b + c + d + e }
		rxtest.Show(m, "CombineLatest5", operators.CombineLatest5(a, b, c, d, e, row))
	})
	// Output:
	// hot             -a---b      --      -                      c      --|
	// hot             --x---      y-      -                      |
	// hot             ---1--      --      2                      -      |
	// hot             ----p-      --      q                      -      |
	// hot             -----u      --      v                      -      |
	// CombineLatest5  -----[bx1pu][by1pu]-([by2pu][by2qu][by2qv])[cy2qv]  |
}

func ExampleZip2() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b := m.Hot("-a---b---c--|"), m.Hot("--x---y--|")
		row := func(a, b string) string { return a + b }
		rxtest.Show(m, "Zip2", operators.Zip2(a, b, row))
	})
	// Output:
	// hot   -a---   b---   c--|
	// hot   --x--   -y--   |
	// Zip2  --[ax]---[by]--|
}

func ExampleZip3() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b, c := m.Hot("-a---b---c--|"), m.Hot("--x---y--|"), m.Hot("---1----2-|")
		row := func(a, b, c string) string { return a + b + c }
		rxtest.Show(m, "Zip3", operators.Zip3(a, b, c, row))
	})
	// Output:
	// hot   -a---    b---    c--|
	// hot   --x--    -y--    |
	// hot   ---1-    ---2    -|
	// Zip3  ---[ax1]----[by2]|
}

func ExampleZip4() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b, c, d := m.Hot("-a---b---c--|"), m.Hot("--x---y--|"), m.Hot("---1----2-|"), m.Hot("----p---q-|")
		row := func(a, b, c, d string) string { return a + b + c + d }
		rxtest.Show(m, "Zip4", operators.Zip4(a, b, c, d, row))
	})
	// Output:
	// hot   -a---     b---     c--|
	// hot   --x--     -y--     |
	// hot   ---1-     ---2     -|
	// hot   ----p     ---q     -|
	// Zip4  ----[ax1p]---[by2q]|
}

func ExampleZip5() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b, c, d, e := m.Hot("-a---b---c--|"), m.Hot("--x---y--|"), m.Hot("---1----2-|"), m.Hot("----p---q-|"), m.Hot("-----u--v-|")
		row := func(a, b, c, d, e string) string { return a + b + c + d + e }
		rxtest.Show(m, "Zip5", operators.Zip5(a, b, c, d, e, row))
	})
	// Output:
	// hot   -a---b      ---      c--|
	// hot   --x---      y--      |
	// hot   ---1--      --2      -|
	// hot   ----p-      --q      -|
	// hot   -----u      --v      -|
	// Zip5  -----[ax1pu]--[by2qv]|
}

func ExampleZip() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b := m.Hot("-a-b---c-|"), m.Hot("---x-y---z-|")
		rxtest.Show(m, "Zip", operators.Zip(a, b))
	})
	// Output:
	// hot  -a-b-      --      c-|
	// hot  ---x-      y-      --z-        |
	// Zip  ---[[a x]]-[[b y]]---([[c z]]|)
}

func ExampleRace() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b := m.Cold("--a--b--|"), m.Cold("-x---y---z-|")
		rxtest.Show(m, "Race", operators.Race(a, b))
	})
	// Output:
	// cold  --a--b--|
	// cold  -x---y---z-|
	// Race  -x---y---z-|
}

func ExampleForkJoin() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b := m.Cold("-a--b-|"), m.Cold("--x---y--|")
		rxtest.Show(m, "ForkJoin", operators.ForkJoin(a, b))
	})
	// Output:
	// cold      -a--b-|
	// cold      --x---y--|
	// ForkJoin  ---------([[b y]]|)
}

func ExampleEndWith() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-|")
		rxtest.Show(m, "EndWith(x, y)", rx.Pipe1(in, operators.EndWith("x", "y")))
	})
	// Output:
	// cold           -a-b-|
	// EndWith(x, y)  -a-b-(xy|)
}
