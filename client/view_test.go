package client

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// score is a row of the views here.
type score struct {
	ID     int64 `kalam:"id"`
	Points int64 `kalam:"points"`
}

var scores = wire.Schema{{Name: "id", Type: wire.BigInt, Flags: []string{"pk"}}, {Name: "points", Type: wire.BigInt, Index: 1}}

func scoreVersion(id, points, seq int64) *version {
	i, _ := wire.CellOf(id, wire.BigInt)
	p, _ := wire.CellOf(points, wire.BigInt)
	row := wire.NewRow(wire.Field{Name: "id", Cell: i}, wire.Field{Name: "points", Cell: p})
	return &version{key: KeyOf(id), seq: wire.SeqOf(seq), row: row}
}

// folding is a fold whose views a test reads.
type folding struct {
	*fold[score]
	views []View[score]
}

func newFolding(t *testing.T, opts ...LiveOption) *folding {
	t.Helper()
	f := &folding{}
	var segment *rx.Segment
	rx.Source(func(g *rx.Segment, _ rx.Observer[int]) { segment = g }).Subscribe(t.Context(), rx.Observer[int]{})
	var o liveOptions
	for _, opt := range opts {
		if err := opt(&o); err != nil {
			t.Fatal(err)
		}
	}
	f.fold = &fold[score]{up: segment, out: rx.Observer[View[score]]{
		Next:  func(v View[score]) { f.views = append(f.views, v) },
		Error: func(err error) { t.Error(err) },
	}, latest: o.overflow == Latest}
	if err := f.configure(o); err != nil {
		t.Fatal(err)
	}
	f.decoder, _ = wire.NewDecoder[score]()
	return f
}

func (f *folding) last() View[score] { return f.views[len(f.views)-1] }

// contest is the rows as a plain map, and the deltas that lead there.
type contest struct {
	random *rand.Rand
	rows   map[int64]*version
	points map[int64]int64
	seq    int64
}

func (c *contest) next(id int64) delta {
	c.seq++
	d := delta{key: KeyOf(id), seq: wire.SeqOf(c.seq), origin: Origin(2 * c.random.IntN(2))}
	d.before = c.rows[id]
	if d.before != nil && c.random.IntN(3) == 0 {
		delete(c.rows, id)
		delete(c.points, id)
		return d
	}
	c.points[id] = c.random.Int64N(10) // many are equal: then the key decides
	d.after = scoreVersion(id, c.points[id], c.seq)
	c.rows[id] = d.after
	return d
}

// sorted is what a view has to hold, by a plain sort.
func (c *contest) sorted(descending bool, limit int) []score {
	all := []score{}
	for id, points := range c.points {
		all = append(all, score{id, points})
	}
	slices.SortFunc(all, func(a, b score) int {
		if descending && a.Points != b.Points {
			return cmp.Compare(b.Points, a.Points)
		}
		return cmp.Compare(a.ID, b.ID)
	})
	if limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	return all
}

func byPoints(a, b score) int { return cmp.Compare(b.Points, a.Points) }

// Whatever happens, a view is a plain sort cut at the limit, and what it says has
// changed makes the former one into it.
func TestView_OrderAndLimitAreAPlainSort(t *testing.T) {
	for _, test := range []struct {
		name    string
		ordered bool
		limit   int
	}{
		{"by key", false, 0}, {"first by key", false, 5}, {"ordered", true, 0}, {"first of an order", true, 5},
		{"one", true, 1}, {"more than there are", true, 100},
	} {
		t.Run(test.name, func(t *testing.T) {
			is := is.New(t)
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			c := &contest{random: rand.New(rand.NewPCG(seed, 7)), rows: map[int64]*version{}, points: map[int64]int64{}}
			var opts []LiveOption
			if test.ordered {
				opts = append(opts, OrderBy(byPoints))
			}
			if test.limit > 0 {
				opts = append(opts, Limit(test.limit))
			}
			f := newFolding(t, opts...)
			f.all([]delta{{kind: startDelta, start: &start{base: newTable().rows, schema: scores}}}, always)
			former := map[int64]score{}
			for range 400 {
				var deltas []delta
				for _, id := range c.random.Perm(25)[:1+c.random.IntN(4)] {
					deltas = append(deltas, c.next(int64(id)))
				}
				f.views = nil
				f.all(deltas, always)
				for _, v := range f.views {
					is.NoErr(replay(former, v))
				}
				is.Equal(f.last().Slice(), c.sorted(test.ordered, test.limit))
				is.NoErr(lookUp(f.last(), c))
			}
		})
	}
}

