package client

import (
	"errors"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestBacklog_TheEndOfAGapIsNeverCrowdedOut(t *testing.T) {
	is := is.New(t)
	for _, rule := range []Overflow{Lossless, Conflate, DropOldest} {
		b := newBacklog(rule, false, 10, 1<<20)
		p := progress{gap: true}
		b.add(delta{kind: syncDelta})
		for i := range int64(100) {
			b.add(delta{kind: markDelta, mark: wire.SeqOf(i + 1)})
		}
		taken, _ := b.take()
		for i := range taken {
			if taken[i].kind != markDelta {
				p.sign(&taken[i])
			}
		}
		status, _ := p.status()
		is.Equal(status, ViewReady)
	}
}

func TestBacklog_AGapIsNeverCrowdedOut(t *testing.T) {
	is := is.New(t)
	b := newBacklog(Lossless, false, 10, 1<<20)
	p := progress{}
	b.add(delta{kind: gapDelta})
	for i := range int64(100) {
		b.add(delta{kind: markDelta, mark: wire.SeqOf(i + 1)})
	}
	taken, _ := b.take()
	for i := range taken {
		if taken[i].kind != markDelta {
			p.sign(&taken[i])
		}
	}
	status, _ := p.status()
	is.Equal(status, ViewResyncing)
}

func TestBacklog_EveryChangeThatHadNoRoomIsCounted(t *testing.T) {
	is := is.New(t)
	b := newBacklog(Lossless, false, 1, 1<<20)
	b.add(delta{key: KeyOf(1), after: there(true)})
	for i, key := range []int{3, 4, 3, 5} {
		b.add(delta{key: KeyOf(key), seq: wire.SeqOf(int64(i)), before: there(i == 2), after: there(true)})
	}
	taken, conflated := b.take()
	var lag *LagError
	is.True(errors.As(taken[1].cause, &lag))
	is.Equal(lag.Missed, uint64(4))
	is.Equal(conflated, uint64(1))
}

// What is not given is counted, also of rows that came and went.
func TestBacklog_ConflatedIsAllThatIsNotGiven(t *testing.T) {
	is := is.New(t)
	h := newHistory(t)
	b := newBacklog(Conflate, false, 1, 1)
	for range 1000 {
		b.add(h.next(10))
	}
	taken, conflated := b.take()
	is.Equal(uint64(len(taken))+conflated, uint64(1000))
}
