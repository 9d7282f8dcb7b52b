package wire

// AuthSuccess says that the socket is authenticated. It comes unasked where the token was in the header.
type AuthSuccess struct {
	User     string // id of the user
	Role     string // anonymous, user, service, dba or system
	Protocol Protocol
}

// AuthError says that a token was refused, expired ones included, or came too late; the socket is closed after it.
type AuthError struct{ Message string }

// BatchStatus says how far a snapshot is.
type BatchStatus string

// The states of a snapshot.
const (
	StatusLoading      BatchStatus = "loading"       // batch 0, more to ask for
	StatusLoadingBatch BatchStatus = "loading_batch" // a later batch, more to ask for
	StatusReady        BatchStatus = "ready"         // nothing more; changes come from here on
)

// BatchControl tells where a snapshot is and how to ask for more.
type BatchControl struct {
	BatchNum      int
	HasMore       bool
	Status        BatchStatus
	LastSeqID     Seq     // version of the batch's last row, not the newest; zero when empty
	LastSeqForm   SeqForm // how LastSeqID was written
	LastSeqAbsent bool    // the member was missing (0.5 and later); else an empty batch has null (0.4.3)
	VersionDomain Raw     // 0.8: to be sent back as it is; nil when missing
}

// SubscriptionAck accepts a live query.
type SubscriptionAck struct {
	SubscriptionID string
	TotalRows      int64 // always 0
	BatchControl   BatchControl
	Schema         Schema
}

// InitialDataBatch is one page of a snapshot.
type InitialDataBatch struct {
	SubscriptionID string
	Rows           Rows
	BatchControl   BatchControl
}

// ChangeType is the kind of a change.
type ChangeType string

// The kinds of changes.
const (
	Insert ChangeType = "insert"
	Update ChangeType = "update"
	Delete ChangeType = "delete"
)

// Change is a live change, of one row in all known servers. Which of Rows and OldValues are there, and what they leave
// out, depends on the kind: see Images.
type Change struct {
	SubscriptionID string
	ChangeType     ChangeType
	Rows           Rows // absent for a delete
	OldValues      Rows // absent for an insert
}

// ErrorMessage is an error of a live query, or of the socket by one of the ids "subscribe", "invalid_subscription",
// "protocol" and "rate_limit".
type ErrorMessage struct {
	SubscriptionID string
	Code           Code
	Message        string
}

// Unknown is a message of a type this package does not know, kept as it came.
type Unknown struct {
	Type string
	Raw  Raw
}

// MessageType is TypeAuthSuccess.
func (*AuthSuccess) MessageType() MessageType { return TypeAuthSuccess }

// MessageType is TypeAuthError.
func (*AuthError) MessageType() MessageType { return TypeAuthError }

// MessageType is TypeSubscriptionAck.
func (*SubscriptionAck) MessageType() MessageType { return TypeSubscriptionAck }

// MessageType is TypeInitialDataBatch.
func (*InitialDataBatch) MessageType() MessageType { return TypeInitialDataBatch }

// MessageType is TypeChange.
func (*Change) MessageType() MessageType { return TypeChange }

// MessageType is TypeError.
func (*ErrorMessage) MessageType() MessageType { return TypeError }

// MessageType is TypeUnknown.
func (*Unknown) MessageType() MessageType { return TypeUnknown }

func (*AuthSuccess) fromServer()      {}
func (*AuthError) fromServer()        {}
func (*SubscriptionAck) fromServer()  {}
func (*InitialDataBatch) fromServer() {}
func (*Change) fromServer()           {}
func (*ErrorMessage) fromServer()     {}
func (*Unknown) fromServer()          {}

// Err gives the message as the one error type that stands for what a server said.
func (m *ErrorMessage) Err() *ServerError {
	return &ServerError{Op: "subscribe", SubscriptionID: m.SubscriptionID, Code: m.Code, Message: m.Message}
}
