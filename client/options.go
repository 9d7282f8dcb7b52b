package client

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/kalamdb/kalamrx/auth"
)

// Option is an option of New. Options may come in any order; a value that cannot
// work is an error of New that names the option and is [ErrConfig].
type Option func(*config) error

// DialFunc opens a network connection, as net.Dialer.DialContext does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// config is what the options say. A new option keeps its value in a struct of its own
// file, where it has more than one.
type config struct {
	auth       auth.Source
	nobody     error // why the environment does not say who asks, where it tried to
	handlers   []EventHandlers
	dial       DialFunc
	tls        *tls.Config
	compress   bool
	maxRetries int
	queryOptions

	timing      timing        // what follows is settled by
	timeout     time.Duration // of one HTTP call, retries included
	connect     time.Duration
	sendWait    time.Duration
	authWait    time.Duration
	subscribe   time.Duration
	initialData time.Duration
	idle        time.Duration // 0 is for ever
	keepalive   time.Duration
	peer        time.Duration

	carrying
	web    web
	logger *slog.Logger // nil: nothing is logged

	frameLimit  int
	unpackLimit int
	queue       int
	queueBytes  int
	maxLive     int
	messageRate int

	reconnect     reconnection
	auditInterval time.Duration
	auditRate     int
	transfers     transfers
}

func defaults() config {
	return config{
		auth:        auth.None(),
		compress:    true,
		maxRetries:  3,
		timing:      timing{group: DefaultTimeouts()},
		frameLimit:  16 << 20,
		unpackLimit: 64 << 20,
		queue:       1024,
		queueBytes:  16 << 20,
		maxLive:     100,
		messageRate: 45,

		reconnect:     reconnection{base: time.Second, cap: 30 * time.Second},
		auditInterval: 30 * time.Second,
		auditRate:     20,
		transfers:     transferDefaults(),
	}
}

// WithAuth says who is asking: the source is asked for a token before every dial
// and every request, on a goroutine of its own, and waited for no longer than its
// context says. Default auth.None(), which a server lets do little: no SQL, and no
// live query.
func WithAuth(source auth.Source) Option {
	return func(c *config) error {
		if err := auth.Check(source); err != nil {
			return fmt.Errorf("%w: WithAuth: %w", ErrConfig, err)
		}
		c.auth, c.nobody = source, nil
		return nil
	}
}

// WithEventHandlers adds callbacks for connects, disconnects, errors and
// messages. It may be given several times.
func WithEventHandlers(h EventHandlers) Option {
	return func(c *config) error {
		c.handlers = append(c.handlers, h)
		return nil
	}
}

// WithTimeout bounds one HTTP call with all its retries, the wait for a token included;
// the call's context bounds it too. So it does the wait for a token before a dial of the
// socket. What takes longer fails with a *TimeoutError: a token source for which people
// have to type needs more than the default of 30 s.
func WithTimeout(d time.Duration) Option {
	return duration("WithTimeout", d, func(c *config) { c.timing.single.Receive = d })
}

// WithMaxRetries is how often a statement that only reads is tried again after a
// failure that may pass. Default 3; 0 means one try.
func WithMaxRetries(n int) Option {
	return func(c *config) error {
		if n < 0 {
			return fmt.Errorf("%w: WithMaxRetries: %d is negative", ErrConfig, n)
		}
		c.maxRetries = n
		return nil
	}
}

// WithConnectTimeout bounds one dial of the socket, with the answered upgrade, and one
// connection that is opened for HTTP. Where the server refuses the token the second try
// has as long again. The wait for a token before it is WithTimeout's. Default 10 s.
func WithConnectTimeout(d time.Duration) Option {
	return duration("WithConnectTimeout", d, func(c *config) { c.timing.single.Connect = d })
}

// WithAuthTimeout bounds the wait for auth_success on an open socket. Default
// 5 s; the server itself gives up after 3 to 8 s.
func WithAuthTimeout(d time.Duration) Option {
	return duration("WithAuthTimeout", d, func(c *config) { c.timing.single.Auth = d })
}

// WithSubscribeTimeout bounds the wait for the server's acknowledgement of a live
// query, from when it was written to the socket. A new live query ends with a
// *TimeoutError; where the server has not answered a ping either, or had accepted the
// live query on another socket, this one is given up and dialled again. Default 5 s.
func WithSubscribeTimeout(d time.Duration) Option {
	return duration("WithSubscribeTimeout", d, func(c *config) { c.timing.single.Subscribe = d })
}

