package wire

// Message is a frame of either direction. The set of messages is closed.
type Message interface {
	// MessageType tells the message's "type".
	MessageType() MessageType
	appendTo(dst []byte) ([]byte, error)
}

// ClientMessage is what a client sends: *Authenticate, *Subscribe, *NextBatch, *Unsubscribe or *Ping.
type ClientMessage interface {
	Message
	fromClient()
}

// ServerMessage is what a server sends: *AuthSuccess, *AuthError, *SubscriptionAck, *InitialDataBatch, *Change,
// *ErrorMessage, or *Unknown for a type this package does not know.
type ServerMessage interface {
	Message
	fromServer()
}

// MessageType is the "type" of a frame.
type MessageType uint8

// The message types. TypeNone is a frame whose "type" is missing or not a string; TypeUnknown any other text.
const (
	TypeNone MessageType = iota
	TypeUnknown
	TypeAuthenticate
	TypeSubscribe
	TypeNextBatch
	TypeUnsubscribe
	TypePing
	TypeAuthSuccess
	TypeAuthError
	TypeSubscriptionAck
	TypeInitialDataBatch
	TypeChange
	TypeError
)

// String gives the text on the wire; "none" and "unknown" for the two that have none.
func (t MessageType) String() string {
	switch t {
	case TypeNone:
		return "none"
	case TypeAuthenticate:
		return "authenticate"
	case TypeSubscribe:
		return "subscribe"
	case TypeNextBatch:
		return "next_batch"
	case TypeUnsubscribe:
		return "unsubscribe"
	case TypePing:
		return "ping"
	case TypeAuthSuccess:
		return "auth_success"
	case TypeAuthError:
		return "auth_error"
	case TypeSubscriptionAck:
		return "subscription_ack"
	case TypeInitialDataBatch:
		return "initial_data_batch"
	case TypeChange:
		return "change"
	case TypeError:
		return "error"
	}
	return "unknown"
}

// messageTypeOf finds the type of an unescaped text without allocating.
func messageTypeOf(text []byte) MessageType {
	switch string(text) {
	case "change":
		return TypeChange
	case "initial_data_batch":
		return TypeInitialDataBatch
	case "subscription_ack":
		return TypeSubscriptionAck
	case "error":
		return TypeError
	case "auth_success":
		return TypeAuthSuccess
	case "auth_error":
		return TypeAuthError
	case "authenticate":
		return TypeAuthenticate
	case "subscribe":
		return TypeSubscribe
	case "next_batch":
		return TypeNextBatch
	case "unsubscribe":
		return TypeUnsubscribe
	case "ping":
		return TypePing
	}
	return TypeUnknown
}

// Protocol is what the two sides agree on for a socket. This package speaks JSON only, gzipped or not.
type Protocol struct {
	Serialization string // "json"; also "msgpack" (to 0.7) or "domain" (0.8), which this package does not speak
	Compression   string // "gzip" or "none"; only the URL's compress=false has an effect
}

// JSONProtocol is what a client of this package asks for.
func JSONProtocol() Protocol { return Protocol{Serialization: "json", Compression: "gzip"} }

// AppendMessage appends a message of either direction as JSON text. Text that is not UTF-8 is an error.
func AppendMessage(dst []byte, m Message) ([]byte, error) {
	if m == nil {
		return dst, missing("", "message")
	}
	start := len(dst)
	dst, err := m.appendTo(dst)
	if err != nil {
		return dst[:start], err
	}
	return dst, nil
}
