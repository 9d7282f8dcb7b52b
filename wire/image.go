package wire

// Images of a change: what the row was and what it is. The server leaves columns out; the rules to put them back are
// those of protocol section 3.3.

// After gives the row as it is after an insert or update, with every column of schema: the columns that the server left
// out are NULL, but `_deleted`, which an update never carries, is false. ok is false for a delete.
func (c *Change) After(schema Schema) (row Row, ok bool, err error) {
	if c.ChangeType == Delete {
		return Row{}, false, nil
	}
	row, ok, err = c.Rows.First()
	if err != nil || !ok {
		return Row{}, false, err
	}
	row.fill = schema
	return row, true, nil
}

// Before gives the row as it was before an update or delete: for an update the row after it with the old values over
// it, for a delete the old values with what the server left out as NULL. ok is false for an insert and for the delete
// of a STREAM row, which has no values: see StreamSeq. A projection may leave columns out of a delete's row.
func (c *Change) Before(schema Schema) (row Row, ok bool, err error) {
	if c.ChangeType == Insert {
		return Row{}, false, nil
	}
	old, ok, err := c.OldValues.First()
	if err != nil || !ok {
		return Row{}, false, err
	}
	if c.ChangeType == Delete {
		if old.namesVersionOnly() {
			return Row{}, false, nil
		}
		old.fill = schema
		return old, true, nil
	}
	after, ok, err := c.After(schema)
	if err != nil || !ok {
		return Row{}, false, err
	}
	after.over = old.text
	return after, true, nil
}

// namesVersionOnly tells the old values of a delete on a STREAM table, which are not the row's: none, or its id.
func (r Row) namesVersionOnly() bool {
	if _, _, at, _ := memberAt(r.text, space(r.text, space(r.text, 0)+1)); at < 0 {
		return true
	}
	return !r.Get(rowIDColumn).IsAbsent() && r.Len() == 1
}

// rowIDColumn is how the delete of a STREAM row names the row.
const rowIDColumn = "row_id"

// StreamSeq gives the version of the STREAM row that a delete took away, from `row_id` "<user>:<seq>"; the cached row of
// that version is the one that is gone. ok is false for all other changes, and where a projection left the id out.
func (c *Change) StreamSeq() (seq Seq, ok bool) {
	if c.ChangeType != Delete {
		return Seq{}, false
	}
	old, ok, err := c.OldValues.First()
	if err != nil || !ok {
		return Seq{}, false
	}
	id, err := old.Get(rowIDColumn).Text()
	if err != nil {
		return Seq{}, false
	}
	// The user's name may hold colons itself; the version is behind the last.
	at := len(id)
	for at > 0 && id[at-1] != ':' {
		at--
	}
	if at == 0 {
		return Seq{}, false
	}
	seq, err = ParseSeq(id[at:])
	return seq, err == nil
}

// Seq gives the version that the change brings, which moves the resume cursor: of the new row, or of the tombstone.
func (c *Change) Seq() Seq {
	rows := c.Rows
	if c.ChangeType == Delete {
		rows = c.OldValues
	}
	row, ok, err := rows.First()
	if err != nil || !ok {
		return Seq{}
	}
	return row.Seq()
}
