package main

import (
	"context"
	"fmt"
	"os"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// server is where to connect, and as whom.
type server struct {
	url    string
	source auth.Source
	close  func()
}

// connectTo uses the server the environment names, or starts one in the process.
func connectTo() (*server, error) {
	url, token := os.Getenv("KALAMDB_URL"), os.Getenv("KALAMDB_TOKEN")
	user, password := os.Getenv("KALAMDB_USER"), os.Getenv("KALAMDB_PASSWORD")
	switch {
	case url == "":
		srv, err := kalamtest.New()
		if err != nil {
			return nil, err
		}
		fmt.Println("server    embedded, at", srv.URL())
		return &server{srv.URL(), auth.Password("root", "kalamdb-root"), srv.Close}, nil
	case token != "":
		source, err := auth.JWT(token)
		return &server{url, source, func() {}}, err
	case user != "":
		return &server{url, auth.Password(user, password), func() {}}, nil
	}
	return nil, fmt.Errorf("KALAMDB_URL is set; set KALAMDB_TOKEN, or KALAMDB_USER and KALAMDB_PASSWORD, too")
}

const insert = "INSERT INTO quickstart.messages (id, room, body) VALUES ($1, $2, $3)"

// setUp makes the table and the row that the snapshot shows.
func setUp(ctx context.Context, c *client.Client, room string) error {
	for _, sql := range []string{
		"CREATE NAMESPACE IF NOT EXISTS quickstart",
		"CREATE TABLE IF NOT EXISTS quickstart.messages (id BIGINT PRIMARY KEY, room TEXT NOT NULL, body TEXT) WITH (TYPE = 'USER')",
		"DELETE FROM quickstart.messages WHERE id > 0",
	} {
		if _, err := c.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	_, err := c.Exec(ctx, insert, 1, room, "was here before")
	return err
}

// write makes the changes that the live query shows, and two that it filters out.
func write(ctx context.Context, c *client.Client, room string) error {
	for _, step := range []struct {
		sql    string
		params []any
	}{
		{insert, []any{2, room, "hello"}},
		{insert, []any{3, room + "-elsewhere", "unheard"}},
		{"UPDATE quickstart.messages SET body = $1 WHERE id = $2", []any{"hello, world", 2}},
		{"UPDATE quickstart.messages SET body = $1 WHERE id = $2", []any{nil, 3}},
		{"DELETE FROM quickstart.messages WHERE id = $1", []any{2}},
	} {
		if _, err := c.Exec(ctx, step.sql, step.params...); err != nil {
			return fmt.Errorf("%s: %w", step.sql, err)
		}
	}
	return nil
}
