package kalamtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// Errors of this package.
var (
	ErrOption = errors.New("kalam: bad option")       // wrapped by the error of every option that refused its value
	ErrClosed = errors.New("kalam: server is closed") // the server has been closed
)

// The login that every server has: role system, which may do everything. WithUser and AddUser add others.
const (
	RootUser     = "root"
	RootPassword = "kalamdb-root"
)

// Option changes one setting of a Server. Their order never matters.
type Option func(*config) error

type account struct{ name, password, role string }

type config struct {
	addr    string
	network *rxtest.Network
	users   []account
	beginning

	access, refresh, leeway time.Duration

	authTimeout, heartbeat, sweep time.Duration

	queryRate, authRate, messageRate int
	perUser, perConnection           int
	queue, loading                   int

	generation Generation
	files      fileConfig
	visibility time.Duration

	slow  time.Duration
	burst bool
	seed  uint64
	hook  HTTPHook
}

// HTTPHook sees every HTTP request before the server does. With handled true its status and body are the answer
// (JSON when the body begins with a brace, else plain text); with false the server answers as usual. It is called
// on the request's goroutine, for many requests at once. The WebSocket upgrade is a request too.
type HTTPHook func(r *http.Request) (status int, body string, handled bool)

func defaults() *config {
	return &config{
		access: 24 * time.Hour, leeway: time.Minute,
		authTimeout: 3 * time.Second, heartbeat: 10 * time.Second, sweep: 5 * time.Second,
		queryRate: 100, authRate: 20, messageRate: 50,
		perUser: 10, perConnection: 100,
		queue: 128, loading: 1024, generation: Generation043,
		files: fileDefaults(), visibility: defaultVisibility,
		seed: rand.Uint64(),
	}
}

func badOption(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrOption}, args...)...)
}

// WithAddr sets the address to listen on, "host:port". Default 127.0.0.1:0, a free loopback port; on an in-memory
// network kalamdb.localhost:2900.
func WithAddr(addr string) Option {
	return func(c *config) error {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return badOption("address %q: %v", addr, err)
		}
		c.addr = addr
		return nil
	}
}

// WithNetwork makes the server listen on an in-memory network instead of TCP, so that it works inside a synctest
// bubble: make the network and the server in the bubble, and close the server before it ends. A bubble's time begins in
// 2000; there NOW() and sequence ids run 26 years ahead of it, so that sequence ids are as large as real ones. Tokens
// and timeouts count by the bubble's own time. A client must dial by way of the server, or of a Link before it, and be
// over before the bubble is:
//
//	synctest.Test(t, func(t *testing.T) {
//		srv := kalamtest.Start(t, kalamtest.WithNetwork(rxtest.NewNetwork()))
//		c, err := client.New(srv.URL(), client.WithDialer(srv.Dial),
//			client.WithAuth(auth.Password(kalamtest.RootUser, kalamtest.RootPassword)))
//		…
//		c.Close(t.Context())
//		<-c.Done()
//	})
func WithNetwork(n *rxtest.Network) Option {
	return func(c *config) error {
		if n == nil {
			return badOption("network is nil")
		}
		c.network = n
		return nil
	}
}

// WithUser adds a user: role "user", "service", "dba" or "system". Passwords have 8 to 72 bytes.
func WithUser(name, password, role string) Option {
	return func(c *config) error {
		if name == "" {
			return badOption("user without a name")
		}
		c.users = append(c.users, account{name, password, role})
		return nil
	}
}

// WithTokenLifetime sets how long access tokens live. Default 24 h. Whole seconds, because tokens count in seconds.
// Refresh tokens live seven times as long, unless WithRefreshLifetime says otherwise.
func WithTokenLifetime(d time.Duration) Option {
	return seconds("token lifetime", d, time.Second, func(c *config) { c.access = d })
}

// WithRefreshLifetime sets how long refresh tokens live. Default seven times the access token's life.
func WithRefreshLifetime(d time.Duration) Option {
	return seconds("refresh lifetime", d, time.Second, func(c *config) { c.refresh = d })
}

// WithTokenLeeway sets for how long a token is still good after its end. Default 60 s, as on the real server; 0 is
// what a test of expiry wants.
func WithTokenLeeway(d time.Duration) Option {
	return seconds("token leeway", d, 0, func(c *config) { c.leeway = d })
}

