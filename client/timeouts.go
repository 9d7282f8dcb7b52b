package client

import (
	"cmp"
	"fmt"
	"time"
)

// Timeouts is how long each step may take, all in one value, see WithTimeouts. Begin with
// DefaultTimeouts, FastTimeouts or RelaxedTimeouts and change what should differ: but for
// Idle, a time that is 0 or negative is refused. Behind each stands the option that sets
// it alone.
type Timeouts struct {
	// Connect bounds one dial, with the upgrade: WithConnectTimeout.
	Connect time.Duration
	// Receive bounds one HTTP call with all its retries, until its answer has been
	// received, and the wait for a token before a dial: WithTimeout. On the socket, where
	// nobody waits for one answer, silence is what is bounded, see Pong.
	Receive time.Duration
	// Send bounds one write to the socket: WithSendTimeout.
	Send time.Duration
	// Subscribe bounds the wait for the acknowledgement of a live query:
	// WithSubscribeTimeout.
	Subscribe time.Duration
	// Auth bounds the wait for auth_success on an open socket: WithAuthTimeout.
	Auth time.Duration
	// InitialData bounds the wait for each page of a snapshot: WithInitialDataTimeout.
	InitialData time.Duration
	// Idle is how long a socket that nobody uses is kept: WithIdleTimeout. 0 is for ever.
	Idle time.Duration
	// Keepalive is the interval of pings: WithKeepalive. At most 9 s.
	Keepalive time.Duration
	// Pong is how long the server may leave a ping unanswered: a socket is dead on which not
	// a byte came for Keepalive and Pong together. WithPeerTimeout sets that sum.
	Pong time.Duration
}

// DefaultTimeouts are those of a client without options. They are the Rust SDK's, but for
// the keepalive and the pong, which there are 10 s and 5 s: at 10 s of silence the server
// closes the socket.
func DefaultTimeouts() Timeouts {
	return Timeouts{
		Connect: 10 * time.Second, Receive: 30 * time.Second, Send: 10 * time.Second, Subscribe: 5 * time.Second,
		Auth: 5 * time.Second, InitialData: 30 * time.Second, Keepalive: 4 * time.Second, Pong: 6 * time.Second,
	}
}

// FastTimeouts give up early: for a server on the same network. They are the Rust SDK's
// preset but for the keepalive, which there is 15 s, more than the server allows.
func FastTimeouts() Timeouts {
	return Timeouts{
		Connect: 2 * time.Second, Receive: 5 * time.Second, Send: 2 * time.Second, Subscribe: 2 * time.Second,
		Auth: 2 * time.Second, InitialData: 10 * time.Second, Keepalive: 2 * time.Second, Pong: 5 * time.Second,
	}
}

// RelaxedTimeouts are patient: for slow networks and mobile ones. They are the Rust SDK's
// preset but for the keepalive, which there is 30 s, more than the server allows.
func RelaxedTimeouts() Timeouts {
	return Timeouts{
		Connect: 30 * time.Second, Receive: 120 * time.Second, Send: 30 * time.Second, Subscribe: 15 * time.Second,
		Auth: 15 * time.Second, InitialData: 120 * time.Second, Keepalive: 8 * time.Second, Pong: 10 * time.Second,
	}
}

// timing is what the options say of times, before it is settled.
type timing struct {
	group  Timeouts      // the defaults, or of WithTimeouts
	single Timeouts      // of the options for one; 0 where there is none
	peer   time.Duration // of WithPeerTimeout
	before time.Duration // of one in a layer before, unless a group came since
	awake  bool          // WithIdleTimeout says 0
}

// WithTimeouts sets all times at once. An option for one of them holds against it,
// wherever the two stand.
func WithTimeouts(t Timeouts) Option {
	return func(c *config) error {
		if err := t.check(); err != nil {
			return err
		}
		c.timing.group, c.timing.before = t, 0
		return nil
	}
}

func (t Timeouts) check() error {
	for _, one := range []struct {
		name string
		d    time.Duration
	}{
		{"Connect", t.Connect}, {"Receive", t.Receive}, {"Send", t.Send}, {"Subscribe", t.Subscribe}, {"Auth", t.Auth},
		{"InitialData", t.InitialData}, {"Keepalive", t.Keepalive}, {"Pong", t.Pong},
	} {
		if one.d <= 0 {
			return fmt.Errorf("%w: WithTimeouts: %s: %v is not positive", ErrConfig, one.name, one.d)
		}
	}
	if t.Idle < 0 {
		return fmt.Errorf("%w: WithTimeouts: Idle: %v is negative", ErrConfig, t.Idle)
	}
	if t.Keepalive > maxKeepalive {
		return fmt.Errorf("%w: WithTimeouts: Keepalive: %v is more than %v", ErrConfig, t.Keepalive, maxKeepalive)
	}
	return nil
}

// WithSendTimeout bounds one write to the socket, which waits where the server does not
// read. A socket that takes longer is given up, with a *TimeoutError, and dialled again.
// Default 10 s.
func WithSendTimeout(d time.Duration) Option {
	return duration("WithSendTimeout", d, func(c *config) { c.timing.single.Send = d })
}

// WithIdleTimeout is how long a socket is kept that nobody uses: that has no live query,
// and that Connect does not hold open. It is then closed by handshake, the state is Idle,
// and the next live query dials again. Default 0, which is for ever.
func WithIdleTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return fmt.Errorf("%w: WithIdleTimeout: %v is negative", ErrConfig, d)
		}
		c.timing.single.Idle, c.timing.awake = d, d == 0
		return nil
	}
}

// fold has what one layer of options says be what the next one changes: an option for one
// time holds against the group, whichever came first.
func (t *timing) fold() {
	all, one := t.group, t.single
	all.Connect = cmp.Or(one.Connect, all.Connect)
	all.Receive = cmp.Or(one.Receive, all.Receive)
	all.Send = cmp.Or(one.Send, all.Send)
	all.Subscribe = cmp.Or(one.Subscribe, all.Subscribe)
	all.Auth = cmp.Or(one.Auth, all.Auth)
	all.InitialData = cmp.Or(one.InitialData, all.InitialData)
	all.Keepalive = cmp.Or(one.Keepalive, all.Keepalive)
	all.Idle = cmp.Or(one.Idle, all.Idle)
	if t.awake {
		all.Idle = 0
	}
	*t = timing{group: all, before: cmp.Or(t.peer, t.before)}
}

// settle gives the client the times that were folded.
func (c *config) settle() error {
	all := c.timing.group
	c.connect, c.timeout, c.sendWait, c.subscribe = all.Connect, all.Receive, all.Send, all.Subscribe
	c.authWait, c.initialData, c.idle, c.keepalive = all.Auth, all.InitialData, all.Idle, all.Keepalive
	c.peer = cmp.Or(c.timing.before, all.Keepalive+all.Pong)
	if c.peer <= c.keepalive {
		return fmt.Errorf("%w: WithPeerTimeout: %v is not longer than the keepalive interval %v", ErrConfig, c.peer, c.keepalive)
	}
	return nil
}
