package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

// webHeaders keeps the headers that came, by path.
type webHeaders struct {
	mu     sync.Mutex
	byPath map[string]http.Header
}

func (h *webHeaders) hook(r *http.Request) (int, string, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byPath == nil {
		h.byPath = map[string]http.Header{}
	}
	h.byPath[r.URL.Path] = r.Header.Clone()
	return 0, "", false
}

func TestHeader_GoesWithEveryRequestAndTheUpgrade(t *testing.T) {
	for _, test := range []struct {
		opts  []client.Option
		agent string
	}{
		{nil, "kalamrx"},
		{[]client.Option{client.WithHeader("user-agent", "shop/1.2")}, "shop/1.2"},
		{[]client.Option{client.WithHTTPClient(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}})}, "kalamrx"},
	} {
		is := is.New(t)
		var seen webHeaders
		srv := kalamtest.Start(t, kalamtest.WithHTTPHook(seen.hook))
		opts := append(test.opts, client.WithAuth(auth.Password("root", kalamtest.RootPassword)), client.WithHeader("x-tenant", "acme"))
		c := webClient(t, srv.URL(), opts...)
		_, err := c.Exec(t.Context(), "SELECT 1")
		is.NoErr(err)
		is.NoErr(c.Connect(t.Context()))
		_, err = c.Health(t.Context())
		is.NoErr(err)
		for _, path := range []string{"/v1/api/auth/login", "/v1/api/sql", "/v1/api/healthcheck", "/v1/ws"} {
			is.Equal(seen.byPath[path]["X-Tenant"], []string{"acme"})
			is.Equal(seen.byPath[path]["User-Agent"], []string{test.agent})
			is.Equal(len(seen.byPath[path]["Cookie"]), 0)
		}
	}
}

func TestHeader_WhatIsNotTheApplicationsIsRefused(t *testing.T) {
	for _, test := range [][2]string{
		{"Authorization", "x"}, {"authorization", "x"}, {"Host", "x"}, {"Connection", "x"}, {"Upgrade", "x"}, {"Cookie", "x"},
		{"Content-Type", "x"}, {"content-length", "1"}, {"Sec-WebSocket-Key", "x"}, {"sec-websocket-protocol", "x"},
		{"Proxy-Authorization", "x"}, {"Transfer-Encoding", "x"}, {"Accept-Encoding", "x"}, {"Expect", "x"}, {"Range", "x"},
		{"", "x"}, {"a b", "x"}, {"a:b", "x"}, {"a\n", "x"}, {"ä", "x"},
		{"X-A", "x\r\nAuthorization: y"}, {"X-A", "\x00"}, {"X-A", " x"}, {"X-A", "x\n"},
	} {
		is := is.New(t)
		_, err := client.New("http://localhost:2900", client.WithHeader(test[0], test[1]))
		is.True(errors.Is(err, client.ErrConfig))
		is.True(strings.Contains(err.Error(), "WithHeader"))
	}
	_, err := client.New("http://localhost:2900", client.WithHeader("X-A", "1"), client.WithHeader("x-a", "2"))
	is.New(t).True(errors.Is(err, client.ErrConfig)) // which of the two would depend on their order
}

func TestHTTPClient_WhatContradictsItIsRefused(t *testing.T) {
	jar, err := cookiejar.New(nil)
	is.New(t).NoErr(err)
	plain := client.WithHTTPClient(&http.Client{})
	dialer := client.WithDialer((&net.Dialer{}).DialContext)
	tlsConfig := client.WithTLSConfig(&tls.Config{})
	proxy := client.WithProxy(http.ProxyFromEnvironment)
	other := client.WithHTTPClient(&http.Client{Transport: webTripper{}})
	dialTLS := client.WithHTTPClient(&http.Client{Transport: &http.Transport{
		DialTLSContext: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("never called") },
	}})
	for _, test := range []struct {
		name string
		opts []client.Option
		ok   bool
	}{
		{"none", []client.Option{client.WithHTTPClient(nil)}, false},
		{"a jar", []client.Option{client.WithHTTPClient(&http.Client{Jar: jar})}, false},
		{"a negative timeout", []client.Option{client.WithHTTPClient(&http.Client{Timeout: -1})}, false},
		{"DialTLSContext", []client.Option{dialTLS}, false},
		{"a dialer", []client.Option{plain, dialer}, false},
		{"a dialer before it", []client.Option{dialer, plain}, false},
		{"TLS", []client.Option{plain, tlsConfig}, false},
		{"a proxy", []client.Option{proxy, plain}, false},
		{"alone", []client.Option{plain}, true},
		{"another RoundTripper, and how the socket is reached", []client.Option{other, dialer, tlsConfig, proxy}, true},
		{"no proxy function", []client.Option{client.WithProxy(nil)}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			is := is.New(t)
			_, err := client.New("https://localhost:2900", test.opts...)
			is.Equal(err == nil, test.ok)
			is.Equal(errors.Is(err, client.ErrConfig), !test.ok)
		})
	}
}

