package client

import (
	"testing"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestView_WhatLeavesAWindowIsWhatItHeld(t *testing.T) {
	is := is.New(t)
	f := newFolding(t, Limit(3))
	f.all([]delta{{kind: startDelta, start: &start{base: newTable().rows, schema: scores}}}, always)
	f.all([]delta{{key: KeyOf(1), seq: wire.SeqOf(1), after: scoreVersion(1, 5, 1)}}, always)
	f.all([]delta{
		{key: KeyOf(1), seq: wire.SeqOf(2), before: scoreVersion(1, 5, 1), after: scoreVersion(1, 4, 2), origin: Recovered},
		{key: KeyOf(1), seq: wire.SeqOf(3), before: scoreVersion(1, 4, 2), origin: Recovered},
	}, always)
	is.Equal(f.last().Changes()[0].Op, Delete)
	is.Equal(f.last().Changes()[0].Row, score{1, 5})
}
