package auth

import (
	"context"
	"fmt"
	"time"
)

// leeway is how long after its expiry a server still takes a token.
const leeway = 60 * time.Second

// JWT is the source of those who were given an access token. It cannot be renewed: once the server refused it, or a
// minute after it expired, which is as long as the server takes it, every call gives [ErrUnauthenticated].
//
// A text that is no signed JSON Web Token (RFC 7519), is a refresh token, or is longer than 16 KiB, is an error that is
// [ErrConfig]. The signature is not verified, nor can it be. JWT's source never waits.
func JWT(token string) (Source, error) {
	c, err := parseClaims(token)
	if err != nil {
		return nil, fmt.Errorf("%w: JWT: %w", ErrConfig, err)
	}
	if c.kind == "refresh" {
		return nil, fmt.Errorf("%w: JWT: this is a refresh token, an access token is needed", ErrConfig)
	}
	shown := Token{Value: token, Expires: c.expires}.String()
	return &static{label: label{"jwt(" + shown + ")"}, value: hide(token), expires: c.expires}, nil
}

type static struct {
	label
	value   secret
	expires time.Time
}

// Token gives the one token, while it is good.
func (s *static) Token(_ context.Context, ask Ask) (Token, error) {
	if ask.Refused == s.value() {
		return Token{}, fmt.Errorf("%w: the server refused the token, and a static one has no successor", ErrUnauthenticated)
	}
	if e := s.expires; !e.IsZero() && time.Now().After(e.Add(leeway)) {
		return Token{}, fmt.Errorf("%w: the token expired at %s", ErrUnauthenticated, e.UTC().Format(time.RFC3339))
	}
	return Token{Value: s.value(), Expires: s.expires}, nil
}
