package auth

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// MemoryStore is a [Store] that lasts as long as the process: for tests, and for sources that share a login. It may be
// used from any goroutine. Nothing printed of it shows more than that it is one.
type MemoryStore struct {
	label
	mu   sync.Mutex
	kept map[Key]*Grant // by pointer, as fmt shows the fields of a field
}

// NewMemoryStore makes an empty one.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{label: label{"memory store"}, kept: map[Key]*Grant{}}
}

// Get gives what was put last, or [ErrNotStored].
func (s *MemoryStore) Get(ctx context.Context, key Key) (Grant, error) {
	if err := ready(ctx, key); err != nil {
		return Grant{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.kept[key]
	if !ok {
		return Grant{}, ErrNotStored
	}
	return *g, nil
}

// Put replaces what is there. A key without server or user is [ErrConfig].
func (s *MemoryStore) Put(ctx context.Context, key Key, grant Grant) error {
	if err := ready(ctx, key); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[key] = &grant
	return nil
}

// Delete removes what is there.
func (s *MemoryStore) Delete(ctx context.Context, key Key) error {
	if err := ready(ctx, key); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, key)
	return nil
}

// List gives the keys of all that is there, sorted by server and user.
func (s *MemoryStore) List(ctx context.Context) ([]Key, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Keys(s.kept), compareKeys), nil
}

// ready says why a store cannot be asked.
func ready(ctx context.Context, key Key) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return key.check()
}
