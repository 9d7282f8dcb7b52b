package client

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// history is rows that change at random, as a source tells of them.
type history struct {
	random *rand.Rand
	rows   map[Key]*version
	seq    int64
}

func newHistory(t *testing.T) *history {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return &history{random: rand.New(rand.NewPCG(seed, 2)), rows: map[Key]*version{}}
}

// next is a change of one of so many rows.
func (h *history) next(of int) delta {
	h.seq++
	key := KeyOf(h.random.IntN(of))
	d := delta{key: key, seq: wire.SeqOf(h.seq)}
	d.before = h.rows[key]
	if d.before != nil && h.random.IntN(3) == 0 {
		delete(h.rows, key)
		return d
	}
	d.after = &version{key: key, seq: d.seq, row: rowOfSize(h.random.IntN(100))}
	h.rows[key] = d.after
	return d
}

func rowOfSize(n int) wire.Row {
	text, _ := wire.CellOf(fmt.Sprintf("%0*d", n, 0), wire.Text)
	return wire.NewRow(wire.Field{Name: "v", Cell: text})
}

// reader is an observer that folds what it is given, and checks that each change
// begins at what it knew.
type reader struct {
	rows   map[Key]wire.Seq
	broken error
	got    int // rows
}

func (r *reader) read(deltas []delta) {
	for i := range deltas {
		d := &deltas[i]
		if d.kind != rowDelta {
			continue
		}
		r.got++
		known, has := r.rows[d.key]
		if has != (d.before != nil) || has && known != d.before.seq {
			r.broken = fmt.Errorf("a change of %v begins at %v, known was %v (%v)", d.key, d.before, known, has)
		}
		delete(r.rows, d.key)
		if d.after != nil {
			r.rows[d.key] = d.after.seq
		}
	}
}

func (r *reader) equals(rows map[Key]*version) bool {
	if len(r.rows) != len(rows) {
		return false
	}
	for key, v := range rows {
		if r.rows[key] != v.seq {
			return false
		}
	}
	return true
}

// What take gives, folded, is what all changes give: whatever the rule, as long as
// it loses nothing, and whenever the observer takes.
func TestBacklog_WhatIsTakenFoldsToWhatWasAdded(t *testing.T) {
	for _, rule := range []Overflow{Lossless, Conflate} {
		t.Run(rule.String(), func(t *testing.T) {
			for range 50 {
				is := is.New(t)
				h := newHistory(t)
				r := &reader{rows: map[Key]wire.Seq{}}
				keys := 1 + h.random.IntN(30)
				b := newBacklog(rule, false, 1+h.random.IntN(20), 600+h.random.IntN(20000))
				for range 400 {
					is.True(b.add(h.next(keys)))
					if h.random.IntN(25) == 0 {
						taken, _ := b.take()
						r.read(taken)
						is.True(b.empty())
						is.True(r.equals(h.rows)) // also in the middle
					}
				}
				taken, _ := b.take()
				r.read(taken)
				is.NoErr(r.broken)
				is.True(r.equals(h.rows))
			}
		})
	}
}

// What is not given is counted, one by one.
func TestBacklog_DropsExactlyWhatItCounts(t *testing.T) {
	for _, rule := range []Overflow{Latest, DropOldest} {
		t.Run(rule.String(), func(t *testing.T) {
			is := is.New(t)
			h := newHistory(t)
			b := newBacklog(rule, false, 7, 1<<20)
			added, got, dropped := 0, 0, uint64(0)
			for range 2000 {
				is.True(b.add(h.next(20)))
				added++
				if h.random.IntN(10) > 0 {
					continue
				}
				taken, n := b.take()
				last := taken[len(taken)-1]
				is.Equal(last.seq, wire.SeqOf(h.seq)) // the newest is kept
				for i := range taken[1:] {
					is.True(taken[i].seq.Less(taken[i+1].seq))
				}
				got += len(taken)
				dropped += n
			}
			taken, n := b.take()
			is.Equal(uint64(added), uint64(got+len(taken))+dropped+n)
		})
	}
}

