package client

import (
	"context"
	"fmt"
	"sync"

	"github.com/kalamdb/kalamrx/rx"
)

// CheckpointStore keeps checkpoints under names, for [WithCheckpoints]: a file, a row
// of a database, what the application has. Its methods may be called by several
// goroutines at once; they return when ctx ends.
type CheckpointStore interface {
	// Load gives the checkpoint that was saved last under a name, or the zero
	// Checkpoint if there is none. What is there and cannot be read is an error.
	Load(ctx context.Context, name string) (Checkpoint, error)
	// Save has a checkpoint take the place of the one before it. When it returns nil
	// the checkpoint outlives the process; when it does not, either may be there.
	Save(ctx context.Context, name string, c Checkpoint) error
}

// WithCheckpoints has Changes go on, at every Subscribe, from the checkpoint that the
// store has under a name, as FromCheckpoint says, and [Change.Ack] save there.
// Without one the stream begins with the snapshot, and so it does until a Loaded has
// been acknowledged. What was told and not acknowledged is told again: at least once.
// A sink that must have it exactly once saves [Change.Checkpoint] in the transaction of
// its rows, and begins with FromCheckpoint.
//
// One stream at a time may use a name. A checkpoint of another user, SQL text or
// schema, one too old, and a damaged one end the stream with ErrCheckpoint; other
// errors of Load end it, too. It goes with Audited streams only, and with no rule of
// OnOverflow that drops rows, which an acknowledgement would pass over.
func WithCheckpoints(store CheckpointStore, name string) LiveOption {
	return func(o *liveOptions) error {
		if store == nil || name == "" {
			return fmt.Errorf("%w: WithCheckpoints: no store, or no name", ErrConfig)
		}
		o.acks = &acks{store: store, name: name, turn: make(chan struct{}, 1)}
		return nil
	}
}

// checkAcks says what WithCheckpoints does not go with.
func (o *liveOptions) checkAcks() error {
	switch {
	case o.acks == nil:
		return nil
	case o.from != nil:
		return fmt.Errorf("%w: WithCheckpoints and FromCheckpoint say where to begin; one may", ErrConfig)
	case o.liveOnly || o.lastRows > 0:
		return fmt.Errorf("%w: WithCheckpoints goes with neither LiveOnly nor LastRows", ErrConfig)
	case o.exactness != Audited || o.resume == FastResume:
		return fmt.Errorf("%w: WithCheckpoints needs audits, which OnGap, PushOnly and FastResume are without", ErrConfig)
	case o.overflow == Latest || o.overflow == DropOldest:
		return fmt.Errorf("%w: WithCheckpoints: OnOverflow(%v) drops rows, and acknowledgements would pass over them", ErrConfig, o.overflow)
	}
	return nil
}

// acks is where the acknowledgements of one stream go. They are saved one at a time,
// by whoever has put the one value into turn; saved is theirs.
type acks struct {
	store CheckpointStore
	name  string
	turn  chan struct{}
	saved int // the place that was saved last
}

// restore loads the checkpoint and has the stream begin there.
func (a *acks) restore(c *Client, up *rx.Segment, to watching, begin func(Checkpoint)) {
	ctx, stop := context.WithCancel(up.Context())
	release := context.AfterFunc(c.life, stop)
	up.Add(stop)
	c.alive.add()
	go func() { // owner: the stream; ends when the store has answered, for which it has until ctx ends
		defer c.alive.remove()
		defer release()
		up.Turn(to.fail, func() {
			from, err := a.store.Load(ctx, a.name)
			switch {
			case up.Closed():
			case err == nil:
				begin(from)
			case c.life.Err() != nil:
				up.Close()
				to.end()
			default:
				up.Close()
				to.fail(fmt.Errorf("kalam: checkpoint %q: %w", a.name, err))
			}
		})
	}()
}

// ack saves the checkpoint of a point, unless one of a later point is.
func (p point) ack(ctx context.Context) error {
	if p.trail == nil || p.trail.acks == nil {
		return fmt.Errorf("%w: Ack: the stream has no WithCheckpoints", ErrConfig)
	}
	if p.n == early {
		return nil
	}
	a := p.trail.acks
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if p.place() <= a.saved {
		return nil
	}
	if err := a.store.Save(ctx, a.name, p.checkpoint()); err != nil {
		return fmt.Errorf("kalam: checkpoint %q: %w", a.name, err)
	}
	a.saved = p.place()
	return nil
}

// MemoryCheckpoints is a store that forgets when the process ends: for tests. The
// zero value is ready.
type MemoryCheckpoints struct {
	mu     sync.Mutex // leaf lock
	byName map[string]Checkpoint
}

// Load gives the checkpoint of a name, or the zero one.
func (m *MemoryCheckpoints) Load(ctx context.Context, name string) (Checkpoint, error) {
	if ctx.Err() != nil {
		return Checkpoint{}, context.Cause(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.byName[name], nil
}

// Save keeps the checkpoint of a name.
func (m *MemoryCheckpoints) Save(ctx context.Context, name string, c Checkpoint) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byName == nil {
		m.byName = map[string]Checkpoint{}
	}
	m.byName[name] = c
	return nil
}
