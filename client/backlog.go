package client

// backlog is what waits for one observer of a live query: deltas in order, and,
// where the rule says so, the newest of each row behind them. It is not safe for
// use by several goroutines.
type backlog struct {
	rule  Overflow
	quiet bool // conflating under Lossless is no gap: of views, which are whole
	count int  // at most so many rows wait
	bytes int  // of at most such a size

	deltas []delta
	size   int

	conflating bool           // what comes is conflated until all has been taken
	rows       map[Key]*delta // behind deltas
	order      []Key          // of rows, by the first change; may name rows that are no more
	after      []delta        // what is no row, behind rows

	dropped uint64 // rows left out since the last take
	lagging bool   // conflating under Lossless, which had no room
	lagged  uint64 // rows that came since
}

func newBacklog(rule Overflow, quiet bool, count, bytes int) backlog {
	if rule == Latest {
		count = 1
	}
	return backlog{rule: rule, quiet: quiet, count: count, bytes: bytes, conflating: rule == Conflate}
}

// fresh is an empty one with the same rule and bounds.
func (b *backlog) fresh() backlog { return newBacklog(b.rule, b.quiet, b.count, b.bytes) }

// putBack has deltas that were taken wait again, before all else.
func (b *backlog) putBack(deltas []delta) {
	for i := range deltas {
		if deltas[i].kind == rowDelta {
			b.size += deltas[i].size()
		}
	}
	b.deltas = append(deltas, b.deltas...)
}

func (b *backlog) empty() bool { return len(b.deltas) == 0 && len(b.rows) == 0 && len(b.after) == 0 }

// full says whether d has no room. What is no row always has: there are few.
func (b *backlog) full(d *delta) bool {
	return d.kind == rowDelta && !b.conflating && len(b.deltas) > 0 &&
		(len(b.deltas) >= b.count || b.size+d.size() > b.bytes)
}

// add takes d in. It is false where there is no room and the rule is Fail.
func (b *backlog) add(d delta) bool {
	switch {
	case b.conflating && d.kind != startDelta:
		b.fold(d)
		return true
	case !b.full(&d):
		b.push(d)
		return true
	}
	switch b.rule {
	case Fail:
		return false
	case Latest, DropOldest:
		for b.full(&d) && b.dropOldest() {
		}
		b.push(d)
	default: // Lossless; under Block there is room
		b.conflating, b.lagging = true, true
		b.fold(d)
	}
	return true
}

func (b *backlog) push(d delta) {
	if d.kind != rowDelta {
		b.deltas = appendSign(b.deltas, d)
		return
	}
	b.deltas = append(b.deltas, d)
	b.size += d.size()
}

// appendSign appends what is no row. Where no row lies between, the newest mark says
// all that marks do, and so does the newest of the gaps and their ends; but an end
// stays behind its gap, and before it, so that both are told.
func appendSign(list []delta, d delta) []delta {
	first := len(list)
	for first > 0 && list[first-1].kind != rowDelta && list[first-1].kind != startDelta {
		first--
	}
	kept := list[:first]
	for _, old := range list[first:] {
		if old.kind != d.kind || old.lag != d.lag {
			kept = append(kept, old)
		}
	}
	return append(kept, d)
}

// dropOldest drops the row that waited longest, and says whether there was one.
func (b *backlog) dropOldest() bool {
	for i := range b.deltas {
		if b.deltas[i].kind != rowDelta {
			continue
		}
		b.size -= b.deltas[i].size()
		b.dropped++
		b.deltas = append(b.deltas[:i], b.deltas[i+1:]...)
		return true
	}
	return false
}

// fold conflates d with what waits of its row.
func (b *backlog) fold(d delta) {
	if d.kind != rowDelta {
		b.after = appendSign(b.after, d)
		return
	}
	if b.lagging {
		b.lagged++
	}
	old := b.rows[d.key]
	if old == nil {
		b.begin(d)
		return
	}
	n := uint64(1)
	if !old.merge(&d) {
		delete(b.rows, d.key) // its place in order finds nothing then
		n = 2
	}
	b.dropped += n
}

// begin takes in the first change of a row.
func (b *backlog) begin(d delta) {
	if b.rows == nil {
		b.rows = map[Key]*delta{}
	}
	if len(b.order) > 2*len(b.rows)+64 { // rows that come and go leave places behind
		b.compact()
	}
	b.rows[d.key] = &d
	b.order = append(b.order, d.key)
}

// compact takes places out of order that are nobody's, or not the last of theirs.
func (b *backlog) compact() {
	seen := make(map[Key]bool, len(b.rows))
	kept := b.order[:0]
	for _, key := range b.order {
		if b.rows[key] != nil && !seen[key] {
			seen[key] = true
			kept = append(kept, key)
		}
	}
	b.order = kept
}

// take gives all that waits, in order, and how many rows were left out.
func (b *backlog) take() (deltas []delta, dropped uint64) {
	deltas, dropped = b.deltas, b.dropped
	b.deltas, b.size, b.dropped = nil, 0, 0
	if !b.conflating {
		return deltas, dropped
	}
	tell := b.lagging && !b.quiet
	if tell {
		deltas = append(deltas, delta{kind: gapDelta, lag: true, cause: &LagError{Missed: b.lagged}})
	}
	for _, key := range b.order {
		if d := b.rows[key]; d != nil {
			if b.lagging {
				d.origin = Recovered
			}
			deltas = append(deltas, *d)
			delete(b.rows, key)
		}
	}
	if tell {
		deltas = append(deltas, delta{kind: syncDelta, lag: true})
	}
	deltas = append(deltas, b.after...)
	b.order, b.after, b.lagging, b.lagged = nil, nil, false, 0
	b.conflating = b.rule == Conflate
	return deltas, dropped
}
