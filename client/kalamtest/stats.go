package kalamtest

import (
	"context"
	"sync"
)

// Stats are the counters of a Server, for tests to assert on. All but the two "Open" ones only grow. What a client has
// seen is counted.
type Stats struct {
	ConnectionsOpen   int // WebSocket connections alive now
	ConnectionsTotal  int // WebSocket upgrades ever answered with 101
	SubscriptionsOpen int // live subscriptions now
	Subscribes        int // subscribe messages that were handled, with or without success
	Unsubscribes      int // unsubscribe messages
	NextBatches       int // next_batch messages
	FramesReceived    int // text and binary messages of clients
	FramesSent        int // text and binary frames handed to sockets, errors and injected ones included
	Delivered         int // change frames among them
	Dropped           int // changes lost because a connection's queue was full
	BufferDropped     int // changes lost because a loading subscription's buffer was full
	FilterDropped     int // changes lost because the live filter could not evaluate its WHERE (protocol.md 3.4)
	FramesDropped     int // change frames that DropFrame took
	FramesDuplicated  int // change frames that DuplicateFrame sent twice
	FramesDelayed     int // change frames that DelayFrame held back
	FramesSwapped     int // change frames that SwapFrame held back
	FramesCorrupted   int // change frames that CorruptFrame spoilt
	LateUnsubscribes  int // unsubscribes that SlowUnsubscribe put off
	TurnedAway        int // TCP connections that RefuseConnections dropped
	Swallowed         int // credentials and subscribes that SwallowAuth and SwallowSubscribes left without an answer
	Slowed            int // upgrades, credentials and acknowledgements that were made to wait
	Restores          int // backups that Restore put back
	Rewinds           int // times that RewindSeq made sequence ids lower
	Replayed          int // changes sent from the log to subscriptions that resumed (from 0.7)
	CursorsExpired    int // subscribes answered with CURSOR_EXPIRED (from 0.7)
	Lapsed            int // subscriptions ended with CURSOR_EXPIRED because they lost a change (from 0.7)
	Stops             int // times the server went down: Stop, Kill, Restart of a running one, Close
	FragmentsIgnored  int // fragmented client frames thrown away, as the real server does
	Oversized         int // client frames over 64 KiB, each of which cost its connection
	Logins            int // successful logins
	LoginFailures     int // refused logins
	Refreshes         int // successful token refreshes
	AuthFailures      int // refused tokens, over HTTP and WebSocket
	RateLimited       int // requests and messages refused for their rate
	HTTPRequests      int // requests of any kind, hooks and upgrades included
	Queries           int // POST /v1/api/sql that reached the SQL engine
	Polls             int // polls of topics over HTTP that were answered, or whose answer was lost
	EmptyPolls        int // those among them that found nothing
	Records           int // records of topics that polls were given
	Redelivered       int // those among them that their group was given before
	Acks              int // acknowledgements of topics over HTTP
	TopicFaults       int // polls and acknowledgements that FaultTopics spoilt
	FilesStored       int // files of uploads whose statement succeeded
	FilesServed       int // downloads that were answered with a file
}

// tally holds the counters and wakes those who wait for them to change.
type tally[S any] struct {
	mu      sync.Mutex
	now     S
	changed chan struct{} // made by the first waiter, closed by the next change
}

func (t *tally[S]) add(change func(*S)) {
	t.mu.Lock()
	change(&t.now)
	wake := t.changed
	t.changed = nil
	t.mu.Unlock()
	if wake != nil {
		close(wake)
	}
}

func (t *tally[S]) snapshot() S {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

func (t *tally[S]) watch() (S, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.changed == nil {
		t.changed = make(chan struct{})
	}
	return t.now, t.changed
}

// Stats returns the counters as they stand.
func (s *Server) Stats() Stats { return s.tally.snapshot() }

// await waits until the counters satisfy ok, and returns those that it saw last.
func (t *tally[S]) await(ctx context.Context, done <-chan struct{}, ok func(S) bool) (S, error) {
	for {
		now, changed := t.watch()
		if ok(now) {
			return now, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return now, context.Cause(ctx)
		case <-done:
			return now, ErrClosed
		}
	}
}

// Await waits until the counters satisfy ok, or the context or the server ends: a test's way to wait without sleeping.
// It returns the counters that it saw last. ok is called on the caller's goroutine, without any lock held.
func (s *Server) Await(ctx context.Context, ok func(Stats) bool) (Stats, error) {
	return s.tally.await(ctx, s.done, ok)
}
