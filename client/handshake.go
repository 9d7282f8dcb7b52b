package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/wire"
)

// open asks for a token, dials, upgrades, and waits for the server to say who we
// are. A refused token is replaced once; a second refusal is final.
func (l *link) open() (*wire.AuthSuccess, error) {
	var refused string
	var refusal error
	for {
		token, err := l.connect(refused, refusal)
		var who *wire.AuthSuccess
		if err == nil {
			who, err = l.verdict(token)
		}
		if err == nil {
			return who, nil
		}
		l.hangUp()
		switch no := isRefusal(err); {
		case token == "" && (no || isUnheard(err)):
			return nil, l.failed("authenticate", noCredentials(err))
		case token == "" || !no:
			return nil, err
		}
		if refused != "" {
			return nil, l.failed("authenticate", fmt.Errorf("%w: %w", auth.ErrUnauthenticated, err))
		}
		refused, refusal = token, err
	}
}

// connect asks for a token and makes one connection with it. refusal is why the token
// refused did not do, if one did not.
func (l *link) connect(refused string, refusal error) (token string, err error) {
	if token, err = l.token(refused); err != nil {
		return "", l.failed("token", errors.Join(err, refusal))
	}
	l.c.owner.post(func() { l.c.owner.enter(l, Dialing) })
	ctx, cancel := l.c.within(l.ctx, "connect", l.c.cfg.connect)
	defer cancel()
	return token, l.dial(ctx, token)
}

// token asks for a token for as long as a request would wait for one: a source that is
// asked anew for every dial, and takes longer than a dial may, would never connect.
func (l *link) token(refused string) (string, error) {
	ctx, cancel := l.c.within(l.ctx, "token", l.c.cfg.timeout)
	defer cancel()
	return l.c.token(ctx, refused, true)
}

// verdict reads until auth_success or auth_error, for as long as the option says.
// The token is shown to nobody, should the server send it back.
func (l *link) verdict(token string) (*wire.AuthSuccess, error) {
	l.c.owner.post(func() { l.c.owner.enter(l, Authenticating) })
	stop := context.AfterFunc(l.ctx, l.hangUp)
	defer stop()
	if err := l.ws.SetReadDeadline(time.Now().Add(l.c.cfg.authWait)); err != nil {
		return nil, l.failed("authenticate", err)
	}
	for {
		kind, r, err := l.ws.NextReader()
		if err != nil {
			return nil, l.failed("authenticate", l.silent(err))
		}
		fr, err := l.frames.read(kind, r, nil)
		if err != nil {
			return nil, l.failed("authenticate", l.silent(err))
		}
		fr.text = auth.Redact(fr.text, token)
		env, _ := wire.Scan(fr.text)
		l.c.received(env, fr)
		if fr.problem != nil {
			return nil, l.failed("authenticate", &FrameError{Size: fr.size, Err: fr.problem})
		}
		msg, err := wire.ParseServer(fr.text)
		if err != nil {
			return nil, l.failed("authenticate", &FrameError{Size: fr.size, Err: err})
		}
		switch m := msg.(type) {
		case *wire.AuthSuccess:
			if err := l.ws.SetReadDeadline(time.Time{}); err != nil {
				return nil, l.failed("authenticate", err)
			}
			return m, nil
		case *wire.AuthError:
			return nil, l.failed("authenticate", &ServerError{Op: "authenticate", Message: m.Message})
		}
	}
}

// silent makes a read that ran into the deadline the timeout it is.
func (l *link) silent(err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return &TimeoutError{Step: "authenticate", After: l.c.cfg.authWait}
	}
	return l.disconnected(err)
}

func (l *link) failed(step string, err error) error {
	return &ConnectError{Step: step, URL: l.c.addr.socket, Err: err}
}

// isRefusal says whether the server refused the token, rather than us altogether:
// 401 on the upgrade, or an auth_error that is not about its own limits. An
// auth_error has a text and no code, so the two known limits go by that.
func isRefusal(err error) bool {
	var connect *ConnectError
	if errors.As(err, &connect) && connect.Status != 0 {
		return connect.Status == http.StatusUnauthorized
	}
	said, ok := verdictIn(err)
	return ok && !strings.HasPrefix(said, "Too many") && !strings.HasPrefix(said, unheard)
}

// unheard is how an auth_error begins where the server waited for a token in vain.
const unheard = "Authentication timeout"

// isUnheard says whether the server waited for a token.
func isUnheard(err error) bool {
	said, ok := verdictIn(err)
	return ok && strings.HasPrefix(said, unheard)
}

// verdictIn is the text of the auth_error behind an error.
func verdictIn(err error) (text string, ok bool) {
	var connect *ConnectError
	var said *ServerError
	if !errors.As(err, &connect) || !errors.As(err, &said) || connect.Step != "authenticate" {
		return "", false
	}
	return said.Message, true
}

// noCredentials is the error of a request without a token where the server wants one.
func noCredentials(err error) error {
	return fmt.Errorf("%w: no credentials, see WithAuth: %w", auth.ErrUnauthenticated, err)
}

// firstBytes reads at most n bytes of a body that may be cut or broken.
func firstBytes(r io.Reader, n int64) []byte {
	b, _ := io.ReadAll(io.LimitReader(r, n))
	return b
}
