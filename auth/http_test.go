package auth

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

const (
	accessText  = "eyJh.access.c2ln"
	refreshText = "eyJh.refresh.c2ln"
	granted     = `{"user":{"id":"u_lena","name":"Lena","role":"user","email":null,"created_at":"2026-02-01T09:00:00Z","updated_at":"2026-02-01T09:00:00Z","later":1},` +
		`"admin_ui_access":false,"expires_at":"2026-03-02T00:00:00.067248464+00:00","access_token":"` + accessText + `",` +
		`"refresh_token":"` + refreshText + `","refresh_expires_at":"2026-03-08T00:00:00Z","unknown":[1]}`
)

func address(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// answer makes a network that gives one answer to everything, and keeps what was asked.
func answer(status int, header http.Header, body string) (*http.Client, *[]*http.Request) {
	var asked []*http.Request
	return &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		text, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(text)))
		asked = append(asked, r)
		if header == nil {
			header = http.Header{}
		}
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, err
	})}, &asked
}

func TestServer_LoginAndRefreshAsTheProtocolSays(t *testing.T) {
	is := is.New(t)
	jar, err := cookiejar.New(nil)
	is.NoErr(err)
	base := address(t, "https://db.example:2900/prefix/")
	jar.SetCookies(base, []*http.Cookie{{Name: "kalamdb_refresh", Value: "of another user", Path: "/"}})
	hc, asked := answer(200, http.Header{"Set-Cookie": {"kalamdb_auth=x; Path=/"}}, granted)
	hc.Jar = jar
	server := NewServer(base, hc)

	g, err := server.Login(context.Background(), "le\"na", testPassword)
	is.NoErr(err)
	is.Equal(g.Access.Value, accessText)
	is.True(g.Access.Expires.Equal(time.Date(2026, 3, 2, 0, 0, 0, 67248464, time.UTC)))
	is.Equal(g.Refresh.Value, refreshText)
	is.True(g.Refresh.Expires.Equal(time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC)))
	is.Equal(g.User.ID, "u_lena")
	is.Equal(g.User.Name, "Lena")
	_, err = server.Refresh(context.Background(), refreshText)
	is.NoErr(err)

	login, refresh := (*asked)[0], (*asked)[1]
	is.Equal(login.Method, "POST")
	is.Equal(login.URL.String(), "https://db.example:2900/prefix/v1/api/auth/login")
	is.Equal(login.Header.Get("Content-Type"), "application/json")
	is.Equal(login.Header.Get("Authorization"), "")
	var sent map[string]string
	is.NoErr(json.NewDecoder(login.Body).Decode(&sent))
	is.Equal(sent, map[string]string{"user": "le\"na", "password": testPassword})

	is.Equal(refresh.URL.Path, "/prefix/v1/api/auth/refresh")
	is.Equal(refresh.Header.Get("Authorization"), "Bearer "+refreshText)
	text, err := io.ReadAll(refresh.Body)
	is.NoErr(err)
	is.Equal(len(text), 0)
	is.Equal(login.Header.Get("Cookie")+refresh.Header.Get("Cookie"), "") // no jar: a cookie would win over the token
	is.Equal(len(jar.Cookies(base)), 1)
}

func TestServer_ErrorsAreWhatTheServerSaid(t *testing.T) {
	tests := []struct {
		name   string
		status int
		header http.Header
		body   string
		code   wire.Code
		class  wire.Class
		wait   time.Duration
		setup  bool
	}{
		{"wrong password", 401, nil, `{"error":"unauthorized","message":"Invalid credentials"}`, "unauthorized", wire.ClassAuth, 0, false},
		{"locked", 401, nil, `{"error":"account_locked","message":"Locked"}`, "account_locked", wire.ClassAuth, 0, false},
		{"forbidden", 403, nil, `{"error":"forbidden","message":"Remote"}`, "forbidden", wire.ClassAuth, 0, false},
		{"setup", 428, nil, `{"error":"setup_required","message":"root"}`, "setup_required", wire.ClassAuth, 0, true},
		{"setup, in plain text", 428, nil, `set me up`, "", wire.ClassAuth, 0, true},
		{"setup, of the middleware", 401, nil, `{"status":"error","error":{"code":"SETUP_REQUIRED","message":"m"}}`, "SETUP_REQUIRED", wire.ClassAuth, 0, true},
		{"limited", 429, http.Header{"Retry-After": {"3"}}, `{"error":"rate_limited","message":"slow"}`, "rate_limited", wire.ClassRetryable, 3 * time.Second, false},
		{"banned", 429, nil, `{"error":"IP_BANNED","message":"m","retry_after_seconds":300}`, "IP_BANNED", wire.ClassRetryable, 5 * time.Minute, false},
		{"unavailable", 503, http.Header{"Retry-After": {"1000000000"}}, "", "", wire.ClassRetryable, 24 * time.Hour, false},
		{"broken", 500, http.Header{"Retry-After": {"soon"}}, `{"error":"internal_error","message":"m"}`, "internal_error", wire.ClassRetryable, 0, false},
		{"not read", 400, nil, "Json deserialize error: EOF", "", wire.ClassFatal, 0, false},
		{"no KalamDB", 404, nil, "", "", wire.ClassFatal, 0, false},
		{"ten megabytes of error", 502, nil, strings.Repeat("<html>", 10<<20/6), "", wire.ClassRetryable, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			hc, _ := answer(tt.status, tt.header, tt.body)
			g, err := NewServer(address(t, "https://db"), hc).Login(context.Background(), testUser, testPassword)
			is.Equal(g, Grant{})
			var e *wire.ServerError
			is.True(errors.As(err, &e))
			is.Equal(e.Op, "login")
			is.Equal(e.HTTPStatus, tt.status)
			is.Equal(e.Code, tt.code)
			is.Equal(e.Class(), tt.class)
			is.Equal(e.RetryAfter, tt.wait)
			is.Equal(errors.Is(err, ErrSetupRequired), tt.setup)
			is.True(len(err.Error()) < 500)
		})
	}
}

