// Command server runs the KalamDB emulator of client/kalamtest as a process: for trying things, and for clients in any
// language. Its data are in memory and gone when it ends.
//
//	go run ./examples/server -addr 127.0.0.1:2900
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// demo users, beside root.
var demo = []struct{ name, password, role string }{
	{"lena", "Secret-lena-1", "user"},
	{"max", "Secret-max-1", "user"},
	{"worker", "Secret-worker-1", "service"},
}

// options are the command line.
type options struct {
	addr      string
	token     time.Duration
	limits    bool
	namespace string
}

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

func parse(args []string, errOut io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("server", flag.ContinueOnError)
	f.SetOutput(errOut)
	f.StringVar(&o.addr, "addr", "127.0.0.1:2900", "`host:port` to listen on; port 0 takes a free one")
	f.DurationVar(&o.token, "token-lifetime", 24*time.Hour, "how long access tokens live, in whole seconds; refresh tokens live seven times as long")
	f.BoolVar(&o.limits, "limits", true, "enforce the real server's rates: 100 queries/s a user, 20 sign-ins/s, 50 messages/s a socket, 10 subscriptions a user")
	f.StringVar(&o.namespace, "demo", "demo", "namespace to make with a demo table `name`.messages; empty for none")
	f.Usage = func() {
		fmt.Fprint(errOut, "server runs an in-memory KalamDB 0.4.3 emulator until Ctrl-C.\n\n")
		f.PrintDefaults()
	}
	return o, f.Parse(args)
}

func run(args []string, out, errOut io.Writer) error {
	o, err := parse(args, errOut)
	if err == flag.ErrHelp {
		return nil
	}
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	srv, err := kalamtest.New(settings(o)...)
	if err != nil {
		return err
	}
	defer srv.Close()
	if err := prepare(ctx, srv, o.namespace); err != nil {
		return err
	}
	greet(out, srv, o)
	<-ctx.Done()
	fmt.Fprintln(out, "shutting down")
	return nil
}

func settings(o *options) []kalamtest.Option {
	opts := []kalamtest.Option{kalamtest.WithAddr(o.addr), kalamtest.WithTokenLifetime(o.token)}
	for _, u := range demo {
		opts = append(opts, kalamtest.WithUser(u.name, u.password, u.role))
	}
	if o.limits {
		return opts
	}
	const many = 1 << 20
	return append(opts, kalamtest.WithQueryRate(many), kalamtest.WithAuthRate(many), kalamtest.WithMessageRate(many),
		kalamtest.WithSubscriptionLimits(many, many))
}

func prepare(ctx context.Context, srv *kalamtest.Server, namespace string) error {
	if namespace == "" {
		return nil
	}
	table := "CREATE TABLE " + namespace + ".messages (id BIGINT PRIMARY KEY DEFAULT SNOWFLAKE_ID(), room TEXT NOT NULL, body TEXT, at TIMESTAMP DEFAULT NOW()) WITH (TYPE = 'USER')"
	return srv.Exec(ctx, kalamtest.RootUser, strings.Join([]string{"CREATE NAMESPACE " + namespace, table}, "; "))
}

func greet(out io.Writer, srv *kalamtest.Server, o *options) {
	fmt.Fprintf(out, "KalamDB emulator at %s (WebSocket at %s/v1/ws), in memory, Ctrl-C ends it\n", srv.URL(), "ws"+strings.TrimPrefix(srv.URL(), "http"))
	fmt.Fprintf(out, "  %-8s %-16s system\n", kalamtest.RootUser, kalamtest.RootPassword)
	for _, u := range demo {
		fmt.Fprintf(out, "  %-8s %-16s %s\n", u.name, u.password, u.role)
	}
	fmt.Fprintf(out, "log in:\n  curl -s %s/v1/api/auth/login -H 'Content-Type: application/json' -d '{\"user\":\"lena\",\"password\":\"Secret-lena-1\"}'\n", srv.URL())
	if o.namespace != "" {
		fmt.Fprintf(out, "ask, with its access_token:\n  curl -s %s/v1/api/sql -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' -d '{\"sql\":\"SELECT * FROM %s.messages\"}'\n", srv.URL(), o.namespace)
	}
}
