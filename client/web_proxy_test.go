package client_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
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

// The credentials of the proxy in these tests.
const (
	webProxyUser     = "proxy-user"
	webProxyPassword = "Secret-proxy-1"
)

// webProxy is an HTTP proxy in the process: it tunnels, forwards, and wants a password.
type webProxy struct {
	web                *httptest.Server
	tunnels, forwarded atomic.Int64
	running            sync.WaitGroup
}

func newWebProxy(t *testing.T, secure bool) *webProxy {
	p := &webProxy{}
	p.web = httptest.NewUnstartedServer(p)
	if secure {
		p.web.StartTLS()
	} else {
		p.web.Start()
	}
	p.running.Add(1) // the proxy itself, so that no tunnel is the first
	t.Cleanup(func() {
		p.web.Close()
		p.running.Done()
		p.running.Wait()
	})
	return p
}

// at is the proxy's URL with a password.
func (p *webProxy) at(password string) client.ProxyFunc {
	u, _ := url.Parse(p.web.URL)
	u.User = url.UserPassword(webProxyUser, password)
	return http.ProxyURL(u)
}

func (p *webProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Header.Set("Authorization", r.Header.Get("Proxy-Authorization")) // for BasicAuth
	if user, password, _ := r.BasicAuth(); user != webProxyUser || password != webProxyPassword {
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if r.Method != http.MethodConnect {
		p.forwarded.Add(1)
		w.WriteHeader(http.StatusTeapot)
		return
	}
	p.tunnels.Add(1)
	to, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	from, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = to.Close()
		return
	}
	_, _ = io.WriteString(from, "HTTP/1.1 200 Connection established\r\n\r\n")
	p.pour(from, to)
	p.pour(to, from)
}

// pour copies one way until either end is closed.
func (p *webProxy) pour(to, from net.Conn) {
	p.running.Go(func() { // owner: the proxy; ends when one of the two connections does
		_, _ = io.Copy(to, from)
		_ = to.Close()
		_ = from.Close()
	})
}

// webSecure serves a server of kalamtest over TLS, too.
func webSecure(t *testing.T, srv *kalamtest.Server) (site *httptest.Server, roots *x509.CertPool) {
	site = httptest.NewTLSServer(srv)
	t.Cleanup(site.Close)
	roots = x509.NewCertPool()
	roots.AddCert(site.Certificate())
	return site, roots
}

func webClient(t *testing.T, url string, opts ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(url, append([]client.Option{client.WithoutReconnect(), client.WithMaxRetries(0)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Close(context.Background())
		<-c.Done()
	})
	return c
}

func TestProxy_CarriesHTTPAndTheSocketAlike(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("proxy over TLS %v", secure), func(t *testing.T) {
			is := is.New(t)
			srv := kalamtest.Start(t)
			site, roots := webSecure(t, srv)
			proxy := newWebProxy(t, secure)
			if secure {
				roots.AddCert(proxy.web.Certificate())
			}
			c := webClient(t, site.URL, client.WithAuth(auth.Password("root", kalamtest.RootPassword)),
				client.WithTLSConfig(&tls.Config{RootCAs: roots}), client.WithProxy(proxy.at(webProxyPassword)))
			_, err := client.Query[int64](t.Context(), c, "SELECT 1")
			is.NoErr(err)
			is.Equal(proxy.tunnels.Load(), int64(1)) // the login's, which is used again
			is.NoErr(c.Connect(t.Context()))
			is.Equal(proxy.tunnels.Load(), int64(2))
			is.Equal(proxy.forwarded.Load(), int64(0))
		})
	}
}

// Over plain http net/http asks the proxy itself, as every HTTP client does; the socket has
// its tunnel all the same.
func TestProxy_OfAPlainServer(t *testing.T) {
	is := is.New(t)
	srv := kalamtest.Start(t)
	proxy := newWebProxy(t, false)
	token, err := auth.JWT(srv.Token("root"))
	is.NoErr(err)
	c := webClient(t, srv.URL(), client.WithAuth(token), client.WithInsecureToken(), client.WithProxy(proxy.at(webProxyPassword)))
	is.NoErr(c.Connect(t.Context()))
	is.Equal(proxy.tunnels.Load(), int64(1))
	_, err = c.Health(t.Context())
	var said *client.ServerError
	is.True(errors.As(err, &said))
	is.Equal(said.HTTPStatus, http.StatusTeapot) // the proxy was asked
	is.Equal(proxy.forwarded.Load(), int64(1))
}

