package client

import (
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// overlap is after how long versions are read a second time: writers that commit at
// the same time may become visible in another order than that of their versions. It
// has not been seen to happen in 281 polls against eight writers; five seconds are
// caution. So every audit reads what is behind the newest version that was read, and
// then, once more, what was read an overlap ago: each change is read twice.
const overlap = 5 * time.Second

// marks are versions up to which everything is known that could be seen at some
// time: those of the last few seconds, and one that is older.
type marks struct {
	list    []mark
	settled wire.Seq // up to it everything has been read twice
	top     wire.Seq // the newest version of all
	last    time.Time
}

type mark struct {
	at  time.Time
	seq wire.Seq
}

// reset begins anew from a version that was read at a time.
func (m *marks) reset(at time.Time, seq wire.Seq) {
	m.list = append(m.list[:0], mark{at, seq})
	m.settled = seq
}

// add says that at a time everything up to a version was known.
func (m *marks) add(at time.Time, seq wire.Seq) {
	if n := len(m.list); n > 0 && !m.list[n-1].seq.Less(seq) {
		return // the earlier mark says more
	}
	m.list = append(m.list, mark{at, seq})
}

// settle says that everything up to a version was read for the second time.
func (m *marks) settle(seq wire.Seq) {
	if m.settled.Less(seq) {
		m.settled = seq
	}
}

// saw is told of every version.
func (m *marks) saw(seq wire.Seq) {
	if m.top.Less(seq) {
		m.top = seq
	}
}

// pass takes what was seen for all there is, once a second, where nothing else
// tells.
func (m *marks) pass(now time.Time) {
	if now.Sub(m.last) >= time.Second && !m.top.IsZero() {
		m.last = now
		m.add(now, m.top)
	}
}

// tight is the newest version up to which everything is known.
func (m *marks) tight() wire.Seq {
	if len(m.list) == 0 {
		return wire.Seq{}
	}
	return m.list[len(m.list)-1].seq
}

// aged is the newest version that was known an overlap ago, else the oldest there
// is.
func (m *marks) aged(now time.Time) wire.Seq {
	keep := 0
	for i, one := range m.list {
		if now.Sub(one.at) >= overlap {
			keep = i
		}
	}
	m.list = append(m.list[:0], m.list[keep:]...)
	if len(m.list) == 0 {
		return wire.Seq{}
	}
	return m.list[0].seq
}
