package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

const (
	// storePatience is how long one call of a store may take.
	storePatience = 5 * time.Second
	// worthwhile is how long a stored access token must still be good to be used instead of renewed.
	worthwhile = time.Minute
)

// errUnrefreshed marks that there is no refresh token, or none that the server takes: it has to be a login.
var errUnrefreshed = errors.New("kalam: no token could be refreshed")

// account is one user whose tokens can be refreshed and, if there is a store, kept.
type account struct {
	user  string
	store Store
}

// key is where the user's credentials are in the store.
func (a account) key(server Server) (Key, error) {
	name, ok := spelled(server)
	if !ok || name == "" {
		return Key{}, fmt.Errorf("%w: server of type %T has no Identity to store credentials by", ErrConfig, server)
	}
	return Key{Server: name, User: a.user}, nil
}

// revive makes a grant without a password: of what another process has stored, or by a refresh token. It is
// errUnrefreshed where that cannot be. trouble is why the store could not be read, whatever came of it.
func (a account) revive(ctx context.Context, ask Ask, old Grant, refused string) (got lease, trouble, err error) {
	kept, trouble := a.load(ctx, ask)
	if worth(kept.Access, old.Access.Value, refused) {
		if kept.Refresh.Value == "" {
			kept.Refresh = old.Refresh
		}
		return lease{grant: kept, aged: true}, trouble, nil
	}
	g, err := refreshed(ctx, ask.Server, refused, kept.Refresh, old.Refresh)
	return lease{grant: g}, trouble, err
}

// worth says whether a stored access token is one that others have renewed.
func worth(t Token, old, refused string) bool {
	if t.Value == "" || t.Value == old || t.Value == refused {
		return false
	}
	expires := expiry(t)
	return expires.IsZero() || time.Until(expires) > worthwhile
}

// refreshed changes the first of the refresh tokens that the server takes. A token that is refused, or gives the refused
// access token again, as it can within one second, for a token is made of whole seconds, is passed over.
func refreshed(ctx context.Context, server Server, refused string, with ...Token) (Grant, error) {
	word, used := error(nil), ""
	for _, t := range with {
		if t.Value == "" || t.Value == used {
			continue
		}
		used = t.Value
		g, err := server.Refresh(ctx, t.Value)
		if err == nil && g.Access.Value != "" && g.Access.Value != refused {
			if g.Refresh.Value == "" {
				g.Refresh = t
			}
			return g, nil
		}
		if e := said(err); err != nil && (e == nil || e.Temporary()) {
			return Grant{}, err
		}
		word = err
	}
	if word != nil {
		return Grant{}, fmt.Errorf("%w: %w", errUnrefreshed, word)
	}
	return Grant{}, errUnrefreshed
}

// load reads the store, if there is one.
func (a account) load(ctx context.Context, ask Ask) (g Grant, err error) {
	if a.store == nil {
		return Grant{}, nil
	}
	err = a.visit(ctx, ask, "get", func(ctx context.Context, key Key) (err error) {
		g, err = a.store.Get(ctx, key)
		return err
	})
	if err != nil {
		return Grant{}, err
	}
	return g, nil
}

// save writes what came just now into the store, if there is one. The grant is good without that, so that a failure is
// reported only.
func (a account) save(ctx context.Context, ask Ask, g Grant) {
	if a.store == nil {
		return
	}
	_ = a.visit(ctx, ask, "put", func(ctx context.Context, key Key) error {
		return without(a.store.Put(ctx, key, g), g.Access.Value, g.Refresh.Value)
	})
}

// visit calls the store and reports what goes wrong, unless nobody waits for that renewal any more.
func (a account) visit(ctx context.Context, ask Ask, op string, call func(context.Context, Key) error) error {
	err := a.enter(ctx, ask.Server, call)
	if err != nil && !errors.Is(err, ErrNotStored) && ctx.Err() == nil && ask.Report != nil {
		ask.Report(fmt.Errorf("%w: %s for user %s: %w", ErrStore, op, clip(a.user), err))
	}
	return err
}

// enter calls the store, and has its panics as errors and its time bounded.
func (a account) enter(ctx context.Context, server Server, call func(context.Context, Key) error) (err error) {
	key, err := a.key(server)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = newPanicError(p)
		}
	}()
	return call(ctx, key)
}

// beside is err, with what kept the store from helping.
func beside(err, trouble error) error {
	if err == nil || trouble == nil || errors.Is(trouble, ErrNotStored) {
		return err
	}
	return fmt.Errorf("%w (and the stored credentials: %w)", err, trouble)
}

// isRefusal says whether err is the server's or the source's last word on credentials.
func isRefusal(err error) bool {
	e := said(err)
	return errors.Is(err, ErrUnauthenticated) || e != nil && e.Class() == wire.ClassAuth
}
