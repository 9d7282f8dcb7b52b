package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/sethvargo/go-retry"
)

// Account is who the server says we are.
type Account struct {
	wire.User
	AdminUI bool // whether the account may use the server's own web pages
}

// Login changes a user's password for tokens, once, and gives them. It changes nothing about
// the client: to go on as that user make a source of the grant, auth.JWT(g.Access.Value), for
// SetAuth or another client; auth.Password does it all by itself and renews, too.
//
// A user or password that no server would take is ErrConfig, and so is an address where it
// could be read on the way, see WithInsecureToken. One that the server refuses is
// auth.ErrUnauthenticated, a server that nobody has set up ErrSetupRequired, too many
// attempts a *ServerError with wire.CodeLoginRateLimited, and RetryAfter where the server
// says it. It is not tried again. WithTimeout bounds it, and 30 s whatever that says.
func (c *Client) Login(ctx context.Context, user, password string) (auth.Grant, error) {
	if err := auth.Check(auth.Password(user, password)); err != nil {
		return auth.Grant{}, fmt.Errorf("%w: Login: %w", ErrConfig, err)
	}
	return c.grant(ctx, "login", func(ctx context.Context) (auth.Grant, error) { return c.login.Login(ctx, user, password) })
}

// Refresh changes a refresh token, as Login grants it, for new tokens. The server keeps the
// old one good until its end. Errors are those of Login.
func (c *Client) Refresh(ctx context.Context, refreshToken string) (auth.Grant, error) {
	if refreshToken == "" {
		return auth.Grant{}, fmt.Errorf("%w: Refresh: no token", ErrConfig)
	}
	return c.grant(ctx, "refresh", func(ctx context.Context) (auth.Grant, error) { return c.login.Refresh(ctx, refreshToken) })
}

// grant asks for tokens, in the time that there is for a call.
func (c *Client) grant(ctx context.Context, op string, ask func(context.Context) (auth.Grant, error)) (auth.Grant, error) {
	if c.closed.Load() {
		return auth.Grant{}, ErrClosed
	}
	if err := c.cfg.mayTell(c.addr); err != nil {
		return auth.Grant{}, err
	}
	c.alive.add()
	defer c.alive.remove()
	ctx, cancel := c.within(ctx, op, c.cfg.timeout)
	defer cancel()
	g, err := ask(ctx)
	var said *ServerError
	if errors.As(err, &said) && said.HTTPStatus == http.StatusUnauthorized {
		err = fmt.Errorf("%w: %w", auth.ErrUnauthenticated, err)
	}
	return g, (&patience{op: op, last: err}).explain(ctx, err)
}

// Me asks the server who the client's token source makes us. It is tried again as a
// statement that reads is. Nobody's source is a *ServerError with status 401.
func (c *Client) Me(ctx context.Context) (Account, error) {
	var me wire.MeResponse
	err := c.call(ctx, request{op: "me", method: http.MethodGet, path: "/v1/api/auth/me"}, &me)
	if err != nil {
		return Account{}, err
	}
	return Account{User: me.User, AdminUI: me.AdminUIAccess}, nil
}

// Logout tells the server that we leave. It only clears cookies, which this client does not
// have: the tokens stay good until their end, and the socket stays open. To stop being
// somebody use SetAuth with auth.None().
func (c *Client) Logout(ctx context.Context) error {
	return c.call(ctx, request{op: "logout", method: http.MethodPost, path: "/v1/api/auth/logout"}, nil)
}

// SetupStatus says whether the server waits to be set up. It answers callers on its own
// machine, unless it is told otherwise: others get a *ServerError with status 403. It is tried
// again as a statement that reads is.
func (c *Client) SetupStatus(ctx context.Context) (wire.SetupStatus, error) {
	var status wire.SetupStatus
	err := c.call(ctx, request{op: "setup status", method: http.MethodGet, path: "/v1/api/auth/status", anonymous: true}, &status)
	return status, err
}

// Setup makes the first administrator of a server that nobody has set up, and gives root its
// password; passwords have 8 to 72 bytes. It logs nobody in. It is not tried again: what
// became of one that was not answered SetupStatus says.
//
// A *ServerError says by its code what is wrong: wire.CodeLoginAlreadyConfigured,
// wire.CodeLoginUserExists, wire.CodeLoginWeakPassword, wire.CodeLoginInvalidUser, or
// wire.CodeLoginForbidden on another machine than the server's, unless it allows that. An
// address where the passwords could be read on the way is ErrConfig, see WithInsecureToken.
func (c *Client) Setup(ctx context.Context, s wire.SetupRequest) (wire.User, error) {
	if err := c.cfg.mayTell(c.addr); err != nil {
		return wire.User{}, err
	}
	body, err := wire.Marshal(s)
	if err != nil {
		return wire.User{}, fmt.Errorf("%w: Setup: it cannot be sent", ErrConfig)
	}
	var done wire.SetupResponse
	err = c.call(ctx, request{
		op: "setup", method: http.MethodPost, path: "/v1/api/auth/setup", kind: "application/json", anonymous: true,
		body: func() (io.Reader, error) { return bytes.NewReader(body), nil },
	}, &done)
	return done.User, hushed(err, s.Password, s.RootPassword)
}

// call makes an HTTP call that is no statement, and reads the answer into what into points to. One
// that only reads is tried again, as statements are.
func (c *Client) call(ctx context.Context, r request, into any) error {
	if c.closed.Load() {
		return ErrClosed
	}
	c.alive.add()
	defer c.alive.remove()
	ctx, cancel := c.within(c.as(ctx), r.op, c.cfg.timeout)
	defer cancel()
	retries := 0
	if r.method == http.MethodGet {
		retries = c.cfg.maxRetries
	}
	again := &patience{op: r.op, next: queryBackoff(retries)}
	err := retry.Do(ctx, again, func(ctx context.Context) error {
		err := c.callOnce(ctx, r, into)
		again.last = err
		if mayPass(ctx, err) {
			return retry.RetryableError(err)
		}
		return err
	})
	return again.explain(ctx, err)
}

func (c *Client) callOnce(ctx context.Context, r request, into any) error {
	a, err := c.fetch(ctx, r)
	if err != nil || into == nil {
		return err
	}
	if err := wire.Unmarshal(a.body, into); err != nil {
		return fmt.Errorf("kalam: %s: answer: %w", r.op, err)
	}
	return nil
}

// hushed is an error without secrets that a server, or what is before it, may have sent back.
func hushed(err error, secrets ...string) error {
	if err == nil {
		return nil
	}
	clean := func(text string) string {
		for _, secret := range secrets {
			text = string(auth.Redact([]byte(text), secret))
		}
		return text
	}
	var said *ServerError
	if errors.As(err, &said) {
		said.Message, said.Details, said.Code = clean(said.Message), clean(said.Details), wire.Code(clean(string(said.Code)))
	}
	if text := err.Error(); clean(text) != text {
		return errors.New(strings.TrimSpace(clean(text)))
	}
	return err
}