// WithInitialDataTimeout bounds the wait for each page of a snapshot that was
// asked for over the socket, with the same outcome. Default 30 s.
func WithInitialDataTimeout(d time.Duration) Option {
	return duration("WithInitialDataTimeout", d, func(c *config) { c.timing.single.InitialData = d })
}

// maxKeepalive is what the server's idle timeout of 10 s allows with a ping lost.
const maxKeepalive = 9 * time.Second

// WithKeepalive is the interval of WebSocket pings. Default 4 s; above 9 s the
// server, which closes a socket that is silent for 10 s, would close ours.
func WithKeepalive(d time.Duration) Option {
	return func(c *config) error {
		if d <= 0 || d > maxKeepalive {
			return fmt.Errorf("%w: WithKeepalive: %v is not in (0, %v]", ErrConfig, d, maxKeepalive)
		}
		c.timing.single.Keepalive = d
		return nil
	}
}

// WithPeerTimeout is how long a socket may be without a single byte from the
// server, pongs included, before it counts as dead. Default 6 s more than the interval
// of pings, which is 10 s; it must be longer than that interval.
func WithPeerTimeout(d time.Duration) Option {
	return duration("WithPeerTimeout", d, func(c *config) { c.timing.peer = d })
}

// WithDialer opens all network connections, HTTP and socket, TCP only: TLS is
// added on top for https. It is called on a goroutine of its own, and waited for no
// longer than its context says. Default a net.Dialer.
func WithDialer(dial DialFunc) Option {
	return func(c *config) error {
		if dial == nil {
			return fmt.Errorf("%w: WithDialer: no function", ErrConfig)
		}
		c.dial = dial
		return nil
	}
}

// WithTLSConfig is used for https. It is cloned. Default: the system's roots.
func WithTLSConfig(t *tls.Config) Option {
	return func(c *config) error {
		if t == nil {
			return fmt.Errorf("%w: WithTLSConfig: no configuration", ErrConfig)
		}
		c.tls = t.Clone()
		return nil
	}
}

// WithoutCompression asks the server not to gzip frames. By default it packs
// those of 512 bytes and more.
func WithoutCompression() Option {
	return func(c *config) error {
		c.compress = false
		return nil
	}
}

// WithFrameLimit is the largest frame that is read, in bytes before unpacking.
// Default 16 MiB. A larger one is skipped, and the live query it was for fails
// with a *FrameError.
func WithFrameLimit(bytes int) Option {
	return bytesOption("WithFrameLimit", bytes, func(c *config) { c.frameLimit = bytes })
}

// WithUnpackedLimit is the largest frame that is unpacked to, in bytes. Default
// 64 MiB. A larger one fails the live query it was for with a *FrameError.
func WithUnpackedLimit(bytes int) Option {
	return bytesOption("WithUnpackedLimit", bytes, func(c *config) { c.unpackLimit = bytes })
}

func duration(name string, d time.Duration, set func(*config)) Option {
	return func(c *config) error {
		if d <= 0 {
			return fmt.Errorf("%w: %s: %v is not positive", ErrConfig, name, d)
		}
		set(c)
		return nil
	}
}

// minLimit keeps size limits above the protocol's own small messages.
const minLimit = 1 << 10

func bytesOption(name string, n int, set func(*config)) Option {
	return func(c *config) error {
		if n < minLimit {
			return fmt.Errorf("%w: %s: %d is less than %d", ErrConfig, name, n, minLimit)
		}
		set(c)
		return nil
	}
}

// newConfig applies layers of options, each of which holds against those before it, and
// checks what only all of them can tell.
func newConfig(layers ...[]Option) (config, error) {
	c := defaults()
	for _, layer := range layers {
		for _, opt := range layer {
			if opt == nil {
				return c, fmt.Errorf("%w: nil option", ErrConfig)
			}
			if err := opt(&c); err != nil {
				return c, err
			}
		}
		c.timing.fold()
	}
	if c.nobody != nil {
		return c, c.nobody
	}
	if c.reconnect.cap < c.reconnect.base {
		return c, fmt.Errorf("%w: WithBackoff: the longest step %v is shorter than the first, %v", ErrConfig, c.reconnect.cap, c.reconnect.base)
	}
	if err := c.settle(); err != nil {
		return c, err
	}
	return c, c.web.settle(&c)
}
