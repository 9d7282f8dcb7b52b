package client

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// turns is a live query that notes what its inbox gives it. While it is shut it
// stays in its turn.
type turns struct {
	*inbox
	mu    sync.Mutex
	got   []string
	gate  chan struct{} // closed: open
	takes func(n int) int
	drops int
}

func newTurns(frames, bytes int, rule Overflow) *turns {
	w := &turns{gate: make(chan struct{}), takes: func(n int) int { return n }}
	w.inbox = &inbox{
		alive: newLifetime(), trays: &trays{}, most: frames, bytes: bytes, rule: rule, take: w.turn,
		missed: func(n int) arrival { return arrival{run: func() { w.note(fmt.Sprintf("lost %d", n)) }} },
		drop:   func(n int) { w.drops += n },
	}
	return w
}

func (w *turns) turn(batch []arrival) int {
	<-w.gate
	n := w.takes(len(batch))
	for _, a := range batch[:n] {
		if a.run != nil {
			a.run()
			continue
		}
		w.note(string(a.text))
	}
	return n
}

func (w *turns) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = append(w.got, what)
}

// shown is what the turns gave once all is at rest.
func (w *turns) shown() string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	text := fmt.Sprint(w.got)
	w.got = nil
	return text
}

func (w *turns) changes(texts ...string) {
	for _, text := range texts {
		w.frames(0, trayOf(arrival{kind: wire.TypeChange, text: []byte(text)}), false)
	}
}

func trayOf(all ...arrival) *tray {
	t := &tray{}
	for _, a := range all {
		t.put(a)
	}
	return t
}

// busy has a turn run that took one frame.
func (w *turns) busy() {
	w.changes("first")
	synctest.Wait()
}

func TestInbox_KeepsTheOrderOfFramesAndThingsToDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTurns(10, 1000, Lossless)
		close(w.gate)
		w.inbox.hold(true)
		w.changes("a")
		w.post(func() { w.note("done") })
		w.changes("b")
		is := is.New(t)
		is.Equal(w.shown(), "[]") // no turn begins while it is held
		w.inbox.hold(false)
		is.Equal(w.shown(), "[a done b]")
	})
}

func TestInbox_SaysThatFramesWereLostWhereTheyWouldHaveBeen(t *testing.T) {
	for _, test := range []struct {
		name          string
		frames, bytes int
	}{{"by number", 2, 1000}, {"by size", 10, 2}} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				w := newTurns(test.frames, test.bytes, Lossless)
				w.busy()
				w.changes("a", "b", "c", "d", "e")
				w.post(func() { w.note("done") })
				close(w.gate)
				is.Equal(w.shown(), "[first a b done lost 3]")
				w.changes("f")
				is.Equal(w.shown(), "[f]") // there is room again
			})
		})
	}
}

// What comes after a loss is lost, too, although it would have room: else it would
// stand before the gap.
func TestInbox_NothingOvertakesAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTurns(10, 3, Lossless)
		w.busy()
		w.changes("aa", "bb", "c")
		close(w.gate)
		is.New(t).Equal(w.shown(), "[first aa lost 2]")
	})
}

func TestInbox_AFrameLargerThanAllHasRoomWhenItIsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTurns(10, 3, Lossless)
		close(w.gate)
		w.changes("a long frame")
		is.New(t).Equal(w.shown(), "[a long frame]")
	})
}

func TestInbox_ThingsToDoAreNotBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		w := newTurns(1, 1, Lossless)
		w.busy()
		n := 0
		for range 1000 {
			w.post(func() { n++ })
		}
		close(w.gate)
		is.Equal(w.shown(), "[first]")
		is.Equal(n, 1000)
	})
}

func TestInbox_TheRulesDropChangesAndNothingElse(t *testing.T) {
	for _, test := range []struct {
		rule  Overflow
		want  string
		drops int
	}{
		{DropOldest, "[first ack b c]", 1},
		{Latest, "[first ack c]", 2},
		{Lossless, "[first ack a b lost 1]", 0},
		{Fail, "[first ack a b lost 1]", 0},
	} {
		t.Run(test.rule.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				w := newTurns(3, 1000, test.rule)
				w.busy()
				w.frames(0, trayOf(arrival{kind: wire.TypeSubscriptionAck, text: []byte("ack")}), false)
				w.changes("a", "b", "c")
				close(w.gate)
				is.Equal(w.shown(), test.want)
				is.Equal(w.drops, test.drops)
			})
		})
	}
}

