package auth

import (
	"net/netip"
	"net/url"
	"strings"
)

// Secure says whether a password or token may be sent to u: over TLS (https, wss), or to this machine itself by http or
// ws: localhost and names that end in .localhost (RFC 6761), 127.0.0.0/8 and ::1, written as addresses are. It goes by
// the text alone and resolves nothing; nil is not secure.
func Secure(u *url.URL) bool {
	if u == nil || u.Host == "" {
		return false
	}
	switch u.Scheme {
	case "https", "wss":
		return true
	case "http", "ws":
		return loopback(u.Hostname())
	}
	return false
}

func loopback(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
