// Package engine is the SQL engine of kalamtest: an in-process emulation of what KalamDB 0.4.3 answers to SQL and to live
// queries, with its faults, on an in-memory SQLite database of its own.
//
// What the server above it uses:
//
//	New, Options, (*Engine).Close                one engine = one private database; ErrClosed afterwards
//	Session, Role                                who asks
//	(*Engine).Exec → *Outcome or *Error          one request text (one statement or a batch); Result, Outcome.SingleSelect
//	(*Engine).OnChange → RowChange, Version      every committed row version, in commit order
//	(*Engine).ParseLive → *LiveQuery or *LiveError
//	(*LiveQuery).Table, Schema, Concerns, Matches, ChangeRows
//	(*Engine).Boundary, (*Engine).Page           PageRequest, Page: snapshot pages
//	(*Engine).User, Users, AddUser, CheckPassword
//	(*Engine).Fetch, Ack, TopicOffsets, TopicEnd, Publish, ForgetClaims: topics and their consumer groups
//
// How it works: statements are tokenized and parsed here (tokenizer.go, parse_*.go, ast.go). A SELECT is rendered as SQLite's SQL
// (render*.go) with every table replaced by a subquery of what the session may see: its own rows of USER and STREAM tables, no
// tombstones unless asked for plainly, no expired STREAM rows. Result types are derived on the way and cells are written as the
// protocol's JSON (encode.go). Writes (insert.go, update.go) find their rows by SQL, check and convert the values (coerce.go) and
// store them with a new `_seq`; a delete turns the row into a tombstone. One row is kept for each (owner, primary key).
//
// Topics (topic*.go) are logs in memory. A commit writes its records while it has the turn and before it is told; who consumes needs
// no turn, only the lock of the topics. Claims expire when the next poll of their group looks at the clock.
//
// All requests of an engine take turns, so that every answer is a consistent cut and changes are told in commit order.
//
// Faults of the real server that are repeated on purpose: section 13 of the protocol; the order of rows around a LIMIT (select.go);
// snapshot pages that may repeat or lose rows (page.go); the live evaluator (livefilter.go); X'…' literals and the embeddings
// beside them (coerce.go, insert.go); decimals between -1 and 0 that lose their sign (encode.go).
package engine
