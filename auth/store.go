package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
)

// Sentinels for errors.Is, of stores.
var (
	// ErrNotStored marks credentials that are not in the store.
	ErrNotStored = errors.New("kalam: no such credentials in the store")
	// ErrExposed marks a file or folder of credentials that other users of the machine can get at. It is neither read nor
	// replaced: take their rights away, and think of the credentials as known.
	ErrExposed = errors.New("kalam: others may get at the stored credentials")
	// ErrCorrupt marks stored credentials that cannot be read: cut, not of this format, or of a later version of it.
	ErrCorrupt = errors.New("kalam: stored credentials cannot be read")
	// ErrStore marks what [Ask].Report is told: a store that failed, where a source can do without.
	ErrStore = errors.New("kalam: store of credentials failed")
)

// Store keeps credentials from one run of a program to the next: [FileStore], [MemoryStore], or one of your own. Sources
// call it when they renew a token, from any goroutine, with a ctx that ends after 5 s, at which a method must return.
//
// A store that fails does not keep anybody from logging in: see [WithStore]. Its failures are told to [Ask].Report.
type Store interface {
	// Get gives what was put last, or [ErrNotStored].
	Get(ctx context.Context, key Key) (Grant, error)
	// Put replaces what is there, as a whole or not at all.
	Put(ctx context.Context, key Key, grant Grant) error
	// Delete removes what is there; it is no error if nothing is.
	Delete(ctx context.Context, key Key) error
	// List gives the keys of all that is there, sorted by server and user.
	List(ctx context.Context) ([]Key, error)
}

// Key says whose credentials of which server. It is no secret.
type Key struct {
	Server string // as its Identity says: of [NewServer] the base URL without a slash at its end
	User   string // as at login
}

// String is the user, at the server.
func (k Key) String() string { return clip(k.User) + " at " + clip(k.Server) }

func (k Key) check() error {
	if k.Server == "" || k.User == "" {
		return fmt.Errorf("%w: credentials are stored by server and user", ErrConfig)
	}
	return nil
}

func compareKeys(a, b Key) int {
	return cmp.Or(strings.Compare(a.Server, b.Server), strings.Compare(a.User, b.User))
}
