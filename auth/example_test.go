package auth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/wire"
)

// token was made by a KalamDB server for the user lena.
const token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJsZW5hIiwiaXNzIjoia2FsYW1kYiIsImV4cCI6MTc5NTU2MzE1OCwiaWF0IjoxNzk1NDc2NzU4LCJlbWFpbCI6bnVsbCwicm9sZSI6InVzZXIiLCJ0b2tlbl90eXBlIjoiYWNjZXNzIn0.YR7TeHfmGIhhIcuKsuZZzpvbLis3t1vxwJnRpgbNgxc"

// office is a server of two lines, for the examples: whoever knows the password gets numbered tokens.
type office struct{ logins, refreshes int }

func (o *office) Login(_ context.Context, user, password string) (auth.Grant, error) {
	o.logins++
	if password != "Secret-lena-1" {
		return auth.Grant{}, &wire.ServerError{Op: "login", HTTPStatus: 401, Code: wire.CodeLoginUnauthorized, Message: "Invalid credentials"}
	}
	return auth.Grant{Access: auth.Token{Value: fmt.Sprintf("%s-%d", user, o.logins)}, Refresh: auth.Token{Value: "r"}}, nil
}

func (o *office) Refresh(context.Context, string) (auth.Grant, error) {
	o.refreshes++
	return auth.Grant{Access: auth.Token{Value: fmt.Sprintf("refreshed-%d", o.refreshes)}}, nil
}

func ExamplePassword() {
	source := auth.Password("lena", "Secret-lena-1")
	server := &office{}

	ask := func(refused string) {
		got, err := source.Token(context.Background(), auth.Ask{Server: server, Refused: refused})
		fmt.Println(got.Value, err, "- logins", server.logins, "refreshes", server.refreshes)
	}
	ask("")
	ask("")
	ask("lena-1") // the server has refused it
	fmt.Println(source)
	// Output:
	// lena-1 <nil> - logins 1 refreshes 0
	// lena-1 <nil> - logins 1 refreshes 0
	// refreshed-1 <nil> - logins 1 refreshes 1
	// password(lena)
}

func ExamplePassword_refused() {
	_, err := auth.Password("lena", "a wrong guess").Token(context.Background(), auth.Ask{Server: &office{}})
	fmt.Println(err)
	fmt.Println(errors.Is(err, auth.ErrUnauthenticated), errors.Is(err, wire.CodeLoginUnauthorized))
	// Output:
	// kalam: unauthenticated: kalam: login: HTTP 401: unauthorized: Invalid credentials
	// true true
}

func ExampleJWT() {
	source, err := auth.JWT(token)
	fmt.Println(source, err)

	_, err = auth.JWT("Secret-lena-1")
	fmt.Println(err)
	// Output:
	// jwt(token([redacted], expires 2026-11-24T23:32:38Z)) <nil>
	// kalam: bad credentials: JWT: token is not three parts with a dot between each
}

func ExampleNone() {
	got, err := auth.None().Token(context.Background(), auth.Ask{})
	fmt.Println(got, err)
	// Output: token(none) <nil>
}

func ExampleCheck() {
	fmt.Println(auth.Check(auth.Password("lena", "")))
	fmt.Println(auth.Check(auth.Password("lena", "Secret-lena-1")))
	// Output:
	// kalam: bad credentials: Password: password is empty
	// <nil>
}

func ExampleToken() {
	t := auth.Token{Value: token, Expires: time.Date(2026, 11, 24, 23, 32, 38, 0, time.UTC)}
	fmt.Printf("%v\n%#v\n%x\n", t, t, t)
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	log.Info("asking", "with", t)
	// Output:
	// token([redacted], expires 2026-11-24T23:32:38Z)
	// auth.token([redacted], expires 2026-11-24T23:32:38Z)
	// token([redacted], expires 2026-11-24T23:32:38Z)
	// level=INFO msg=asking with="token([redacted], expires 2026-11-24T23:32:38Z)"
}

func ExampleGrant() {
	g, err := (&office{}).Login(context.Background(), "lena", "Secret-lena-1")
	fmt.Println(g.Access.Value, g.Access, err)
	// Output: lena-1 token([redacted]) <nil>
}

// vault is a source of one's own: it reads its token again whenever the server has refused the last one.
type vault struct{ secrets []string }

func (v *vault) Token(_ context.Context, ask auth.Ask) (auth.Token, error) {
	if len(v.secrets) > 0 && v.secrets[0] == ask.Refused {
		v.secrets = v.secrets[1:]
	}
	if len(v.secrets) == 0 {
		return auth.Token{}, fmt.Errorf("vault is empty: %w", auth.ErrUnauthenticated)
	}
	return auth.Token{Value: v.secrets[0]}, nil
}

func ExampleSource() {
	var source auth.Source = &vault{secrets: []string{"monday", "tuesday"}}
	refused := ""
	for range 3 {
		got, err := source.Token(context.Background(), auth.Ask{Refused: refused})
		fmt.Println(got.Value, err)
		refused = got.Value
	}
	// Output:
	// monday <nil>
	// tuesday <nil>
	//  vault is empty: kalam: unauthenticated
}

func ExampleAsk() {
	fmt.Println(auth.Ask{Server: auth.NewServer(&url.URL{Scheme: "http", Host: "localhost:2900"}, nil), Refused: token})
	// Output: ask(http://localhost:2900, refused [redacted])
}

func ExampleServer() {
	var server auth.Server = &office{}
	_, err := server.Login(context.Background(), "lena", "a wrong guess")
	fmt.Println(errors.Is(err, wire.ClassAuth))
	// Output: true
}

// wireTap answers every request like a server that wants to be set up first.
type wireTap struct{}

func (wireTap) RoundTrip(r *http.Request) (*http.Response, error) {
	fmt.Println(r.Method, r.URL)
	body := `{"error":"setup_required","message":"Server requires initial setup"}`
	return &http.Response{StatusCode: 428, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func ExampleNewServer() {
	base := &url.URL{Scheme: "http", Host: "localhost:2900"}
	server := auth.NewServer(base, &http.Client{Transport: wireTap{}})
	_, err := server.Login(context.Background(), "root", "Secret-root-1")
	fmt.Println(err)
	fmt.Println(errors.Is(err, auth.ErrSetupRequired))
	// Output:
	// POST http://localhost:2900/v1/api/auth/login
	// kalam: server setup required: kalam: login: HTTP 428: setup_required: Server requires initial setup
	// true
}

func ExampleRedact() {
	echoed := []byte(`{"error":"bad token eyJhbGciOi.x.y"}`)
	fmt.Println(string(auth.Redact(echoed, "eyJhbGciOi.x.y")))
	// Output: {"error":"bad token [redacted]"}
}
