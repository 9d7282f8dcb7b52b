package client

import (
	"context"
	"time"
)

// lastGrace is how long handlers have to return once their context ended.
const lastGrace = time.Second

// drain waits for the handlers that run, and ends their context when their time is over.
func (w *Worker[T]) drain(cut context.CancelCauseFunc) error {
	wait := time.NewTimer(w.o.drain)
	defer wait.Stop()
	select {
	case <-w.idle:
		return nil
	case <-wait.C:
	}
	err := &DrainError{Cut: int(w.counts.running.Load()), After: w.o.drain}
	cut(ErrDrain)
	wait.Reset(lastGrace)
	select {
	case <-w.idle:
	case <-wait.C:
		err.Running = int(w.counts.running.Load())
	}
	return err
}
