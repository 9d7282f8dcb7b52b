package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// connected runs f with a client of the server that the environment names, or of one
// in the process.
func connected(f func(c *client.Client) error) error {
	url, token := os.Getenv("KALAMDB_URL"), os.Getenv("KALAMDB_TOKEN")
	source := auth.Password(os.Getenv("KALAMDB_USER"), os.Getenv("KALAMDB_PASSWORD"))
	switch {
	case url == "":
		srv, err := kalamtest.New()
		if err != nil {
			return err
		}
		defer srv.Close()
		url, source = srv.URL(), auth.Password("root", "kalamdb-root")
		fmt.Println("server    embedded, at", url)
	case token != "":
		jwt, err := auth.JWT(token)
		if err != nil {
			return err
		}
		source = jwt
	case os.Getenv("KALAMDB_USER") == "":
		return errors.New("KALAMDB_URL is set; set KALAMDB_TOKEN, or KALAMDB_USER and KALAMDB_PASSWORD, too")
	}
	c, err := client.New(url, client.WithAuth(source))
	if err != nil {
		return err
	}
	err = f(c)
	closing, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err = errors.Join(err, c.Close(closing))
	<-c.Done()
	return err
}

// prepare is what is there when the demo's first run begins.
func prepare() []string {
	return []string{
		"CREATE NAMESPACE IF NOT EXISTS cdc",
		"CREATE TABLE IF NOT EXISTS cdc.items (id BIGINT PRIMARY KEY, body TEXT) WITH (TYPE = 'USER')",
		"DELETE FROM cdc.items WHERE id > 0",
		"INSERT INTO cdc.items (id, body) VALUES (1, 'one'), (2, 'two'), (3, 'three')",
	}
}

// meanwhile is what happens before the second: so many changes.
func meanwhile() []string {
	return []string{
		"UPDATE cdc.items SET body = 'two, changed' WHERE id = 2",
		"DELETE FROM cdc.items WHERE id = 3",
		"INSERT INTO cdc.items (id, body) VALUES (4, 'four')",
	}
}

func execute(ctx context.Context, c *client.Client, statements ...string) error {
	for _, sql := range statements {
		if _, err := c.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}
