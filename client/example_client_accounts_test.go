package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/wire"
)

// withServer runs f with a client of nobody, of an embedded server of these options.
func withServer(f func(ctx context.Context, srv *kalamtest.Server, c *client.Client), opts ...kalamtest.Option) {
	srv, err := kalamtest.New(append(opts, kalamtest.WithUser("lena", "Secret-lena-1", "user"))...)
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := client.New(srv.URL())
	if err != nil {
		log.Fatal(err)
	}
	f(context.Background(), srv, c)
	_ = c.Close(context.Background())
	<-c.Done()
}

// What Login grants is for a client of its own, or for SetAuth.
func ExampleClient_Login() {
	withServer(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		g, err := c.Login(ctx, "lena", "Secret-lena-1")
		if err != nil {
			log.Fatal(err)
		}
		token, err := auth.JWT(g.Access.Value)
		if err != nil {
			log.Fatal(err)
		}
		lena, err := client.New(srv.URL(), client.WithAuth(token))
		if err != nil {
			log.Fatal(err)
		}
		defer lena.Close(ctx)
		me, err := lena.Me(ctx)
		fmt.Println(me.ID, me.Role, err)

		_, err = c.Login(ctx, "lena", "another")
		fmt.Println(errors.Is(err, auth.ErrUnauthenticated))
	})
	// Output:
	// lena user <nil>
	// true
}

func ExampleAccount() {
	withServer(func(ctx context.Context, srv *kalamtest.Server, _ *client.Client) {
		c, err := client.New(srv.URL(), client.WithAuth(auth.Password("lena", "Secret-lena-1")))
		if err != nil {
			log.Fatal(err)
		}
		defer c.Close(ctx)
		me, err := c.Me(ctx)
		fmt.Println(me.ID, me.Role, me.AdminUI, err)
	})
	// Output: lena user false <nil>
}

func ExampleClient_Setup() {
	withServer(func(ctx context.Context, _ *kalamtest.Server, c *client.Client) {
		_, err := c.Login(ctx, "admin", "invented for this")
		fmt.Println(errors.Is(err, client.ErrSetupRequired))
		admin, err := c.Setup(ctx, wire.SetupRequest{User: "admin", Password: "invented for this", RootPassword: "and this one"})
		fmt.Println(admin.ID, admin.Role, err)
		status, err := c.SetupStatus(ctx)
		fmt.Println(status.NeedsSetup, err)
	}, kalamtest.WithoutRootPassword())
	// Output:
	// true
	// admin dba <nil>
	// false <nil>
}

func ExampleHealth() {
	withServer(func(ctx context.Context, _ *kalamtest.Server, c *client.Client) {
		h, err := c.Health(ctx)
		fmt.Println(h.Status, h.Restricted, err)
	})
	withServer(func(ctx context.Context, _ *kalamtest.Server, c *client.Client) {
		h, err := c.Health(ctx) // of another machine: it is there, and says no more
		fmt.Printf("%q %v %v\n", h.Status, h.Restricted, err)
	}, kalamtest.WithRemoteCallers())
	// Output:
	// healthy false <nil>
	// "" true <nil>
}

func ExampleClusterHealth() {
	withServer(func(ctx context.Context, _ *kalamtest.Server, c *client.Client) {
		h, err := c.ClusterHealth(ctx)
		fmt.Println(h.Status, h.IsLeader, len(h.Nodes), err)
	})
	// Output: healthy true 1 <nil>
}
