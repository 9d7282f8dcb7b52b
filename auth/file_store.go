package auth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Kinds of files in the folder of a FileStore, by the end of their names.
const (
	storedEnd = ".json" // credentials
	badEnd    = ".bad"  // what was found in place of credentials and could not be read
	newEnd    = ".new"  // credentials being written
)

// abandoned is how old a file must be that is being written to be one of a process that has crashed over it.
const abandoned = time.Hour

// FileStore is a [Store] in a folder, one file for each server and user: readable text, with the tokens in the clear. So
// the folder is made with mode 0700 and the files have 0600; a folder or file that others may get at is [ErrExposed] from
// every call that needs it. (On Windows the rights are those of the folder that it is made in, and are not looked at.)
//
// A file is written beside the old one, synced, and put in its place, so that a reader in any process finds one or the
// other, whole, and a crash loses neither: what it has left half-written is never read, and is removed by the first Put an
// hour later. A disk that is full, or a folder that cannot be written, leaves the old file as it is. Of processes that
// write at once the last one wins, for that server and user only. A file that cannot be read is [ErrCorrupt] from Get and
// List; Put does not overwrite but renames it, to .bad, and keeps the latest of those. Other errors are *fs.PathError.
//
// It may be used from any goroutine. A call under way is not ended by its ctx, which is looked at before it begins.
type FileStore struct{ dir string }

// NewFileStore gives the store in a folder, which is made by the first Put; the one above it must be there. It does no
// I/O but to find out where a relative path leads. An empty path is [ErrConfig].
func NewFileStore(dir string) (*FileStore, error) {
	if dir == "" {
		return nil, fmt.Errorf("%w: FileStore: no folder", ErrConfig)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: FileStore: %w", ErrConfig, err)
	}
	return &FileStore{dir: abs}, nil
}

// String names the folder.
func (s *FileStore) String() string { return "file store " + s.dir }

// Get gives what was put last, or [ErrNotStored], [ErrExposed], [ErrCorrupt] or what the file system said.
func (s *FileStore) Get(ctx context.Context, key Key) (Grant, error) {
	if err := ready(ctx, key); err != nil {
		return Grant{}, err
	}
	if err := s.closed(); err != nil {
		return Grant{}, err
	}
	path := s.path(key, storedEnd)
	found, g, err := readStored(path)
	if err == nil && found != key {
		err = fmt.Errorf("%w: %s is of %v", ErrCorrupt, path, found)
	}
	if err != nil {
		return Grant{}, err
	}
	return g, nil
}

// Put replaces what is there. A grant without access token, a key without server or user, or one that is no text, is
// [ErrConfig].
func (s *FileStore) Put(ctx context.Context, key Key, grant Grant) error {
	if err := ready(ctx, key); err != nil {
		return err
	}
	text, err := encodeStored(key, grant)
	if err != nil {
		return err
	}
	if _, _, err := decodeStored(text); err != nil {
		return fmt.Errorf("%w: what is written must be read again: %w", ErrConfig, err)
	}
	if err := os.Mkdir(s.dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("kalam: file store: %w", err)
	}
	if err := s.closed(); err != nil {
		return err
	}
	if err := s.sweep(key); err != nil {
		return err
	}
	if err := s.setAside(key); err != nil {
		return err
	}
	return s.replace(key, text)
}

// Delete removes what is there, what was set aside and what a crash has left included.
func (s *FileStore) Delete(ctx context.Context, key Key) error {
	if err := ready(ctx, key); err != nil {
		return err
	}
	all, err := s.names()
	if err != nil {
		return err
	}
	gone := 0
	for _, name := range all {
		if !strings.HasPrefix(name, fileName(key)+".") {
			continue
		}
		if err := os.Remove(filepath.Join(s.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("kalam: file store: %w", err)
		}
		gone++
	}
	if gone == 0 {
		return nil
	}
	return s.sync()
}

// List gives the keys of all that can be read, sorted by server and user, and beside them the errors of what cannot,
// joined.
func (s *FileStore) List(ctx context.Context) ([]Key, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	all, err := s.names()
	if err != nil {
		return nil, err
	}
	var keys []Key
	var bad []error
	for _, name := range all {
		if !strings.HasSuffix(name, storedEnd) {
			continue
		}
		key, _, err := readStored(filepath.Join(s.dir, name))
		switch {
		case err == nil:
			keys = append(keys, key)
		case !errors.Is(err, ErrNotStored): // deleted meanwhile
			bad = append(bad, err)
		}
	}
	slices.SortFunc(keys, compareKeys)
	return keys, errors.Join(bad...)
}

func (s *FileStore) path(key Key, end string) string { return filepath.Join(s.dir, fileName(key)+end) }

// names are those of all files in the folder; one that is not there has none.
func (s *FileStore) names() ([]string, error) {
	switch err := s.closed(); {
	case errors.Is(err, ErrNotStored):
		return nil, nil
	case err != nil:
		return nil, err
	}
	all, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("kalam: file store: %w", err)
	}
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.Name()
	}
	return names, nil
}

// closed says what is wrong with the folder.
func (s *FileStore) closed() error {
	info, err := os.Stat(s.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", ErrNotStored, err)
	case err != nil:
		return fmt.Errorf("kalam: file store: %w", err)
	case !info.IsDir():
		return fmt.Errorf("%w: file store: %s is not a folder", ErrConfig, s.dir)
	}
	return private(s.dir, info, 0o700)
}

// setAside moves a file that cannot be read out of the way of the one that is to be written.
func (s *FileStore) setAside(key Key) error {
	path := s.path(key, storedEnd)
	found, _, err := readStored(path)
	switch {
	case err == nil && found == key, errors.Is(err, ErrNotStored):
		return nil
	case err != nil && !errors.Is(err, ErrCorrupt):
		return err
	}
	if err := os.Rename(path, s.path(key, badEnd)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("kalam: file store: %w", err)
	}
	return nil
}

// sweep removes what crashes have left half-written, which would hold tokens for ever.
func (s *FileStore) sweep(key Key) error {
	all, err := s.names()
	if err != nil {
		return err
	}
	for _, name := range all {
		if !strings.HasPrefix(name, fileName(key)+".") || !strings.HasSuffix(name, newEnd) {
			continue
		}
		path := filepath.Join(s.dir, name)
		info, err := os.Lstat(path)
		if err == nil && time.Since(info.ModTime()) > abandoned {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // another process may be done with it
			return fmt.Errorf("kalam: file store: %w", err)
		}
	}
	return nil
}

// replace writes beside the old file and moves the new one into its place.
func (s *FileStore) replace(key Key, text []byte) error {
	file, err := os.CreateTemp(s.dir, fileName(key)+".*"+newEnd) // with mode 0600
	if err != nil {
		return fmt.Errorf("kalam: file store: %w", err)
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), s.path(key, storedEnd))
	}
	if err != nil {
		return fmt.Errorf("kalam: file store: %w", errors.Join(err, os.Remove(file.Name())))
	}
	return s.sync()
}

// sync makes the names in the folder last.
func (s *FileStore) sync() error {
	if runtime.GOOS == "windows" { // which cannot, and need not
		return nil
	}
	dir, err := os.Open(s.dir)
	if err != nil {
		return fmt.Errorf("kalam: file store: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("kalam: file store: %w", err)
	}
	return nil
}
