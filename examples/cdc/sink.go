package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/rx"
	_ "modernc.org/sqlite" // the driver
)

// item is a row of the table that is copied.
type item struct {
	ID   int64   `kalam:"id"`
	Body *string `kalam:"body"`
}

// The copy, the checkpoint that it stands at, and a journal of what was applied,
// which refuses to have a change twice.
const schema = `
PRAGMA busy_timeout = 5000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY, body TEXT);
CREATE TABLE IF NOT EXISTS journal (id INTEGER NOT NULL, seq TEXT NOT NULL, op TEXT NOT NULL, UNIQUE (id, seq));
CREATE TABLE IF NOT EXISTS checkpoint (one INTEGER PRIMARY KEY CHECK (one = 1), text TEXT NOT NULL)`

// sink is the SQLite side.
type sink struct {
	db *sql.DB
	tx *sql.Tx // what is not committed yet; nil for nothing
}

func openSink(ctx context.Context, file string) (*sink, error) {
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // pragmas are a connection's
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &sink{db: db}, nil
}

func (s *sink) close() {
	if s.tx != nil {
		_ = s.tx.Rollback() // it is told again
	}
	_ = s.db.Close()
}

// checkpoint is where the copy stands; the zero one for an empty copy.
func (s *sink) checkpoint(ctx context.Context) (client.Checkpoint, error) {
	var text string
	err := s.db.QueryRowContext(ctx, "SELECT text FROM checkpoint").Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return client.Checkpoint{}, nil
	}
	if err != nil {
		return client.Checkpoint{}, err
	}
	return client.ParseCheckpoint(text)
}

// follow applies change after change, from where the copy stands.
func (s *sink) follow(ctx context.Context, c *client.Client, query string, more func(client.Change[item]) bool) error {
	from, err := s.checkpoint(ctx)
	if err != nil {
		return err
	}
	for x, err := range rx.All(ctx, client.Changes[item](c, query, client.FromCheckpoint(from))) {
		if err != nil {
			return err
		}
		if err := s.apply(ctx, x); err != nil {
			return fmt.Errorf("%s of row %d at %s: %w", x.Op, x.Row.ID, x.Seq, err)
		}
		if !more(x) {
			return nil
		}
	}
	return nil
}

// apply takes a change in and commits it with its checkpoint. Rows of the snapshot
// have none: they are committed together, by the Loaded behind them.
func (s *sink) apply(ctx context.Context, x client.Change[item]) error {
	if s.tx == nil {
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		s.tx = tx
	}
	if err := s.write(ctx, x); err != nil {
		return err
	}
	at := x.Checkpoint()
	if at.IsZero() {
		return nil
	}
	if _, err := s.tx.ExecContext(ctx, "REPLACE INTO checkpoint (one, text) VALUES (1, ?)", at.String()); err != nil {
		return err
	}
	err := s.tx.Commit()
	s.tx = nil
	fmt.Printf("%-9s %d at %s\n", x.Op, x.Row.ID, x.Seq)
	return err
}

func (s *sink) write(ctx context.Context, x client.Change[item]) error {
	var err error
	switch x.Op {
	case client.Insert, client.Update:
		_, err = s.tx.ExecContext(ctx, "REPLACE INTO items (id, body) VALUES (?, ?)", x.Row.ID, x.Row.Body)
	case client.Delete:
		_, err = s.tx.ExecContext(ctx, "DELETE FROM items WHERE id = ?", x.Row.ID)
	default:
		return nil // no row
	}
	if err != nil {
		return err
	}
	_, err = s.tx.ExecContext(ctx, "INSERT INTO journal (id, seq, op) VALUES (?, ?, ?)", x.Row.ID, x.Seq.String(), x.Op.String())
	return err
}

// show prints the copy.
func show(ctx context.Context, file string) error {
	s, err := openSink(ctx, file)
	if err != nil {
		return err
	}
	defer s.close()
	rows, err := s.rows(ctx)
	for _, row := range rows {
		fmt.Printf("copy      %d %s\n", row.ID, *row.Body)
	}
	return err
}

// rows is the copy, in order of id.
func (s *sink) rows(ctx context.Context) ([]item, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT id, body FROM items ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []item
	for rows.Next() {
		var one item
		if err := rows.Scan(&one.ID, &one.Body); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
