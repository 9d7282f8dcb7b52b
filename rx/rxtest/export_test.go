package rxtest

import (
	"testing"
	"testing/synctest"

	"github.com/kalamdb/kalamrx/rx"
)

// Failures runs a marble test that may fail, and is what it says.
func Failures(f func(m *Marbles)) string {
	if _, err := Play(f); err != nil {
		return err.Error() + "\n"
	}
	return ""
}

// Align writes diagrams below each other.
func Align(lines ...[]Event) []string { return align(lines...).lines }

// Broken says whether what make makes breaks the law.
func Broken[T any](name string, make func() rx.Observable[T]) (broken bool) {
	law := laws[T]()[name]
	for k, more := 0, true; more && !broken; k++ {
		broken = <-inTest(func(t *testing.T) { more = law(t, subject[T]{make(), func(*testing.T, bool) {}}, k) })
	}
	return broken
}

// inTest runs f in a bubble with a test of its own, and says whether that failed.
func inTest(f func(t *testing.T)) <-chan bool {
	failed := make(chan bool, 1)
	go func() {
		ok := false
		defer func() { failed <- !ok }()
		synctest.Test(new(testing.T), f) // FailNow ends the goroutine
		ok = true
	}()
	return failed
}

// BrokenOf says whether an operator breaks a law on a source that does not end.
func BrokenOf[A, B any](op rx.Operator[A, B], values ...A) bool {
	src := &lawSource[A]{script: script[A]{values: values, endless: true}}
	return <-inTest(func(t *testing.T) { unsubscribeInside(t, subject[B]{through(src, op), src.check}, 1) })
}
