package client

import (
	"context"
	"slices"
	"time"
)

// commitGrace is how long the end of a worker waits for the last commit.
const commitGrace = 2 * time.Second

// note notes the stream of a record, which has to be under ManualAck. It is called by the
// stream, one record at a time.
func (w *Worker[T]) note(r Record[T]) {
	l := r.hand.ledger
	if l == nil || l.stream == nil {
		return
	}
	if !l.stream.opts.manual {
		l.end() // or the stream would acknowledge what is not done
		w.halt(badWork("Work: %v is acknowledged by the stream; Consume needs ManualAck", r))
		return
	}
	known := w.streams.Load()
	if known != nil && slices.Contains(*known, l.stream) {
		return
	}
	streams := []*consumer{l.stream}
	if known != nil {
		streams = append(streams, slices.DeleteFunc(slices.Clone(*known), (*consumer).isGone)...)
	}
	w.streams.Store(&streams)
}

// commit has what is acknowledged be committed, and waits for it for a moment. While the
// stream runs it asks no more than that of it: the stream's own end would wait for records
// that are let go, under Drain.
func (w *Worker[T]) commit(ctx context.Context) {
	streams := w.streams.Load()
	if streams == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, commitGrace)
	defer cancel()
	for _, k := range *streams {
		err := k.commitNow(ctx)
		for err != nil && mayPass(ctx, err) && sleep(ctx, 50*time.Millisecond) {
			err = k.commitNow(ctx)
		}
	}
}