func TestProxy_NoneForThisRequestIsNone(t *testing.T) {
	is := is.New(t)
	srv := kalamtest.Start(t)
	asked := atomic.Int64{}
	c := webClient(t, srv.URL(), client.WithAuth(auth.Password("root", kalamtest.RootPassword)), client.WithInsecureToken(),
		client.WithProxy(func(r *http.Request) (*url.URL, error) {
			asked.Add(1)
			if r.URL.Scheme != "http" || "http://"+r.URL.Host != srv.URL() {
				return nil, errors.New("not the server")
			}
			return nil, nil
		}))
	is.NoErr(c.Connect(t.Context()))
	is.True(asked.Load() >= 2) // the login and the socket
}

// rawProxy answers everything with a text.
func rawProxy(t *testing.T, answer string) client.ProxyFunc {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() {
		_ = ln.Close()
		running.Wait()
	})
	running.Go(func() { // owner: the test; ends when the listener is closed
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	})
	return http.ProxyURL(&url.URL{Scheme: "http", Host: ln.Addr().String(), User: url.UserPassword(webProxyUser, webProxyPassword)})
}

// A proxy that refuses, or is none, is ErrProxy for both, and its password is shown nowhere.
func TestProxy_OneThatCannotBeUsedIsAnErrorThatShowsNoPassword(t *testing.T) {
	srv := kalamtest.Start(t)
	site, roots := webSecure(t, srv)
	broken := func(text string) client.ProxyFunc {
		return func(*http.Request) (*url.URL, error) { return url.Parse(text) }
	}
	for _, test := range []struct {
		name  string
		proxy client.ProxyFunc
		says  string
	}{
		{"refuses", newWebProxy(t, false).at("Secret-proxy-2"), "407"},
		{"refuses without a reason", rawProxy(t, "HTTP/1.1 407\r\n\r\n"), "407"},
		{"redirects", rawProxy(t, "HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n"), "302"},
		{"an unreadable URL", broken("http://" + webProxyUser + ":" + webProxyPassword + "@[::1"), "parsed"},
		{"another scheme", broken("socks5://" + webProxyUser + ":" + webProxyPassword + "@localhost:1"), "not http or https"},
		{"no host", broken("http:///x"), "not http or https"},
		{"an error", func(*http.Request) (*url.URL, error) { return nil, errors.New("no config") }, "no config"},
		{"a panic", func(*http.Request) (*url.URL, error) { panic("oh") }, "oh"},
	} {
		t.Run(test.name, func(t *testing.T) {
			is := is.New(t)
			c := webClient(t, site.URL, client.WithTLSConfig(&tls.Config{RootCAs: roots}), client.WithProxy(test.proxy))
			_, ofHTTP := c.Health(t.Context())
			for _, err := range []error{ofHTTP, c.Connect(t.Context())} {
				is.True(errors.Is(err, client.ErrProxy))
				is.True(strings.Contains(err.Error(), test.says))
				text := fmt.Sprintf("%v %+v %#v", err, err, err)
				is.True(!strings.Contains(text, "Secret-proxy") && !strings.Contains(text, "cHJveHktdXNlc"))
			}
		})
	}
}

func TestProxy_AnAnswerThatIsNoneIsAnErrorOfTheDial(t *testing.T) {
	srv := kalamtest.Start(t)
	for _, answer := range []string{"", "x", "HTTP/1.1 200", strings.Repeat("x", 100<<10), "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 100<<10)} {
		is := is.New(t)
		c := webClient(t, srv.URL(), client.WithProxy(rawProxy(t, answer)))
		err := c.Connect(t.Context())
		var connect *client.ConnectError
		is.True(errors.As(err, &connect))
		is.Equal(connect.Step, "dial")
		is.True(len(err.Error()) < 500)
	}
}

func TestProxy_IsWaitedForNoLongerThanTheDial(t *testing.T) {
	is := is.New(t)
	release := make(chan struct{})
	defer close(release)
	c := webClient(t, "http://localhost:1", client.WithConnectTimeout(50*time.Millisecond), client.WithTimeout(50*time.Millisecond),
		client.WithProxy(func(*http.Request) (*url.URL, error) {
			<-release
			return nil, nil
		}))
	is.True(errors.Is(c.Connect(t.Context()), client.ErrTimeout))
	_, err := c.Health(t.Context())
	is.True(errors.Is(err, client.ErrTimeout))
}
