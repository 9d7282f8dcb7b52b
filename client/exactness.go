package client

import "fmt"

// Exactness says what a live stream does about what the server's push loses.
type Exactness uint8

const (
	// Audited: what was pushed is compared with the table, over HTTP, after bursts,
	// when it gets quiet, after every gap and reconnect, and slowly while idle. What
	// was lost is emitted as recovered changes. The default of Live and Changes.
	Audited Exactness = iota
	// OnGap: only after a gap or reconnect. What the server drops without a word
	// stays unknown until then.
	OnGap
	// PushOnly: never; the stream is what the server pushes. LiveEvents is always so.
	PushOnly
)

// String is the name.
func (e Exactness) String() string {
	switch e {
	case Audited:
		return "Audited"
	case OnGap:
		return "OnGap"
	case PushOnly:
		return "PushOnly"
	}
	return fmt.Sprintf("Exactness(%d)", uint8(e))
}

// Resumption says how a live stream goes on after its socket was lost.
type Resumption uint8

const (
	// ExactResume: by an audit, or by a fresh snapshot and its difference. Everything
	// that happened meanwhile is emitted, deletions included. The default.
	ExactResume Resumption = iota
	// FastResume: by the server's own resume, which needs no query over HTTP. A server
	// before 0.7 then sends the rows that are new or changed, and says nothing of rows
	// that were deleted or left the filter: they stay, the views are Stale, and the Gap
	// remains open. A server that replays its changes, 0.7 and later, leaves no gap.
	FastResume
)

// String is the name.
func (r Resumption) String() string {
	switch r {
	case ExactResume:
		return "ExactResume"
	case FastResume:
		return "FastResume"
	}
	return fmt.Sprintf("Resumption(%d)", uint8(r))
}
