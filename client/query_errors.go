package client

import "errors"

// Sentinels of queries, for errors.Is.
var (
	// ErrNoRows is QueryOne's where no row is found.
	ErrNoRows = errors.New("kalam: no rows")
	// ErrManyRows is QueryOne's where there is more than one.
	ErrManyRows = errors.New("kalam: more than one row")
)
