package client

import (
	"errors"
	"fmt"
)

// Sentinels of files, for errors.Is. Those that the server has a code for are that
// code, whoever noticed first: wire.CodeTooManyFiles, CodeFileTooLarge,
// CodeMissingFile, CodeExtraFile, CodeInvalidMIMEType, CodeFileNotFound.
var (
	// ErrFileTwice marks two files of an upload for one placeholder.
	ErrFileTwice = errors.New("kalam: two files for one placeholder")
	// ErrFileName marks a name with control characters or without text, or one that is
	// not UTF-8.
	ErrFileName = errors.New("kalam: bad file name")
	// ErrFileSize marks a body that had fewer or more bytes than its size said.
	ErrFileSize = errors.New("kalam: body is not of its size")
	// ErrFileSpent marks a body that would have to be sent once more, and cannot be
	// read from its beginning again.
	ErrFileSpent = errors.New("kalam: body was read and cannot be rewound")
	// ErrChecksum marks a download whose bytes are not those that were stored; see
	// [*ChecksumError].
	ErrChecksum = errors.New("kalam: download differs from what was stored")
)

// FileError says which file of an upload could not be sent, by the name of its
// placeholder, and why: a sentinel of files, or what its Body returned.
type FileError struct {
	Placeholder string
	Err         error
}

// Error names the placeholder and the cause.
func (e *FileError) Error() string { return fmt.Sprintf("kalam: file %q: %v", e.Placeholder, e.Err) }

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.Err }

// ChecksumError says how a download differs from its reference, in bytes or in SHA-256.
// Of a download that is too short or too long SHA256 is empty: it was not looked at.
type ChecksumError struct {
	Name               string // under which the file is stored
	Size, WantSize     int64  // bytes that came, or were announced, or one more than wanted; and of the reference
	SHA256, WantSHA256 string // hexadecimal
}

// Error gives both sizes, or both sums.
func (e *ChecksumError) Error() string {
	if e.Size != e.WantSize {
		return fmt.Sprintf("kalam: download of %s: %d bytes, its reference says %d", e.Name, e.Size, e.WantSize)
	}
	return fmt.Sprintf("kalam: download of %s: sha256 %s, its reference says %s", e.Name, e.SHA256, e.WantSHA256)
}

// Is reports whether target is ErrChecksum.
func (e *ChecksumError) Is(target error) bool { return target == ErrChecksum }
