package wire

// Code is an error code as the server wrote it. It is an error itself, so that errors.Is(err, wire.CodeInvalidSQL) asks
// for it. Codes that are not among the constants are kept as written.
type Code string

// Error gives the code's text.
func (c Code) Error() string { return "kalam: " + string(c) }

// Codes of WebSocket error messages.
const (
	CodeAuthRequired              Code = "AUTH_REQUIRED"
	CodeUnauthorized              Code = "UNAUTHORIZED"
	CodeNotFound                  Code = "NOT_FOUND" // also topics over HTTP
	CodeInvalidSQL                Code = "INVALID_SQL"
	CodeUnsupported               Code = "UNSUPPORTED"
	CodeInvalidSubscriptionID     Code = "INVALID_SUBSCRIPTION_ID"
	CodeSubscriptionLimitExceeded Code = "SUBSCRIPTION_LIMIT_EXCEEDED"
	CodeSubscriptionFailed        Code = "SUBSCRIPTION_FAILED"
	CodeConversionError           Code = "CONVERSION_ERROR"
	CodeBatchFetchFailed          Code = "BATCH_FETCH_FAILED"  // subscribe again
	CodeRateLimitExceeded         Code = "RATE_LIMIT_EXCEEDED" // also over HTTP, 429
	CodeMessageTooLarge           Code = "MESSAGE_TOO_LARGE"
	CodeUnsupportedData           Code = "UNSUPPORTED_DATA"
	CodeProtocol                  Code = "PROTOCOL"
	CodeCursorExpired             Code = "CURSOR_EXPIRED" // 0.7 and later; subscribe again without From
)

// Codes of HTTP errors.
const (
	CodeMissingAuthorization    Code = "MISSING_AUTHORIZATION"
	CodeInvalidCredentials      Code = "INVALID_CREDENTIALS"
	CodeSetupRequired           Code = "SETUP_REQUIRED"
	CodeAccountLocked           Code = "ACCOUNT_LOCKED"
	CodeTokenExpired            Code = "TOKEN_EXPIRED"
	CodeRemoteAccessDenied      Code = "REMOTE_ACCESS_DENIED"
	CodeInsufficientPermissions Code = "INSUFFICIENT_PERMISSIONS"
	CodePermissionDenied        Code = "PERMISSION_DENIED"
	CodeForbidden               Code = "FORBIDDEN"
	CodeAuthenticationError     Code = "AUTHENTICATION_ERROR"
	CodeIPBanned                Code = "IP_BANNED"
	CodeNotLeader               Code = "NOT_LEADER"
	CodeForwardFailed           Code = "FORWARD_FAILED"
	CodeClusterUnavailable      Code = "CLUSTER_UNAVAILABLE"
	CodeLeaderNotAvailable      Code = "LEADER_NOT_AVAILABLE"
	CodeInternalError           Code = "INTERNAL_ERROR"
	CodeSQLExecutionError       Code = "SQL_EXECUTION_ERROR"
	CodeBatchParseError         Code = "BATCH_PARSE_ERROR"
	CodeEmptySQL                Code = "EMPTY_SQL"
	CodeParamsWithBatch         Code = "PARAMS_WITH_BATCH"
	CodeInvalidParameter        Code = "INVALID_PARAMETER"
	CodeInvalidInput            Code = "INVALID_INPUT"
	CodeTableNotFound           Code = "TABLE_NOT_FOUND"
	CodeFileTooLarge            Code = "FILE_TOO_LARGE"
	CodeTooManyFiles            Code = "TOO_MANY_FILES"
	CodeMissingFile             Code = "MISSING_FILE"
	CodeExtraFile               Code = "EXTRA_FILE"
	CodeInvalidMIMEType         Code = "INVALID_MIME_TYPE"
	CodeFileNotFound            Code = "FILE_NOT_FOUND"
	CodeBodyTooLarge            Code = "BODY_TOO_LARGE"
	CodeNotNullViolation        Code = "NOT_NULL_VIOLATION" // 0.8
	CodeMissingColumn           Code = "MISSING_COLUMN"     // 0.8
)

