package rxtest

import (
	"testing"
	"testing/synctest"
)

// Failures runs a marble test that may fail, and is what it says.
func Failures(f func(m *Marbles)) string {
	var p printer
	synctest.Test(new(testing.T), func(*testing.T) {
		m := &Marbles{t: &p, stage: newStage()}
		f(m)
		m.play()
		for _, check := range m.checks {
			check()
		}
	})
	return p.text.String()
}

// Align writes diagrams below each other.
func Align(lines ...[]Event) []string { return align(lines...).lines }
