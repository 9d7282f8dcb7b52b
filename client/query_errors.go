package client

import (
	"errors"

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
)

// pagingError is a fault of the statement: operators.Retry does not repeat it.
type pagingError struct{}

// Error says no more than that; what wraps it does.
func (pagingError) Error() string { return "kalam: cannot be read in pages" }

// Is reports whether target is ErrConfig, or what that is.
func (pagingError) Is(target error) bool { return target == ErrConfig || target == rx.ErrConfig }
