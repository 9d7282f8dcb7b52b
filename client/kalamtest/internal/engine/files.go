package engine

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/kalamdb/kalamrx/wire"
)

// Placeholder is one FILE("name") in a text, from Start up to End in bytes.
type Placeholder struct {
	Name       string
	Start, End int
}

// Placeholders finds the placeholders of files outside of strings and comments: the word as FILE, File or file, and the name
// in quotes of either kind. A text that cannot be split into tokens has none.
func Placeholders(sql string) []Placeholder {
	p, err := newParser(sql)
	if err != nil {
		return nil
	}
	var all []Placeholder
	for ; p.peek().kind != tokEOF; p.next() {
		word, open, name, last := p.peek(), p.ahead(1), p.ahead(2), p.ahead(3)
		if word.kind != tokWord || word.text != "FILE" && word.text != "File" && word.text != "file" {
			continue
		}
		if open.is("(") && (name.kind == tokQuoted || name.kind == tokString) && last.is(")") {
			all = append(all, Placeholder{name.text, word.start, last.end})
		}
	}
	return all
}

// FileHome is where the files of a statement or a path are kept: by table and, in a USER table, by owner.
type FileHome struct {
	Table TableID
	Owner string
}

// FileHome says where the files of a statement go: one INSERT or UPDATE, of a USER or SHARED table that is named in full.
// Every error is an *Error.
func (e *Engine) FileHome(s Session, sql string) (FileHome, error) {
	list, err := prepare(sql, s)
	if err != nil {
		return FileHome{}, told(err, sql, s.Role)
	}
	if len(list) != 1 {
		return FileHome{}, badFile("FILE placeholders take a single statement")
	}
	if list[0].as != "" {
		if s, err = e.impersonate(s, list[0].as); err != nil {
			return FileHome{}, told(err, sql, s.Role)
		}
	}
	var name []string
	switch st := list[0].stmt.(type) {
	case *insertRows:
		name = st.table
	case *updateRows:
		name = st.table
	}
	if len(name) < 2 {
		return FileHome{}, badFile("FILE placeholders need INSERT or UPDATE of a table with its namespace")
	}
	id, err := tableID(name, s)
	if err != nil {
		return FileHome{}, told(err, sql, s.Role)
	}
	t := e.catalog.table(id)
	switch {
	case t == nil:
		return FileHome{}, failed(fail(classTable, "table '", id.String(), "' not found"), 1, sql, s.Role)
	case t.kind != UserTable && t.kind != SharedTable:
		return FileHome{}, badFile("FILE is not supported by " + string(t.kind) + " tables")
	}
	return FileHome{t.id, ownerOf(t, s)}, nil
}

// told is err as an *Error.
func told(err error, sql string, role Role) error {
	var said *Error
	if errors.As(err, &said) {
		return said
	}
	return failed(err, 1, sql, role)
}

func badFile(text string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: wire.CodeInvalidInput, Message: text}
}

// FileReader says where a session finds the files of a table: of a USER table its own, or those of another user that it might
// impersonate; of a SHARED table those of all, if its role reads the table. ok is false where there is no such table. Every
// error is an *Error.
func (e *Engine) FileReader(s Session, id TableID, user string) (home FileHome, ok bool, err error) {
	t := e.catalog.table(id)
	if t == nil {
		return FileHome{}, false, nil
	}
	denied := &Error{Status: http.StatusForbidden, Code: wire.CodePermissionDenied, Message: "Access denied"}
	switch t.kind {
	case SharedTable:
		if user != "" {
			return FileHome{}, false, badFile("user_id is not supported for shared tables")
		}
		if !mayRead(t.access, s.Role) {
			return FileHome{}, false, denied
		}
		return FileHome{t.id, ""}, true, nil
	case UserTable:
		if user == "" || user == s.User {
			return FileHome{t.id, s.User}, true, nil
		}
		if _, err := e.impersonate(s, user); err != nil {
			return FileHome{}, false, denied
		}
		return FileHome{t.id, user}, true, nil
	}
	return FileHome{}, false, badFile("files are not supported by " + string(t.kind) + " tables")
}

// NewFileID gives an id for a file: a Snowflake as text. Errors are ErrClosed and that of an ended ctx.
func (e *Engine) NewFileID(ctx context.Context) (string, error) {
	if err := e.take(ctx); err != nil {
		return "", err
	}
	defer e.give()
	return strconv.FormatUint(e.ids.next(), 10), nil
}
