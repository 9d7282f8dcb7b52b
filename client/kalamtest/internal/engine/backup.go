package engine

import (
	"context"
	"strings"
	"time"
)

// Backup is the rows of some tables at one time, tombstones included. It is immutable.
type Backup struct{ tables []backedUp }

type backedUp struct {
	table *table
	rows  [][]any // all columns of the SQLite table
}

// Tables names the tables.
func (b *Backup) Tables() []TableID {
	out := make([]TableID, len(b.tables))
	for i, t := range b.tables {
		out[i] = t.table.id
	}
	return out
}

// Backup keeps the rows of tables ("namespace.name"), of all users. An unknown table is an *Error.
func (e *Engine) Backup(ctx context.Context, names ...string) (*Backup, error) {
	if err := e.take(ctx); err != nil {
		return nil, err
	}
	defer e.give()
	b := &Backup{}
	for _, name := range names {
		space, short, _ := strings.Cut(name, ".")
		t := e.catalog.table(TableID{space, short})
		if t == nil || t.kind == SystemTable {
			return nil, failed(fail(classTable, "table '", name, "' not found"), 1, "", RoleSystem)
		}
		rows, err := e.rows(ctx, "SELECT * FROM "+t.store)
		if err != nil {
			return nil, err
		}
		b.tables = append(b.tables, backedUp{t, rows})
	}
	return b, nil
}

// Restore puts the rows back as they were, with their sequence ids, and tells nobody. A table that was dropped since is an
// *Error, and nothing is restored.
func (e *Engine) Restore(ctx context.Context, b *Backup) error {
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.give()
	w := &writing{e: e}
	_, err := w.atomically(ctx, func() (int64, error) {
		for _, t := range b.tables {
			if err := e.restore(t); err != nil {
				return 0, err
			}
		}
		return 0, nil
	})
	if err != nil {
		return failed(err, 1, "", RoleSystem)
	}
	return nil
}

func (e *Engine) restore(b backedUp) error {
	t := b.table
	if e.catalog.table(t.id) != t {
		return fail(classTable, "table '", t.id.String(), "' is not the one that was backed up")
	}
	ctx := context.Background()
	if err := e.db.exec(ctx, "DELETE FROM "+t.store); err != nil {
		return fail(classExecution, err.Error())
	}
	marks := strings.Repeat(", ?", len(t.columns)+3)[2:]
	for _, row := range b.rows {
		if _, err := e.db.execPrepared(ctx, "INSERT INTO "+t.store+" VALUES ("+marks+")", row...); err != nil {
			return fail(classExecution, err.Error())
		}
	}
	return nil
}

// RewindSeq makes the sequence ids of further writes as low as they would have been d ago, but never equal to one of
// then: a server whose clock went back, or one that was replaced.
func (e *Engine) RewindSeq(d time.Duration) {
	<-e.turn
	defer e.give()
	e.seq.rewind(d)
}
