package engine

import "github.com/kalamdb/kalamrx/wire"

// Outcome is what a request answered.
type Outcome struct {
	Results      []Result
	SingleSelect bool // one SELECT alone: the server streams it and writes "error":null
}

// Result is one result of a request.
type Result struct {
	Query    bool // a query: Schema and Rows count, even when empty
	Schema   wire.Schema
	Rows     [][][]byte // raw JSON cells in schema order
	RowCount int64
	Message  string // DDL and DML
	AsUser   string
}
