package client

import "time"

// mayRest begins to count, if nobody uses the socket, the time after which it is closed.
func (o *owner) mayRest() {
	o.stopResting()
	if o.c.cfg.idle == 0 || o.wanted() || !o.up() {
		return
	}
	l := o.link
	var t *time.Timer
	t = time.AfterFunc(o.c.cfg.idle, func() {
		o.post(func() {
			if o.unused == t && o.link == l && o.up() && !o.wanted() {
				o.putAway(l)
			}
		})
	})
	o.unused = t
}

// stopResting ends that.
func (o *owner) stopResting() {
	if o.unused != nil {
		o.unused.Stop()
		o.unused = nil
	}
}

// putAway closes a socket that nobody uses, by handshake. Who comes meanwhile waits for its
// end, which dials again for them.
func (o *owner) putAway(l *link) {
	o.ready.Store(false)
	l.closing = true
	l.shut(true)
}
