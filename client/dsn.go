package client

import (
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/kalamdb/kalamrx/auth"
)

// DSN names a server, who asks, and how, in one text:
//
//	kalam://user:password@host:2900/namespace?timeout=10s&timeouts=fast
//
// The scheme is kalam for http and kalams for https; without a port it is 2900, or 443. What
// is not host may be left out, user and password only together; what has a meaning in a URL
// is escaped in them (%40 is @). The parameters are the options of the same name:
//
//	timeout, connect_timeout, send_timeout, subscribe_timeout, auth_timeout,
//	initial_data_timeout, transfer_timeout, idle_timeout, peer_timeout, keepalive
//	                             a time, such as 10s or 1m30s
//	timeouts                     default, fast or relaxed: WithTimeouts
//	max_retries                  a number
//	compression, insecure_token  true or false
//
// A token is none of them, since URLs are logged: use WithAuth, or KALAMDB_TOKEN with
// FromEnv. Every printed form of a DSN but Text is without the password.
type DSN struct {
	base      *url.URL
	user      string
	password  func() string // a function, which prints as none; nil without a user
	namespace string
	params    map[string]string
}

// ParseDSN reads a DSN. A parameter that is not known, or given twice, is an error, as is a
// value that its option refuses. Errors are ErrConfig, and show nothing of the text but a
// number or a time that is refused: what is in the wrong place may be the password.
func ParseDSN(text string) (DSN, error) {
	u, err := url.Parse(text)
	if err != nil {
		return DSN{}, badDSN("it cannot be parsed")
	}
	d := DSN{base: &url.URL{Host: u.Host}, params: map[string]string{}}
	port := "2900"
	switch u.Scheme {
	case "kalam":
		d.base.Scheme = "http"
	case "kalams":
		d.base.Scheme, port = "https", "443"
	default:
		return DSN{}, badDSN("the scheme is not kalam or kalams")
	}
	switch {
	case u.Hostname() == "" || u.Opaque != "" || strings.HasSuffix(u.Host, ":"):
		return DSN{}, badDSN("it has no host, or no port behind the colon")
	case u.Fragment != "" || strings.Contains(text, "#"):
		return DSN{}, badDSN("it has a fragment")
	case !isPort(u.Port()):
		return DSN{}, badDSN("the port is not in 1 to 65535")
	case u.Port() == "":
		d.base.Host = net.JoinHostPort(u.Hostname(), port)
	}
	if err := d.readUser(u.User); err != nil {
		return DSN{}, err
	}
	if d.namespace = strings.TrimPrefix(u.Path, "/"); d.namespace != "" && checkNamespace("", d.namespace) != nil {
		return DSN{}, badDSN("what follows the host is no name of a namespace")
	}
	if err := d.readParams(u.RawQuery); err != nil {
		return DSN{}, err
	}
	return d, d.check()
}

func badDSN(why string) error { return fmt.Errorf("%w: DSN: %s", ErrConfig, why) }

func (d *DSN) readUser(info *url.Userinfo) error {
	if info == nil {
		return nil
	}
	password, given := info.Password()
	if !given {
		return badDSN("it has a user and no password")
	}
	d.user, d.password = info.Username(), func() string { return password }
	return nil
}

func (d *DSN) readParams(query string) error {
	params, err := url.ParseQuery(query)
	if err != nil {
		return badDSN("its parameters cannot be parsed")
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		switch values := params[name]; {
		case name == "token":
			return badDSN("a token must not be in it, since URLs are logged; use WithAuth or KALAMDB_TOKEN")
		case !slices.Contains(settingNames(), name):
			return badDSN("it has a parameter that is not known")
		case len(values) > 1:
			return badDSN("parameter " + name + " is given twice")
		}
		d.params[name] = params.Get(name)
	}
	return nil
}

// check tells what the options would refuse.
func (d DSN) check() error {
	opts, err := d.options()
	if err != nil {
		return err
	}
	return refused(opts)
}

// refused is what options refuse each by itself; whether they go together only all layers
// can tell.
func refused(opts []Option) error {
	c := defaults()
	for _, opt := range opts {
		if err := opt(&c); err != nil {
			return err
		}
	}
	return nil
}

// options are what the DSN says.
func (d DSN) options() (opts []Option, err error) {
	if d.password != nil {
		opts = append(opts, WithAuth(auth.Password(d.user, d.password())))
	}
	if d.namespace != "" {
		opts = append(opts, WithNamespace(d.namespace))
	}
	for _, name := range slices.Sorted(maps.Keys(d.params)) {
		opt, err := setting(name, d.params[name])
		if err != nil {
			return nil, badDSN("parameter " + name + " " + err.Error())
		}
		opts = append(opts, opt...)
	}
	return opts, nil
}

// Open is New by a DSN. An option holds against what the DSN says. The environment is not
// asked, see FromEnv.
func Open(dsn string, opts ...Option) (*Client, error) {
	d, err := ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	said, err := d.options()
	if err != nil {
		return nil, err
	}
	return layered(d.URL(), said, opts)
}

// URL is the server's base URL, as New takes it. It holds no credentials.
func (d DSN) URL() string {
	if d.base == nil {
		return ""
	}
	return d.base.String()
}

// User is who asks; empty if the DSN does not say it.
func (d DSN) User() string { return d.user }

// Namespace is where tables are looked for whose names have none; empty if the DSN does not
// say it.
func (d DSN) Namespace() string { return d.namespace }

// Text is the whole DSN, with the password: for ParseDSN, and for nobody to see.
func (d DSN) Text() string {
	if d.password == nil {
		return d.text(nil)
	}
	return d.text(url.UserPassword(d.user, d.password()))
}

func (d DSN) text(user *url.Userinfo) string {
	if d.base == nil {
		return ""
	}
	u := url.URL{Scheme: "kalam", User: user, Host: d.base.Host, Path: d.namespace}
	if d.base.Scheme == "https" {
		u.Scheme = "kalams"
	}
	query := url.Values{}
	for _, name := range slices.Sorted(maps.Keys(d.params)) {
		query.Set(name, d.params[name])
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// String is the DSN without the password. So is every other printed form.
func (d DSN) String() string {
	if d.password == nil {
		return d.text(nil)
	}
	return d.text(url.UserPassword(d.user, "xxxxx"))
}

// GoString is String.
func (d DSN) GoString() string { return d.String() }

// Format is String for every verb.
func (d DSN) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(d.String())) }

// LogValue is String.
func (d DSN) LogValue() slog.Value { return slog.StringValue(d.String()) }

// MarshalText is String.
func (d DSN) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
