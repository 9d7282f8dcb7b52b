package auth

import "github.com/kalamdb/kalamrx/wire"

// parseGrant reads the answer to login and refresh. Its errors hold nothing of the answer.
func parseGrant(text []byte) (Grant, error) {
	var r wire.LoginResponse
	if err := wire.Unmarshal(text, &r); err != nil {
		return Grant{}, err
	}
	if r.AccessToken == "" {
		return Grant{}, &wire.FieldError{Field: "access_token", Want: "string"}
	}
	return Grant{
		Access:  token(r.AccessToken, r.ExpiresAt),
		Refresh: token(r.RefreshToken, r.RefreshExpiresAt),
		User:    r.User,
	}, nil
}

// token takes the expiry from the answer, or from the token where the answer does not say it.
func token(value string, expires wire.Stamp) Token {
	at, err := expires.Time()
	if err == nil || value == "" {
		return Token{Value: value, Expires: at}
	}
	c, _ := parseClaims(value)
	return Token{Value: value, Expires: c.expires}
}
