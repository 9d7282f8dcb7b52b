package engine

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// failureClass sorts failures as the server does: it decides status, code and whether roles user and service see the text.
type failureClass uint8

const (
	classExecution    failureClass = iota
	classOperation                 // Invalid operation
	classExists                    // Already exists
	classNotFound                  // Not found
	classTable                     // Table not found
	classUnauthorized              // Unauthorized
	classDenied                    // Permission denied
	classInvalidSQL                // Invalid SQL
)

// prefix is how the server begins the text of a failure of the class.
func (c failureClass) prefix() string {
	switch c {
	case classOperation:
		return "Invalid operation: "
	case classExists:
		return "Already exists: "
	case classNotFound:
		return "Not found: "
	case classTable:
		return "Table not found: "
	case classUnauthorized:
		return "Unauthorized: "
	case classDenied:
		return "Permission denied: "
	case classInvalidSQL:
		return "Invalid SQL: "
	}
	return "Execution error: "
}

// failure is a statement that failed while it ran.
type failure struct {
	class failureClass
	text  string
}

// Error gives the text as the server writes it after "Statement N failed: ".
func (f *failure) Error() string { return f.class.prefix() + f.text }

func fail(class failureClass, parts ...string) error {
	return &failure{class, strings.Join(parts, "")}
}

// refusal is a request refused before anything ran: parse errors, roles that may not, wrong parameters.
type refusal struct {
	status int
	code   wire.Code
	text   string
}

// Error gives the full text.
func (r *refusal) Error() string { return r.text }

func refuse(status int, code wire.Code, parts ...string) error {
	return &refusal{status, code, strings.Join(parts, "")}
}

func invalidSQL(parts ...string) error {
	return refuse(http.StatusBadRequest, wire.CodeInvalidSQL, parts...)
}

// publicText is what roles user and service are told instead of the text; "" = the text.
func publicText(code wire.Code) string {
	switch code {
	case wire.CodeBatchParseError:
		return "Failed to parse SQL batch"
	case wire.CodeSQLExecutionError:
		return "SQL statement failed"
	case wire.CodeInvalidSQL:
		return "SQL statement is invalid or not allowed"
	case wire.CodeTableNotFound:
		return "Requested table is not available"
	case wire.CodeInternalError:
		return "SQL request failed"
	}
	return ""
}

// refused turns a refusal into the server's answer.
func refused(r *refusal, role Role) *Error {
	text := r.text
	if public := publicText(r.code); public != "" && !role.Admin() {
		text = public
	}
	return &Error{Status: r.status, Code: r.code, Message: text}
}

// failed turns what ended statement number n (from 1) into the server's answer.
func failed(err error, n int, sql string, role Role) *Error {
	var r *refusal
	if errors.As(err, &r) {
		return refused(r, role)
	}
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{classExecution, err.Error()}
	}
	status, code, open := f.answer()
	e := &Error{Status: status, Code: code, Message: "Statement " + strconv.Itoa(n) + " failed: " + f.Error()}
	switch {
	case role.Admin():
		e.Details = sql
	case !open:
		if public := publicText(code); public != "" {
			e.Message = public
		}
	}
	return e
}

// answer gives status and code, and whether the text is told to every role.
func (f *failure) answer() (status int, code wire.Code, open bool) {
	const bad = http.StatusBadRequest
	lower := strings.ToLower(f.text)
	switch f.class {
	case classUnauthorized, classDenied:
		return http.StatusForbidden, wire.CodePermissionDenied, true
	case classInvalidSQL:
		return bad, wire.CodeInvalidSQL, true
	case classTable:
		return bad, wire.CodeSQLExecutionError, false
	case classNotFound:
		return bad, wire.CodeSQLExecutionError, !strings.Contains(lower, "table") || !strings.Contains(lower, "not found")
	case classExecution:
		return bad, wire.CodeSQLExecutionError, harmless(lower)
	}
	return bad, wire.CodeSQLExecutionError, true
}

// harmless reports whether a lower-case execution error speaks of the caller's own data only.
func harmless(lower string) bool {
	for _, part := range []string{"no field named", "primary key", "constraint violation", "already exists", "duplicate",
		"unique constraint", "unique index"} {
		if strings.Contains(lower, part) {
			return true
		}
	}
	return strings.Contains(lower, "not found") && (strings.Contains(lower, "column") || strings.Contains(lower, "field"))
}
