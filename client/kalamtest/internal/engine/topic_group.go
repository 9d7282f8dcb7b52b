package engine

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// none is the committed offset of a group that has acknowledged nothing.
const none = -1

// group is where a consumer group stands in a partition. What it committed is durable; cursor and claims are in memory on the real
// server, so that a restart forgets them.
type group struct {
	committed int64     // the highest offset that was acknowledged
	acked     time.Time // the last time
	started   bool      // the cursor counts
	cursor    int64     // what is handed out next, unless it is committed
	claims    []claim   // the oldest first
	seen      int64     // every offset below was handed out at some time: for counting only
}

// claim is a range of offsets, to exclusive, that was handed out.
type claim struct {
	from, to int64
	at       time.Time
}

func (p *partition) group(name string) *group {
	g := p.groups[name]
	if g == nil {
		g = &group{committed: none}
		p.groups[name] = g
	}
	return g
}

// begin gives the offset that a poll starts from: behind what is committed, and only without that as it was asked for.
func (g *group) begin(start wire.Start, end int64) int64 {
	if g.committed != none {
		return g.committed + 1
	}
	return startOf(start, end)
}

func startOf(start wire.Start, end int64) int64 {
	switch offset, ok := start.Offset(); {
	case ok:
		return offset
	case start.IsEarliest():
		return 0
	}
	return end
}

// claim hands out at most limit records. The first poll's begin makes the cursor, and later ones are ignored.
func (g *group) claim(p *partition, begin int64, limit int, now time.Time, visibility time.Duration) []wire.TopicMessage {
	if !g.started {
		g.started, g.cursor = true, begin
	}
	g.expire(now, visibility)
	records := p.from(max(g.cursor, g.committed+1), limit)
	if len(records) == 0 {
		return records
	}
	first, last := records[0].Offset, records[len(records)-1].Offset
	g.claims = append(g.claims, claim{first, last + 1, now})
	g.cursor = last + 1
	return records
}

// expire rewinds the cursor to the earliest claim whose time is over. Later claims that still hold stay, although what they hold is
// handed out again with the rest: whoever has it has not lost it, and there is no fencing.
func (g *group) expire(now time.Time, visibility time.Duration) {
	over := 0
	for over < len(g.claims) && now.Sub(g.claims[over].at) >= visibility {
		g.cursor = min(g.cursor, g.claims[over].from)
		over++
	}
	g.claims = g.claims[over:]
}

// deliver notes what a poll hands out and tells how much of it was handed out before.
func (g *group) deliver(records []wire.TopicMessage) (again int) {
	for _, r := range records {
		if r.Offset < g.seen {
			again++
		}
		g.seen = max(g.seen, r.Offset+1)
	}
	return again
}

// ack commits everything up to an offset; it never goes back. Whose records they were is not asked.
func (g *group) ack(upto int64, now time.Time) {
	g.acked = now
	upto = min(upto, math.MaxInt64-1) // so that there is an offset behind it
	g.committed = max(g.committed, upto)
	g.claims = slices.DeleteFunc(g.claims, func(c claim) bool { return c.to <= upto+1 })
}

// forget loses what a restart loses.
func (g *group) forget() { g.started, g.cursor, g.claims = false, 0, nil }

// held counts the records that are claimed and not committed.
func (g *group) held(now time.Time, visibility time.Duration) int64 {
	claims := slices.SortedFunc(slices.Values(g.claims), func(a, b claim) int { return cmp.Compare(a.from, b.from) })
	n, counted := int64(0), g.committed+1
	for _, c := range claims {
		if now.Sub(c.at) >= visibility || c.to <= counted {
			continue
		}
		n += c.to - max(c.from, counted)
		counted = c.to
	}
	return n
}
