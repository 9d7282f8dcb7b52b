package client

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
)

// ErrProxy marks a proxy that cannot be used, or that refuses.
var ErrProxy = errors.New("kalam: proxy")

// proxyOf asks the application by way of which proxy a request goes.
func (c *Client) proxyOf(req *http.Request) (*url.URL, error) {
	via, err := foreign(req.Context(), c.alive, func() (*url.URL, error) { return c.cfg.web.via(req) }, nil)
	var unreadable *url.Error
	switch {
	case errors.As(err, &unreadable): // it shows the URL, and so the password in it
		return nil, fmt.Errorf("%w: the URL cannot be parsed", ErrProxy)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrProxy, err)
	case via == nil:
		return nil, nil
	case via.Scheme != "http" && via.Scheme != "https" || via.Hostname() == "":
		return nil, fmt.Errorf("%w: the URL is not http or https with a host", ErrProxy)
	}
	return via, nil
}

// reach opens the connection of the socket, through a proxy if there is one.
func (c *Client) reach(ctx context.Context, network, addr string) (net.Conn, error) {
	if c.cfg.web.via == nil {
		return c.dial(ctx, network, addr)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.addr.base.String()+"/v1/ws", nil)
	if err != nil {
		return nil, err
	}
	via, err := c.proxyOf(req)
	if err != nil {
		return nil, err
	}
	if via == nil {
		return c.dial(ctx, network, addr)
	}
	return c.tunnel(ctx, network, via, addr)
}

// tunnel opens a connection to addr through a proxy.
func (c *Client) tunnel(ctx context.Context, network string, via *url.URL, addr string) (net.Conn, error) {
	conn, err := c.dial(ctx, network, withPort(via))
	if err != nil {
		return nil, err
	}
	raw := conn
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	conn, err = c.connectThrough(ctx, conn, via, addr)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = raw.Close()
		return nil, err
	}
	return conn, nil
}

// connectThrough asks a proxy for a tunnel (RFC 9110, 9.3.6).
func (c *Client) connectThrough(ctx context.Context, conn net.Conn, via *url.URL, addr string) (net.Conn, error) {
	if via.Scheme == "https" {
		secure := tls.Client(conn, proxyTLS(c.cfg.tls, via))
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn = secure
	}
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if user := via.User; user != nil {
		password, _ := user.Password()
		both := base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
		req.Header.Set("Proxy-Authorization", "Basic "+both)
	}
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	answer := bufio.NewReader(&headReader{conn: conn})
	resp, err := http.ReadResponse(answer, req) // its body is what the server says
	if err != nil {
		return nil, unreadAnswer(err)
	}
	return conn, refusedBy(via, resp)
}

// unreadAnswer is the error of a proxy whose answer is none. What it said is not shown: it
// may have sent the password back.
func unreadAnswer(err error) error {
	var broken net.Error
	if errors.As(err, &broken) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", ErrProxy, err)
	}
	return fmt.Errorf("%w: its answer is not HTTP", ErrProxy)
}

// refusedBy is the error of a proxy that gives no tunnel. It shows its host only.
func refusedBy(via *url.URL, resp *http.Response) error {
	if resp.StatusCode/100 == 2 {
		return nil
	}
	return fmt.Errorf("%w: %s gives no tunnel: HTTP %d", ErrProxy, via.Host, resp.StatusCode)
}

// proxyTLS is the application's configuration for a proxy.
func proxyTLS(of *tls.Config, via *url.URL) *tls.Config {
	mine := socketTLS(of)
	if mine == nil {
		mine = &tls.Config{NextProtos: []string{"http/1.1"}}
	}
	mine.ServerName = via.Hostname()
	return mine
}

// withPort is a URL's host and port.
func withPort(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Host
	case u.Scheme == "https":
		return net.JoinHostPort(u.Hostname(), "443")
	}
	return net.JoinHostPort(u.Hostname(), "80")
}

// maxHead is the longest answer of a proxy that is read.
const maxHead = 64 << 10

// headReader reads a connection byte by byte, so that nothing behind the head of the
// answer is taken, and no more than a head may have.
type headReader struct {
	conn net.Conn
	read int
}

// Read reads one byte.
func (r *headReader) Read(p []byte) (int, error) {
	if r.read++; r.read > maxHead || len(p) == 0 {
		return 0, errors.New("too long")
	}
	return r.conn.Read(p[:1])
}
