package client

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// ProxyFunc says by way of which proxy a request goes; nil is by way of none. It is what
// http.Transport's Proxy is.
type ProxyFunc func(*http.Request) (*url.URL, error)

// web is what the options say of HTTP and of the way to the server.
type web struct {
	client *http.Client // of the application; nil for our own
	proxy  ProxyFunc    // of WithProxy
	header http.Header

	via ProxyFunc // of the socket: proxy, or what the application's transport has
}

// WithHTTPClient makes HTTP calls by an application's client: by its Transport, nil standing
// for http.DefaultTransport, each within its Timeout, if it has one. Its CheckRedirect is
// not used: redirects are not followed. A Jar is refused with ErrConfig: the server would
// prefer its cookies to the token. Its connections are not closed with this client.
//
// The socket is reached the same way where the Transport is an *http.Transport: by its
// DialContext, TLSClientConfig and Proxy. WithDialer, WithTLSConfig and WithProxy, which say
// the same, are then refused with ErrConfig, and so is a DialTLSContext, which a socket
// cannot use. With any other http.RoundTripper these options say how the socket is reached.
// Whether a proxy of the application's Transport may be told a token is its affair.
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config) error {
		switch {
		case hc == nil:
			return fmt.Errorf("%w: WithHTTPClient: no client", ErrConfig)
		case hc.Jar != nil:
			return fmt.Errorf("%w: WithHTTPClient: it has a cookie jar", ErrConfig)
		case hc.Timeout < 0:
			return fmt.Errorf("%w: WithHTTPClient: its timeout %v is negative", ErrConfig, hc.Timeout)
		}
		c.web.client = hc
		return nil
	}
}

// WithProxy says by way of which proxy the server is reached, for HTTP and the socket alike:
// it is asked before every dial of either, with a request for the server, on a goroutine of
// its own, and waited for as long as there is time for the dial. http.ProxyFromEnvironment
// obeys HTTP_PROXY, HTTPS_PROXY and NO_PROXY; http.ProxyURL is always the same one. A proxy
// is an http or https URL, maybe with user and password, which are shown nowhere. It is
// asked for a tunnel (CONNECT), but for HTTP calls to an http server. One that cannot be
// used, or refuses, is ErrProxy. Default no proxy, whatever the environment says.
func WithProxy(proxy ProxyFunc) Option {
	return func(c *config) error {
		if proxy == nil {
			return fmt.Errorf("%w: WithProxy: no function", ErrConfig)
		}
		c.web.proxy = proxy
		return nil
	}
}

// WithHeader sends a header with every HTTP request, logins included, and with the upgrade
// of the socket. It may be given once for each name; names are compared without regard to
// case. Those that the client or HTTP itself needs are refused with ErrConfig:
// Authorization, Cookie, Host, Connection, Upgrade, Transfer-Encoding, Accept-Encoding and
// their like, Content-…, Proxy-… and Sec-WebSocket-…. User-Agent, if not given, is kalamrx.
func WithHeader(name, value string) Option {
	return func(c *config) error {
		key := http.CanonicalHeaderKey(name)
		switch {
		case !isToken(name):
			return fmt.Errorf("%w: WithHeader: the name is not one", ErrConfig)
		case isReserved(key):
			return fmt.Errorf("%w: WithHeader: %s is not the application's to set", ErrConfig, key)
		case strings.ContainsFunc(value, isControl) || strings.TrimSpace(value) != value:
			return fmt.Errorf("%w: WithHeader: the value of %s cannot be sent", ErrConfig, key)
		case c.web.header[key] != nil:
			return fmt.Errorf("%w: WithHeader: %s is given twice", ErrConfig, key)
		}
		if c.web.header == nil {
			c.web.header = http.Header{}
		}
		c.web.header[key] = []string{value}
		return nil
	}
}

// isToken says whether a text may name a header (RFC 9110, 5.6.2).
func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// isReserved says whether a header, in its canonical form, is the client's or HTTP's own.
func isReserved(key string) bool {
	switch key {
	case "Authorization", "Cookie", "Host", "Connection", "Upgrade", "Transfer-Encoding", "Te", "Trailer", "Keep-Alive",
		"Accept-Encoding", "Expect", "Range":
		return true
	}
	for _, prefix := range []string{"Content-", "Proxy-", "Sec-Websocket-"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// headers are those of the options, for a request of its own.
func (w *web) headers() http.Header { return w.header.Clone() }

// settle checks what only all options can tell, and says how the socket is reached.
func (w *web) settle(c *config) error {
	if w.header["User-Agent"] == nil {
		w.header = w.header.Clone()
		if w.header == nil {
			w.header = http.Header{}
		}
		w.header["User-Agent"] = []string{"kalamrx"}
	}
	w.via = w.proxy
	if t := w.shared(); t != nil {
		if err := w.share(c, t); err != nil {
			return err
		}
	}
	if c.dial == nil {
		c.dial = (&net.Dialer{}).DialContext
	}
	return nil
}

// shared is the transport of the application's client that can be looked into, if any.
func (w *web) shared() *http.Transport {
	if w.client == nil {
		return nil
	}
	of := w.client.Transport
	if of == nil {
		of = http.DefaultTransport
	}
	t, _ := of.(*http.Transport)
	return t
}

// share has the socket be reached as the application's transport reaches its hosts.
func (w *web) share(c *config, t *http.Transport) error {
	for _, other := range []struct {
		name  string
		given bool
	}{{"WithDialer", c.dial != nil}, {"WithTLSConfig", c.tls != nil}, {"WithProxy", w.proxy != nil}} {
		if other.given {
			return fmt.Errorf("%w: WithHTTPClient: its Transport says what %s says", ErrConfig, other.name)
		}
	}
	t = t.Clone() // which waits for the transport to have set up itself
	if t.DialTLSContext != nil {
		return fmt.Errorf("%w: WithHTTPClient: a socket cannot use its Transport's DialTLSContext", ErrConfig)
	}
	c.dial, c.tls, w.via = DialFunc(t.DialContext), t.TLSClientConfig, ProxyFunc(t.Proxy)
	return nil
}
