package client

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sethvargo/go-retry"
)

// reconnection is how a lost socket is replaced.
type reconnection struct {
	off       bool
	base, cap time.Duration // of the backoff
	attempts  int           // in a row; 0 for any number
	immediate bool          // the first attempt does not wait
}

// stableAfter is how long a connection has to live to be one that works: only then
// does the next outage begin with short delays again.
const stableAfter = 10 * time.Second

// outage is a time without a connection that works: the delays between attempts,
// and their number.
type outage struct {
	steps   retry.Backoff // base, twice that, … cap
	attempt int
}

func (r reconnection) begin() *outage {
	return &outage{steps: retry.WithCappedDuration(r.cap, retry.NewExponential(r.base))}
}

// next is the delay before the next attempt. Full jitter, any time up to the step,
// spreads the clients of a server that was away (Brooker, "Exponential Backoff And
// Jitter", AWS 2015). A server that accepts and soon drops is not away: then the
// delay is the upper half of the step, which still spreads and dials less often.
func (o *outage) next(r reconnection, flapping bool) time.Duration {
	o.attempt++
	if o.attempt == 1 && r.immediate && !flapping {
		return 0
	}
	step, _ := o.steps.Next()
	if flapping {
		return step/2 + rand.N(step/2+1)
	}
	return rand.N(step + 1)
}

// retire says what becomes of the client after its link ended by itself: it waits
// and dials again, or has failed, or nobody wants a connection any more.
func (o *owner) retire(l *link, err error) {
	r := o.c.cfg.reconnect
	life := time.Duration(0)
	if !l.since.IsZero() {
		life = time.Since(l.since)
	}
	if o.outage == nil || life >= stableAfter {
		o.outage = r.begin()
	}
	switch {
	case r.off || o.isFatal(l, err):
		o.failed(err)
	case !o.wanted():
		o.publish(func(s *State) { s.Phase, s.Cause = Idle, err })
	case r.attempts > 0 && o.outage.attempt >= r.attempts:
		o.failed(fmt.Errorf("kalam: gave up after %d attempts: %w", o.outage.attempt, err))
	default:
		o.backOff(err, o.outage.next(r, !l.since.IsZero() && life < stableAfter))
	}
}

// wanted says whether there is anybody to have a connection for.
func (o *owner) wanted() bool { return o.held || len(o.lives) > 0 || len(o.waiting) > 0 }

// backOff waits for the next attempt.
func (o *owner) backOff(cause error, delay time.Duration) {
	o.publish(func(s *State) {
		s.Phase, s.Cause, s.Attempt, s.Delay = Backoff, cause, o.outage.attempt, delay
	})
	var t *time.Timer
	t = time.AfterFunc(delay, func() {
		o.post(func() {
			if o.redial == t {
				o.dial()
			}
		})
	})
	o.redial = t
}

// rest ends the wait for the next attempt, if there is one.
func (o *owner) rest() {
	if o.redial != nil {
		o.redial.Stop()
		o.redial = nil
	}
}

// failed is the end of all that depends on the socket; Connect and new live queries
// begin anew.
func (o *owner) failed(err error) {
	o.outage = nil
	o.publish(func(s *State) { s.Phase, s.Cause = Failed, err })
	o.fail(err)
}
