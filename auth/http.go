package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

const (
	loginPath   = "/v1/api/auth/login"
	refreshPath = "/v1/api/auth/refresh"
	// maxAnswer is the largest answer that is read.
	maxAnswer = 1 << 20
	// patience is how long one login or refresh may take, with its answer.
	patience = 30 * time.Second
)

// NewServer gives the login and refresh of the KalamDB server at base, an http or https URL, by way of hc; nil stands
// for a client of its own on [http.DefaultTransport].
//
// Of hc it uses transport and timeout. Cookies are neither sent nor kept: the server would prefer a cookie to the token.
// Redirects are not followed: password and token go to the host of base only, and there over TLS or to this machine, see
// [Secure], unless [AllowPlaintext] says otherwise. A request takes 30 s at most, an answer has 1 MiB at most; of a longer
// one that is no success the beginning is read. A base that cannot be used, or is not secure, and a bad option are an
// error, [ErrConfig], of the calls.
//
// An answer that is no success is a [*wire.ServerError], with RetryAfter where the server says it; HTTP 428 is
// [ErrSetupRequired] besides.
func NewServer(base *url.URL, hc *http.Client, opts ...ServerOption) Server {
	s := &httpServer{label: label{"server without address"}, bad: badBase(base)}
	if s.bad == nil {
		s.label.text = strings.TrimRight(base.String(), "/")
	}
	for _, opt := range opts {
		if opt == nil {
			s.bad = errors.Join(s.bad, fmt.Errorf("%w: NewServer: an option is nil", ErrConfig))
			continue
		}
		s.bad = errors.Join(s.bad, opt(s))
	}
	if s.bad == nil && !s.plaintext && !Secure(base) {
		s.bad = fmt.Errorf("%w: password and token are not sent over plain http to %s, which is not this machine", ErrConfig, base.Host)
	}
	if hc != nil {
		s.client.Transport, s.client.Timeout = hc.Transport, hc.Timeout
	}
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return s
}

// ServerOption is an option of [NewServer].
type ServerOption func(*httpServer) error

// AllowPlaintext lets passwords and refresh tokens go over plain http to any host, where everybody on the way can read
// them: for networks that are safe by other means. Default: only where [Secure] says that they may.
func AllowPlaintext() ServerOption {
	return func(s *httpServer) error {
		s.plaintext = true
		return nil
	}
}

func badBase(base *url.URL) error {
	switch {
	case base == nil:
		return fmt.Errorf("%w: no base URL", ErrConfig)
	case base.User != nil:
		return fmt.Errorf("%w: base URL holds credentials", ErrConfig)
	case base.Scheme != "http" && base.Scheme != "https", base.Host == "":
		return fmt.Errorf("%w: base URL is not http or https with a host", ErrConfig)
	case base.RawQuery != "" || base.Fragment != "":
		return fmt.Errorf("%w: base URL has a query or a fragment", ErrConfig)
	}
	return nil
}

type httpServer struct {
	label     // the base URL
	client    http.Client
	plaintext bool // may be used to any host
	bad       error
}

// Identity makes clients of one server share its tokens.
func (s *httpServer) Identity() string { return s.text }

// Login posts to /v1/api/auth/login.
func (s *httpServer) Login(ctx context.Context, user, password string) (Grant, error) {
	body, err := wire.Marshal(wire.LoginRequest{User: user, Password: password})
	if err != nil {
		return Grant{}, fmt.Errorf("%w: user or password cannot be sent", ErrConfig)
	}
	return s.post(ctx, call{op: "login", path: loginPath, body: body, secret: password})
}

// Refresh posts to /v1/api/auth/refresh.
func (s *httpServer) Refresh(ctx context.Context, refreshToken string) (Grant, error) {
	return s.post(ctx, call{op: "refresh", path: refreshPath, bearer: refreshToken, secret: refreshToken})
}

// call is one request. secret is what must not come back in an error.
type call struct {
	op, path string
	body     []byte
	bearer   string
	secret   string
}

// failed puts the operation before an error that is not the server's. One that quotes the secret, as a transport may of
// an answer it cannot read, keeps its text only.
func (c call) failed(err error) error {
	return fmt.Errorf("kalam: %s: %w", c.op, without(err, c.secret))
}

func (s *httpServer) post(ctx context.Context, c call) (Grant, error) {
	if s.bad != nil {
		return Grant{}, s.bad
	}
	ctx, cancel := patiently(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.text+c.path, bytes.NewReader(c.body))
	if err != nil {
		return Grant{}, c.failed(err)
	}
	if c.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return Grant{}, c.failed(err)
	}
	defer resp.Body.Close()
	return c.read(resp)
}

// patiently is ctx, ended after patience. One that ends at that moment or sooner is left alone, so that it is by its own
// cause that a request ends.
func patiently(ctx context.Context) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= patience {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, patience)
}

func (c call) read(resp *http.Response) (Grant, error) {
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return Grant{}, c.failed(err)
	}
	if resp.StatusCode/100 != 2 {
		return Grant{}, c.refusal(resp, text)
	}
	if len(text) > maxAnswer {
		return Grant{}, c.failed(&wire.SizeError{Limit: maxAnswer})
	}
	g, err := parseGrant(text)
	if err != nil {
		return Grant{}, c.failed(err)
	}
	return g, nil
}

// refusal is what the server said instead of a grant, without the secret should it have sent that back.
func (c call) refusal(resp *http.Response, text []byte) error {
	e := wire.ParseError(resp.StatusCode, Redact(text, c.secret))
	e.Op = c.op
	e.RetryAfter = max(e.RetryAfter, wire.RetryAfter(resp.Header.Get("Retry-After"), time.Now()))
	if to, err := resp.Location(); err == nil && resp.StatusCode/100 == 3 {
		e.Message = "redirect to host " + to.Host + " is not followed"
	}
	if resp.StatusCode == http.StatusPreconditionRequired || errors.Is(e, wire.CodeSetupRequired) {
		return fmt.Errorf("%w: %w", ErrSetupRequired, e)
	}
	return e
}
