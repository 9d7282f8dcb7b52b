package operators_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// saying is what one of several sources does: v, or its completion.
type saying struct {
	source, v int
	over      bool
}

// randomSteps are of n sources, each of which completes.
func randomSteps(r *rand.Rand, n int) (steps []saying) {
	live := make([]int, n)
	for i := range live {
		live[i] = i
	}
	for v := 0; len(live) > 0; v++ {
		at := r.IntN(len(live))
		s := saying{source: live[at], v: v, over: r.IntN(5) == 0}
		if s.over {
			live = slices.Delete(live, at, at+1)
		}
		steps = append(steps, s)
	}
	return steps
}

// allSaid is what each source has said so far.
type allSaid struct {
	values [3][]int
	over   [3]bool
}

func (h *allSaid) all(holds func(i int) bool) bool { return holds(0) && holds(1) && holds(2) }

// modelOf says what an operator makes of the steps: told is called behind each, with
// what all have said so far, and gives the values that come with it and whether the
// stream is over.
func modelOf(steps []saying, told func(h *allSaid, now saying) (values []string, over bool)) string {
	var h allSaid
	var notes []string
	for _, s := range steps {
		if s.over {
			h.over[s.source] = true
		} else {
			h.values[s.source] = append(h.values[s.source], s.v)
		}
		values, over := told(&h, s)
		notes = append(notes, values...)
		if over {
			return strings.Join(append(notes, "|"), " ")
		}
	}
	return strings.Join(notes, " ")
}

func zipModel(h *allSaid, now saying) (values []string, over bool) {
	row := len(h.values[now.source]) - 1
	has := func(i int) bool { return len(h.values[i]) > row }
	if !now.over && h.all(has) && min(len(h.values[0]), len(h.values[1]), len(h.values[2])) == row+1 {
		values = []string{fmt.Sprint([]int{h.values[0][row], h.values[1][row], h.values[2][row]})}
	}
	rows := min(len(h.values[0]), len(h.values[1]), len(h.values[2]))
	return values, !h.all(func(i int) bool { return !h.over[i] || len(h.values[i]) > rows })
}

func latestModel(h *allSaid, now saying) (values []string, over bool) {
	if !now.over && h.all(func(i int) bool { return len(h.values[i]) > 0 }) {
		values = []string{lastRow(h)}
	}
	return values, h.all(func(i int) bool { return h.over[i] })
}

func forkModel(h *allSaid, now saying) (values []string, over bool) {
	if now.over && len(h.values[now.source]) == 0 {
		return nil, true
	}
	if over = h.all(func(i int) bool { return h.over[i] }); over {
		values = []string{lastRow(h)}
	}
	return values, over
}

func lastRow(h *allSaid) string {
	row := make([]int, len(h.values))
	for i, v := range h.values {
		row[i] = v[len(v)-1]
	}
	return fmt.Sprint(row)
}

// TestRandom_JoinedStreams compares what sources in random turns are joined to with
// models that look at all that was said.
func TestRandom_JoinedStreams(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	row := func(a, b, c int) []int { return []int{a, b, c} }
	type op = func(a, b, c rx.Observable[int]) rx.Observable[[]int]
	for _, c := range []struct {
		name string
		op   op
		told func(*allSaid, saying) ([]string, bool)
	}{
		{"Zip", func(a, b, c rx.Observable[int]) rx.Observable[[]int] { return operators.Zip(a, b, c) }, zipModel},
		{"Zip3", func(a, b, c rx.Observable[int]) rx.Observable[[]int] { return operators.Zip3(a, b, c, row) }, zipModel},
		{"CombineLatest", func(a, b, c rx.Observable[int]) rx.Observable[[]int] { return operators.CombineLatest(a, b, c) }, latestModel},
		{"CombineLatest3", func(a, b, c rx.Observable[int]) rx.Observable[[]int] { return operators.CombineLatest3(a, b, c, row) }, latestModel},
		{"ForkJoin", func(a, b, c rx.Observable[int]) rx.Observable[[]int] { return operators.ForkJoin(a, b, c) }, forkModel},
	} {
		for range 500 {
			steps := randomSteps(r, 3)
			t.Run(c.name, func(t *testing.T) {
				is := is.New(t)
				src := [3]*probe[int]{newProbe[int](), newProbe[int](), newProbe[int]()}
				heard, _ := listen(c.op(src[0].stream(), src[1].stream(), src[2].stream()))
				for _, s := range steps {
					if s.over {
						src[s.source].Complete()
					} else {
						src[s.source].Next(s.v)
					}
				}
				is.Equal(heard.String(), modelOf(steps, c.told))
				is.Equal(src[0].live()+src[1].live()+src[2].live(), 0)
			})
		}
	}
}
