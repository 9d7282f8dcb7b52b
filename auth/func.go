package auth

import (
	"context"
	"fmt"
)

// Func is the source of those whose tokens come from elsewhere: an identity provider, a file that is replaced, a prompt.
// make is run anew before every dial ([Ask].Dial) and when its token was refused. For requests in between the token is
// kept: until it expires, and is renewed early as the package says, by its Expires or else by its exp claim if it is a JSON
// Web Token; where neither is known, until it is refused or a dial comes. A token is for every server that the source is
// asked for.
//
// Callers share one run, also two that dial, on a goroutine of its own. Its ctx ends when nobody waits any more, with the
// life of who began it, and after 15 min (an early renewal: 1 min) at the latest; what make gives later is not used, and
// callers who come later do not wait for a run that ignores its ctx, but have another beside it. A panic is a [*PanicError] of all who waited.
//
// make's errors are given as they are: one that is [ErrUnauthenticated] says that asking again will not help. They are
// shared for the pause of other failures; one that is a [*wire.ServerError] with the server's refusal for as long as
// [Password] does. An empty token is anonymous. A nil make is [ErrConfig], from [Check] and from every call.
func Func(make func(ctx context.Context) (Token, error)) Source {
	return &dynamic{label: label{"func"}, make: make, cache: &cache{guarded: true}}
}

type dynamic struct {
	label
	make  func(ctx context.Context) (Token, error)
	cache *cache // by pointer, as fmt shows the fields of a field
}

// Check tells what is missing.
func (d *dynamic) Check() error {
	if d.make == nil {
		return fmt.Errorf("%w: Func: no function", ErrConfig)
	}
	return nil
}

// Token gives the token that is kept, or waits for one.
func (d *dynamic) Token(ctx context.Context, ask Ask) (Token, error) {
	if err := d.Check(); err != nil {
		return Token{}, err
	}
	if ctx.Err() != nil {
		return Token{}, waiting(ctx)
	}
	return d.cache.token(ctx, need{ask: ask, anew: ask.Dial, renew: func(ctx context.Context, _ Grant, refused string) (lease, error) {
		t, err := d.make(ctx)
		if err == nil && refused != "" && t.Value == refused {
			err = fmt.Errorf("%w: the function gives the token that the server refuses", ErrUnauthenticated)
		}
		return lease{grant: Grant{Access: t}, aged: true}, err
	}})
}
