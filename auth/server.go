package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// maxAnswer is the largest answer to a login that is read.
const maxAnswer = 1 << 20

// NewServer is the KalamDB server at a base URL, reached through an http.Client.
// It sends no cookies, whatever the client has, since the server would prefer
// them to the tokens; and it follows no redirect, which would carry passwords
// elsewhere. Errors are *wire.ServerError, ErrSetupRequired, or of the network.
func NewServer(base *url.URL, hc *http.Client) Server {
	bare := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if hc != nil {
		bare.Transport, bare.Timeout = hc.Transport, hc.Timeout
	}
	return &server{base: strings.TrimRight(base.String(), "/"), http: bare}
}

type server struct {
	base string
	http http.Client
}

func (s *server) Login(ctx context.Context, user, password string) (Grant, error) {
	body, err := wire.Marshal(wire.LoginRequest{User: user, Password: password})
	if err != nil {
		return Grant{}, fmt.Errorf("kalam: login: %w", err)
	}
	return s.exchange(ctx, "login", body, "")
}

func (s *server) Refresh(ctx context.Context, refreshToken string) (Grant, error) {
	return s.exchange(ctx, "refresh", nil, refreshToken)
}

// exchange posts to one of the two routes that answer with tokens.
func (s *server) exchange(ctx context.Context, op string, body []byte, bearer string) (Grant, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/v1/api/auth/"+op, bytes.NewReader(body))
	if err != nil {
		return Grant{}, fmt.Errorf("kalam: %s: %w", op, err)
	}
	req.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return Grant{}, fmt.Errorf("kalam: %s: %w", op, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return Grant{}, fmt.Errorf("kalam: %s: %w", op, err)
	}
	if resp.StatusCode != http.StatusOK {
		return Grant{}, refusal(op, resp, text)
	}
	return grantOf(op, text)
}

func refusal(op string, resp *http.Response, text []byte) error {
	said := wire.ParseError(resp.StatusCode, text)
	said.Op = op
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		said.RetryAfter = max(said.RetryAfter, time.Duration(s)*time.Second)
	}
	if said.HTTPStatus == http.StatusPreconditionRequired || errors.Is(said, wire.CodeLoginSetupRequired) {
		return fmt.Errorf("%w: %w", ErrSetupRequired, said)
	}
	return said
}

// grantOf reads an answer with tokens. Where it does not say when they end, the
// tokens themselves do.
func grantOf(op string, text []byte) (Grant, error) {
	var a wire.LoginResponse
	if err := wire.Unmarshal(text, &a); err != nil {
		return Grant{}, fmt.Errorf("kalam: %s: answer: %w", op, err)
	}
	if a.AccessToken == "" {
		return Grant{}, fmt.Errorf("kalam: %s: answer: %w", op,
			&wire.FieldError{Field: "access_token", Want: "a token"})
	}
	return Grant{
		Access:  Token{Value: a.AccessToken, Expires: endOf(a.ExpiresAt, a.AccessToken)},
		Refresh: Token{Value: a.RefreshToken, Expires: endOf(a.RefreshExpiresAt, a.RefreshToken)},
		User:    a.User,
	}, nil
}

func endOf(said wire.Stamp, token string) time.Time {
	if t, err := said.Time(); err == nil {
		return t
	}
	end, err := expiry(token)
	if err != nil {
		return time.Time{} // not a JWT: used until it is refused
	}
	return end
}