// replay applies what a view says has changed to the rows before it, and says where
// that is not the view.
func replay(rows map[int64]score, v View[score]) error {
	for _, c := range v.Changes() {
		was, had := rows[c.Row.ID]
		switch {
		case c.Op == Insert && had, c.Op != Insert && !had:
			return fmt.Errorf("%v of %+v, which was there: %v", c.Op, c.Row, had)
		case c.Op == Update && *c.Before != was:
			return fmt.Errorf("%+v was %+v, not %+v", c.Row, was, *c.Before)
		case c.Op == Delete && c.Row != was:
			return fmt.Errorf("what went was %+v, not %+v", was, c.Row)
		}
		rows[c.Row.ID] = c.Row
		if c.Op == Delete {
			delete(rows, c.Row.ID)
		}
	}
	if len(rows) != v.Len() {
		return fmt.Errorf("changes lead to %d rows, the view has %d", len(rows), v.Len())
	}
	for _, row := range v.All() {
		if rows[row.ID] != row {
			return fmt.Errorf("changes lead to %+v, the view has %+v", rows[row.ID], row)
		}
	}
	return nil
}

// lookUp compares Get with the rows that the view shows.
func lookUp(v View[score], c *contest) error {
	shown := map[int64]bool{}
	for _, row := range v.All() {
		shown[row.ID] = true
	}
	for id := range int64(25) {
		row, ok := v.Get(id)
		if ok != shown[id] || ok && row.Points != c.points[id] {
			return fmt.Errorf("Get(%d) gives %+v, %v", id, row, ok)
		}
	}
	if v.Total() != len(c.points) {
		return fmt.Errorf("Total is %d of %d", v.Total(), len(c.points))
	}
	return nil
}

func TestView_OldViewsStayAsTheyWere(t *testing.T) {
	is := is.New(t)
	f := newFolding(t, OrderBy(byPoints), Limit(2))
	f.all([]delta{{kind: startDelta, start: &start{base: newTable().rows, schema: scores}}}, always)
	for id := range int64(3) {
		f.all([]delta{{key: KeyOf(id), seq: wire.SeqOf(id + 1), after: scoreVersion(id, id, id+1)}}, always)
	}
	is.Equal(f.views[1].Slice(), []score{{0, 0}})
	is.Equal(f.views[2].Slice(), []score{{1, 1}, {0, 0}})
	is.Equal(f.views[3].Slice(), []score{{2, 2}, {1, 1}})
	changes := f.views[3].Changes()
	is.Equal(len(changes), 2)
	is.Equal(changes[0].Op, Delete) // what left stands first
	is.Equal(changes[0].Reason, Beyond)
	is.Equal(changes[1].Op, Insert)
}

// Recovered changes come as one view, pushed ones as one each; under Latest all that
// waited is one.
func TestView_OneForEachPushAndOneForAllThatIsRecovered(t *testing.T) {
	is := is.New(t)
	batch := []delta{
		{kind: startDelta, start: &start{base: newTable().rows, schema: scores}},
		{key: KeyOf(1), seq: wire.SeqOf(1), after: scoreVersion(1, 1, 1)},
		{key: KeyOf(2), seq: wire.SeqOf(2), after: scoreVersion(2, 1, 2)},
		{kind: gapDelta, cause: ErrLagged, stale: true},
		{kind: resyncDelta},
		{key: KeyOf(3), seq: wire.SeqOf(3), after: scoreVersion(3, 1, 3), origin: Recovered},
		{key: KeyOf(4), seq: wire.SeqOf(4), after: scoreVersion(4, 1, 4), origin: Recovered},
		{kind: syncDelta},
		{kind: markDelta, verified: true},
	}
	f := newFolding(t)
	f.all(batch, always)
	var lens []int
	for _, v := range f.views {
		lens = append(lens, v.Len())
	}
	is.Equal(lens, []int{0, 1, 2, 4})
	is.True(f.last().Exact())
	is.Equal(f.last().Status(), ViewReady)
	latest := newFolding(t, OnOverflow(Latest))
	latest.all(batch, always)
	is.Equal(len(latest.views), 1)
	is.Equal(latest.last().Len(), 4)
	is.Equal(len(latest.last().Changes()), 6) // four rows, the gap and its end
}

