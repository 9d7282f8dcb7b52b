package client

import (
	"testing"
	"time"

	"github.com/matryer/is"
)

// The figures are those that the documentation of auditor names.

func TestSchedule_NothingIsDueBeforeSomethingHappens(t *testing.T) {
	is := is.New(t)
	p := newSchedule(30 * time.Second)
	is.True(p.due(0, time.Time{}).IsZero())
	p.ended(time.Now(), 0)
	is.True(!p.due(0, time.Time{}).IsZero())
	p.rest()
	is.True(p.due(0, time.Time{}).IsZero())
}

func TestSchedule_ADemandIsDueTwentyMillisecondsAfterTheFirst(t *testing.T) {
	is := is.New(t)
	now := time.Now()
	p := newSchedule(30 * time.Second)
	p.demanded(now)
	p.demanded(now.Add(15 * time.Millisecond))
	is.Equal(p.due(0, time.Time{}), now.Add(20*time.Millisecond))
	p.began()
	is.True(p.due(0, time.Time{}).IsZero())
}

func TestSchedule_AfterChangesWhenItIsQuiet(t *testing.T) {
	now := time.Now()
	ms := func(n int) time.Time { return now.Add(time.Duration(n) * time.Millisecond) }
	for _, test := range []struct {
		name    string
		changes int
		latest  time.Time
		want    time.Time
	}{
		{"one", 1, ms(0), ms(100)},
		{"the latest counts", 10, ms(50), ms(150)},
		{"no burst yet", 63, ms(50), ms(150)},
		{"a burst", 64, ms(50), ms(75)},
		{"a second at most", 10, ms(950), ms(1000)},
		{"a second at most, in a burst too", 1000, ms(990), ms(1000)},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newSchedule(30 * time.Second)
			p.changed(now)
			is.New(t).Equal(p.due(test.changes, test.latest), test.want)
		})
	}
}

func TestSchedule_QuietDoublesUpToFiveSecondsUntilSomethingIsFound(t *testing.T) {
	is := is.New(t)
	now := time.Now()
	p := newSchedule(time.Hour)
	want := []time.Duration{100, 200, 400, 800, 1600, 3200, 5000, 5000}
	for _, ms := range want {
		p.changed(now)
		is.Equal(p.due(1, now), now.Add(ms*time.Millisecond))
		p.began()
		p.ended(now, 0)
		p.rest()
	}
	p.changed(now)
	p.ended(now, 1)
	is.Equal(p.due(1, now), now.Add(100*time.Millisecond))
}

// Under changes without end the bound is a second, or the quiet time if it is longer.
func TestSchedule_ChangesWithoutEndAreAuditedAllTheSame(t *testing.T) {
	is := is.New(t)
	now := time.Now()
	p := newSchedule(time.Hour)
	p.changed(now)
	is.Equal(p.due(1, now.Add(10*time.Second)), now.Add(time.Second))
	p.quiet = 3 * time.Second
	is.Equal(p.due(1, now.Add(10*time.Second)), now.Add(3*time.Second))
}

func TestSchedule_IdleDoublesUpToTheInterval(t *testing.T) {
	is := is.New(t)
	now := time.Now()
	p := newSchedule(30 * time.Second)
	p.ended(now, 1)
	for _, want := range []time.Duration{2, 4, 8, 16, 30, 30} {
		is.Equal(p.due(0, time.Time{}), now.Add(want*time.Second))
		p.began()
		p.ended(now, 0)
	}
	p.changed(now) // begins with two seconds again
	p.began()
	is.Equal(p.due(0, time.Time{}), now.Add(2*time.Second))
	short := newSchedule(500 * time.Millisecond)
	short.ended(now, 0)
	is.Equal(short.due(0, time.Time{}), now.Add(500*time.Millisecond))
}

func TestSchedule_TheSoonestReasonCounts(t *testing.T) {
	is := is.New(t)
	now := time.Now()
	p := newSchedule(30 * time.Second)
	p.ended(now, 1)
	p.changed(now)
	is.Equal(p.due(1, now), now.Add(100*time.Millisecond))
	p.demanded(now)
	is.Equal(p.due(1, now), now.Add(20*time.Millisecond))
}

func TestSchedule_ReadingAllRowsTakesATwentiethOfTheTimeAtMost(t *testing.T) {
	is := is.New(t)
	now := time.Now()
	p := newSchedule(30 * time.Second)
	is.True(p.mayReread(now))
	p.reread(now, time.Second)
	is.True(!p.mayReread(now.Add(20*time.Second - 1)))
	is.True(p.mayReread(now.Add(20 * time.Second)))
}
