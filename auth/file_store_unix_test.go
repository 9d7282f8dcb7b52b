//go:build unix

package auth

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/matryer/is"
)

func TestFileStore_WhatIsNoFileIsNotWaitedFor(t *testing.T) {
	is, ctx := is.New(t), context.Background()
	s, path := put(t)
	for _, place := range []func() error{
		func() error { return syscall.Mkfifo(path, 0o600) },
		func() error { return os.Symlink("/dev/zero", path) },
		func() error { return os.Mkdir(path, 0o700) },
	} {
		is.NoErr(os.RemoveAll(path))
		is.NoErr(place())
		_, err := s.Get(ctx, testKey())
		is.True(errors.Is(err, ErrCorrupt))
	}
	is.NoErr(s.Put(ctx, testKey(), storedAs("y")))
	g, err := s.Get(ctx, testKey())
	is.NoErr(err)
	is.Equal(g.Access.Value, "a-y")
}

// TestFileStore_ProcessesThatAreKilledLoseNothing has four processes that write the same file and are killed while they
// do: none has ever read anything but a whole grant, and neither does who comes afterwards.
func TestFileStore_ProcessesThatAreKilledLoseNothing(t *testing.T) {
	is := is.New(t)
	s, _ := put(t)
	var all [4]*exec.Cmd
	var out [4]*lines
	for i := range all {
		out[i] = &lines{until: 20, reached: make(chan struct{})}
		all[i] = exec.Command(os.Args[0], "-test.run=^$")
		all[i].Env = append(os.Environ(), storeProcess+"="+s.dir)
		all[i].Stdout, all[i].Stderr = out[i], out[i]
		is.NoErr(all[i].Start())
	}
	for i, p := range all {
		<-out[i].reached
		is.NoErr(p.Process.Kill())
		var ended *exec.ExitError
		is.True(errors.As(p.Wait(), &ended))
		status, ok := ended.Sys().(syscall.WaitStatus)
		is.True(ok && status.Signaled()) // rather than by itself, for what it has read
	}
	g, err := s.Get(context.Background(), testKey())
	is.NoErr(err)
	is.Equal(g.Refresh.Value, "r"+g.Access.Value[1:])
	is.NoErr(s.Put(context.Background(), testKey(), storedAs("after")))
	is.NoErr(s.Delete(context.Background(), testKey()))
	left, err := os.ReadDir(s.dir)
	is.NoErr(err)
	is.Equal(len(left), 0) // with what those killed have left half-written
}

// lines closes reached when so many lines were written, or one that says no number.
type lines struct {
	until, seen int
	reached     chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	before := l.seen
	l.seen += bytes.Count(p, []byte("\n"))
	if before < l.until && l.seen >= l.until || bytes.ContainsAny(p, "kalm") {
		select {
		case <-l.reached:
		default:
			close(l.reached)
		}
	}
	return len(p), nil
}