func TestBacklog_HoldsNoMoreThanItsBounds(t *testing.T) {
	for _, test := range []struct {
		rule  Overflow
		count int
		bytes int
	}{
		{Lossless, 10, 1 << 20}, {Lossless, 1000, 4096}, {DropOldest, 10, 1 << 20}, {DropOldest, 1000, 4096}, {Latest, 10, 4096},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			is := is.New(t)
			h := newHistory(t)
			b := newBacklog(test.rule, false, test.count, test.bytes)
			for range 500 {
				is.True(b.add(h.next(1000)))
				is.True(len(b.deltas) <= test.count)
				is.True(b.size <= test.bytes)
			}
			is.Equal(b.size, sizeOf(b.deltas)) // by adding up what is there
			if test.rule == Latest {
				is.Equal(len(b.deltas), 1)
			}
		})
	}
}

func sizeOf(deltas []delta) (n int) {
	for i := range deltas {
		n += deltas[i].size()
	}
	return n
}

func TestBacklog_OneRowThatIsLargerThanTheBoundHasRoom(t *testing.T) {
	is := is.New(t)
	for _, rule := range []Overflow{Lossless, DropOldest, Latest, Fail} {
		b := newBacklog(rule, false, 10, 1024)
		is.True(b.add(delta{key: KeyOf(1), after: &version{row: rowOfSize(5000)}}))
		taken, dropped := b.take()
		is.Equal(len(taken), 1)
		is.Equal(dropped, uint64(0))
	}
}

func TestBacklog_FailHasNoRoomAfterTheBound(t *testing.T) {
	is := is.New(t)
	h := newHistory(t)
	b := newBacklog(Fail, false, 5, 1<<20)
	for range 5 {
		is.True(b.add(h.next(100)))
	}
	is.True(!b.add(h.next(100)))
	is.True(b.add(delta{kind: gapDelta})) // what is no row has room
	taken, dropped := b.take()
	is.Equal(len(taken), 6)
	is.Equal(dropped, uint64(0))
	is.True(b.add(h.next(100))) // there is room again
}

// Beyond the bound the observer is told a gap, then rows as recovered, then that nothing is missing.
func TestBacklog_LosslessTellsWhereTheQueueWasFull(t *testing.T) {
	is := is.New(t)
	b := newBacklog(Lossless, false, 2, 1<<20)
	seq := int64(0)
	put := func(key int, had bool) {
		seq++
		b.add(delta{key: KeyOf(key), seq: wire.SeqOf(seq), before: there(had), after: there(true)})
	}
	put(1, false)
	put(2, false)
	put(3, false) // no room
	put(4, false)
	put(3, true)
	taken, conflated := b.take()
	is.Equal(len(taken), 6)
	is.Equal(taken[1].origin, FromPush)
	is.Equal(taken[2].kind, gapDelta)
	is.True(taken[2].lag)
	var lag *LagError
	is.True(errors.As(taken[2].cause, &lag))
	is.Equal(taken[3].key, KeyOf(3))
	is.Equal(taken[3].op(), Insert) // from what the observer knew: nothing
	is.Equal(taken[3].seq, wire.SeqOf(5))
	is.Equal(taken[3].origin, Recovered)
	is.Equal(taken[4].key, KeyOf(4))
	is.Equal(taken[5].kind, syncDelta)
	is.Equal(conflated, uint64(1))
	put(5, false)
	taken, _ = b.take()
	is.Equal(len(taken), 1) // and as before from then on
	is.Equal(taken[0].origin, FromPush)
}

// Of a view, which is whole, conflating is no gap.
func TestBacklog_QuietConflatesWithoutAGap(t *testing.T) {
	is := is.New(t)
	b := newBacklog(Lossless, true, 1, 1<<20)
	for seq := range int64(5) {
		b.add(delta{key: KeyOf(1), seq: wire.SeqOf(seq + 1), before: there(seq > 0), after: there(true)})
	}
	taken, dropped := b.take()
	is.Equal(len(taken), 2)
	is.Equal(taken[1].seq, wire.SeqOf(5))
	is.Equal(dropped, uint64(3))
}

