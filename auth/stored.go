package auth

import (
	"context"
	"errors"
	"fmt"
)

// Stored is the source of a user who has logged in elsewhere: it has the credentials that are in the store, refreshes
// them, and writes them back; a command-line program asks it where one that runs for long has [Password] with [WithStore].
//
// It is [ErrUnauthenticated] where nothing is there ([ErrNotStored]), where it is not to be used ([ErrExposed],
// [ErrCorrupt]), and where the server refuses it, which leaves it where it is. The store is read at every renewal, so that
// another login is noticed after the pause of a failure, 5 s or so at most. Credentials that could not be written back are
// used all the same, and [Ask].Report is told. An empty user or a nil store is [ErrConfig], from [Check] and from
// every call.
func Stored(store Store, user string) Source {
	return &stored{label: label{"stored(" + clip(user) + ")"}, account: account{user: user, store: store}}
}

type stored struct {
	label
	account
	servers servers
}

// Check tells what is missing.
func (s *stored) Check() error {
	if s.user == "" {
		return fmt.Errorf("%w: Stored: user is empty", ErrConfig)
	}
	if err := checkStore(s.store); err != nil {
		return fmt.Errorf("Stored: %w", err)
	}
	return nil
}

// Token gives the token that is kept for the server, or waits for one.
func (s *stored) Token(ctx context.Context, ask Ask) (Token, error) {
	if err := s.Check(); err != nil {
		return Token{}, err
	}
	key, err := s.key(ask.Server)
	if err != nil {
		return Token{}, err
	}
	return s.servers.token(ctx, key, need{ask: ask, renew: func(ctx context.Context, old Grant, refused string) (lease, error) {
		return s.renew(ctx, ask, old, refused)
	}})
}

func (s *stored) renew(ctx context.Context, ask Ask, old Grant, refused string) (lease, error) {
	got, trouble, err := s.revive(ctx, ask, old, refused)
	if err != nil {
		return lease{}, s.verdict(err, trouble)
	}
	if !got.aged {
		s.save(ctx, ask, got.grant)
	}
	return got, nil
}

// verdict says what it means that nothing could be revived. An error of the store alone is one that may pass.
func (s *stored) verdict(err, trouble error) error {
	if !errors.Is(err, errUnrefreshed) {
		return beside(err, trouble)
	}
	if said(err) == nil && trouble != nil && !unusable(trouble) {
		return trouble
	}
	switch {
	case said(err) != nil:
		return fmt.Errorf("%w: %w", ErrUnauthenticated, beside(err, trouble))
	case trouble != nil:
		return fmt.Errorf("%w: %w", ErrUnauthenticated, trouble)
	}
	return fmt.Errorf("%w: the stored credentials are used up: %w", ErrUnauthenticated, err)
}

// unusable says whether a store will go on to give nothing.
func unusable(trouble error) bool {
	return errors.Is(trouble, ErrNotStored) || errors.Is(trouble, ErrExposed) || errors.Is(trouble, ErrCorrupt)
}
