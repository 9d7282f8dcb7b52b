package client

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestMarks_AgedIsWhatWasKnownAnOverlapAgo(t *testing.T) {
	is := is.New(t)
	began := time.Now()
	at := func(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }
	var m marks
	is.True(m.tight().IsZero())
	is.True(m.aged(began).IsZero())
	m.reset(at(0), wire.SeqOf(10))
	m.add(at(1), wire.SeqOf(20))
	m.add(at(2), wire.SeqOf(30))
	m.add(at(9), wire.SeqOf(40))
	is.Equal(m.tight(), wire.SeqOf(40))
	is.Equal(m.aged(at(4)), wire.SeqOf(10)) // nothing is old enough: the oldest there is
	is.Equal(m.aged(at(6)), wire.SeqOf(20))
	is.Equal(m.aged(at(6.9)), wire.SeqOf(20))
	is.Equal(m.aged(at(7)), wire.SeqOf(30))
	is.Equal(m.aged(at(100)), wire.SeqOf(40))
	is.Equal(len(m.list), 1) // what is older is of no use
}

func TestMarks_AnEarlierMarkOfTheSameVersionStays(t *testing.T) {
	is := is.New(t)
	began := time.Now()
	var m marks
	m.reset(began, wire.SeqOf(10))
	m.add(began.Add(time.Second), wire.SeqOf(10))
	m.add(began.Add(2*time.Second), wire.SeqOf(9))
	is.Equal(len(m.list), 1)
	is.Equal(m.tight(), wire.SeqOf(10))
}

func TestMarks_SettledGrowsOnlyAndBeginsAtTheReset(t *testing.T) {
	is := is.New(t)
	var m marks
	m.reset(time.Now(), wire.SeqOf(10))
	is.Equal(m.settled, wire.SeqOf(10))
	m.settle(wire.SeqOf(30))
	m.settle(wire.SeqOf(20))
	is.Equal(m.settled, wire.SeqOf(30))
	m.reset(time.Now(), wire.SeqOf(5)) // of a table that was reset
	is.Equal(m.settled, wire.SeqOf(5))
	is.Equal(m.tight(), wire.SeqOf(5))
}

func TestMarks_PassTakesTheNewestOnceASecond(t *testing.T) {
	is := is.New(t)
	began := time.Now()
	var m marks
	m.pass(began)
	is.Equal(len(m.list), 0) // nothing was seen
	m.saw(wire.SeqOf(7))
	m.saw(wire.SeqOf(5))
	m.pass(began)
	is.Equal(m.tight(), wire.SeqOf(7))
	m.saw(wire.SeqOf(9))
	m.pass(began.Add(999 * time.Millisecond))
	is.Equal(m.tight(), wire.SeqOf(7))
	m.pass(began.Add(time.Second))
	is.Equal(m.tight(), wire.SeqOf(9))
}

// Whenever it is asked, aged gives the newest version that was known an overlap
// ago, and keeps no mark that is older.
func TestMarks_AgedAgainstAllThatWasAdded(t *testing.T) {
	is := is.New(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 4))
	now := time.Now()
	var m marks
	m.reset(now, wire.SeqOf(1))
	all := []mark{{now, wire.SeqOf(1)}}
	for seq := int64(2); seq < 2000; seq++ {
		now = now.Add(time.Duration(random.IntN(int(time.Second))))
		m.add(now, wire.SeqOf(seq))
		all = append(all, mark{now, wire.SeqOf(seq)})
		if random.IntN(4) > 0 {
			continue
		}
		want := wire.Seq{}
		for _, one := range all {
			if want.IsZero() || now.Sub(one.at) >= overlap {
				want = one.seq
			}
		}
		is.Equal(m.aged(now), want)
		is.True(len(m.list) < 2 || now.Sub(m.list[1].at) < overlap)
	}
}