// webTripper is a RoundTripper that net/http does not know.
type webTripper struct {
	calls *atomic.Int64
	next  http.RoundTripper
}

func (w webTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	w.calls.Add(1)
	return w.next.RoundTrip(r)
}

func TestHTTPClient_ItsTransportReachesTheSocketToo(t *testing.T) {
	is := is.New(t)
	srv := kalamtest.Start(t)
	var dials atomic.Int64
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		dials.Add(1)
		return srv.Dial(ctx, network, srv.Addr()) // whatever the name
	}}
	c := webClient(t, "http://shop.localhost:1", client.WithAuth(auth.Password("root", kalamtest.RootPassword)),
		client.WithHTTPClient(&http.Client{Transport: transport}))
	_, err := c.Exec(t.Context(), "SELECT 1")
	is.NoErr(err)
	is.Equal(dials.Load(), int64(1))
	is.NoErr(c.Connect(t.Context()))
	is.Equal(dials.Load(), int64(2))
	is.NoErr(c.Close(t.Context()))
	<-c.Done()
	resp, err := (&http.Client{Transport: transport}).Get("http://shop.localhost:1/health")
	is.NoErr(err)
	is.NoErr(resp.Body.Close())
	is.Equal(dials.Load(), int64(2)) // closing the client has not closed the application's connections
	transport.CloseIdleConnections()
}

func TestHTTPClient_AnotherRoundTripperMakesHTTPCallsOnly(t *testing.T) {
	is := is.New(t)
	srv := kalamtest.Start(t)
	var calls, dials atomic.Int64
	inner := &http.Transport{}
	defer inner.CloseIdleConnections()
	c := webClient(t, srv.URL(), client.WithAuth(auth.Password("root", kalamtest.RootPassword)),
		client.WithHTTPClient(&http.Client{Transport: webTripper{&calls, inner}}),
		client.WithDialer(func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials.Add(1)
			return srv.Dial(ctx, network, addr)
		}))
	_, err := c.Exec(t.Context(), "SELECT 1")
	is.NoErr(err)
	is.Equal(calls.Load(), int64(2)) // the login and the statement
	is.NoErr(c.Connect(t.Context()))
	is.Equal(calls.Load(), int64(2))
	is.Equal(dials.Load(), int64(1))
}

func TestHTTPClient_ItsTimeoutBoundsATry(t *testing.T) {
	is := is.New(t)
	srv := kalamtest.Start(t, kalamtest.WithHTTPHook(func(r *http.Request) (int, string, bool) {
		<-r.Context().Done()
		return 500, "", true
	}))
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	c := webClient(t, srv.URL(), client.WithHTTPClient(&http.Client{Transport: transport, Timeout: 50 * time.Millisecond}))
	_, err := c.Health(t.Context())
	var late net.Error
	is.True(errors.As(err, &late) && late.Timeout())
}

// A redirect is not followed, whatever the application's client would do: the token stays.
func TestHTTPClient_FollowsNoRedirect(t *testing.T) {
	is := is.New(t)
	var elsewhere atomic.Int64
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	moved := webTripper{&atomic.Int64{}, roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Host != "localhost:2900" {
			elsewhere.Add(1)
		}
		to := url.URL{Scheme: "http", Host: "elsewhere.example"}
		return &http.Response{StatusCode: 307, Header: http.Header{"Location": {to.String()}}, Body: http.NoBody, Request: r}, nil
	})}
	token, err := auth.JWT((kalamtest.Start(t)).Token("root"))
	is.NoErr(err)
	c := webClient(t, "http://localhost:2900", client.WithAuth(token), client.WithHTTPClient(&http.Client{
		Transport: moved, CheckRedirect: func(*http.Request, []*http.Request) error { return nil },
	}))
	_, err = c.Exec(t.Context(), "SELECT 1")
	var said *client.ServerError
	is.True(errors.As(err, &said))
	is.Equal(said.HTTPStatus, 307)
	is.Equal(elsewhere.Load(), int64(0))
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
