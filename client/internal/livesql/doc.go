// Package livesql reads the SQL of live queries, and writes the SQL by which
// the client compares what it was pushed with what the table holds: loads,
// audits and counts. It is text to text; nothing here does I/O.
package livesql
