package client

import (
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// Phase is how far the shared socket is.
type Phase uint8

// The phases. A client begins Idle; a live query or Connect begins a dial.
const (
	// Idle: no socket, and none wanted.
	Idle Phase = iota
	// Dialing: asking for a token, dialling, upgrading.
	Dialing
	// Authenticating: the socket is open; waiting for the server's auth_success.
	Authenticating
	// Resyncing: authenticated; live queries that ran on the socket before are taken
	// up again, State.Done of State.Of.
	Resyncing
	// Ready: authenticated; live queries run.
	Ready
	// Backoff: the socket was lost or could not be made, State.Cause says why; attempt
	// number State.Attempt begins after State.Delay. Connect hurries it.
	Backoff
	// Failed: the socket was lost or could not be made, and another attempt would not
	// help, or there were as many as are allowed; State.Cause says why. What lived on
	// it has ended. Connect and new live queries dial anew.
	Failed
	// Closed: Close was called; the last state.
	Closed
)

// String is the phase's name.
func (p Phase) String() string {
	switch p {
	case Idle:
		return "Idle"
	case Dialing:
		return "Dialing"
	case Authenticating:
		return "Authenticating"
	case Resyncing:
		return "Resyncing"
	case Ready:
		return "Ready"
	case Backoff:
		return "Backoff"
	case Failed:
		return "Failed"
	case Closed:
		return "Closed"
	}
	return fmt.Sprintf("Phase(%d)", uint8(p))
}

// State is the state of the shared socket at one time.
type State struct {
	Phase       Phase
	Since       time.Time
	Generation  uint64        // number of the dial, from 1; 0 before the first
	Cause       error         // why the last connection ended or could not be made; nil while Ready
	Attempt     int           // of this outage: the number of the next, or present, attempt to connect
	Delay       time.Duration // in Backoff: how long until then
	Done, Of    int           // while Resyncing: live queries taken up again, of how many
	User        string        // while connected: who the server says we are
	Role        string        // while connected: anonymous, user, service, dba or system
	Connects    uint64        // times it was authenticated
	Disconnects uint64        // times such a connection ended; while connected, Connects is one more
}

// String is one line for people; it holds no secret.
func (s State) String() string {
	switch s.Phase {
	case Ready:
		return fmt.Sprintf("Ready (%s, role %s)", s.User, s.Role)
	case Resyncing:
		return fmt.Sprintf("Resyncing (%d of %d)", s.Done, s.Of)
	case Backoff:
		return fmt.Sprintf("Backoff (attempt %d in %v): %v", s.Attempt, s.Delay.Round(time.Millisecond), s.Cause)
	case Failed:
		return fmt.Sprintf("Failed: %v", s.Cause)
	}
	return s.Phase.String()
}

// stateQueue is how many states wait for an observer before the oldest goes.
const stateQueue = 64

// State is the connection's state as a stream: the current one first, then every
// change of it. It completes after Closed. Observers have a goroutine of their
// own while they are behind; of one that is slow the oldest states but 64 are
// dropped and counted in its subscription's Dropped.
func (c *Client) State() rx.Observable[State] {
	return tracked(c, rx.Pipe1(c.states.Observable(), rx.ObserveOn[State](stateQueue, rx.DropOldest)))
}
