package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
)

// leeway is what the server forgives a token after its end.
const leeway = 60 * time.Second

// JWT is a source with one access token, which it does not renew. A text that has
// not the shape of a JWT is ErrConfig. After its end, or when the server refuses
// it, the source gives ErrUnauthenticated.
func JWT(token string) (Source, error) {
	expires, err := expiry(token)
	if err != nil {
		return nil, err
	}
	return &static{Token{Value: token, Expires: expires}}, nil
}

type static struct{ token Token }

func (s *static) Token(_ context.Context, ask Ask) (Token, error) {
	if ask.Refused == s.token.Value {
		return Token{}, fmt.Errorf("%w: the token was refused, and there is no other", ErrUnauthenticated)
	}
	if end := s.token.Expires; !end.IsZero() && time.Now().After(end.Add(leeway)) {
		return Token{}, fmt.Errorf("%w: the token expired at %s", ErrUnauthenticated, end.UTC().Format(time.RFC3339))
	}
	return s.token, nil
}

// expiry reads the "exp" claim, in seconds since 1970, of a JWT without verifying
// it; zero when it has none (RFC 7519, 4.1.4).
func expiry(token string) (time.Time, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[0] == "" || parts[2] == "" {
		return time.Time{}, fmt.Errorf("%w: not a JWT: it has %d parts, not 3", ErrConfig, len(parts))
	}
	for _, c := range []byte(token) {
		if c <= ' ' || c > '~' {
			return time.Time{}, fmt.Errorf("%w: not a JWT: it has characters that no header can hold", ErrConfig)
		}
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: not a JWT: its payload is not base64url", ErrConfig)
	}
	var claims struct {
		Expires *float64 `json:"exp"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return time.Time{}, fmt.Errorf("%w: not a JWT: its payload has no claims", ErrConfig)
	}
	if claims.Expires == nil {
		return time.Time{}, nil
	}
	const year9999 = 253402300799
	if e := *claims.Expires; e < 0 || e > year9999 || math.IsNaN(e) {
		return time.Time{}, fmt.Errorf("%w: JWT with an impossible exp", ErrConfig)
	}
	return time.Unix(int64(*claims.Expires), 0), nil
}