func TestServer_RetryAfterAsADate(t *testing.T) {
	is := is.New(t)
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	header := func(at time.Time) http.Header { return http.Header{"Retry-After": {at.Format(http.TimeFormat)}} }
	is.Equal(wire.RetryAfter(header(now.Add(90*time.Second)).Get("Retry-After"), now), 90*time.Second)
	is.Equal(wire.RetryAfter(header(now.Add(-time.Hour)).Get("Retry-After"), now), time.Duration(0))
	is.Equal(wire.RetryAfter(http.Header{}.Get("Retry-After"), now), time.Duration(0))
}

func TestServer_GarbageInsteadOfAGrant(t *testing.T) {
	tests := []struct {
		name, body string
		want       error
	}{
		{"nothing", "", wire.ErrSyntax},
		{"a page", "<html>" + accessText, wire.ErrSyntax},
		{"cut", granted[:len(granted)-9], wire.ErrSyntax},
		{"an array", "[]", wire.ErrField},
		{"null", "null", wire.ErrField},
		{"no token", `{"user":{}}`, wire.ErrField},
		{"a number for a token", `{"access_token":123456789}`, wire.ErrField},
		{"no end", `{"access_token":"` + strings.Repeat("x", maxAnswer) + `"}`, wire.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			hc, _ := answer(200, nil, tt.body)
			g, err := NewServer(address(t, "https://db"), hc).Refresh(context.Background(), refreshText)
			is.Equal(g, Grant{})
			is.True(errors.Is(err, tt.want))
			is.True(strings.HasPrefix(err.Error(), "kalam: refresh: "))
			is.True(!strings.Contains(err.Error(), accessText) && !strings.Contains(err.Error(), "123456789"))
		})
	}
}

func TestServer_ExpiryFromTheTokenWhereTheAnswerDoesNotSayIt(t *testing.T) {
	is := is.New(t)
	token := signed(`{"exp":1795563158}`)
	hc, _ := answer(200, nil, `{"access_token":"`+token+`","expires_at":"tomorrow"}`)
	g, err := NewServer(address(t, "https://db"), hc).Login(context.Background(), testUser, testPassword)
	is.NoErr(err)
	is.True(g.Access.Expires.Equal(time.Unix(1795563158, 0)))
	is.Equal(g.Refresh, Token{})
}

func TestServer_RedirectIsNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{"https://evil.example/x?token=1", "http://sub.db/", "/v1/api/auth/login"} {
			is := is.New(t)
			hc, asked := answer(status, http.Header{"Location": {to}}, "moved")
			hc.CheckRedirect = func(*http.Request, []*http.Request) error { return nil } // the user's wish does not count
			_, err := NewServer(address(t, "https://db"), hc).Refresh(context.Background(), refreshText)
			var e *wire.ServerError
			is.True(errors.As(err, &e))
			is.Equal(e.HTTPStatus, status)
			is.True(strings.Contains(e.Message, "redirect to host "))
			is.True(!strings.Contains(err.Error(), "token=1"))
			is.Equal(len(*asked), 1)
		}
	}
}

func TestServer_AddressThatCannotBeUsed(t *testing.T) {
	is := is.New(t)
	hc, asked := answer(200, nil, granted)
	bad := []*url.URL{nil, {}, address(t, "ws://db"), address(t, "http://"), address(t, "http://a:Secret-lena-1@db"), address(t, "https://db?x=1"), address(t, "/v1")}
	for _, base := range bad {
		_, err := NewServer(base, hc).Login(context.Background(), testUser, testPassword)
		is.True(errors.Is(err, ErrConfig))
		is.True(!strings.Contains(err.Error(), testPassword))
	}
	is.Equal(len(*asked), 0)
}

// TestServer_SilenceEnds has servers that take the request, or begin to answer, and then say nothing.
func TestServer_SilenceEnds(t *testing.T) {
	silent := roundTripper(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	dripping := roundTripper(func(r *http.Request) (*http.Response, error) {
		body := readerFunc(func(p []byte) (int, error) {
			select {
			case <-time.After(time.Second):
				p[0] = ' '
				return 1, nil
			case <-r.Context().Done():
				return 0, r.Context().Err()
			}
		})
		return &http.Response{StatusCode: 200, Body: io.NopCloser(body), Request: r}, nil
	})
	for _, rt := range []http.RoundTripper{silent, dripping} {
		synctest.Test(t, func(t *testing.T) {
			is := is.New(t)
			start := time.Now()
			_, err := NewServer(address(t, "https://db"), &http.Client{Transport: rt}).Login(context.Background(), testUser, testPassword)
			is.True(errors.Is(err, context.DeadlineExceeded))
			is.Equal(time.Since(start), patience)
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