// Codes of the login routes, in the lower case in which they are written.
const (
	CodeLoginUnauthorized      Code = "unauthorized"
	CodeLoginAccountLocked     Code = "account_locked"
	CodeLoginForbidden         Code = "forbidden"
	CodeLoginSetupRequired     Code = "setup_required"
	CodeLoginRateLimited       Code = "rate_limited"
	CodeLoginInternalError     Code = "internal_error"
	CodeLoginWeakPassword      Code = "weak_password"
	CodeLoginInvalidUser       Code = "invalid_user"
	CodeLoginAlreadyConfigured Code = "already_configured"
	CodeLoginUserExists        Code = "user_exists"
	CodeLoginLocalAuthDisabled Code = "local_auth_disabled" // 0.6 and later
)

// Class says what a client may do about an error. It is an error itself: errors.Is(err, wire.ClassRetryable).
type Class uint8

// The classes. ClassFatal, the zero value, also stands for codes nobody knows: the same request fails again.
const (
	ClassFatal     Class = iota // the request is at fault; do not repeat it
	ClassAuth                   // who asks is at fault: another token may help, the same will not
	ClassRetryable              // the moment is at fault; repeat with backoff, writes only if not OutcomeUnknown
)

// String gives "fatal", "auth" or "retryable".
func (c Class) String() string {
	switch c {
	case ClassAuth:
		return "auth"
	case ClassRetryable:
		return "retryable"
	}
	return "fatal"
}

// Error gives the class as an error text.
func (c Class) Error() string { return "kalam: " + c.String() + " error" }

// Class gives the code's class; ClassFatal for codes that are not among the constants.
func (c Code) Class() Class {
	switch c {
	case CodeAuthRequired, CodeUnauthorized, CodeMissingAuthorization, CodeInvalidCredentials, CodeSetupRequired,
		CodeAccountLocked, CodeTokenExpired, CodeRemoteAccessDenied, CodeInsufficientPermissions, CodePermissionDenied,
		CodeForbidden, CodeLoginUnauthorized, CodeLoginAccountLocked, CodeLoginForbidden, CodeLoginSetupRequired,
		CodeLoginLocalAuthDisabled:
		return ClassAuth
	case CodeSubscriptionLimitExceeded, CodeSubscriptionFailed, CodeBatchFetchFailed, CodeRateLimitExceeded,
		CodeAuthenticationError, CodeIPBanned, CodeNotLeader, CodeForwardFailed, CodeClusterUnavailable,
		CodeLeaderNotAvailable, CodeInternalError, CodeLoginRateLimited, CodeLoginInternalError, CodeCursorExpired:
		return ClassRetryable
	}
	return ClassFatal
}

// OutcomeUnknown reports whether the request may have been carried out all the same, so that only reads may be repeated.
func (c Code) OutcomeUnknown() bool {
	return c == CodeInternalError || c == CodeForwardFailed || c == CodeLoginInternalError
}

// Known reports whether the code is among the constants.
func (c Code) Known() bool {
	if c.Class() != ClassFatal {
		return true
	}
	switch c {
	case CodeNotFound, CodeInvalidSQL, CodeUnsupported, CodeInvalidSubscriptionID, CodeConversionError, CodeMessageTooLarge,
		CodeUnsupportedData, CodeProtocol, CodeSQLExecutionError, CodeBatchParseError, CodeEmptySQL,
		CodeParamsWithBatch, CodeInvalidParameter, CodeInvalidInput, CodeTableNotFound, CodeFileTooLarge,
		CodeTooManyFiles, CodeMissingFile, CodeExtraFile, CodeInvalidMIMEType, CodeFileNotFound, CodeBodyTooLarge,
		CodeNotNullViolation, CodeMissingColumn, CodeLoginWeakPassword, CodeLoginInvalidUser,
		CodeLoginAlreadyConfigured, CodeLoginUserExists:
		return true
	}
	return false
}
