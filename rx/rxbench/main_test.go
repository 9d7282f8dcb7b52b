package main

import (
	"testing"

	"github.com/matryer/is"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Figures of works that do not do the same are worth nothing.
func TestWorks_AllWaysComeToTheSame(t *testing.T) {
	for _, w := range works() {
		t.Run(w.group+"/"+w.name, func(t *testing.T) {
			is := is.New(t)
			is.True(w.events >= 1000)
			is.True(len(w.ways) > 1)
			want := w.ways[0].run(w.events)
			for _, way := range w.ways[1:] {
				if got := way.run(w.events); got != want {
					t.Errorf("%s comes to %d, %s to %d", way.who, got, w.ways[0].who, want)
				}
			}
		})
	}
}

func BenchmarkWorks(b *testing.B) {
	for _, w := range works() {
		for _, way := range w.ways {
			b.Run(w.group+"/"+w.name+"/"+way.who, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					way.run(w.events)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(w.events), "ns/event")
			})
		}
	}
}
