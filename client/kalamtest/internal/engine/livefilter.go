package engine

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kalamdb/kalamrx/wire"
)

// maxFilterDepth is how deep a live filter may be nested.
const maxFilterDepth = 64

// errFilter is wrapped by every error of the live evaluator.
var errFilter = errors.New("kalamtest: live filter")

func filterError(text string) error { return &filterFailure{text} }

type filterFailure struct{ text string }

// Error gives what the evaluator could not do.
func (f *filterFailure) Error() string { return errFilter.Error() + ": " + f.text }

// Unwrap gives errFilter.
func (f *filterFailure) Unwrap() error { return errFilter }

// scalar is a value in the live evaluator: nil, bool, float64 (any number) or string; other types of cell are opaque.
type scalar any

// opaque stands for a cell that the live evaluator can neither compare nor order, such as a timestamp.
type opaque struct{ raw string }

// Matches evaluates the live filter against a version (the new one; for a delete the tombstone). With an error the real server
// drops the change in silence: the evaluator knows AND, OR, NOT, comparisons and LIKE only, orders numbers only (as float64),
// and takes NULL as unequal to everything.
func (q *LiveQuery) Matches(v *Version) (bool, error) {
	if q.filter == nil {
		return true, nil
	}
	return (&liveRow{q.tbl, v, q.strict}).test(q.filter, 0)
}

// liveRow is a version as the live evaluator sees it.
type liveRow struct {
	tbl    *table
	v      *Version
	strict bool
}

func (row *liveRow) test(x expr, depth int) (bool, error) {
	if depth > maxFilterDepth {
		return false, filterError("Filter expression too deeply nested (max 64 levels)")
	}
	switch x := x.(type) {
	case *paren:
		return row.test(x.x, depth+1)
	case *unary:
		if x.op == "NOT" {
			ok, err := row.test(x.x, depth+1)
			return !ok && err == nil, err
		}
	case *like:
		return row.like(x)
	case *inTest:
		if row.strict && x.sub == nil {
			return row.in(x)
		}
	case *binary:
		switch x.op {
		case "AND", "OR":
			ok, err := row.test(x.l, depth+1)
			if err != nil || ok == (x.op == "OR") {
				return ok, err
			}
			return row.test(x.r, depth+1)
		case "=", "!=", "<", "<=", ">", ">=":
			return row.compare(x)
		}
	}
	return false, filterError("Unsupported expression type")
}

func (row *liveRow) compare(x *binary) (bool, error) {
	a, err := row.value(x.l)
	if err != nil {
		return false, err
	}
	b, err := row.value(x.r)
	if err != nil {
		return false, err
	}
	switch x.op {
	case "=":
		return sameScalar(a, b), nil
	case "!=":
		return !sameScalar(a, b), nil
	}
	m, okM := a.(float64)
	n, okN := b.(float64)
	if !okM || !okN {
		return false, filterError("Cannot convert value to number")
	}
	switch x.op {
	case "<":
		return m < n, nil
	case "<=":
		return m <= n, nil
	case ">":
		return m > n, nil
	}
	return m >= n, nil
}

// sameScalar compares numbers with the server's tolerance (the machine epsilon of a float64).
func sameScalar(a, b scalar) bool {
	const epsilon = 2.220446049250313e-16
	m, okM := a.(float64)
	n, okN := b.(float64)
	if okM && okN {
		return m == n || m-n < epsilon && n-m < epsilon
	}
	return a != nil && a == b
}

func (row *liveRow) like(x *like) (bool, error) {
	a, err := row.value(x.x)
	if err != nil {
		return false, err
	}
	b, err := row.value(x.pattern)
	if err != nil {
		return false, err
	}
	text, okText := a.(string)
	pattern, okPattern := b.(string)
	if !okText || !okPattern {
		return false, filterError("Cannot evaluate LIKE against non-string value")
	}
	var escape rune
	if x.escape != nil {
		l, ok := x.escape.(*literal)
		if !ok || l.kind != litString || utf8.RuneCountInString(l.text) != 1 {
			return false, filterError("LIKE ESCAPE must be a single character")
		}
		escape, _ = utf8.DecodeRuneInString(l.text)
	}
	if x.fold {
		text, pattern = strings.ToLower(text), strings.ToLower(pattern)
	}
	return likeMatch(text, pattern, escape) != x.not, nil
}

func (row *liveRow) value(x expr) (scalar, error) {
	switch x := x.(type) {
	case *column:
		return row.cell(x.name)
	case *literal:
		switch x.kind {
		case litNull:
			return nil, nil
		case litBool:
			return x.text == "true", nil
		case litString:
			return x.text, nil
		case litNumber:
			f, err := strconv.ParseFloat(x.text, 64)
			if err != nil {
				return nil, filterError("Invalid number: " + x.text)
			}
			return f, nil
		}
	}
	return nil, filterError("Unsupported expression in value extraction")
}

// cell reads a column. The tombstone of a STREAM row has none.
func (row *liveRow) cell(name string) (scalar, error) {
	at := row.tbl.find(name)
	switch {
	case at >= 0 && at < len(row.v.Cells):
		typ := row.tbl.columns[at].typ
		if at < len(row.v.values) && row.v.values[at] != nil && isDecimal(typ) {
			return asFloat(row.v.values[at]), nil
		}
		return scalarOf(row.v.Cells[at], typ)
	case strings.EqualFold(name, row.tbl.version) && row.v.Cells != nil:
		return float64(row.v.Seq), nil
	case strings.EqualFold(name, deletedColumn) && row.v.Cells != nil:
		return row.v.Deleted, nil
	}
	return nil, filterError("Column not found in row data: " + name)
}

func scalarOf(raw []byte, t columnType) (scalar, error) {
	switch {
	case string(raw) == "null":
		return nil, nil
	case isNumeric(t):
		f, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
		if err != nil {
			return nil, filterError("not a number")
		}
		return f, nil
	case t == wire.Boolean:
		return string(raw) == "true", nil
	case t == wire.Text || t == wire.JSON || t == wire.File || t == wire.UUID:
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, filterError(err.Error())
		}
		return text, nil
	}
	return opaque{string(raw)}, nil
}
