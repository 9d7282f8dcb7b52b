// Command cdc feeds the changes of a live query into an SQLite database, each exactly
// once: what a change does to the rows, and the checkpoint behind it, are one
// transaction. However it ends, kill -9 included, it goes on where it was.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/kalamdb/kalamrx/client"
)

func main() {
	file := flag.String("db", "", "the SQLite `file` to feed until Ctrl-C, from the server that KALAMDB_URL names;\nwithout it a demo runs, in a file of its own")
	table := flag.String("table", "cdc.items", "the `namespace.table` to read: (id BIGINT PRIMARY KEY, body TEXT)")
	timeout := flag.Duration("timeout", 20*time.Second, "give up the demo after this `time`")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), "cdc copies a table into SQLite and keeps the copy up to date, on an embedded server, or on\n"+
			"a real one if KALAMDB_URL is set (with KALAMDB_USER and KALAMDB_PASSWORD, or\nKALAMDB_TOKEN). The demo makes cdc.items, stops in between, and goes on.\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *file != "" {
		err = feed(ctx, *file, *table)
	} else {
		err = demo(ctx, *timeout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cdc:", err)
		os.Exit(1)
	}
}

// feed copies until it is told to end.
func feed(ctx context.Context, file, table string) error {
	if os.Getenv("KALAMDB_URL") == "" {
		return errors.New("-db needs a server that stays: set KALAMDB_URL")
	}
	return connected(func(c *client.Client) error {
		err := copyInto(ctx, c, file, table, func(client.Change[item]) bool { return true })
		if errors.Is(err, context.Canceled) || ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
			return nil // told to
		}
		return err
	})
}

// demo copies a table in two runs: what happens between them, the second one finds.
func demo(ctx context.Context, timeout time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("not finished after %v", timeout))
	defer cancel()
	dir, err := os.MkdirTemp("", "cdc")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "copy.db")
	return connected(func(c *client.Client) error {
		if err := execute(ctx, c, prepare()...); err != nil {
			return err
		}
		loaded := func(x client.Change[item]) bool { return x.Op != client.Loaded }
		fmt.Println("run       1")
		if err := copyInto(ctx, c, file, "cdc.items", loaded); err != nil {
			return err
		}
		if err := execute(ctx, c, meanwhile()...); err != nil {
			return err
		}
		fmt.Println("run       2")
		rest := len(meanwhile())
		missed := func(x client.Change[item]) bool {
			if x.Op < client.Loaded {
				rest--
			}
			return rest > 0
		}
		if err := copyInto(ctx, c, file, "cdc.items", missed); err != nil {
			return err
		}
		return show(ctx, file)
	})
}

// copyInto feeds a file until more is false after a change.
func copyInto(ctx context.Context, c *client.Client, file, table string, more func(client.Change[item]) bool) error {
	s, err := openSink(ctx, file)
	if err != nil {
		return err
	}
	defer s.close()
	return s.follow(ctx, c, "SELECT id, body FROM "+table, more)
}
