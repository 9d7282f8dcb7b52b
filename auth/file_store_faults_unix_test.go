//go:build unix

package auth

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/matryer/is"
)

// unchanged fails unless a store still has the grant of put, whole, and no other file.
func unchanged(t *testing.T, s *FileStore) {
	t.Helper()
	is := is.New(t)
	g, err := s.Get(context.Background(), testKey())
	is.NoErr(err)
	is.Equal(g, storedAs("x"))
	left, err := os.ReadDir(s.dir)
	is.NoErr(err)
	is.Equal(len(left), 1)
}

// fullDisk has writes of this process end behind so many bytes of a file, as on a disk that is full: first with fewer
// bytes than were to be written, then with an error.
func fullDisk(t *testing.T, room uint64) (emptied func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limit := before
	limit.Cur = room
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFileStore_AFullDiskKeepsWhatIsThere(t *testing.T) {
	is, ctx := is.New(t), context.Background()
	s, _ := put(t)
	big := storedAs(strings.Repeat("x", 8<<10))
	for _, room := range []uint64{0, 1, 100, 8 << 10} {
		emptied := fullDisk(t, room)
		err := s.Put(ctx, testKey(), big)
		emptied()
		is.True(errors.Is(err, syscall.EFBIG)) // it was the disk
		var where *fs.PathError
		is.True(errors.As(err, &where))
		is.True(!strings.Contains(err.Error(), "xxx")) // what was to be written is not shown
		unchanged(t, s)
	}
	is.NoErr(s.Put(ctx, testKey(), big))
	g, err := s.Get(ctx, testKey())
	is.NoErr(err)
	is.Equal(g, big)
}

// A disk that is full keeps nobody from logging in, and is told of.
func TestFileStore_AFullDiskIsReportedAndHarmless(t *testing.T) {
	is := is.New(t)
	s, _ := put(t)
	is.NoErr(s.Delete(context.Background(), testKey()))
	server := shop(time.Hour)
	source := Password(testUser, testPassword, WithStore(s))
	var told []error
	emptied := fullDisk(t, 10)
	token, err := source.Token(context.Background(), Ask{Server: server, Report: func(err error) { told = append(told, err) }})
	emptied()
	is.NoErr(err)
	is.True(token.Value != "")
	is.Equal(len(told), 1)
	is.True(errors.Is(told[0], ErrStore) && errors.Is(told[0], syscall.EFBIG))
}

// TestFileStore_ACrashBetweenWriteAndRename has what a process leaves that was killed there, or over the write: it is never
// read, and does not stay.
func TestFileStore_ACrashBetweenWriteAndRename(t *testing.T) {
	is, ctx := is.New(t), context.Background()
	whole, err := encodeStored(testKey(), storedAs("crashed"))
	is.NoErr(err)
	s, _ := put(t)
	other := Key{Server: testBase, User: "max"}
	leave := func(key Key, name string, text []byte, age time.Duration) string {
		path := s.path(key, "."+name+newEnd)
		is.NoErr(os.WriteFile(path, text, 0o600))
		then := time.Now().Add(-age)
		is.NoErr(os.Chtimes(path, then, then))
		return filepath.Base(path)
	}
	leave(testKey(), "1", whole, 2*abandoned)
	leave(testKey(), "2", whole[:len(whole)/2], 2*abandoned)
	writing := leave(testKey(), "3", whole[:len(whole)/2], abandoned/2) // by another process, for all we know
	others := leave(other, "4", whole, 2*abandoned)

	g, err := s.Get(ctx, testKey())
	is.NoErr(err)
	is.Equal(g, storedAs("x"))
	keys, err := s.List(ctx)
	is.NoErr(err)
	is.Equal(keys, []Key{testKey()})

	is.NoErr(s.Put(ctx, testKey(), storedAs("y")))
	left, err := s.names()
	is.NoErr(err)
	is.Equal(len(left), 3)
	for _, want := range []string{writing, others} {
		_, err := os.Lstat(filepath.Join(s.dir, want))
		is.NoErr(err)
	}
	is.NoErr(s.Delete(ctx, testKey()))
	left, err = s.names()
	is.NoErr(err)
	is.Equal(left, []string{others})
}
