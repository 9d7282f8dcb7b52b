package auth

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/matryer/is"
)

// asNobody calls with the rights on files of somebody who is not root, for whom no folder is closed; of who that is
// already, with their own.
func asNobody(t *testing.T, call func()) {
	if os.Geteuid() != 0 {
		call()
		return
	}
	done := make(chan struct{})
	go func() { // owner: the test; ends when call returns
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread, which has those rights, ends with the goroutine
		if _, _, err := syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0); err != 0 {
			t.Error(err)
		}
		call()
	}()
	<-done
}

const nobody = 65534

func TestFileStore_AFolderThatCannotBeWrittenKeepsWhatIsThere(t *testing.T) {
	is, ctx := is.New(t), context.Background()
	s, path := put(t)
	above := filepath.Dir(s.dir)
	if os.Geteuid() == 0 {
		is.NoErr(os.Chmod(above, 0o711))
		is.NoErr(os.Chmod(filepath.Dir(above), 0o711))
		is.NoErr(os.Chown(s.dir, nobody, nobody))
		is.NoErr(os.Chown(path, nobody, nobody))
	}
	is.NoErr(os.Chmod(s.dir, 0o500))
	defer func() { is.NoErr(os.Chmod(s.dir, 0o700)) }() // who is not root could not remove it
	none, err := NewFileStore(filepath.Join(s.dir, "new"))
	is.NoErr(err)
	var got Grant
	var getErr error
	failed := map[string]error{}
	asNobody(t, func() {
		failed["put"] = s.Put(ctx, testKey(), storedAs("y"))
		failed["delete"] = s.Delete(ctx, testKey())
		failed["a folder in it"] = none.Put(ctx, testKey(), storedAs("y"))
		got, getErr = s.Get(ctx, testKey())
	})
	for name, err := range failed {
		t.Log(name, err)
		is.True(errors.Is(err, syscall.EACCES))
		var where *fs.PathError
		is.True(errors.As(err, &where))
	}
	is.NoErr(getErr) // reading is allowed
	is.Equal(got, storedAs("x"))
	unchanged(t, s)
}
