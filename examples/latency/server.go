package main

import (
	"context"
	"errors"
	"os"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// server is where to connect, as whom, and how to write.
type server struct {
	name    string
	url     string
	source  auth.Source
	commits int // a second that it stands
	exec    func(ctx context.Context, c *client.Client, sql string) error
	close   func()
}

// connectTo uses the server the environment names, or starts one in the process, whose queue loses nothing.
func connectTo() (*server, error) {
	url, token := os.Getenv("KALAMDB_URL"), os.Getenv("KALAMDB_TOKEN")
	user, password := os.Getenv("KALAMDB_USER"), os.Getenv("KALAMDB_PASSWORD")
	given := server{name: "the server of KALAMDB_URL", url: url, commits: 80, exec: overHTTP, close: func() {}}
	switch {
	case url == "":
		return embedded()
	case token != "":
		source, err := auth.JWT(token)
		given.source = source
		return &given, err
	case user != "":
		given.source = auth.Password(user, password)
		return &given, nil
	}
	return nil, errors.New("KALAMDB_URL is set; set KALAMDB_TOKEN, or KALAMDB_USER and KALAMDB_PASSWORD, too")
}

func embedded() (*server, error) {
	const many = 1 << 20
	srv, err := kalamtest.New(kalamtest.WithQueue(many), kalamtest.WithQueryRate(many))
	if err != nil {
		return nil, err
	}
	return &server{
		name: "kalamtest over loopback", url: srv.URL(), source: auth.Password(kalamtest.RootUser, kalamtest.RootPassword), commits: 1000,
		exec: func(ctx context.Context, _ *client.Client, sql string) error {
			return srv.Exec(ctx, kalamtest.RootUser, sql)
		},
		close: srv.Close,
	}, nil
}

func overHTTP(ctx context.Context, c *client.Client, sql string) error {
	_, err := c.Exec(ctx, sql)
	return err
}
