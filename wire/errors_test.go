package wire

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
)

func TestParseError_EveryShape(t *testing.T) {
	tests := []struct {
		status int
		body   string
		want   ServerError
		class  Class
	}{
		{400, `{"status":"error","results":[],"took":11.7,"error":{"code":"SQL_EXECUTION_ERROR","message":"Statement 2 failed: no","details":"SELECT"}}`, ServerError{Code: CodeSQLExecutionError, Message: "Statement 2 failed: no", Details: "SELECT", Statement: 2}, ClassFatal},
		{401, `{"error":{"code":"TOKEN_EXPIRED","message":"Invalid credentials"},"results":[],"status":"error","took":0}`, ServerError{Code: CodeTokenExpired, Message: "Invalid credentials"}, ClassAuth},
		{404, `{"code":"FILE_NOT_FOUND","error":"File not found"}`, ServerError{Code: CodeFileNotFound, Message: "File not found"}, ClassFatal},
		{403, `{"error":"Access denied. Loopback only.","code":"FORBIDDEN"}`, ServerError{Code: CodeForbidden, Message: "Access denied. Loopback only."}, ClassAuth},
		{401, `{"error":"unauthorized","message":"Invalid credentials"}`, ServerError{Code: CodeLoginUnauthorized, Message: "Invalid credentials"}, ClassAuth},
		{429, `{"error":"IP_BANNED","message":"banned","retry_after_seconds":300}`, ServerError{Code: CodeIPBanned, Message: "banned", RetryAfter: 5 * time.Minute}, ClassRetryable},
		{413, `{"error":"BODY_TOO_LARGE","size_bytes":11000000,"max_bytes":10485760}`, ServerError{Code: CodeBodyTooLarge}, ClassFatal},
		{403, `{"error":"Access denied. Local only"}`, ServerError{Message: "Access denied. Local only"}, ClassAuth},
		{503, "Server is shutting down", ServerError{Message: "Server is shutting down"}, ClassRetryable},
		{400, "Json deserialize error: missing field `group_id` at line 1 column 26\n", ServerError{Message: "Json deserialize error: missing field `group_id` at line 1 column 26"}, ClassFatal},
		{404, "", ServerError{}, ClassFatal},
		{502, "<html>bad gateway</html>", ServerError{Message: "<html>bad gateway</html>"}, ClassRetryable},
		{500, `{"error":7}`, ServerError{Message: `{"error":7}`}, ClassRetryable},
		{500, `{"error":{"code":"NEW_IN_2030","message":"m"}}`, ServerError{Code: "NEW_IN_2030", Message: "m"}, ClassRetryable},
		{429, `{"error":"x_y","message":"m","retry_after_seconds":-1}`, ServerError{Code: "x_y", Message: "m"}, ClassRetryable},
	}
	for _, tt := range tests {
		t.Run(tt.body, func(t *testing.T) {
			is := is.New(t)
			got := ParseError(tt.status, []byte(tt.body))
			tt.want.HTTPStatus = tt.status
			is.Equal(*got, tt.want)
			is.Equal(got.Class(), tt.class)
			is.Equal(got.Temporary(), tt.class == ClassRetryable)
			var err error = fmt.Errorf("asked: %w", got)
			is.True(errors.Is(err, tt.class))
			is.True(!errors.Is(err, tt.class+1))
			is.Equal(errors.Is(err, tt.want.Code), true)
			is.True(!errors.Is(err, CodeProtocol))
			var again *ServerError
			is.True(errors.As(err, &again))
		})
	}
}

func TestServerError_Text(t *testing.T) {
	is := is.New(t)
	e := &ServerError{Op: "query", HTTPStatus: 400, Code: CodeInvalidSQL, Message: strings.Repeat("é", 400), Details: "SELECT secret"}
	text := e.Error()
	is.True(strings.HasPrefix(text, "kalam: query: HTTP 400: INVALID_SQL: é"))
	is.True(len(text) < 400 && !strings.Contains(text, "secret"))
	is.Equal((&ServerError{}).Error(), "kalam: server error")
	m := &ErrorMessage{SubscriptionID: "s1", Code: CodeNotFound, Message: "Not found"}
	is.Equal(m.Err().Error(), "kalam: subscribe: s1: NOT_FOUND: Not found")
}

// TestCode_EveryConstantHasItsClass reads the constants from the source, so that a new one cannot be forgotten.
func TestCode_EveryConstantHasItsClass(t *testing.T) {
	is := is.New(t)
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	is.NoErr(err)
	codes := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		lit, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			return true
		}
		text, err := strconv.Unquote(lit.Value)
		is.NoErr(err)
		codes++
		if !Code(text).Known() {
			t.Errorf("%s has no class", text)
		}
		return true
	})
	is.Equal(codes, 58) // 15 of the WebSocket, 32 of HTTP, 11 of the login routes
	is.True(!Code("NOPE").Known())
	is.Equal(Code("NOPE").Class(), ClassFatal)
	is.True(CodeForwardFailed.OutcomeUnknown() && !CodeNotLeader.OutcomeUnknown())
}

func TestSecrets_AreInNoText(t *testing.T) {
	is := is.New(t)
	const secret = "Very-Secret-1"
	values := []any{
		Authenticate{Method: "jwt", Token: secret}, &Authenticate{Method: "jwt", Token: secret},
		LoginRequest{User: "lena", Password: secret}, &LoginRequest{Password: secret},
		LoginResponse{AccessToken: secret, RefreshToken: secret}, &LoginResponse{AccessToken: secret},
		SetupRequest{Password: secret, RootPassword: secret}, &SetupRequest{Password: secret},
	}
	for _, v := range values {
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", v)
		for _, text := range []string{fmt.Sprint(v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v), fmt.Sprintf("%s", v), log.String()} {
			is.True(!strings.Contains(text, secret))
			is.True(strings.Contains(text, "redacted"))
		}
	}
	_, err := ParseClient([]byte(`{"type":"authenticate","method":"jwt","token":"` + secret + `","protocol":7}`))
	is.True(err != nil && !strings.Contains(err.Error(), secret))
	err = Unmarshal([]byte(`{"user":"a","password":"`+secret+`","x":1}`), &LoginRequest{})
	is.True(errors.Is(err, ErrField) && !strings.Contains(err.Error(), secret))
	err = Unmarshal([]byte(`{"user":{"id":"a"},"access_token":"`+secret+`","expires_at":7}`), &LoginResponse{})
	is.True(errors.Is(err, ErrField) && !strings.Contains(err.Error(), secret))
}
