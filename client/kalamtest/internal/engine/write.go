package engine

import (
	"context"
)

// writing is what the write statements of one request share: the transaction, and the changes to tell when it is committed.
type writing struct {
	e       *Engine
	open    bool // between BEGIN and COMMIT
	changes []RowChange
}

// atomically runs one write statement: in a transaction of its own, or inside the open one.
func (w *writing) atomically(ctx context.Context, run func() (int64, error)) (int64, error) {
	if w.open {
		return run()
	}
	if err := w.begin(ctx); err != nil {
		return 0, err
	}
	n, err := run()
	if err != nil {
		w.rollback()
		return 0, err
	}
	return n, w.commit()
}

func (w *writing) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.e.db.exec(context.Background(), "BEGIN"); err != nil {
		return fail(classExecution, err.Error())
	}
	w.open = true
	return nil
}

// commit makes the writes permanent and tells of them.
func (w *writing) commit() error {
	w.open = false
	if err := w.e.db.exec(context.Background(), "COMMIT"); err != nil {
		w.changes = nil
		_ = w.e.db.exec(context.Background(), "ROLLBACK")
		return fail(classExecution, err.Error())
	}
	changes := w.changes
	w.changes = nil
	if len(changes) > 0 {
		w.e.topics.record(changes)
	}
	if tell := w.e.onChange; tell != nil {
		for i, c := range changes {
			c.More = i < len(changes)-1
			tell(c)
		}
	}
	return nil
}

func (w *writing) rollback() {
	if !w.open {
		return
	}
	w.open = false
	w.changes = nil
	_ = w.e.db.exec(context.Background(), "ROLLBACK")
}

// changed notes one row version.
func (w *writing) changed(t *table, owner string, op Op, now, before *Version) {
	seq := now.Seq
	if t.kind == StreamTable && op == OpDelete {
		seq = before.Seq
	}
	w.changes = append(w.changes, RowChange{Table: t.id, Kind: t.kind, Owner: owner, Op: op, Seq: seq, New: now, Old: before, table: t})
}

// target resolves the table of a write and checks that the session may write it.
func (e *Engine) target(name []string, r *renderer) (*table, error) {
	id, err := tableID(name, r.session)
	if err != nil {
		return nil, err
	}
	t := e.catalog.table(id)
	if t == nil {
		return nil, fail(classTable, "Error during planning: table 'kalam.", id.String(), "' not found")
	}
	switch {
	case t.kind == SystemTable:
		return nil, fail(classDenied, "Cannot modify system table '", id.String(), "'")
	case t.kind == SharedTable && r.as:
		return nil, sharedImpersonation(id)
	case t.kind == SharedTable && !mayWrite(t.access, r.session.Role):
		return nil, fail(classDenied, "Access denied: role '", string(r.session.Role), "' cannot write to shared table '", id.String(),
			"' with access level '", string(t.access), "'")
	}
	return t, nil
}

// mayWrite says which roles write a SHARED table: public ones are readable by all, not writable.
func mayWrite(access accessLevel, role Role) bool {
	if access == accessDBA {
		return role.Admin()
	}
	return role != RoleUser
}

func ownerOf(t *table, s Session) string {
	if t.scoped() {
		return s.User
	}
	return ""
}

// versionOf encodes stored values.
func versionOf(t *table, values []any, seq uint64, deleted bool) *Version {
	v := &Version{Seq: seq, Deleted: deleted, Cells: make([][]byte, len(t.columns)), values: values}
	for i, c := range t.columns {
		v.Cells[i] = appendCell(nil, c.typ, values[i])
	}
	return v
}