func seconds(what string, d, least time.Duration, set func(*config)) Option {
	return func(c *config) error {
		if d < least || d%time.Second != 0 {
			return badOption("%s %v: whole seconds, at least %v", what, d, least)
		}
		set(c)
		return nil
	}
}

// WithAuthTimeout sets how long a socket may stay unauthenticated. Default 3 s. The sweep adds up to its period.
func WithAuthTimeout(d time.Duration) Option {
	return positive("auth timeout", d, func(c *config) { c.authTimeout = d })
}

// WithHeartbeat sets how long a client may be silent. Default 10 s. The sweep adds up to its period.
func WithHeartbeat(d time.Duration) Option {
	return positive("heartbeat", d, func(c *config) { c.heartbeat = d })
}

// WithSweep sets the period of the sweep that enforces the two timeouts above. Default 5 s.
func WithSweep(d time.Duration) Option {
	return positive("sweep", d, func(c *config) { c.sweep = d })
}

// WithSlowDelivery makes every connection wait for d before each change that it sends, so that a burst overflows its
// queue. Default 0. Server.HoldDelivery does the same exactly.
func WithSlowDelivery(d time.Duration) Option {
	return positive("slow delivery", d, func(c *config) { c.slow = d })
}

// WithQueryRate sets how many SQL requests a user may make in a second. Default 100.
func WithQueryRate(n int) Option {
	return count("query rate", n, func(c *config) { c.queryRate = n })
}

// WithAuthRate sets how many logins, refreshes and socket authentications an address may make in a second. Default 20.
func WithAuthRate(n int) Option {
	return count("auth rate", n, func(c *config) { c.authRate = n })
}

// WithMessageRate sets how many text messages a socket may send in a second. Default 50.
func WithMessageRate(n int) Option {
	return count("message rate", n, func(c *config) { c.messageRate = n })
}

// WithSubscriptionLimits sets how many subscriptions a user may have over all connections, and how many a connection
// may have. Default 10 and 100.
func WithSubscriptionLimits(perUser, perConnection int) Option {
	return func(c *config) error {
		if perUser < 1 || perConnection < 1 {
			return badOption("subscription limits %d and %d: at least 1", perUser, perConnection)
		}
		c.perUser, c.perConnection = perUser, perConnection
		return nil
	}
}

// WithQueue sets how many changes may wait for a connection before the next is dropped in silence. Default 128.
func WithQueue(n int) Option {
	return count("queue", n, func(c *config) { c.queue = n })
}

// WithBurstLoss makes the loss of a burst exact: no connection delivers while the changes of a commit are being told, as
// if the fan-out always won the race against the sockets. Of one INSERT of 1,000 rows an idle connection then gets the
// first 128 (WithQueue) and loses 872, every time. Default: the race is run, as on the real server.
func WithBurstLoss() Option {
	return func(c *config) error {
		c.burst = true
		return nil
	}
}

// WithLoadingBuffer sets how many changes a subscription keeps while its snapshot is loading; beyond that the oldest
// is dropped. Default 1024.
func WithLoadingBuffer(n int) Option {
	return count("loading buffer", n, func(c *config) { c.loading = n })
}

// WithSeed fixes the order of the columns in row objects, which is random from frame to frame. Default: a random seed.
func WithSeed(seed uint64) Option {
	return func(c *config) error {
		c.seed = seed
		return nil
	}
}

// WithHTTPHook installs an interceptor of HTTP requests.
func WithHTTPHook(hook HTTPHook) Option {
	return func(c *config) error {
		if hook == nil {
			return badOption("HTTP hook is nil")
		}
		c.hook = hook
		return nil
	}
}

func positive(what string, d time.Duration, set func(*config)) Option {
	return func(c *config) error {
		if d <= 0 {
			return badOption("%s %v: must be positive", what, d)
		}
		set(c)
		return nil
	}
}

func count(what string, n int, set func(*config)) Option {
	return func(c *config) error {
		if n < 1 {
			return badOption("%s %d: at least 1", what, n)
		}
		set(c)
		return nil
	}
}
