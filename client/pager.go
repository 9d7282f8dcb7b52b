package client

import (
	"bytes"
	"context"
	"fmt"

	"github.com/kalamdb/kalamrx/client/internal/livesql"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// pager reads the rows of a QueryAll page by page. But for its beginning it belongs to
// one goroutine.
type pager[T any] struct {
	s       *Session
	st      livesql.Statement
	opts    pageOptions
	decoder *wire.Decoder[T]
	up      *rx.Segment
	out     rx.Observer[T]

	key  string // the column that rows are read in the order of
	who  string // whom the server answers; empty where it has not said
	last any    // where the last page ended: an int64 or a string; nil before the first
}

func (p *pager[T]) configure(sql string, opts []PageOption) (err error) {
	if p.opts, err = newPageOptions(opts); err != nil {
		return err
	}
	var ok bool
	if p.st, ok = livesql.ParsePaged(sql); !ok {
		return fmt.Errorf("%w: want SELECT of columns of one table with at most a WHERE", ErrPaging)
	}
	if _, err = p.s.encode(sql, p.opts.params); err != nil {
		return err
	}
	p.key = p.opts.key
	p.decoder, err = decoderOf[T](p.s.c)
	return err
}

// run tells all rows, then the end.
func (p *pager[T]) run(ctx context.Context) {
	defer p.s.c.alive.remove()
	ctx = p.s.c.as(ctx)
	err := p.findKey(ctx)
	for more := true; more && err == nil; {
		var page wire.Result
		if page, err = p.page(ctx); err != nil {
			break
		}
		more = !p.s.c.pages.isLast(len(page.Rows), p.opts.size)
		p.up.Turn(p.fail, func() { err = p.tell(page) })
		if p.up.Closed() {
			return
		}
	}
	if ctx.Err() != nil { // the stream ends, or has ended, without a word
		return
	}
	p.up.Turn(nil, func() {
		if err != nil {
			p.fail(err)
			return
		}
		p.up.Close()
		p.out.Complete()
	})
}

func (p *pager[T]) fail(err error) {
	p.up.Close()
	p.out.Error(err)
}

// findKey asks for the table's columns, unless the key is known.
func (p *pager[T]) findKey(ctx context.Context) error {
	if p.key != "" {
		return nil
	}
	columns, err := p.ask(ctx, livesql.AnyRow(p.st.Table), nil)
	if err != nil {
		return err
	}
	switch pk := columns.Schema.PrimaryKey(); len(pk) {
	case 0:
		p.key = columns.Schema.VersionColumn()
	case 1:
		p.key = pk[0].Name
	default: // versions change with their rows, which would be told again
		return fmt.Errorf("%w: the primary key of %s has %d columns; name a unique one with PageKey", ErrPaging, p.st.Table, len(pk))
	}
	if _, ok := columns.Schema.Find(p.key); !ok {
		return fmt.Errorf("%w: %s has no primary key; name a unique column with PageKey", ErrPaging, p.st.Table)
	}
	return nil
}

// page asks for the page behind the last one.
func (p *pager[T]) page(ctx context.Context) (wire.Result, error) {
	params, behind := p.opts.params, ""
	if p.last != nil {
		params = append(params[:len(params):len(params)], p.last)
		behind = fmt.Sprintf("$%d", len(params))
	}
	return p.ask(ctx, livesql.PageByKey(p.st, p.key, behind, p.opts.size), params)
}

func (p *pager[T]) ask(ctx context.Context, sql string, params []any) (wire.Result, error) {
	resp, err := p.s.sql(ctx, sql, params)
	if err != nil {
		return wire.Result{}, err
	}
	if len(resp.Results) != 1 || len(resp.Results[0].Schema) == 0 {
		return wire.Result{}, fmt.Errorf("%w: the server gave no rows", ErrPaging)
	}
	return resp.Results[0], p.sameUser(userOf(resp.Results))
}

// sameUser refuses a page that is another user's than the one before: rows of two are no
// whole.
func (p *pager[T]) sameUser(user string) error {
	if p.who != "" && user != "" && user != p.who {
		return fmt.Errorf("kalam: query: %w", &IdentityError{Before: p.who, After: user})
	}
	p.who = user
	return nil
}

// tell takes the keys off the rows of a page, and delivers them.
func (p *pager[T]) tell(page wire.Result) error {
	at := len(page.Schema) - 1
	column := page.Schema[at]
	if column.Name != livesql.KeyColumn {
		return fmt.Errorf("%w: the server gave other columns", ErrPaging)
	}
	page.Schema = page.Schema[:at:at]
	rows, err := newRowsOf(p.decoder, page, p.s.strict)
	if err != nil {
		return err
	}
	var last any // the answer need not be in the order that was asked for
	for i, raw := range page.Rows {
		cell, rest := cutLast(raw)
		rows.rows[i] = rest
		key, err := keyOfPage(cell, column.Type)
		if err != nil {
			return fmt.Errorf("kalam: query: key %s: %w", p.key, err)
		}
		if last == nil || KeyOf(last).Compare(KeyOf(key)) < 0 {
			last = key
		}
	}
	if err := p.pass(last); err != nil {
		return err
	}
	for i := range rows.rows {
		v, err := rows.decode(i)
		if err != nil {
			return err
		}
		if p.up.Closed() {
			return nil
		}
		p.out.Next(v)
	}
	return nil
}

// pass notes how far the rows have come, which is further than before.
func (p *pager[T]) pass(last any) error {
	if last == nil {
		return nil
	}
	if p.last != nil && KeyOf(p.last).Compare(KeyOf(last)) >= 0 {
		return fmt.Errorf("%w: behind %s %v the server gave %v", ErrPaging, p.key, p.last, last)
	}
	p.last = last
	return nil
}

// keyOfPage reads a key that a page is ordered by: as a parameter it is the same.
func keyOfPage(text []byte, typ wire.DataType) (any, error) {
	cell, err := wire.ParseCell(text)
	if err != nil {
		return nil, err
	}
	switch typ {
	case wire.SmallInt, wire.Int, wire.BigInt:
		return cell.Int64()
	case wire.Text, wire.UUID:
		return cell.Text()
	}
	return nil, fmt.Errorf("%w: by a column of type %s", ErrPaging, typ)
}

// cutLast takes the last cell, which holds no array and no object, off a row, whose
// text it changes. What is no such row stays whole.
func cutLast(row wire.RawRow) (cell []byte, rest wire.RawRow) {
	inner, ok := bytes.CutSuffix(bytes.TrimRight(row, " \t\r\n"), []byte("]"))
	if !ok {
		return nil, row
	}
	inner = bytes.TrimRight(inner, " \t\r\n")
	end := len(inner)
	if end > 0 && inner[end-1] == '"' {
		end = openingQuote(inner[:end-1])
	}
	comma := bytes.LastIndexByte(inner[:end], ',')
	if comma < 0 {
		return nil, row
	}
	cell = inner[comma+1:]
	inner[comma] = ']'
	return cell, row[:comma+1]
}

// openingQuote is where the string begins that text ends in, but for its closing
// quote: quotes inside have a backslash before them that has none itself.
func openingQuote(text []byte) int {
	for i := len(text) - 1; i > 0; i-- {
		if text[i] != '"' {
			continue
		}
		slashes := 0
		for text[i-1-slashes] == '\\' && slashes < i-1 {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
	return 0
}
