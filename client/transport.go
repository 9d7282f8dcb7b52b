package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

const (
	// idlePerHost and idleFor are what the connection pool keeps.
	idlePerHost = 10
	idleFor     = 90 * time.Second
)

// newHTTPClient makes what HTTP calls are made by: the application's client, or one with a
// connection pool of its own. It keeps no cookies, which the server would prefer to our
// tokens, and follows no redirect, which would carry them elsewhere.
func (c *Client) newHTTPClient() *http.Client {
	hc := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t := &transport{c: c, next: http.DefaultTransport}
	switch theirs := c.cfg.web.client; {
	case theirs == nil:
		t.next = c.newTransport()
	case theirs.Transport != nil:
		t.next = theirs.Transport
		hc.Timeout = theirs.Timeout
	default:
		hc.Timeout = theirs.Timeout
	}
	hc.Transport = t
	return hc
}

func (c *Client) newTransport() *http.Transport {
	t := &http.Transport{
		DialContext:         c.dial,
		TLSClientConfig:     c.cfg.tls.Clone(), // the transport writes into it
		TLSHandshakeTimeout: c.cfg.connect,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: idlePerHost,
		IdleConnTimeout:     idleFor,
	}
	if c.cfg.web.via != nil {
		t.Proxy = c.proxyOf
		t.OnProxyConnectResponse = func(_ context.Context, via *url.URL, _ *http.Request, resp *http.Response) error {
			return refusedBy(via, resp)
		}
	}
	return t
}

// transport adds the headers of the options to every request, and has the tries logged.
type transport struct {
	c    *Client
	next http.RoundTripper
}

// RoundTrip makes one try of a request.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context()) // a RoundTripper must not change it
	for key, values := range t.c.cfg.web.header {
		req.Header[key] = values
	}
	began := time.Now()
	resp, err := t.next.RoundTrip(req)
	t.c.journal.tried(req, began, resp, err)
	return resp, err
}

// CloseIdleConnections closes those of our own pool; an application's is its own.
func (t *transport) CloseIdleConnections() {
	if own, ok := t.next.(*http.Transport); ok && t.c.cfg.web.client == nil {
		own.CloseIdleConnections()
	}
}
