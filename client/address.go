package client

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// address is where the server is. It holds no credentials.
type address struct {
	base   *url.URL // http or https, without a trailing slash
	socket string   // ws or wss URL of the socket
}

// parseAddress reads a base URL: http, https, ws or wss, a host, maybe a port
// and a path prefix, and nothing else. One that is refused is not shown: what does not
// belong there may be a credential.
func parseAddress(text string, compress bool) (address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return address{}, fmt.Errorf("%w: base URL cannot be parsed; it should be like http://localhost:2900", ErrConfig)
	}
	switch {
	case u.User != nil:
		return address{}, fmt.Errorf("%w: base URL holds credentials; use WithAuth", ErrConfig)
	case text == "":
		return address{}, fmt.Errorf("%w: base URL is required", ErrConfig)
	case u.Opaque != "", u.Scheme == "":
		return address{}, fmt.Errorf("%w: base URL does not begin with http:// or https://", ErrConfig)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return address{}, fmt.Errorf("%w: base URL has a query or fragment", ErrConfig)
	case u.Hostname() == "":
		return address{}, fmt.Errorf("%w: base URL has no host", ErrConfig)
	case !isPort(u.Port()):
		return address{}, fmt.Errorf("%w: base URL has a port that is not in 1 to 65535", ErrConfig)
	}
	base := &url.URL{Host: u.Host, Path: strings.TrimRight(u.Path, "/")}
	socket := *base
	switch u.Scheme {
	case "http", "ws":
		base.Scheme, socket.Scheme = "http", "ws"
	case "https", "wss":
		base.Scheme, socket.Scheme = "https", "wss"
	default:
		return address{}, fmt.Errorf("%w: base URL is not http, https, ws or wss", ErrConfig)
	}
	socket.Path += "/v1/ws"
	if !compress {
		socket.RawQuery = "compress=false"
	}
	return address{base: base, socket: socket.String()}, nil
}

// isPort says whether a port of a URL can be one; none stands for that of the scheme.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && n > 0
}
