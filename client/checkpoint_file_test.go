package client_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/kalamdb/kalamrx/client"
	"github.com/matryer/is"
)

// someCheckpoint is one with versions behind its mark.
func someCheckpoint(t *testing.T, seen ...string) client.Checkpoint {
	t.Helper()
	c, err := client.ParseCheckpoint(strings.Join(append([]string{"k1", "scope", "mf3k2", "100"}, seen...), ":"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func fileStore(t *testing.T) (*client.FileCheckpoints, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "checkpoints")
	store, err := client.NewFileCheckpoints(dir)
	if err != nil {
		t.Fatal(err)
	}
	return store, dir
}

func filesOf(t *testing.T, dir string) []fs.DirEntry {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestFileCheckpoints_KeepTheLastOfEachName(t *testing.T) {
	is := is.New(t)
	store, dir := fileStore(t)
	for _, name := range []string{"a", "A", "..", "../b", "a/b", "", "ä b\x00", "%41", `c:\d`} {
		got, err := store.Load(t.Context(), name)
		is.NoErr(err)
		is.True(got.IsZero())
		for _, c := range []client.Checkpoint{someCheckpoint(t, "101"), {}, someCheckpoint(t, "101", "105")} {
			is.NoErr(store.Save(t.Context(), name, c))
			got, err = store.Load(t.Context(), name)
			is.NoErr(err)
			is.Equal(got.String(), c.String())
		}
	}
	is.Equal(len(filesOf(t, dir)), 9)                  // each has a file, and nothing else is left
	is.Equal(len(filesOf(t, filepath.Dir(dir))), 1)    // none is elsewhere
	is.True(len(filesOf(t, dir)[0].Name()) > len("a")) // nor without its ending
	for _, file := range filesOf(t, dir) {
		info, err := file.Info()
		is.NoErr(err)
		is.Equal(info.Mode(), fs.FileMode(0o600))
	}
}

func TestFileCheckpoints_DamageIsSaidAtEveryByte(t *testing.T) {
	is := is.New(t)
	store, dir := fileStore(t)
	is.NoErr(store.Save(t.Context(), "a", someCheckpoint(t, "101", "102")))
	path := filepath.Join(dir, filesOf(t, dir)[0].Name())
	whole, err := os.ReadFile(path)
	is.NoErr(err)
	damaged := func(text []byte) {
		t.Helper()
		is.NoErr(os.WriteFile(path, text, 0o600))
		_, err := store.Load(t.Context(), "a")
		is.True(errors.Is(err, client.ErrCheckpoint))
	}
	for i := range whole {
		damaged(whole[:i])
		flipped := append([]byte(nil), whole...)
		flipped[i] ^= 1
		damaged(flipped)
	}
	damaged(append(whole, whole...))
}

func TestFileCheckpoints_CrashWhileSavingLeavesTheOneBefore(t *testing.T) {
	is := is.New(t)
	store, dir := fileStore(t)
	before := someCheckpoint(t, "101")
	is.NoErr(store.Save(t.Context(), "a", before))
	left := filepath.Join(dir, filesOf(t, dir)[0].Name()+".unfinished")
	is.NoErr(os.WriteFile(left, []byte("k1:sco"), 0o600))
	got, err := store.Load(t.Context(), "a")
	is.NoErr(err)
	is.Equal(got.String(), before.String())
	is.Equal(len(filesOf(t, dir)), 1) // and nothing of it
}

func TestFileCheckpoints_SavedByManyAtOnceAreWhole(t *testing.T) {
	is := is.New(t)
	store, _ := fileStore(t)
	var saved sync.Map
	var all sync.WaitGroup
	for i := range 20 {
		c := someCheckpoint(t, strings.Split(strings.Repeat("200 ", i)+fmt.Sprint(300+i), " ")...)
		saved.Store(c.String(), true)
		all.Go(func() {
			if err := store.Save(t.Context(), "a", c); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, err := store.Load(t.Context(), "a")
	is.NoErr(err)
	_, one := saved.Load(got.String())
	is.True(one)
}

func TestFileCheckpoints_SayWhatTheyCannotDo(t *testing.T) {
	is := is.New(t)
	_, err := client.NewFileCheckpoints("")
	is.True(errors.Is(err, client.ErrConfig))
	store, dir := fileStore(t)
	_, err = client.NewFileCheckpoints(filepath.Join(dir, "a\x00"))
	is.True(err != nil)
	long := strings.Repeat("n", 1000)
	is.True(store.Save(t.Context(), long, someCheckpoint(t)) != nil)
	_, err = store.Load(t.Context(), long)
	is.True(err != nil)
	is.NoErr(os.RemoveAll(dir))
	is.True(errors.Is(store.Save(t.Context(), "a", someCheckpoint(t)), fs.ErrNotExist))
	gone, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("gone")
	cancel(cause)
	is.True(errors.Is(store.Save(gone, "a", someCheckpoint(t)), cause))
	_, err = store.Load(gone, "a")
	is.True(errors.Is(err, cause))
}

func ExampleFileCheckpoints() {
	dir, err := os.MkdirTemp("", "checkpoints")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := client.NewFileCheckpoints(dir)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	none, err := store.Load(ctx, "billing")
	fmt.Println(none.IsZero(), err)
	c, _ := client.ParseCheckpoint("k1:3w5e:mf3k2:290")
	fmt.Println(store.Save(ctx, "billing", c))
	again, err := store.Load(ctx, "billing")
	fmt.Println(again, err)
	// Output:
	// true <nil>
	// <nil>
	// k1:3w5e:mf3k2:290 <nil>
}
