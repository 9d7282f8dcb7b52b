package auth

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
)

// FuzzGrant has any bytes for the answer to a login, with any status: a grant with an access token, or an error that is of
// a known kind, is short, and does not show the password that the answer may quote.
func FuzzGrant(f *testing.F) {
	for _, seed := range []string{granted, "", "null", "[]", granted[:100], `{"access_token":"a"}`, `{"access_token":"","expires_at":""}`,
		`{"access_token":"a","expires_at":"9999-12-31T23:59:59-23:59","refresh_token":7}`, `{"error":"unauthorized","message":"no ` + testPassword + `"}`,
		`{"error":"IP_BANNED","retry_after_seconds":1e99}`, "\xff", `{"access_token":"\ud800"}`} {
		f.Add(200, []byte(seed))
		f.Add(401, []byte(seed))
	}
	base := address(f, testBase)
	f.Fuzz(func(t *testing.T, status int, text []byte) {
		status = 200 + (status%400+400)%400
		hc, _ := answer(status, nil, string(text))
		g, err := NewServer(base, hc).Login(context.Background(), testUser, testPassword)
		if err == nil {
			if g.Access.Value == "" || status/100 != 2 {
				t.Fatalf("status %d, %q: a grant without a token", status, text)
			}
			return
		}
		var said *wire.ServerError
		known := errors.As(err, &said) || errors.Is(err, wire.ErrSyntax) || errors.Is(err, wire.ErrField) || errors.Is(err, wire.ErrTooLarge)
		if !known || g != (Grant{}) || len(err.Error()) > 2000 || strings.Contains(err.Error(), testPassword) {
			t.Fatalf("status %d, %q: %v with %v", status, text, err, g)
		}
	})
}
