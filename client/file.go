package client

import (
	"fmt"
	"io"
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kalamdb/kalamrx/wire"
)

// defaultMIME is the type of a file that has none.
const defaultMIME = "application/octet-stream"

// File is one file of an upload.
type File struct {
	// Placeholder is the name in the statement: the file goes where FILE("name")
	// stands.
	Placeholder string
	// Name is the file's own name, which the column will hold and of which the stored
	// name is made. Default the placeholder's. Control characters are refused.
	Name string
	// MIME is the content type, such as image/png. Default application/octet-stream.
	MIME string
	// Body gives the bytes, from where it stands. It is read by a goroutine of the HTTP
	// client, one call at a time, and not closed. It may be used again when the upload
	// is over; where a context or a timeout ended it while the Body was in a Read, when
	// that Read has returned, which the client's Done waits for. An io.Seeker can be
	// sent again where the server asks for that.
	Body io.Reader
	// Size is how many bytes that is. Zero means that it is found out from a Body that
	// is an io.Seeker or has a method Len, and unknown otherwise. The upload fails with
	// ErrFileSize if the Body has less or more.
	Size int64
}

// attachment is a file of an upload, checked, with what is known of its body.
type attachment struct {
	File
	size  int64 // -1 is unknown
	seek  io.Seeker
	start int64 // where the body stood
	read  bool  // something was asked of it
}

// attach checks a file and finds out its size.
func attach(f File) (*attachment, error) {
	a := &attachment{File: f, size: -1}
	if a.Name == "" {
		a.Name = f.Placeholder
	}
	if a.MIME == "" {
		a.MIME = defaultMIME
	}
	if err := a.check(); err != nil {
		return nil, &FileError{Placeholder: f.Placeholder, Err: err}
	}
	a.measure()
	if f.Size > 0 {
		a.size = f.Size
	}
	return a, nil
}

// attachAll checks the files of an upload.
func attachAll(files []File, limits transfers) ([]*attachment, error) {
	if len(files) > limits.files {
		return nil, fmt.Errorf("kalam: upload: %w: %d, at most %d", wire.CodeTooManyFiles, len(files), limits.files)
	}
	all := make([]*attachment, len(files))
	for i, file := range files {
		a, err := attach(file)
		if err != nil {
			return nil, err
		}
		if a.size > limits.fileSize {
			err = fmt.Errorf("%w: %d bytes, at most %d", wire.CodeFileTooLarge, a.size, limits.fileSize)
			return nil, &FileError{Placeholder: a.Placeholder, Err: err}
		}
		all[i] = a
	}
	return all, nil
}

func (a *attachment) check() error {
	switch {
	case a.Body == nil:
		return fmt.Errorf("%w: no body", ErrConfig)
	case a.File.Size < 0:
		return fmt.Errorf("%w: negative size %d", ErrConfig, a.File.Size)
	case !isPlainName(a.Placeholder):
		return fmt.Errorf("%w: of the placeholder", ErrFileName)
	case !isPlainName(a.Name):
		return ErrFileName
	}
	kind, params, err := mime.ParseMediaType(a.MIME)
	if err != nil || !strings.Contains(kind, "/") {
		return wire.CodeInvalidMIMEType
	}
	if a.MIME = mime.FormatMediaType(kind, params); a.MIME == "" {
		return wire.CodeInvalidMIMEType
	}
	return nil
}

// isPlainName says whether a name can stand in a header and in a listing: text without
// control characters, which would end the header, or what follows it, elsewhere than
// meant.
func isPlainName(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

// measure finds out the size, and whether the body can be rewound, without reading.
func (a *attachment) measure() {
	if s, ok := a.Body.(io.Seeker); ok {
		start, err := s.Seek(0, io.SeekCurrent)
		if err == nil { // a pipe is a Seeker by its type only
			a.seek, a.start = s, start
			a.measureSeeker(s)
			return
		}
	}
	if b, ok := a.Body.(interface{ Len() int }); ok {
		a.size = int64(b.Len())
	}
}

func (a *attachment) measureSeeker(s io.Seeker) {
	end, err := s.Seek(0, io.SeekEnd)
	if err == nil {
		a.size = end - a.start
	}
	if _, err := s.Seek(a.start, io.SeekStart); err != nil {
		a.seek = nil // reading will say what is wrong
	}
}

// rewind has the next read begin at the beginning.
func (a *attachment) rewind() error {
	if !a.read {
		return nil
	}
	_, err := a.seek.Seek(a.start, io.SeekStart)
	return err
}
