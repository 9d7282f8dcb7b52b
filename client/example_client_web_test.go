package client_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// An option for one time holds against the group, wherever it stands.
func ExampleTimeouts() {
	times := client.FastTimeouts()
	times.Receive = time.Nanosecond
	optional(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		_, err := c.Exec(ctx, "SELECT 1")
		fmt.Println(err)
	}, client.WithTimeout(10*time.Second), client.WithTimeouts(times))
	// Output: <nil>
}

func ExampleWithTimeouts() {
	times := client.RelaxedTimeouts()
	times.Keepalive = 15 * time.Second
	fmt.Println(refused(client.WithTimeouts(times)))
	fmt.Println(refused(client.WithTimeouts(client.RelaxedTimeouts())))
	// Output:
	// kalam: bad configuration: WithTimeouts: Keepalive: 15s is more than 9s
	// <nil>
}

func ExampleWithSendTimeout() {
	fmt.Println(refused(client.WithSendTimeout(0)))
	// Output: kalam: bad configuration: WithSendTimeout: 0s is not positive
}

func ExampleWithIdleTimeout() {
	fmt.Println(refused(client.WithIdleTimeout(time.Minute)), refused(client.WithIdleTimeout(0)))
	// Output: <nil> <nil>
}

func ExampleWithInsecureToken() {
	_, err := client.New("http://db.example:2900", client.WithAuth(auth.Password("lena", "invented for this")))
	fmt.Println(errors.Is(err, client.ErrConfig))
	_, err = client.New("http://db.example:2900", client.WithAuth(auth.Password("lena", "invented for this")), client.WithInsecureToken())
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}

func ExampleWithHTTPClient() {
	hc := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxConnsPerHost: 4}}
	defer hc.CloseIdleConnections() // they stay the application's
	optional(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		_, err := c.Exec(ctx, "SELECT 1")
		fmt.Println(err, c.Connect(ctx))
	}, client.WithHTTPClient(hc))
	// Output: <nil> <nil>
}

// A fixed proxy; http.ProxyFromEnvironment does as the environment says.
func ExampleWithProxy() {
	proxy, _ := url.Parse("http://user:invented@proxy.example:3128")
	fmt.Println(refused(client.WithProxy(http.ProxyURL(proxy))), refused(client.WithProxy(http.ProxyFromEnvironment)))
	// Output: <nil> <nil>
}

func ExampleProxyFunc() {
	var inside client.ProxyFunc = func(r *http.Request) (*url.URL, error) {
		if r.URL.Hostname() == "db.intern" {
			return nil, nil // no proxy
		}
		return url.Parse("http://proxy.example:3128")
	}
	fmt.Println(refused(client.WithProxy(inside)))
	// Output: <nil>
}

func ExampleWithHeader() {
	fmt.Println(refused(client.WithHeader("X-Tenant", "acme")))
	fmt.Println(refused(client.WithHeader("Authorization", "Bearer x")))
	// Output:
	// <nil>
	// kalam: bad configuration: WithHeader: Authorization is not the application's to set
}

func ExampleWithLogger() {
	plain := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "server" {
			return slog.Attr{}
		}
		return a
	}
	l := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: plain}))
	optional(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		_ = c.Connect(ctx)
	}, client.WithLogger(l))
	// Output:
	// level=INFO msg="kalam: connected" generation=1 user=root role=system
	// level=INFO msg="kalam: disconnected" generation=1 cause="kalam: disconnected: client disconnected"
	// level=INFO msg="kalam: closed" generation=1
}
