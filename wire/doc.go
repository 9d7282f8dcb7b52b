// Package wire is the protocol of KalamDB as values: bytes to messages, rows and cells, and back. It does no I/O, starts
// no goroutine and looks at no clock; package client does.
//
// # Frames
//
// A frame of the WebSocket is JSON text, or gzip of it in a binary message. An [Unpacker] gives the text within a limit,
// [Scan] tells where it belongs without touching its rows, [ParseServer] reads it:
//
//	var u wire.Unpacker
//	text, err := u.Unpack(buf[:0], frame, 16<<20) // ErrTooLarge, ErrBadGzip
//	env, err := wire.Scan(text)                   // env.Type, env.SubscriptionID
//	m, err := wire.ParseServer(text)
//	switch m := m.(type) {
//	case *wire.SubscriptionAck: // m.Schema, m.BatchControl
//	case *wire.InitialDataBatch: // m.Rows
//	case *wire.Change: // m.After(schema), m.Before(schema)
//	case *wire.ErrorMessage: // m.Err()
//	case *wire.Unknown: // of a newer server: count it and go on
//	}
//
// A client that compares versions before it decodes reads changes by [Change.Parse], which finds the version and the key on
// the way, and decodes by [Decoder.Into]: the frame is walked twice, and the row's strings are the one thing allocated.
//
//	var m wire.Change // used again for the next frame
//	var cells [2]wire.Cell
//	err := m.Parse(text, cells[:], "_seq", "id") // cells and rows alias text
//	row, ok, err := m.After(schema)
//	err = decoder.Into(&message, row, schema) // keeps nothing of text
//
// [AppendMessage] writes messages of both directions and [ParseClient] reads those of a client, for servers. Members
// that are not known are ignored, whatever their order. MessagePack and the "domain" serialization are not spoken: ask
// for [JSONProtocol], which every server grants.
//
// # Rows
//
// A [Row] finds cells by name: the server writes the columns of each frame in another order. A [Cell] is one unread JSON
// value; absent is not NULL. Sixty-four bit integers, which come as strings, and decimals are exact. A [Decoder] makes
// structs of rows, by name (WebSocket) or by position (HTTP), straight from their text where that is as servers write it.
//
// Timestamps are microseconds since 1970; from 1e17 on (18 digits; as microseconds the year 5138) they are taken for
// nanoseconds, which 0.4.3 sends for expressions such as NOW(). So nanoseconds before March 1973 are misread; where the
// unit is known, use [Cell.TimeIn]. Bytes of 0.4.3 are what the server sends: an inserted X'00FF10' comes back as the
// text of an Arrow array, which is the server's error and cannot be told from such a text.
//
// # Two generations
//
// Sequence ids are opaque ([Seq]). A server to 0.4.3 writes last_seq_id as a number and null when there is none; from
// 0.5 on it is left out, and 0.8 writes strings, calls the column `_version` and adds a version_domain. All of it is kept
// in [BatchControl] and goes back in [NextBatch] and [SubscribeOptions] in the form it came in.
//
// # HTTP
//
// [Unmarshal] and [Marshal] read and write the bodies of every route, [ParseQueryResponse] the answers of SQL without
// copying rows, and [ParseError] every shape of error: all become a [ServerError], which errors.Is its [Code] and [Class].
//
// # Errors
//
// Bad input is an error and never a panic: [ErrSyntax], [ErrField], [ErrCell], [ErrSeq], [ErrTooLarge], [ErrBadGzip],
// [ErrUnsupportedType]. The errors name fields and columns and hold no values, tokens or passwords.
package wire
