package client

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// checkpointOf is a checkpoint with a mark and versions behind it.
func checkpointOf(mark int64, seen ...int64) Checkpoint {
	c := Checkpoint{scope: "scope1", at: time.UnixMilli(1_700_000_000_123)}
	if mark > 0 {
		c.mark = wire.SeqOf(mark)
	}
	for _, seq := range seen {
		c.seen = append(c.seen, wire.SeqOf(seq))
	}
	return c
}

func TestCheckpoint_IsTheSameAfterTextAndJSON(t *testing.T) {
	for _, c := range []Checkpoint{
		{}, checkpointOf(0), checkpointOf(1), checkpointOf(0, 5), checkpointOf(9223372036854775807, 1, 2, 3),
	} {
		t.Run(c.String(), func(t *testing.T) {
			is := is.New(t)
			got, err := ParseCheckpoint(c.String())
			is.NoErr(err)
			is.Equal(got, c)
			text, err := json.Marshal(struct{ At Checkpoint }{c})
			is.NoErr(err)
			var back struct{ At Checkpoint }
			is.NoErr(json.Unmarshal(text, &back))
			is.Equal(back.At, c)
			is.Equal(back.At.Time(), c.Time())
			is.Equal(back.At.IsZero(), c.scope == "")
		})
	}
}

func TestCheckpoint_OtherTextsAreErrCheckpoint(t *testing.T) {
	for _, text := range []string{
		"k", "k1", "k2:s:0:1", "k1::0:1", "k1:s:0", "k1:s:?:1", "k1:s::1", "k1:s:0:x", "k1:s:0:1:x", "k1:s:0:1:",
		"k1:s:zzzzzzzzzzzzzzzz:1", " k1:s:0:1", "{}", "k1:s:0:1\n",
	} {
		t.Run(text, func(t *testing.T) {
			is := is.New(t)
			_, err := ParseCheckpoint(text)
			is.True(errors.Is(err, ErrCheckpoint))
			kept := checkpointOf(7)
			is.True(errors.Is(kept.UnmarshalText([]byte(text)), ErrCheckpoint))
			is.Equal(kept, checkpointOf(7)) // a failure changes nothing
		})
	}
}

func TestCheckpoint_HasWhatIsUpToItsMarkAndWhatWasSeenBehind(t *testing.T) {
	is := is.New(t)
	c := checkpointOf(10, 12, 15)
	for seq, want := range map[int64]bool{1: true, 10: true, 11: false, 12: true, 13: false, 15: true, 16: false} {
		is.Equal(c.has(wire.SeqOf(seq)), want)
	}
	is.Equal(c.Seq(), wire.SeqOf(15))
	empty := checkpointOf(0)
	is.True(empty.Seq().IsZero())
	is.True(!empty.has(wire.SeqOf(1)))
}

// Changes are told in the order in which they came, which need not be that of their
// versions.
func TestCheckpoint_GoesOnFromVersionsInAnyOrder(t *testing.T) {
	is := is.New(t)
	c := checkpointOf(10, 15, 12, 14)
	var o liveOptions
	is.NoErr(FromCheckpoint(c)(&o))
	for seq, want := range map[int64]bool{12: true, 13: false, 14: true, 15: true} {
		is.Equal(o.from.has(wire.SeqOf(seq)), want)
	}
	is.Equal(c, checkpointOf(10, 15, 12, 14)) // it is a value
	var none liveOptions
	is.NoErr(FromCheckpoint(Checkpoint{})(&none))
	is.True(none.from == nil)
}

func TestCheckpoint_IsOfOneUserSQLAndSchema(t *testing.T) {
	is := is.New(t)
	schema := wire.Schema{{Name: "id", Type: wire.BigInt}, {Name: "v", Type: wire.Text}}
	scopes := map[string]bool{}
	for _, scope := range []string{
		scopeOf("lena", "SELECT 1", schema), scopeOf("max", "SELECT 1", schema), scopeOf("lena", "SELECT 2", schema),
		scopeOf("lena", "SELECT 1", schema[:1]), scopeOf("lenaS", "ELECT 1", schema),
		scopeOf("lena", "SELECT 1", wire.Schema{{Name: "id", Type: wire.Int}, {Name: "v", Type: wire.Text}}),
	} {
		scopes[scope] = true
	}
	is.Equal(len(scopes), 6)
	c := checkpointOf(1)
	is.NoErr(c.goOn("scope1", c.at))
	is.NoErr(c.goOn("scope1", c.at.Add(144*time.Hour)))
	is.True(errors.Is(c.goOn("scope1", c.at.Add(144*time.Hour+1)), ErrCheckpoint))
	is.True(errors.Is(c.goOn("scope2", c.at), ErrCheckpoint))
}

// A point stays what it was, whatever is told behind it; and each holds exactly what
// had been told by then.
func TestTrail_PointsStayAsTheyWere(t *testing.T) {
	is := is.New(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 5))
	p := progress{trail: &trail{scope: "s", mark: wire.SeqOf(0)}}
	order := random.Perm(500)
	var points []point
	for _, i := range order {
		points = append(points, p.told(wire.SeqOf(int64(i+1))))
		if random.IntN(40) == 0 { // all of these has been told: that may be said
			p.passed(wire.SeqOf(lowest(order[:len(points)])))
		}
	}
	for n, at := range points {
		c := at.checkpoint()
		var o liveOptions
		is.NoErr(FromCheckpoint(c)(&o))
		was := map[int]bool{}
		for _, i := range order[:n+1] {
			was[i] = true
		}
		for i := range 500 {
			is.Equal(o.from.has(wire.SeqOf(int64(i+1))), was[i])
		}
	}
}

// lowest is up to which version all have been told: those of order are one less.
func lowest(order []int) int64 {
	told := map[int]bool{}
	for _, i := range order {
		told[i] = true
	}
	n := 0
	for told[n] {
		n++
	}
	return int64(n)
}

func TestTrail_WithoutOneThereIsNoCheckpoint(t *testing.T) {
	is := is.New(t)
	var p progress
	is.True(p.told(wire.SeqOf(5)).checkpoint().IsZero())
	p.passed(wire.SeqOf(9))
	is.True(p.trail.here().checkpoint().IsZero())
}

func TestTrail_AMarkShortensIt(t *testing.T) {
	is := is.New(t)
	p := progress{trail: &trail{scope: "s", mark: wire.SeqOf(10)}}
	for seq := int64(1); seq <= 1000; seq++ {
		p.told(wire.SeqOf(seq))
	}
	is.Equal(p.trail.n, 990) // what is before the mark is told anyway
	p.passed(wire.SeqOf(995))
	c := p.trail.here().checkpoint()
	is.Equal(len(c.seen), 5)
	is.Equal(c.Seq(), wire.SeqOf(1000))
	is.True(len(c.String()) < 200)
}

func FuzzParseCheckpoint(f *testing.F) {
	for _, c := range []Checkpoint{{}, checkpointOf(0), checkpointOf(1, 2), checkpointOf(9223372036854775807)} {
		f.Add(c.String())
	}
	f.Add("k1:s:-9:1")
	f.Add("k1:s:0::::")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCheckpoint(text)
		if err != nil {
			if !errors.Is(err, ErrCheckpoint) {
				t.Fatalf("%q: %v is no ErrCheckpoint", text, err)
			}
			return
		}
		again, err := ParseCheckpoint(c.String())
		if err != nil || again.String() != c.String() {
			t.Fatalf("%q is read as %q, and that as %q (%v)", text, c, again, err)
		}
	})
}
