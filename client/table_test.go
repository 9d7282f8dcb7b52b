package client

import (
	"math/rand/v2"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// told is one version of a row, or its deletion, as something that may come at any
// time and any number of times.
type told struct {
	key  Key
	seq  int64
	gone bool
}

func (x told) into(t *table) {
	seq := wire.SeqOf(x.seq)
	switch {
	case t.knows(x.key, seq):
	case x.gone:
		t.remove(x.key, seq)
	default:
		t.put(&version{key: x.key, seq: seq})
	}
}

// Whatever the order, and however often each comes, the newest of each row counts.
func TestTable_VersionsInAnyOrderGiveTheNewest(t *testing.T) {
	is := is.New(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 3))
	for range 200 {
		var all []told
		newest := map[Key]told{}
		for seq := int64(1); seq <= 60; seq++ {
			x := told{KeyOf(random.IntN(8)), seq, random.IntN(3) == 0}
			newest[x.key] = x
			for range 1 + random.IntN(3) {
				all = append(all, x)
			}
		}
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		table := newTable()
		for _, x := range all {
			x.into(&table)
		}
		rows := 0
		for key, x := range newest {
			v := table.get(key)
			is.Equal(v != nil, !x.gone)
			if v != nil {
				rows++
				is.Equal(v.seq, wire.SeqOf(x.seq))
			}
		}
		is.Equal(table.rows.Len(), rows)
	}
}

func TestTable_KnowsWhatItHasAndWhatWent(t *testing.T) {
	is := is.New(t)
	table := newTable()
	one := KeyOf(1)
	is.True(!table.knows(one, wire.SeqOf(5)))
	table.put(&version{key: one, seq: wire.SeqOf(5)})
	is.True(table.knows(one, wire.SeqOf(5)))
	is.True(table.knows(one, wire.SeqOf(4)))
	is.True(!table.knows(one, wire.SeqOf(6)))
	is.True(!table.knows(one, wire.Seq{})) // a row without a version is always news
	before := table.remove(one, wire.SeqOf(7))
	is.Equal(before.seq, wire.SeqOf(5))
	is.True(table.knows(one, wire.SeqOf(7)))
	is.True(table.knows(one, wire.SeqOf(6))) // a late version does not bring it back
	is.True(!table.knows(one, wire.SeqOf(8)))
	is.True(table.remove(one, wire.SeqOf(9)) == nil)
	is.Equal(table.deleted(one), wire.SeqOf(9))
}

// A deletion is remembered through one forget and gone with the second.
func TestTable_DeletionsAreForgottenInTwoSteps(t *testing.T) {
	is := is.New(t)
	table := newTable()
	table.remove(KeyOf(1), wire.SeqOf(5))
	table.forget()
	is.True(table.knows(KeyOf(1), wire.SeqOf(5)))
	table.remove(KeyOf(1), wire.SeqOf(8)) // the newer of both generations counts
	is.True(table.knows(KeyOf(1), wire.SeqOf(8)))
	table.remove(KeyOf(2), wire.SeqOf(6))
	table.forget()
	is.True(table.knows(KeyOf(1), wire.SeqOf(7)))
	table.forget()
	is.True(!table.knows(KeyOf(1), wire.SeqOf(5)))
	is.True(!table.knows(KeyOf(2), wire.SeqOf(6)))
	is.Equal(len(table.gone)+len(table.older), 0)
}

// The index by version is made late, and follows what happens from then on.
func TestTable_FindsTheRowOfAVersion(t *testing.T) {
	is := is.New(t)
	table := newTable()
	table.put(&version{key: KeyOf("a"), seq: wire.SeqOf(1)})
	table.put(&version{key: KeyOf("b"), seq: wire.SeqOf(2)})
	key, ok := table.keyOfVersion(wire.SeqOf(1))
	is.True(ok)
	is.Equal(key, KeyOf("a"))
	table.put(&version{key: KeyOf("a"), seq: wire.SeqOf(3)})
	table.put(&version{key: KeyOf("c"), seq: wire.SeqOf(4)})
	table.remove(KeyOf("b"), wire.SeqOf(5))
	for seq, want := range map[int64]Key{3: KeyOf("a"), 4: KeyOf("c")} {
		key, ok = table.keyOfVersion(wire.SeqOf(seq))
		is.True(ok)
		is.Equal(key, want)
	}
	for _, seq := range []int64{1, 2, 5} {
		_, ok = table.keyOfVersion(wire.SeqOf(seq))
		is.True(!ok)
	}
	is.Equal(len(table.byVersion), table.rows.Len())
}

func TestTable_NewestIsTheHighestVersion(t *testing.T) {
	is := is.New(t)
	table := newTable()
	is.True(table.newest().IsZero())
	for i, seq := range []int64{4, 9, 2} {
		table.put(&version{key: KeyOf(i), seq: wire.SeqOf(seq)})
	}
	is.Equal(table.newest(), wire.SeqOf(9))
}

// What was handed out stays as it was.
func TestTable_CopiesStayAsTheyWere(t *testing.T) {
	is := is.New(t)
	table := newTable()
	table.put(&version{key: KeyOf(1), seq: wire.SeqOf(1)})
	handed := table.rows.Copy()
	table.put(&version{key: KeyOf(1), seq: wire.SeqOf(2)})
	table.put(&version{key: KeyOf(2), seq: wire.SeqOf(3)})
	table.remove(KeyOf(1), wire.SeqOf(4))
	is.Equal(handed.Len(), 1)
	v, _ := handed.Get(&version{key: KeyOf(1)})
	is.Equal(v.seq, wire.SeqOf(1))
}
