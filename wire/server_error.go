package wire

import (
	"strconv"
	"strings"
	"time"
)

// ServerError is what the server said, kept as said; the one error type for it in all of the library. errors.Is finds
// the code (wire.CodeInvalidSQL) and the class (wire.ClassAuth).
type ServerError struct {
	Op             string        // what was asked: "query", "subscribe", "login", …; set by who asked
	SubscriptionID string        // of a live query, else empty
	HTTPStatus     int           // 0 over the WebSocket
	Code           Code          // empty where the server gave none
	Message        string        // of the server, for people; not to be parsed
	Details        string        // the offending SQL; only sent to roles dba and system
	RetryAfter     time.Duration // how long to wait; 0 when not said
	Statement      int           // number of the failing statement from 1; 0 when not said
}

// Error gives operation, HTTP status, code and message, at most 300 bytes of it. Details are left out.
func (e *ServerError) Error() string {
	text := "kalam"
	for _, part := range []string{e.Op, e.SubscriptionID, e.statusText(), string(e.Code), cut(e.Message, 300)} {
		if part != "" {
			text += ": " + part
		}
	}
	if text == "kalam" {
		return "kalam: server error"
	}
	return text
}

func (e *ServerError) statusText() string {
	if e.HTTPStatus == 0 {
		return ""
	}
	return "HTTP " + strconv.Itoa(e.HTTPStatus)
}

func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// Class gives the class of the code; of the HTTP status where the code is empty or unknown.
func (e *ServerError) Class() Class {
	if e.Code.Known() {
		return e.Code.Class()
	}
	switch s := e.HTTPStatus; {
	case s == 401 || s == 403 || s == 428:
		return ClassAuth
	case s == 408 || s == 429 || s >= 500:
		return ClassRetryable
	}
	return ClassFatal
}

// Temporary reports whether the same request may succeed later.
func (e *ServerError) Temporary() bool { return e.Class() == ClassRetryable }

// Retryable is Temporary; operators.Retry asks for it.
func (e *ServerError) Retryable() bool { return e.Temporary() }

// Is reports whether target is the error's Code or its Class.
func (e *ServerError) Is(target error) bool {
	switch t := target.(type) {
	case Code:
		return t == e.Code
	case Class:
		return t == e.Class()
	}
	return false
}

// ParseError reads the body of an HTTP answer that is not a success, in any of its shapes: {"status":"error",…,
// "error":{code,message,details}}, {"error":text,"code":code}, {"error":code,"message":text,"retry_after_seconds":n},
// or plain text. It always gives an error; what it cannot read becomes the message.
func ParseError(httpStatus int, body []byte) *ServerError {
	e := &ServerError{HTTPStatus: httpStatus}
	text := trimSpace(body)
	if kindOf(text) != KindObject || e.read(text) != nil || e.Code == "" && e.Message == "" {
		*e = ServerError{HTTPStatus: httpStatus, Message: cut(strings.ToValidUTF8(string(text), "\uFFFD"), maxPlainText)}
	}
	e.Statement = failedStatement(e.Message)
	return e
}

// maxPlainText bounds the message that is made of a body in an unknown shape.
const maxPlainText = 1024

func (e *ServerError) read(body []byte) error {
	var flat, code, message string
	var retry int64
	err := eachMember(body, func(key, value []byte) error {
		switch string(key) {
		case "error":
			if kindOf(value) == KindObject {
				return e.readObject(value)
			}
			return readOptionalString(value, &flat)
		case "code":
			return readOptionalString(value, &code)
		case "message":
			return readOptionalString(value, &message)
		case "retry_after_seconds":
			return readInt64(value, &retry)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if retry > 0 && retry <= int64(maxRetryAfter/time.Second) {
		e.RetryAfter = time.Duration(retry) * time.Second
	}
	if e.Code != "" || e.Message != "" {
		return nil
	}
	e.flat(flat, code, message)
	return nil
}

// maxRetryAfter is the longest wait that is believed: the server's longest ban is half an hour.
const maxRetryAfter = 24 * time.Hour

// flat sorts out a string "error": with a code beside it, it is the message; with a message beside it, the code; alone,
// it is a code if it looks like one.
func (e *ServerError) flat(text, code, message string) {
	switch {
	case code != "":
		e.Code, e.Message = Code(code), text
	case message != "" || looksLikeCode(text):
		e.Code, e.Message = Code(text), message
	default:
		e.Message = text
	}
}

func looksLikeCode(s string) bool {
	for _, c := range []byte(s) {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return strings.Contains(s, "_") || Code(s).Known()
}

func (e *ServerError) readObject(raw []byte) error {
	var body ErrorBody
	if err := body.read(raw); err != nil {
		return err
	}
	e.Code, e.Message, e.Details = body.Code, body.Message, body.Details
	return nil
}

// failedStatement reads N of "Statement N failed: …".
func failedStatement(message string) int {
	rest, ok := strings.CutPrefix(message, "Statement ")
	if !ok {
		return 0
	}
	digits, _, ok := strings.Cut(rest, " failed")
	if !ok {
		return 0
	}
	n, _ := smallNumber(digits)
	return n
}