func TestBacklog_ConflateKeepsTheOrderOfFirstChanges(t *testing.T) {
	is := is.New(t)
	b := newBacklog(Conflate, false, 1, 1)
	for i, key := range []int{3, 1, 2, 1, 3, 2, 4} {
		b.add(delta{key: KeyOf(key), seq: wire.SeqOf(int64(i + 1)), before: there(true), after: there(true)})
	}
	b.add(delta{key: KeyOf(1), seq: wire.SeqOf(8), before: there(true)}) // goes, and keeps its place
	taken, conflated := b.take()
	var keys []string
	for _, d := range taken {
		keys = append(keys, d.op().String()+" "+d.key.String())
	}
	is.Equal(keys, []string{"update 3", "delete 1", "update 2", "update 4"})
	is.Equal(conflated, uint64(4))
}

func TestBacklog_ConflateForgetsRowsThatCameAndWent(t *testing.T) {
	is := is.New(t)
	b := newBacklog(Conflate, false, 1, 1)
	for i := range int64(100_000) { // a row that flaps, and one that does not
		b.add(delta{key: KeyOf(1), seq: wire.SeqOf(2*i + 1), after: there(true)})
		b.add(delta{key: KeyOf(1), seq: wire.SeqOf(2*i + 2), before: there(true)})
	}
	is.True(b.empty())
	is.True(cap(b.order) < 1000) // bounded by the number of rows, not of changes
	b.add(delta{key: KeyOf(2), after: there(true)})
	taken, _ := b.take()
	is.Equal(len(taken), 1)
	is.Equal(taken[0].key, KeyOf(2))
}

// A row that came, went and came again stands where it came last, and once.
func TestBacklog_CompactingKeepsEveryRowOnce(t *testing.T) {
	is := is.New(t)
	h := newHistory(t)
	b := newBacklog(Conflate, false, 1, 1)
	r := &reader{rows: map[Key]wire.Seq{}}
	for range 20_000 {
		b.add(h.next(40))
	}
	taken, _ := b.take()
	seen := map[Key]bool{}
	for _, d := range taken {
		is.True(!seen[d.key])
		seen[d.key] = true
	}
	r.read(taken)
	is.NoErr(r.broken)
	is.True(r.equals(h.rows))
}

// Signs wait where they came among the rows, so that a row told after a mark is
// behind it.
func TestBacklog_SignsStayWhereTheyCame(t *testing.T) {
	is := is.New(t)
	b := newBacklog(Lossless, false, 100, 1<<20)
	b.add(delta{kind: startDelta})
	b.add(delta{key: KeyOf(1), after: &version{}})
	b.add(delta{kind: gapDelta})
	b.add(delta{key: KeyOf(2), after: there(true)})
	b.add(delta{kind: syncDelta})
	b.add(delta{kind: markDelta})
	taken, _ := b.take()
	var kinds []deltaKind
	for _, d := range taken {
		kinds = append(kinds, d.kind)
	}
	is.Equal(kinds, []deltaKind{startDelta, rowDelta, gapDelta, rowDelta, syncDelta, markDelta})
}

// While rows are conflated signs wait behind all of them: a mark says that what is
// before it has been told.
func TestBacklog_SignsFollowTheRowsThatAreConflated(t *testing.T) {
	is := is.New(t)
	b := newBacklog(Conflate, false, 1, 1)
	b.add(delta{kind: startDelta})
	b.add(delta{key: KeyOf(1), seq: wire.SeqOf(1), after: there(true)})
	b.add(delta{kind: markDelta, mark: wire.SeqOf(1)})
	b.add(delta{key: KeyOf(2), seq: wire.SeqOf(2), after: there(true)})
	taken, _ := b.take()
	is.Equal(len(taken), 4)
	is.Equal(taken[0].kind, startDelta)
	is.Equal(taken[3].kind, markDelta)
}

func TestBacklog_SignsAreFew(t *testing.T) {
	is := is.New(t)
	for _, rule := range []Overflow{Lossless, Conflate, DropOldest} {
		b := newBacklog(rule, false, 10, 1<<20)
		for i := range int64(10_000) {
			b.add(delta{kind: markDelta, mark: wire.SeqOf(i + 1)})
		}
		taken, dropped := b.take()
		is.Equal(len(taken), 1)
		is.Equal(taken[len(taken)-1].mark, wire.SeqOf(10_000)) // the last one says how far all has been told
		is.Equal(dropped, uint64(0))
	}
}

// there is a row, or none.
func there(is bool) *version {
	if !is {
		return nil
	}
	return &version{}
}
