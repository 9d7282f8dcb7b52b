package client

import (
	"context"
	"time"
)

// The end of a stream of records.

// finish waits for what is still to be acknowledged, if that is wanted, and commits for
// the last time.
func (w *keeper) finish() {
	k := w.k
	w.draining.Store(true)
	w.drain()
	ctx, cancel := context.WithTimeout(last(context.WithoutCancel(k.ctx)), lastWait)
	defer cancel()
	err := w.commit(ctx)
	for err != nil && mayPass(ctx, err) && sleep(ctx, 50*time.Millisecond) {
		err = w.commit(ctx)
	}
	for _, l := range k.all() {
		l.ledger.end()
	}
	for _, answer := range w.takeAsked() {
		answer <- err
	}
	if err != nil {
		k.c.report(err)
	}
	k.c.consumers.remove(k)
	close(k.gone)
}

// drain waits for the observer to return, and, under Drain, for what it holds to be
// acknowledged.
func (w *keeper) drain() {
	k := w.k
	wait := time.NewTimer(max(lastWait, k.opts.drain))
	defer wait.Stop()
	told, closing := k.told, k.closing
	for k.opts.drain > 0 && w.holds() || told != nil {
		select {
		case <-told:
			told = nil
		case <-w.nudge:
		case <-closing:
			closing = nil
			wait.Reset(lastWait)
		case <-wait.C:
			return
		}
	}
}

func (w *keeper) holds() bool {
	held := 0
	for _, l := range w.k.all() {
		l.ledger.look(func(t *tracker) { held += t.held })
	}
	return held > 0
}

// lastKey marks the requests that outlive the client's Close by a moment.
type lastKey struct{}

// last is ctx for what is to be done although the client closes.
func last(ctx context.Context) context.Context { return context.WithValue(ctx, lastKey{}, true) }

func isLast(ctx context.Context) bool { return ctx.Value(lastKey{}) != nil }