func TestView_GetTakesWhatAKeyIsMadeOf(t *testing.T) {
	is := is.New(t)
	f := newFolding(t)
	f.all([]delta{{kind: startDelta, start: &start{base: newTable().rows, schema: scores}}}, always)
	f.all([]delta{{key: KeyOf(7), seq: wire.SeqOf(1), after: scoreVersion(7, 1, 1)}}, always)
	for _, key := range []any{7, int8(7), uint64(7), "7", KeyOf(7), KeyOf("7")} {
		_, ok := f.last().Get(key)
		is.True(ok)
	}
	for _, key := range []any{8, "x", "", nil, 7.5, KeyOf(7, 7)} {
		_, ok := f.last().Get(key)
		is.True(!ok)
	}
}

func TestView_TheZeroOneIsEmpty(t *testing.T) {
	is := is.New(t)
	var v View[score]
	is.Equal(v.Len(), 0)
	is.Equal(v.Total(), 0)
	is.Equal(len(v.Slice()), 0)
	is.Equal(v.Status(), ViewLoading)
	is.True(!v.Exact())
	is.True(v.Checkpoint().IsZero())
	_, ok := v.Get(1)
	is.True(!ok)
	for range v.All() {
		t.Error("a row")
	}
}

func TestView_ARowThatDoesNotFitEndsTheStream(t *testing.T) {
	is := is.New(t)
	f := newFolding(t)
	var ended error
	f.out.Error = func(err error) { ended = err }
	f.all([]delta{{kind: startDelta, start: &start{base: newTable().rows, schema: scores}}}, always)
	bad := scoreVersion(1, 1, 1)
	text, _ := wire.CellOf("many", wire.Text)
	bad.row = bad.row.With("points", text)
	f.all([]delta{{key: KeyOf(1), after: bad}, {key: KeyOf(2), after: scoreVersion(2, 1, 2)}}, always)
	is.True(ended != nil)
	is.True(f.up.Closed())
	is.Equal(len(f.views), 1) // and nothing follows
	var cell *wire.CellError
	is.True(errors.As(ended, &cell))
}

// The states of a gap, from what the source and the observer's queue say of it.
func TestProgress_AGapEndsWhenNeitherHasOne(t *testing.T) {
	gap := delta{kind: gapDelta, cause: ErrDisconnected, stale: true}
	lag := delta{kind: gapDelta, cause: ErrLagged, lag: true}
	resync, synced, caught := delta{kind: resyncDelta}, delta{kind: syncDelta}, delta{kind: syncDelta, lag: true}
	for _, test := range []struct {
		name   string
		signs  []delta
		told   []Op
		status ViewStatus
		cause  error
	}{
		{"nothing", nil, nil, ViewReady, nil},
		{"an outage", []delta{gap}, []Op{Gap}, ViewStale, ErrDisconnected},
		{"being recovered", []delta{gap, resync}, []Op{Gap}, ViewResyncing, ErrDisconnected},
		{"recovered", []delta{gap, resync, synced}, []Op{Gap, Resynced}, ViewReady, nil},
		{"behind", []delta{lag}, []Op{Gap}, ViewResyncing, ErrLagged},
		{"not behind", []delta{lag, caught}, []Op{Gap, Resynced}, ViewReady, nil},
		{"both, the queue first", []delta{gap, lag, caught, resync}, []Op{Gap, Gap}, ViewResyncing, ErrLagged},
		{"both, the source first", []delta{gap, lag, synced, caught}, []Op{Gap, Gap, Resynced}, ViewReady, nil},
		{"two in a row", []delta{gap, resync, gap, resync, synced}, []Op{Gap, Gap, Resynced}, ViewReady, nil},
		{"an end without a gap", []delta{synced, caught, resync}, nil, ViewReady, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			is := is.New(t)
			var p progress
			var told []Op
			for i := range test.signs {
				told = append(told, p.sign(&test.signs[i])...)
			}
			is.Equal(told, test.told)
			status, cause := p.status()
			is.Equal(status, test.status)
			is.Equal(cause, test.cause)
		})
	}
}

// always lets a fold take all deltas.
func always() bool { return true }
