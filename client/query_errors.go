package client

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kalamdb/kalamrx/rx"
)

// Sentinels of queries, for errors.Is.
var (
	// ErrNoRows is QueryOne's where no row is found.
	ErrNoRows = errors.New("kalam: no rows")
	// ErrManyRows is QueryOne's where there is more than one.
	ErrManyRows = errors.New("kalam: more than one row")
	// ErrPaging marks a statement that QueryAll cannot read page by page.
	ErrPaging error = pagingError{}
	// ErrMismatch marks rows and a type that do not have the same columns, under
	// StrictRows; see [*MismatchError].
	ErrMismatch = errors.New("kalam: columns do not match")
)

// pagingError is a fault of the statement: operators.Retry does not repeat it.
type pagingError struct{}

// Error says no more than that; what wraps it does.
func (pagingError) Error() string { return "kalam: cannot be read in pages" }

// Is reports whether target is ErrConfig, or what that is.
func (pagingError) Is(target error) bool { return target == ErrConfig || target == rx.ErrConfig }

// MismatchError says which columns of a result have no field in the type, and which
// fields have no column in the result.
type MismatchError struct {
	Type    string
	Columns []string
	Fields  []string
}

// Error names the type, the columns and the fields.
func (e *MismatchError) Error() string {
	text := "kalam: columns do not match " + e.Type
	if len(e.Columns) > 0 {
		text += fmt.Sprintf(": no field for %s", strings.Join(e.Columns, ", "))
	}
	if len(e.Fields) > 0 {
		text += fmt.Sprintf(": no column for %s", strings.Join(e.Fields, ", "))
	}
	return text
}

// Is reports whether target is ErrMismatch.
func (e *MismatchError) Is(target error) bool { return target == ErrMismatch }