func TestInbox_WhatWasNotTakenComesAgainBeforeAllElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		w := newTurns(4, 1000, Block)
		w.inbox.hold(true)
		w.changes("a", "b", "c")
		w.takes = func(int) int { // one, and then the source has to wait
			w.inbox.hold(true)
			w.takes = func(n int) int { return n }
			return 1
		}
		close(w.gate)
		w.inbox.hold(false)
		is.Equal(w.shown(), "[a]")
		w.changes("d", "e")
		w.changes("f") // two wait from before: beyond four it is lost
		w.inbox.hold(false)
		is.Equal(w.shown(), "[b c d e lost 1]")
	})
}

func TestInbox_AfterCloseNothingBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		w := newTurns(1, 1000, Lossless)
		w.busy()
		w.changes("a", "lost")
		w.close()
		w.changes("b")
		w.post(func() { w.note("done") })
		close(w.gate)
		is.Equal(w.shown(), "[first]") // the turn that ran went on
		is.Equal(w.alive.running, 0)
	})
}

func TestInbox_HasAGoroutineOnlyWhileThereIsSomething(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		w := newTurns(10, 1000, Lossless)
		close(w.gate)
		for range 100 {
			w.changes("x")
			synctest.Wait()
			is.Equal(w.alive.running, 0)
		}
	})
}

// Frames from many goroutines come once each, those of one in their order.
func TestInbox_TakesFromManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		w := newTurns(1<<20, 1<<20, Lossless)
		close(w.gate)
		for g := range 4 {
			go func() {
				for i := range 200 {
					w.changes(fmt.Sprintf("%d %d", g, i))
				}
			}()
		}
		synctest.Wait()
		next := map[int]int{}
		for _, text := range w.got {
			var g, i int
			_, err := fmt.Sscanf(text, "%d %d", &g, &i)
			is.NoErr(err)
			is.Equal(i, next[g])
			next[g]++
		}
		is.Equal(len(w.got), 800)
	})
}

// given has trays change hands, each with a frame for each text.
func (w *turns) given(trays ...[]string) {
	for _, texts := range trays {
		t := w.trays.get()
		for _, text := range texts {
			t.put(arrival{kind: wire.TypeChange, lent: true, text: t.keep([]byte(text))})
		}
		w.frames(0, t, true)
	}
}

func TestInbox_TraysThatAreGivenStandInLineWithWhatIsCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		w := newTurns(10, 1000, Lossless)
		w.busy()
		w.given([]string{"a", "b"})
		w.changes("c")
		w.given([]string{"d"}, []string{"e", "f"})
		w.post(func() { w.note("run") })
		w.changes("g")
		close(w.gate)
		is.Equal(w.shown(), "[first a b c d e f run g]")
		is.Equal(w.count+w.size, 0)
	})
}

// A tray that does not fit as a whole is taken in as far as it does.
func TestInbox_OfATrayThatDoesNotFitTheRestIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		w := newTurns(3, 1000, Lossless)
		w.busy()
		w.given([]string{"a", "b"}, []string{"c", "d", "e"}, []string{"f"})
		close(w.gate)
		is.Equal(w.shown(), "[first a b c lost 3]")
	})
}

func TestInbox_OldChangesGoFromAnyTray(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		w := newTurns(3, 1000, DropOldest)
		w.busy()
		w.given([]string{"a", "b"}, []string{"c"}, []string{"d", "e", "f"}, []string{"g"})
		close(w.gate)
		is.Equal(w.shown(), "[first e f g]")
		is.Equal(w.drops, 4)
	})
}

// A turn that holds the inbox holds the trays behind its own, too.
func TestInbox_WhatIsHeldWaitsInEveryTray(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		w := newTurns(10, 1000, Lossless)
		turn := 0
		w.takes = func(n int) int {
			switch turn++; turn {
			case 2: // of a, b and c it takes a
				w.hold(true)
				return 1
			case 3: // of b and c both, and holds all the same
				w.hold(true)
			}
			return n
		}
		w.busy()
		w.given([]string{"a", "b", "c"}, []string{"d"})
		close(w.gate)
		is.Equal(w.shown(), "[first a]")
		w.changes("e")
		is.Equal(w.count, 4)
		w.hold(false)
		is.Equal(w.shown(), "[b c]")
		w.hold(false)
		is.Equal(w.shown(), "[d e]")
		is.Equal(w.count+w.size, 0)
	})
}
