package client

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// emptyReads is how often in a row a body may give neither a byte nor an error.
const emptyReads = 100

// errGivenUp is what the HTTP client reads of a body that it has closed.
var errGivenUp = errors.New("kalam: upload was given up")

// errExited is the outcome of a body that ended the goroutine it was read on.
var errExited = errors.New("runtime.Goexit in the body")

// uploadBody is the form as it is sent in one try. The HTTP client reads it, and may
// close it while it reads.
type uploadBody struct {
	up   *upload
	text io.Reader
	gate gate
	over chan struct{} // closed when nobody reads any more
}

func (up *upload) newBody() *uploadBody {
	b := &uploadBody{up: up, over: make(chan struct{})}
	up.c.alive.add()
	b.gate.last = func() {
		close(b.over)
		up.c.alive.remove()
	}
	b.text = up.form.read(up.newFileBody)
	return b
}

// Read gives the next bytes of the form. While the application's readers are asked no
// time counts.
func (b *uploadBody) Read(p []byte) (n int, err error) {
	if !b.gate.enter() {
		return 0, errGivenUp
	}
	defer b.gate.leave()
	b.up.late.lift()
	n, err = b.text.Read(p)
	switch {
	case err == nil:
		b.up.late.set("transfer", b.up.c.cfg.transfers.idle)
	case err == io.EOF:
		b.up.late.set("upload", b.up.timeout)
	}
	return n, err
}

// Close ends the try.
func (b *uploadBody) Close() error {
	b.gate.close()
	return nil
}

// fileBody is the content of one file, held to its size.
type fileBody struct {
	up    *upload
	index int
	a     *attachment
	limit int64 // bytes; one more is an error
	sent  int64
	empty int // reads in a row that gave nothing
}

func (up *upload) newFileBody(index int) io.Reader {
	a := up.form.files[index]
	limit := a.size
	if limit < 0 {
		limit = up.c.cfg.transfers.fileSize
	}
	return &fileBody{up: up, index: index, a: a, limit: limit}
}

// Read gives the next bytes of the file. Any error but io.EOF is a *FileError, and what
// the upload fails with.
func (f *fileBody) Read(p []byte) (n int, err error) {
	p = p[:min(int64(len(p)), f.limit+1-f.sent)]
	n, err = f.ask(p)
	if f.sent += int64(n); f.sent > f.limit {
		n, err = n-1, f.excess()
	}
	f.up.meter.add(f.index, n)
	switch {
	case err == nil && n == 0:
		if f.empty++; f.empty > emptyReads {
			err = io.ErrNoProgress
		}
	case err == io.EOF && f.a.size >= 0 && f.sent < f.a.size:
		err = fmt.Errorf("%w: %d bytes of %d", ErrFileSize, f.sent, f.a.size)
	default:
		f.empty = 0
	}
	if err == nil || err == io.EOF {
		return n, err
	}
	err = &FileError{Placeholder: f.a.Placeholder, Err: err}
	f.up.fail(err)
	return n, err
}

// abandon ends the upload where the HTTP client, whose goroutine ends, will not.
func (up *upload) abandon(err error) {
	up.fail(err)
	_ = up.form.before.Close()
	up.late.end(err)
}

func (f *fileBody) excess() error {
	if f.a.size < 0 {
		return fmt.Errorf("%w: more than %d bytes", wire.CodeFileTooLarge, f.limit)
	}
	return fmt.Errorf("%w: more than %d bytes", ErrFileSize, f.limit)
}

// ask reads from the application's reader, on a goroutine of the HTTP client: nothing
// it does may end the process.
func (f *fileBody) ask(p []byte) (n int, err error) {
	returned := false
	defer func() {
		switch panicked := recover(); {
		case panicked != nil:
			n, err = 0, &rx.PanicError{Value: panicked, Stack: debug.Stack()}
		case !returned:
			f.up.abandon(&FileError{Placeholder: f.a.Placeholder, Err: errExited})
		}
	}()
	f.a.read = true
	n, err = f.a.Body.Read(p)
	returned = true
	if n < 0 || n > len(p) {
		return 0, fmt.Errorf("reader says %d bytes of %d", n, len(p))
	}
	return n, err
}
