package client

import (
	"fmt"
	"strings"
	"time"
)

// Querier is who asks over HTTP: a *Client, or a *Session that has settings of its
// own.
type Querier interface{ session() *Session }

// Session asks as its client does, but for the settings it was made with. It is a
// value to be kept or thrown away: it holds nothing that has to be closed. Sessions
// may be shared between goroutines.
type Session struct {
	c *Client
	settings
}

// settings are what a call can have of its own.
type settings struct {
	timeout   time.Duration
	retries   int
	namespace string
	user      string // whom statements are executed as; empty for who asks
	strict    bool
}

// CallOption is a setting of a Session. They may come in any order; of the same twice
// the last one counts.
type CallOption func(*settings) error

// With makes a session that has the client's settings but for those given here. A
// value that cannot work is an error that names the setting and is ErrConfig. It does
// no I/O.
func (c *Client) With(opts ...CallOption) (*Session, error) { return c.session().With(opts...) }

// With makes a session that has this one's settings but for those given here.
func (s *Session) With(opts ...CallOption) (*Session, error) {
	made := *s
	for _, opt := range opts {
		if opt == nil {
			return nil, fmt.Errorf("%w: nil setting", ErrConfig)
		}
		if err := opt(&made.settings); err != nil {
			return nil, err
		}
	}
	return &made, nil
}

func (s *Session) session() *Session { return s }

func (c *Client) session() *Session {
	return &Session{c: c, settings: settings{timeout: c.cfg.timeout, retries: c.cfg.maxRetries, namespace: c.cfg.namespace}}
}

// CallTimeout bounds each statement with all its retries, as WithTimeout does for the
// client. What takes longer fails with a *TimeoutError.
func CallTimeout(d time.Duration) CallOption {
	return func(s *settings) error {
		if d <= 0 {
			return fmt.Errorf("%w: CallTimeout: %v is not positive", ErrConfig, d)
		}
		s.timeout = d
		return nil
	}
}

// Retries is how often a statement is tried again, as WithMaxRetries is for the
// client; 0 means one try.
func Retries(n int) CallOption {
	return func(s *settings) error {
		if n < 0 {
			return fmt.Errorf("%w: Retries: %d is negative", ErrConfig, n)
		}
		s.retries = n
		return nil
	}
}

// Namespace is where tables are looked for whose names have none, as WithNamespace is
// for the client.
func Namespace(name string) CallOption {
	return func(s *settings) error {
		if err := checkNamespace("Namespace", name); err != nil {
			return err
		}
		s.namespace = name
		return nil
	}
}

// ExecuteAs has each statement run with the rights and on the rows of another user,
// if who asks may do that: it is sent as EXECUTE AS USER 'user' (statement). So there
// must be one statement; several, or one that says itself whom it is executed as, are
// refused without being sent, by an error that is ErrConfig. The server does it for
// tables of users, not for shared ones. Live queries do not have it.
func ExecuteAs(user string) CallOption {
	return func(s *settings) error {
		if user == "" || strings.ContainsAny(user, "/\\\x00") || strings.Contains(user, "..") {
			return fmt.Errorf("%w: ExecuteAs: %q is no user", ErrConfig, user)
		}
		s.user = user
		return nil
	}
}

// StrictRows makes rows and types fit exactly: a column without a field, and a field
// without a column, are a *MismatchError. By default they are left alone. Columns of
// the system, which begin with an underscore, may be without a field, and types that
// are no structs take every column.
func StrictRows() CallOption {
	return func(s *settings) error {
		s.strict = true
		return nil
	}
}
