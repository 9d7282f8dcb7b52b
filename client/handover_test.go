package client

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
)

// desk hands frames over to some live queries, as a reader does, and knows what they were.
type desk struct {
	handover
	t      *testing.T
	random *rand.Rand
	to     []route
	got    [][]string // by live query; its turns'
	sent   [][]string
}

func newDesk(t *testing.T, seed uint64, keeps bool) *desk {
	c := &Client{alive: newLifetime()}
	d := &desk{handover: handover{c: c}, t: t, random: rand.New(rand.NewPCG(seed, 0)), got: make([][]string, 3), sent: make([][]string, 3)}
	for i := range d.got {
		inbox := &inbox{alive: c.alive, trays: &c.trays, most: 1 << 20, bytes: 1 << 30, keeps: keeps}
		var kept []arrival
		inbox.take = func(all []arrival) int {
			for _, a := range all {
				d.got[i] = append(d.got[i], string(a.text))
			}
			if keeps { // nobody else writes into what may be kept
				for j, a := range kept {
					if want := d.got[i][len(d.got[i])-len(all)-len(kept)+j]; string(a.text) != want {
						t.Errorf("seed %d: what was kept became %.20q, was %.20q", seed, a.text, want)
					}
				}
				kept = append(kept[:0], all...)
			}
			return len(all)
		}
		d.to = append(d.to, route{q: &live{inbox: inbox}})
	}
	return d
}

// frame reads a frame as the reader does, which may have to wait in the middle, and hands
// it over.
func (d *desk) frame(i, size int) {
	text := bytes.Repeat([]byte(strconv.Itoa(len(d.sent[i])%10)), size)
	room := d.lend()
	if len(text) <= cap(room) && d.random.IntN(10) > 0 { // else it was unpacked elsewhere
		half := d.random.IntN(size)
		read := append(room, text[:half]...)
		if d.random.IntN(20) == 0 {
			d.flush()
		}
		text = append(read, text[half:]...)
	}
	kind := wire.TypeChange
	if d.random.IntN(50) == 0 {
		kind = wire.TypeInitialDataBatch
	}
	d.sent[i] = append(d.sent[i], string(text))
	if d.random.IntN(30) == 0 { // of no live query
		d.sent[i] = d.sent[i][:len(d.sent[i])-1]
	} else {
		d.add(d.to[i], kind, text)
	}
	d.settle()
	if d.random.IntN(200) == 0 {
		d.flush()
	}
}

// However frames come, each live query is given its own, in order and as they were.
func TestHandover_RandomFramesArriveAsTheyWere(t *testing.T) {
	for range 40 {
		seed := rand.Uint64()
		d := newDesk(t, seed, seed%2 == 0)
		i := 0
		for range 3000 {
			if d.random.IntN(30) == 0 {
				i = d.random.IntN(len(d.to))
			}
			size := 1 + d.random.IntN(600)
			if d.random.IntN(100) == 0 {
				size = 1 + d.random.IntN(2*trayTexts)
			}
			d.frame(i, size)
		}
		d.flush()
		d.c.alive.close()
		<-d.c.alive.over
		for i := range d.got {
			if len(d.got[i]) != len(d.sent[i]) {
				t.Fatalf("seed %d: %d frames came, not %d", seed, len(d.got[i]), len(d.sent[i]))
			}
			for j := range d.got[i] {
				if d.got[i][j] != d.sent[i][j] {
					t.Fatalf("seed %d: frame %d of %d is %.20q, not %.20q", seed, j, i, d.got[i][j], d.sent[i][j])
				}
			}
		}
	}
}
