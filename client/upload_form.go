package client

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/kalamdb/kalamrx/wire"
)

// form is a multipart request whose framing is made beforehand, so that its length is
// known when those of the files are, and so that no goroutine is needed to write it.
type form struct {
	boundary string
	head     []byte   // the fields, up to the first file
	between  [][]byte // what stands before each file; head is before the first
	tail     []byte
	files    []*attachment
	size     int64 // -1 is unknown

	busy   atomic.Bool // it is being sent
	before *uploadBody // of the try before; of who made it busy
}

// newForm frames a statement and its files. The parameters are a JSON array, or empty.
func newForm(sql, namespace string, params []byte, files []*attachment) *form {
	var random [16]byte
	_, _ = rand.Read(random[:]) // it never fails, by its documentation
	f := &form{boundary: "kalamrx-" + hex.EncodeToString(random[:]), files: files}
	f.head = f.field(f.head, "sql", sql)
	if namespace != "" {
		f.head = f.field(f.head, "namespace_id", namespace)
	}
	if len(params) > 0 {
		f.head = f.field(f.head, "params", string(params))
	}
	end := "--" + f.boundary + "--\r\n"
	for i, file := range files {
		before := f.begin(nil, "file:"+file.Placeholder, file.Name, file.MIME)
		if i > 0 {
			before = append([]byte("\r\n"), before...)
		}
		f.between = append(f.between, before)
	}
	if len(files) > 0 {
		end = "\r\n" + end
	}
	f.tail = []byte(end)
	f.measure()
	return f
}

func (f *form) measure() {
	f.size = int64(len(f.head) + len(f.tail))
	for i, file := range f.files {
		if file.size < 0 {
			f.size = -1
			return
		}
		f.size += int64(len(f.between[i])) + file.size
	}
}

// content is how many bytes the files have together; -1 is unknown.
func (f *form) content() int64 {
	var all int64
	for _, a := range f.files {
		if a.size < 0 {
			return -1
		}
		all += a.size
	}
	return all
}

// kind is the content type of the form.
func (f *form) kind() string { return "multipart/form-data; boundary=" + f.boundary }

// rewindable says whether every body can be sent from its beginning once more.
func (f *form) rewindable() bool {
	return !slices.ContainsFunc(f.files, func(a *attachment) bool { return a.seek == nil })
}

// spent is the error of a form that cannot be sent from its beginning now; nil if it
// can.
func (f *form) spent() error {
	for _, a := range f.files {
		if a.read && a.seek == nil {
			return &FileError{Placeholder: a.Placeholder, Err: ErrFileSpent}
		}
	}
	return nil
}

// rewind has the next reads begin at the beginning.
func (f *form) rewind() error {
	if err := f.spent(); err != nil {
		return err
	}
	for _, a := range f.files {
		if err := a.rewind(); err != nil {
			return &FileError{Placeholder: a.Placeholder, Err: fmt.Errorf("%w: %w", ErrFileSpent, err)}
		}
	}
	return nil
}

// begin writes what stands before a part's content.
func (f *form) begin(to []byte, name, file, kind string) []byte {
	to = append(to, "--"+f.boundary+"\r\nContent-Disposition: form-data; name="+quotedString(name)...)
	if file != "" {
		to = append(to, "; filename="+quotedString(file)...)
	}
	if kind != "" {
		to = append(to, "\r\nContent-Type: "+kind...)
	}
	return append(to, "\r\n\r\n"...)
}

func (f *form) field(to []byte, name, text string) []byte {
	return append(append(f.begin(to, name, "", ""), text...), "\r\n"...)
}

// quotedString writes text without control characters as RFC 9110, 5.6.4 says. What is
// not ASCII stands as UTF-8, as RFC 7578, 5.1.2 has it.
func quotedString(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// read is the form as one stream; file gives the content of each file.
func (f *form) read(file func(index int) io.Reader) io.Reader {
	parts := []io.Reader{bytes.NewReader(f.head)}
	for i := range f.files {
		parts = append(parts, bytes.NewReader(f.between[i]), file(i))
	}
	return io.MultiReader(append(parts, bytes.NewReader(f.tail))...)
}

// jsonParams writes parameters, as encodeParams gave them, as a JSON array.
func jsonParams(params []any) ([]byte, error) {
	if len(params) == 0 {
		return nil, nil
	}
	text := []byte{'['}
	for i, p := range params {
		if i > 0 {
			text = append(text, ',')
		}
		var err error
		if text, err = wire.AppendParam(text, p); err != nil {
			return nil, err
		}
	}
	return append(text, ']'), nil
}
