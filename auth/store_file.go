package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

const (
	// storeVersion is the version of the format that is written, and the only one that is read.
	storeVersion = 1
	// maxStored is the largest file that is read.
	maxStored = 64 << 10
)

// storedGrant is what a file of a FileStore holds: one grant, in the form in which the server gave it, and whose it is.
type storedGrant struct {
	Version int             `json:"version"`
	Server  string          `json:"server"`
	User    string          `json:"user"`
	Grant   json.RawMessage `json:"grant"`
}

// fileName is the name of the file of a key, which neither a URL nor a user's name could be.
func fileName(key Key) string {
	sum := sha256.Sum256([]byte(key.Server + "\x00" + key.User))
	return hex.EncodeToString(sum[:16])
}

func encodeStored(key Key, g Grant) ([]byte, error) {
	grant, err := wire.Marshal(wire.LoginResponse{
		User: g.User, AccessToken: g.Access.Value, ExpiresAt: stamp(g.Access.Expires),
		RefreshToken: g.Refresh.Value, RefreshExpiresAt: stamp(g.Refresh.Expires),
	})
	if err != nil {
		return nil, fmt.Errorf("%w: the grant cannot be written as JSON", ErrConfig)
	}
	text, err := json.MarshalIndent(storedGrant{Version: storeVersion, Server: key.Server, User: key.User, Grant: grant}, "", "\t")
	if err != nil {
		return nil, fmt.Errorf("%w: the key cannot be written as JSON", ErrConfig)
	}
	if len(text) > maxStored {
		return nil, fmt.Errorf("%w: the grant is larger than %d KiB", ErrConfig, maxStored>>10)
	}
	return text, nil
}

// decodeStored reads a file. Its errors, all of them ErrCorrupt, hold nothing of it.
func decodeStored(text []byte) (Key, Grant, error) {
	var in storedGrant
	switch err := json.Unmarshal(text, &in); {
	case len(text) > maxStored:
		return Key{}, Grant{}, fmt.Errorf("%w: it is larger than %d KiB", ErrCorrupt, maxStored>>10)
	case err != nil:
		return Key{}, Grant{}, fmt.Errorf("%w: it is not the JSON that was written", ErrCorrupt)
	case in.Version != storeVersion:
		return Key{}, Grant{}, fmt.Errorf("%w: it has version %d, this program reads %d", ErrCorrupt, in.Version, storeVersion)
	}
	key := Key{Server: in.Server, User: in.User}
	if key.check() != nil {
		return Key{}, Grant{}, fmt.Errorf("%w: it does not say whose it is", ErrCorrupt)
	}
	g, err := parseGrant(in.Grant)
	if err != nil {
		return Key{}, Grant{}, fmt.Errorf("%w: it holds no grant", ErrCorrupt)
	}
	return key, g, nil
}

// stamp is a time as the server writes it, empty where it is unknown.
func stamp(t time.Time) wire.Stamp {
	if t.IsZero() {
		return ""
	}
	return wire.StampOf(t)
}

// readStored reads one file, if it is one, and nobody else's to read.
func readStored(path string) (Key, Grant, error) {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() { // a pipe would be waited for
		return Key{}, Grant{}, fmt.Errorf("%w: %s is not a file", ErrCorrupt, path)
	}
	file, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Key{}, Grant{}, fmt.Errorf("%w: %w", ErrNotStored, err)
	case err != nil:
		return Key{}, Grant{}, fmt.Errorf("kalam: file store: %w", err)
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return Key{}, Grant{}, fmt.Errorf("kalam: file store: %w", err)
	}
	if err := private(path, info, 0o600); err != nil {
		return Key{}, Grant{}, err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxStored+1))
	if err != nil {
		return Key{}, Grant{}, fmt.Errorf("kalam: file store: %w", err)
	}
	key, g, err := decodeStored(text)
	if err != nil {
		return Key{}, Grant{}, fmt.Errorf("%s: %w", path, err)
	}
	return key, g, nil
}

// private says whether others may get at a file or folder.
func private(path string, info fs.FileInfo, want fs.FileMode) error {
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return fmt.Errorf("%w: %s has mode %#o, it must have %#o", ErrExposed, path, mode, want)
	}
	return nil
}
