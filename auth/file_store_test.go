package auth

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/matryer/is"
)

// put has a store with one grant in it, and the path of its file.
func put(t *testing.T) (*FileStore, string) {
	t.Helper()
	s := fileStore(t)
	if err := s.Put(context.Background(), testKey(), storedAs("x")); err != nil {
		t.Fatal(err)
	}
	return s, s.path(testKey(), storedEnd)
}

func TestFileStore_NobodyElseMayReadOrWrite(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no mode there")
	}
	is, ctx := is.New(t), context.Background()
	s, path := put(t)
	for at, want := range map[string]os.FileMode{s.dir: 0o700, path: 0o600} {
		info, err := os.Stat(at)
		is.NoErr(err)
		is.Equal(info.Mode().Perm(), want)
		for _, mode := range []os.FileMode{want | 0o040, want | 0o004, want | 0o020, want | 0o001} {
			is.NoErr(os.Chmod(at, mode))
			_, err := s.Get(ctx, testKey())
			_, listErr := s.List(ctx)
			for _, err := range []error{err, listErr, s.Put(ctx, testKey(), storedAs("y"))} {
				is.True(errors.Is(err, ErrExposed))
				is.True(strings.Contains(err.Error(), at) && strings.Contains(err.Error(), fmt.Sprintf("%#o", want)))
			}
		}
		is.NoErr(os.Chmod(at, want))
	}
	g, err := s.Get(ctx, testKey())
	is.NoErr(err)
	is.Equal(g.Access.Value, "a-x") // what was refused was not written
}

// TestFileStore_CorruptFileIsSetAsideAndHurtsNobodyElse has every way in which a file may be none of ours.
func TestFileStore_CorruptFileIsSetAsideAndHurtsNobodyElse(t *testing.T) {
	whole, err := encodeStored(testKey(), storedAs("x"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		"empty": "", "cut": string(whole[:len(whole)/2]), "zeros": strings.Repeat("\x00", len(whole)), "another's": "",
		"a later version": strings.Replace(string(whole), `"version": 1`, `"version": 2`, 1), "two": string(whole) + string(whole),
		"no grant": `{"version":1,"server":"s","user":"u"}`, "too large": strings.Repeat(" ", maxStored) + string(whole),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			is, ctx := is.New(t), context.Background()
			s, path := put(t)
			other := Key{Server: testBase, User: "max"}
			is.NoErr(s.Put(ctx, other, storedAs("max")))
			if name == "another's" {
				whole, err := os.ReadFile(s.path(other, storedEnd))
				is.NoErr(err)
				text = string(whole)
			}
			is.NoErr(os.WriteFile(path, []byte(text), 0o600))

			_, err := s.Get(ctx, testKey())
			is.True(errors.Is(err, ErrCorrupt))
			is.True(strings.Contains(err.Error(), path))
			is.True(!strings.Contains(err.Error(), "a-x"))
			g, err := s.Get(ctx, other)
			is.NoErr(err)
			is.Equal(g, storedAs("max"))
			keys, err := s.List(ctx)
			if name != "another's" {
				is.Equal(keys, []Key{other})
				is.True(errors.Is(err, ErrCorrupt))
			}

			is.NoErr(s.Put(ctx, testKey(), storedAs("new")))
			g, err = s.Get(ctx, testKey())
			is.NoErr(err)
			is.Equal(g, storedAs("new"))
			aside, err := os.ReadFile(s.path(testKey(), badEnd))
			is.NoErr(err)
			is.Equal(string(aside), text) // nothing was lost
			is.NoErr(s.Delete(ctx, testKey()))
			left, err := os.ReadDir(s.dir)
			is.NoErr(err)
			is.Equal(len(left), 1) // the other's: what was set aside is gone with the rest
		})
	}
}

func TestFileStore_FoldersThatCannotBe(t *testing.T) {
	is, ctx := is.New(t), context.Background()
	_, err := NewFileStore("")
	is.True(errors.Is(err, ErrConfig))
	_, path := put(t)
	for dir, want := range map[string]error{path: ErrConfig, filepath.Join(path, "below"): syscall.ENOTDIR, filepath.Join(t.TempDir(), "no", "such"): nil} {
		s, err := NewFileStore(dir)
		is.NoErr(err)
		_, err = s.Get(ctx, testKey())
		_, listErr := s.List(ctx)
		put := s.Put(ctx, testKey(), storedAs("x"))
		if want == nil { // a Put makes the folder, not those above it
			is.True(errors.Is(err, ErrNotStored))
			is.NoErr(listErr)
			is.True(errors.Is(put, os.ErrNotExist))
			continue
		}
		for _, err := range []error{err, listErr, put} {
			is.True(errors.Is(err, want))
		}
	}
}

func TestFileStore_PutOfWhatCannotBeReadAgain(t *testing.T) {
	is, ctx := is.New(t), context.Background()
	s, _ := put(t)
	tests := map[string]struct {
		key Key
		g   Grant
	}{
		"no access token": {testKey(), Grant{Refresh: Token{Value: "r"}}},
		"too large":       {testKey(), storedAs(strings.Repeat("x", maxStored))},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := s.Put(ctx, tt.key, tt.g)
			is.True(errors.Is(err, ErrConfig))
			is.True(len(err.Error()) < 200)
		})
	}
	g, err := s.Get(ctx, testKey())
	is.NoErr(err)
	is.Equal(g, storedAs("x"))
	left, err := os.ReadDir(s.dir)
	is.NoErr(err)
	is.Equal(len(left), 1)
}

// storeProcess is the environment variable that makes the test binary a process that writes into the store it names.
const storeProcess = "KALAMRX_TEST_STORE"

// writeForEver puts and gets the same key over and over, and ends when it finds a grant that nobody has put, or is killed.
func writeForEver(dir string) int {
	s, err := NewFileStore(dir)
	for n := 0; err == nil; n++ {
		name := fmt.Sprint(os.Getpid(), "-", n)
		err = s.Put(context.Background(), testKey(), storedAs(name+strings.Repeat("x", 8<<10)))
		g, getErr := s.Get(context.Background(), testKey())
		if err = errors.Join(err, getErr); err == nil && g.Refresh.Value != "r"+g.Access.Value[1:] {
			err = errors.New("half of one grant and half of another")
		}
		fmt.Println(n)
	}
	fmt.Println(err)
	return 1
}
