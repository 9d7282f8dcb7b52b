package client_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// A client that is closed, whatever it is at, returns within a second; then it dials
// no more, tells nobody anything, and nothing of it is left.
func TestFaultsClose_InEveryState(t *testing.T) {
	for _, test := range closeCases() {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &trial{t: t, virtual: true}
				closed := test.play(f)
				atMost(f, "t_close", closed.took, time.Second)
				equal(f, "dials_later", closed.dials, 0)
				equal(f, "told_later", closed.told, 0)
				equal(f, "conns_open", closed.conns, 0)
				f.clear()
				t.Log(strings.Join(f.figures, " "))
			})
		})
	}
}

// Row 17: the same, in one figure each.
func closeAnywhere(f *trial) {
	var worst closing
	left := 0
	for _, test := range closeCases() {
		one := &trial{t: f.t, virtual: true}
		closed := test.play(one)
		worst.took = max(worst.took, closed.took)
		worst.dials += closed.dials
		worst.told += closed.told
		worst.conns += closed.conns
		one.clear()
		left++
	}
	note(f, "states", left)
	atMost(f, "t_close", worst.took, time.Second)
	equal(f, "dials_later", worst.dials, 0)
	equal(f, "told_later", worst.told, 0)
	equal(f, "conns_open", worst.conns, 0)
	f.start()
}

// closing is what came of a Close.
type closing struct {
	took               time.Duration
	dials, told, conns int // afterwards
}

// closeCase is a state to close a client in.
type closeCase struct {
	name  string
	phase client.Phase
	reach func(f *trial, dial *countedDial) // starts a client, and what leads to the state
}

// play reaches the state, closes, and looks what happens in the hour after.
func (test closeCase) play(f *trial) closing {
	f.t.Helper()
	dial := &countedDial{release: make(chan struct{})}
	test.reach(f, dial)
	f.phase(test.phase)
	synctest.Wait()
	began := time.Now()
	if err := f.c.Close(context.Background()); err != nil {
		f.t.Errorf("%s: %v", test.name, err)
	}
	closed := closing{took: time.Since(began)}
	close(dial.release)
	<-f.c.Done()
	tries, told := dial.tries.Load(), f.told()
	f.link.Calm()
	if err := f.srv.Calm(); err != nil {
		f.t.Fatal(err)
	}
	f.insert(5000, 1)
	time.Sleep(time.Hour)
	synctest.Wait()
	closed.conns = int(dial.open.Load())
	closed.dials, closed.told = int(dial.tries.Load()-tries), f.told()-told
	return closed
}

func (f *trial) told() (n int) {
	for _, l := range f.folds {
		l.mu.Lock()
		n += l.told
		l.mu.Unlock()
	}
	return n
}

// countedDial counts when a dialer is called, and the connections that are open.
type countedDial struct {
	tries, open atomic.Int64
	release     chan struct{} // closed after Close: for those who do not heed their context
}

func (d *countedDial) over(dial client.DialFunc) client.Option {
	return client.WithDialer(func(ctx context.Context, network, addr string) (net.Conn, error) {
		d.tries.Add(1)
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		d.open.Add(1)
		return &openConn{Conn: conn, done: func() { d.open.Add(-1) }}, nil
	})
}

// askSource is a token source that is given its context.
type askSource func(ctx context.Context, ask auth.Ask) (auth.Token, error)

func (s askSource) Token(ctx context.Context, ask auth.Ask) (auth.Token, error) { return s(ctx, ask) }

// bearing is a source of a token that the server knows: there is no login.
func (f *trial) bearing() client.Option {
	return client.WithAuth(askSource(func(context.Context, auth.Ask) (auth.Token, error) {
		return auth.Token{Value: f.srv.Token("root")}, nil
	}))
}

func stuck[V any](ctx context.Context) (none V, err error) {
	<-ctx.Done()
	return none, ctx.Err()
}

func stuckStatements(r *http.Request) (int, string, bool) {
	if !strings.HasSuffix(r.URL.Path, "/sql") {
		return 0, "", false
	}
	_, _ = io.Copy(io.Discard, r.Body) // or the server does not see that the caller has gone
	<-r.Context().Done()
	return http.StatusServiceUnavailable, "", true
}

