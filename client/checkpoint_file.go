package client

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// FileCheckpoints is a CheckpointStore in a directory, with one file a name, which its
// owner alone may read (0600). A file is replaced as a whole: a crash, also of the
// machine, leaves the checkpoint before or the one after. One that is damaged is
// ErrCheckpoint. See [NewFileCheckpoints].
type FileCheckpoints struct {
	dir  string
	turn chan struct{} // holds a value while a file is worked on
}

// NewFileCheckpoints makes the directory, with 0700, if it is not there. Names may be
// any text that is not longer than the file system allows, some 75 bytes everywhere:
// their files stay in the directory.
func NewFileCheckpoints(dir string) (*FileCheckpoints, error) {
	if dir == "" {
		return nil, fmt.Errorf("%w: NewFileCheckpoints: no directory", ErrConfig)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("kalam: checkpoints: %w", err)
	}
	return &FileCheckpoints{dir: dir, turn: make(chan struct{}, 1)}, nil
}

// path is the file of a name. Only what every file system tells apart stays as it is,
// so that no two names share a file, and none is a path of its own.
func (f *FileCheckpoints) path(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return filepath.Join(f.dir, b.String()+".checkpoint")
}

// unfinished is how the names of files end that are not in their place yet.
const unfinished = ".unfinished"

// begin waits until nobody works on a file.
func (f *FileCheckpoints) begin(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case f.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (f *FileCheckpoints) done() { <-f.turn }

// Load reads the file of a name; without one it is the zero Checkpoint. What a crash
// has left unfinished it removes.
func (f *FileCheckpoints) Load(ctx context.Context, name string) (Checkpoint, error) {
	if err := f.begin(ctx); err != nil {
		return Checkpoint{}, err
	}
	defer f.done()
	path := f.path(name)
	if err := os.Remove(path + unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Checkpoint{}, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Checkpoint{}, nil
	}
	if err != nil {
		return Checkpoint{}, err
	}
	return unsealed(string(text))
}

// Save writes the file of a name, and has it on the disk when it returns nil.
func (f *FileCheckpoints) Save(ctx context.Context, name string, c Checkpoint) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	defer f.done()
	path := f.path(name)
	if err := write(path+unfinished, sealed(c)); err != nil {
		return err
	}
	if err := os.Rename(path+unfinished, path); err != nil {
		return err
	}
	return syncDir(f.dir)
}

// write makes a file and waits until it is on the disk.
func write(path, text string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// syncDir waits until a directory's names are on the disk. Windows has no such call.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// sealed is a checkpoint as a line that shows damage: its text and its checksum.
func sealed(c Checkpoint) string {
	text := c.String()
	return fmt.Sprintf("%s %08x\n", text, crc32.ChecksumIEEE([]byte(text)))
}

func unsealed(line string) (Checkpoint, error) {
	text, _, found := strings.Cut(line, " ")
	if !found {
		return Checkpoint{}, fmt.Errorf("%w: the file is damaged", ErrCheckpoint)
	}
	c, err := ParseCheckpoint(text)
	if err == nil && sealed(c) != line {
		err = fmt.Errorf("%w: the file is damaged", ErrCheckpoint)
	}
	return c, err
}
