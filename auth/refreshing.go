package auth

import (
	"context"
	"fmt"
)

// Refreshing is a source with a refresher of one's own. The first token comes from first, every later one from refresh,
// which is given the last one: when that was refused, has expired, or, early, is about to; it is kept in between as that
// of [Func] is. Where refresh refuses, by an error that is [ErrUnauthenticated] or a [*wire.ServerError] of that class, or
// gives no other token, first is asked for another, with its own last token as refused.
//
// Tokens are kept by server; asked without one, it keeps them for none. Callers share one renewal, which is run, ends and
// fails as that of Func. A nil first or refresh, and what is wrong with first, is [ErrConfig], from [Check] and from every
// call.
func Refreshing(first Source, refresh func(ctx context.Context, old Token) (Token, error)) Source {
	return &refreshing{label: label{"refreshing(" + called(first) + ")"}, first: first, refresh: refresh}
}

type refreshing struct {
	label
	first   Source
	refresh func(ctx context.Context, old Token) (Token, error)
	servers servers
}

// Check tells what is missing, or wrong with the first source.
func (r *refreshing) Check() error {
	if r.refresh == nil {
		return fmt.Errorf("%w: Refreshing: no function", ErrConfig)
	}
	return Check(r.first)
}

// Token gives the token that is kept for the server, or waits for one.
func (r *refreshing) Token(ctx context.Context, ask Ask) (Token, error) {
	if err := r.Check(); err != nil {
		return Token{}, err
	}
	key, err := any(nil), error(nil)
	if ask.Server != nil {
		key, err = identity(ask.Server)
	}
	if err != nil {
		return Token{}, err
	}
	return r.servers.token(ctx, key, need{ask: ask, renew: func(ctx context.Context, old Grant, refused string) (lease, error) {
		return r.renew(ctx, ask, old, refused)
	}})
}

// renew refreshes, or begins anew. What the first source gave is kept in the place of the refresh token.
func (r *refreshing) renew(ctx context.Context, ask Ask, old Grant, refused string) (lease, error) {
	if old.Access.Value != "" {
		t, err := r.refresh(ctx, old.Access)
		switch {
		case err == nil && t.Value != "" && t.Value != refused:
			return lease{grant: Grant{Access: t, Refresh: old.Refresh}, aged: true}, nil
		case err != nil && !isRefusal(err):
			return lease{}, err
		}
	}
	ask.Refused = old.Refresh.Value
	t, err := r.first.Token(ctx, ask)
	if err == nil && t.Value != "" && t.Value == refused {
		err = fmt.Errorf("%w: the source gives the token that the server refuses", ErrUnauthenticated)
	}
	return lease{grant: Grant{Access: t, Refresh: t}, aged: true}, err
}