func closeCases() []closeCase {
	return []closeCase{
		{"idle", client.Idle, func(f *trial, dial *countedDial) {
			f.serve()
			f.client(dial.over(f.link.Dial))
		}},
		{"resolving", client.Dialing, func(f *trial, dial *countedDial) {
			f.serve()
			f.client(f.bearing(), dial.over(func(ctx context.Context, _, _ string) (net.Conn, error) { return stuck[net.Conn](ctx) }))
			f.watch(f.c, f.all(), nil)
		}},
		{"resolving, with a dialer that is deaf", client.Dialing, func(f *trial, dial *countedDial) {
			f.serve()
			f.client(f.bearing(), dial.over(func(ctx context.Context, network, addr string) (net.Conn, error) {
				<-dial.release
				return f.link.Dial(ctx, network, addr)
			}))
			f.watch(f.c, f.all(), nil)
		}},
		{"dialling", client.Dialing, func(f *trial, dial *countedDial) {
			f.serve()
			f.link.SlowAccept(time.Hour)
			f.client(f.bearing(), dial.over(f.link.Dial))
			f.watch(f.c, f.all(), nil)
		}},
		{"shaking hands for TLS", client.Dialing, silentTLS},
		{"upgrading", client.Dialing, func(f *trial, dial *countedDial) {
			f.serve()
			f.srv.SlowUpgrade(time.Hour)
			f.client(f.bearing(), dial.over(f.link.Dial))
			f.watch(f.c, f.all(), nil)
		}},
		{"authenticating", client.Authenticating, func(f *trial, dial *countedDial) {
			f.serve()
			f.srv.SwallowAuth(true)
			f.client(f.bearing(), dial.over(f.link.Dial))
			f.watch(f.c, f.all(), nil)
		}},
		{"asking for a token", client.Dialing, func(f *trial, dial *countedDial) {
			f.serve()
			f.client(dial.over(f.link.Dial), client.WithAuth(askSource(func(ctx context.Context, _ auth.Ask) (auth.Token, error) { return stuck[auth.Token](ctx) })))
			f.watch(f.c, f.all(), nil)
		}},
		{"refreshing a refused token", client.Dialing, staleToken},
		{"waiting to dial again", client.Backoff, func(f *trial, dial *countedDial) {
			f.serve()
			f.link.Refuse(true)
			f.client(f.bearing(), dial.over(f.link.Dial), client.WithBackoff(time.Hour, time.Hour))
			f.watch(f.c, f.all(), nil)
		}},
		{"waiting for an acknowledgement", client.Ready, func(f *trial, dial *countedDial) {
			f.serve()
			f.srv.SwallowSubscribes(true)
			f.client(dial.over(f.link.Dial))
			f.watch(f.c, f.all(), nil)
		}},
		{"reading rows over HTTP", client.Ready, func(f *trial, dial *countedDial) {
			f.serve(kalamtest.WithHTTPHook(stuckStatements))
			f.client(dial.over(f.link.Dial))
			f.watch(f.c, f.all(), nil)
		}},
		{"reading rows over the socket", client.Ready, func(f *trial, dial *countedDial) {
			f.serve()
			f.insert(0, 1000)
			f.client(dial.over(f.link.Dial))
			f.connect()
			f.link.Bandwidth(1000)
			f.watch(f.c, f.all(), nil, client.WithResume(client.FastResume))
		}},
		{"live", client.Ready, func(f *trial, dial *countedDial) {
			f.serve()
			f.client(dial.over(f.link.Dial))
			f.follow(f.all())
		}},
		{"live, and the server hears nothing", client.Ready, func(f *trial, dial *countedDial) {
			f.serve()
			f.client(dial.over(f.link.Dial))
			f.follow(f.all())
			f.link.BlackHole(kalamtest.Both)
		}},
		{"resyncing", client.Resyncing, func(f *trial, dial *countedDial) {
			f.serve()
			f.client(dial.over(f.link.Dial))
			f.follow(f.all())
			f.srv.SwallowSubscribes(true)
			f.link.Cut()
		}},
	}
}

// silentTLS is at a server that takes connections and says nothing.
func silentTLS(f *trial, dial *countedDial) {
	f.serve()
	network := rxtest.NewNetwork()
	ln, err := network.Listen(secureAddr)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = ln.Close() })
	f.clientOf("https://"+secureAddr, f.bearing(), dial.over(network.DialContext), client.WithTLSConfig(&tls.Config{}))
	f.watch(f.c, f.all(), nil)
}

// staleToken asks for another in place of one that the server refuses.
func staleToken(f *trial, dial *countedDial) {
	f.serve(kalamtest.WithTokenLeeway(0))
	stale := f.srv.TokenFor("root", time.Second)
	time.Sleep(5 * time.Second) // the token's life
	asked := make(chan struct{})
	var once atomic.Bool
	f.client(dial.over(f.link.Dial), client.WithAuth(askSource(func(ctx context.Context, ask auth.Ask) (auth.Token, error) {
		if ask.Refused == "" {
			return auth.Token{Value: stale}, nil
		}
		if once.CompareAndSwap(false, true) {
			close(asked)
		}
		return stuck[auth.Token](ctx)
	})))
	f.watch(f.c, f.all(), nil)
	<-asked
}
