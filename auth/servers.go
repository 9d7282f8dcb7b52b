package auth

import (
	"context"
	"sync"
)

// servers keeps the grants of one source, one for each server. The zero value has none yet.
type servers struct {
	guarded bool // see cache

	mu   sync.Mutex
	kept map[any]*cache // by identity
}

// token gives the token that is kept for the server asked for, or waits for one.
func (s *servers) token(ctx context.Context, key any, n need) (Token, error) {
	if ctx.Err() != nil {
		return Token{}, waiting(ctx)
	}
	return s.at(key).token(ctx, n)
}

func (s *servers) at(key any) *cache {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.kept[key]
	if c == nil {
		if s.kept == nil {
			s.kept = map[any]*cache{}
		}
		c = &cache{guarded: s.guarded}
		s.kept[key] = c
	}
	return c
}
