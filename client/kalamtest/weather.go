package kalamtest

import "time"

// weather is what is wrong with a link. It is never changed, only replaced; the zero value is a healthy link.
type weather struct {
	refuse          bool
	slice           bool
	hole, stall     Direction
	latency, jitter time.Duration
	bandwidth       int
	slowAccept      time.Duration
}

// fair reports whether bytes of a direction go straight through.
func (w *weather) fair(d Direction) bool {
	return !w.slice && !w.hole.has(d) && !w.queues(d)
}

// queues reports whether bytes of a direction have to wait on the way.
func (w *weather) queues(d Direction) bool {
	return w.stall.has(d) || w.latency > 0 || w.jitter > 0 || w.bandwidth > 0
}

// open reports whether the end of a connection can be seen through it.
func (w *weather) open(d Direction) bool { return !w.hole.has(d) && !w.stall.has(d) }

// piece tells how many of n bytes travel together: with a bandwidth what it takes in a tenth of a second.
func (w *weather) piece(n int) int {
	if w.bandwidth > 0 {
		n = min(n, max(1, w.bandwidth/10))
	}
	return n
}

// change replaces the weather and wakes everybody who waits because of it.
func (l *Link) change(f func(*weather)) {
	l.mu.Lock()
	next := *l.sky.Load()
	f(&next)
	l.sky.Store(&next)
	close(l.changed)
	l.changed = make(chan struct{})
	stranded := l.stranded
	if !next.hole.has(Up) {
		l.stranded = nil
	} else {
		stranded = nil
	}
	conns := l.all()
	l.mu.Unlock()
	for _, c := range conns {
		c.up.wake()
		c.down.wake()
	}
	for _, c := range stranded {
		cut(c.Conn)
	}
}

// Refuse makes every new dial fail at once with syscall.ECONNREFUSED. Open connections stay.
func (l *Link) Refuse(on bool) { l.change(func(w *weather) { w.refuse = on }) }

// BlackHole makes bytes vanish, those that say that a connection was closed included, while the connections stay; a
// dial waits until it is over. What was on its way before still arrives. A hole that ends while a connection is open
// leaves a gap in its bytes, which TCP would have filled: whole frames are missing without a word, or what comes is none.
func (l *Link) BlackHole(d Direction) { l.change(func(w *weather) { w.hole = d }) }

// Stall stops the bytes of a direction. Nothing is lost: up to 64 KiB a connection and direction wait on the link, then
// the writer does, and when it is over all go on.
func (l *Link) Stall(d Direction) { l.change(func(w *weather) { w.stall = d }) }

// Latency makes every byte take base, and at random up to jitter more, in each direction. Bytes never overtake each
// other. Negative figures are 0, which is none.
func (l *Link) Latency(base, jitter time.Duration) {
	l.change(func(w *weather) { w.latency, w.jitter = max(0, base), max(0, jitter) })
}

// Bandwidth lets bytesPerSecond through in each direction of each connection. 0 and less is no limit.
func (l *Link) Bandwidth(bytesPerSecond int) {
	l.change(func(w *weather) { w.bandwidth = max(0, bytesPerSecond) })
}

// Slice hands bytes over one by one, in both directions.
func (l *Link) Slice(on bool) { l.change(func(w *weather) { w.slice = on }) }

// SlowAccept makes a dial take d longer. 0 and less is off.
func (l *Link) SlowAccept(d time.Duration) { l.change(func(w *weather) { w.slowAccept = max(0, d) }) }

// Calm turns all of this off. Connections that were cut or half closed are not mended; a ResetAfter that was not
// reached is taken back.
func (l *Link) Calm() {
	l.change(func(w *weather) { *w = weather{} })
	for _, c := range l.conns() {
		c.up.allow(unlimited)
		c.down.allow(unlimited)
	}
}

// Cut ends every open connection at both ends, with a reset, and tells how many there were.
func (l *Link) Cut() int {
	return l.each(func(c *linkConn) { c.reset() }, func(n *LinkStats, done int) { n.Cut += done })
}

// ResetAfter ends each connection that is open now after n more bytes in one of the directions, in the middle of a
// frame if it happens so, and tells how many connections that were. With n below 1 it is Cut.
func (l *Link) ResetAfter(d Direction, n int) int {
	if n < 1 {
		return l.Cut()
	}
	return l.each(func(c *linkConn) {
		if d.has(Up) {
			c.up.allow(n)
		}
		if d.has(Down) {
			c.down.allow(n)
		}
	}, nil)
}

// HalfClose ends one direction of every open connection, as a peer does that has nothing more to say: the reader gets
// io.EOF, a writer upwards syscall.EPIPE; the other direction lives on. It tells how many connections there were.
func (l *Link) HalfClose(d Direction) int {
	return l.each(func(c *linkConn) { c.halfClose(d) }, func(n *LinkStats, done int) { n.HalfClosed += done })
}

func (l *Link) each(do func(*linkConn), tell func(n *LinkStats, done int)) int {
	conns := l.conns()
	for _, c := range conns {
		do(c)
	}
	if tell != nil && len(conns) > 0 {
		l.tally.add(func(n *LinkStats) { tell(n, len(conns)) })
	}
	return len(conns)
}
