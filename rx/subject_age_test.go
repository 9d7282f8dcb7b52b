package rx_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// played is what a new observer of a subject hears at once.
func played(t *testing.T, s *rx.ReplaySubject[int]) string {
	var heard []int
	s.Observable().Subscribe(t.Context(), rx.OnNext(func(v int) { heard = append(heard, v) })).Unsubscribe()
	return fmt.Sprint(heard)
}

func TestReplaySubjectFor_PlaysWhatIsYoungEnough(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int
		age  time.Duration
		want string // of 0 to 39, one a second, half a second behind the last
	}{
		{"by age", 0, 3 * time.Second, "[37 38 39]"},
		{"by count", 2, 3 * time.Second, "[38 39]"},
		{"by both", 20, 2 * time.Second, "[38 39]"},
		{"nothing", 20, 0, "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				s := rx.NewReplaySubjectFor[int](c.n, c.age)
				for v := range 40 {
					time.Sleep(time.Second)
					s.Next(v)
				}
				time.Sleep(500 * time.Millisecond)
				is.Equal(played(t, s), c.want)
				s.Complete()
				is.Equal(played(t, s), c.want) // it outlives its end
				time.Sleep(time.Hour)
				is.Equal(played(t, s), "[]")
			})
		})
	}
}

func TestReplaySubjectFor_ValueIsTooOldAtItsAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		s := rx.NewReplaySubjectFor[int](0, time.Second)
		s.Next(1)
		time.Sleep(time.Second - 1)
		is.Equal(played(t, s), "[1]")
		time.Sleep(time.Nanosecond)
		is.Equal(played(t, s), "[]")
	})
}

func TestReplaySubjectFor_ValuesDoNotAllocate(t *testing.T) {
	s := rx.NewReplaySubjectFor[int](8, time.Hour)
	for v := range 16 {
		s.Next(v)
	}
	if got := testing.AllocsPerRun(100, func() { s.Next(1) }); got != 0 {
		t.Errorf("%v allocations per value", got)
	}
}

func ExampleNewReplaySubjectFor() {
	s := rx.NewReplaySubjectFor[string](10, time.Minute) // at most ten, of the last minute
	s.Next("a")
	s.Next("b")
	s.Observable().Subscribe(context.Background(), rx.OnNext(func(v string) { fmt.Println(v) })).Unsubscribe()
	// Output:
	// a
	// b
}
