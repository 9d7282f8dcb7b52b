package wire

import "log/slog"

// Authenticate offers a credential; the first message on a socket that was opened without an Authorization header.
// Its token is not shown by String, GoString and LogValue.
type Authenticate struct {
	Method   string // "jwt"
	Token    string
	Protocol Protocol
}

// Subscribe opens a live query.
type Subscribe struct {
	ID      string // chosen by the client, not blank
	SQL     string
	Options *SubscribeOptions // nil: live changes only, without a snapshot
}

// SubscribeOptions ask for a snapshot; empty options for all of it.
type SubscribeOptions struct {
	BatchSize     *int    // rows a batch; nil for the server's 1000
	LastRows      *int    // only the newest rows; a hint on 0.4.3
	From          Seq     // resume: rows that are newer than this; zero for none
	FromForm      SeqForm // how From is written
	VersionDomain Raw     // 0.8: sent back as it came in BatchControl
}

// NextBatch asks for the next page of a snapshot.
type NextBatch struct {
	SubscriptionID string
	LastSeqID      Seq     // as the last BatchControl had it; zero starts again from the beginning
	Form           SeqForm // as the last BatchControl had it
}

// Unsubscribe closes a live query. The server does not answer.
type Unsubscribe struct{ SubscriptionID string }

// Ping keeps a socket alive. The server does not answer.
type Ping struct{}

// MessageType is TypeAuthenticate.
func (*Authenticate) MessageType() MessageType { return TypeAuthenticate }

// MessageType is TypeSubscribe.
func (*Subscribe) MessageType() MessageType { return TypeSubscribe }

// MessageType is TypeNextBatch.
func (*NextBatch) MessageType() MessageType { return TypeNextBatch }

// MessageType is TypeUnsubscribe.
func (*Unsubscribe) MessageType() MessageType { return TypeUnsubscribe }

// MessageType is TypePing.
func (*Ping) MessageType() MessageType { return TypePing }

func (*Authenticate) fromClient() {}
func (*Subscribe) fromClient()    {}
func (*NextBatch) fromClient()    {}
func (*Unsubscribe) fromClient()  {}
func (*Ping) fromClient()         {}

// redacted stands for a secret wherever a value is printed or logged.
const redacted = "[redacted]"

// String shows all but the token.
func (m Authenticate) String() string {
	return "authenticate{method:" + m.Method + " token:" + redacted + " protocol:" + m.Protocol.Serialization + "+" + m.Protocol.Compression + "}"
}

// GoString shows all but the token.
func (m Authenticate) GoString() string { return "wire." + m.String() }

// LogValue shows all but the token.
func (m Authenticate) LogValue() slog.Value { return slog.StringValue(m.String()) }
