package engine

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// renderer turns a parsed query into SQLite's SQL, with every table replaced by what the session may see of it.
type renderer struct {
	catalog *catalog
	session Session
	params  []any
	now     time.Time
	unique  func() uint64 // makes values for SNOWFLAKE_ID() and the like
	ctes    map[string][]outColumn
	aliases int
	first   *table          // the first table that was named: it gives the default order
	system  map[string]bool // SQLite names of system tables that were named: they must be filled first
	as      bool            // under EXECUTE AS: SHARED tables are out of bounds
}

// rendered is an expression in SQLite's SQL.
type rendered struct {
	sql    string
	typ    columnType
	nanos  bool
	flags  []string
	lit    bool // value is what it stands for
	value  any  // nil, bool, int64, float64, string, hexBytes
	shown  string
	number bool // a literal number
}

func (r *renderer) nextAlias() string {
	r.aliases++
	return "s" + strconv.Itoa(r.aliases)
}

// literalOf renders a constant.
func literalOf(v any) rendered {
	out := rendered{lit: true, value: v, typ: wire.Text}
	switch v := v.(type) {
	case nil:
		out.sql, out.shown = "NULL", "NULL"
	case bool:
		out.typ, out.sql, out.shown = wire.Boolean, "0", "Boolean("+strconv.FormatBool(v)+")"
		if v {
			out.sql = "1"
		}
	case int64:
		text := strconv.FormatInt(v, 10)
		out.typ, out.sql, out.shown, out.number = wire.BigInt, text, "Int64("+text+")", true
		if v == math.MinInt64 {
			out.sql = "(-9223372036854775807 - 1)"
		}
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		out.typ, out.sql, out.shown, out.number = wire.Double, floatSQL(text), "Float64("+text+")", true
	case hexBytes:
		out.typ, out.sql, out.shown = wire.Bytes, "X'"+hexText(string(v))+"'", "Binary(\""+hexText(string(v))+"\")"
	case []byte:
		return literalOf(hexBytes(v))
	case string:
		out.sql, out.shown = quoteText(v), "Utf8(\""+v+"\")"
	}
	return out
}

// floatSQL makes a number that SQLite takes for a REAL.
func floatSQL(text string) string {
	if strings.Trim(text, "-0123456789") == "" {
		return text + ".0"
	}
	return text
}

// storedLiteral renders a stored value of a type.
func storedLiteral(v any, t columnType) rendered {
	out := literalOf(v)
	out.typ = t
	return out
}

// numberValue reads a literal number: int64 when it fits, float64 otherwise.
func numberValue(text string) (any, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fail(classExecution, "SQL error: ParserError(\"Cannot parse ", text, " as number\")")
	}
	return f, nil
}

// meet renders two sides of a comparison so that SQLite compares them as the types demand: a constant takes the type of the
// other side.
func meet(a, b rendered) (rendered, rendered, error) {
	var err error
	switch {
	case b.lit && !a.lit:
		b, err = constantAs(b, a)
	case a.lit && !b.lit:
		a, err = constantAs(a, b)
	}
	return a, b, err
}

func constantAs(c, other rendered) (rendered, error) {
	if c.value == nil || other.nanos || !isCoded(other.typ) && !isNumeric(other.typ) {
		return c, nil
	}
	if _, isText := c.value.(string); !isText && !isDecimal(other.typ) {
		return c, nil
	}
	if isDecimal(other.typ) {
		text := plainText(c.value)
		if _, ok := parseRat(text); !ok {
			return c, castError(text, other.typ)
		}
		return rendered{sql: quoteText(text), typ: other.typ, shown: c.shown}, nil
	}
	typ := other.typ
	if isInteger(typ) {
		typ = wire.BigInt
	}
	v, err := coerce(c.value, typ)
	if err != nil {
		return c, castError(plainText(c.value), other.typ)
	}
	out := storedLiteral(v, other.typ)
	out.shown = c.shown
	return out, nil
}

func castError(text string, t columnType) error {
	return fail(classExecution, "Arrow error: Cast error: Cannot cast string '", text, "' to value of ", string(t), " type")
}

// constant gives the value of an expression that must not depend on rows.
func (r *renderer) constant(x expr) (any, bool, error) {
	switch x := stripped(x).(type) {
	case *call:
		v, _, ok := r.sessionFunction(x)
		return v, ok, nil
	case *literal, *param:
		out, err := r.expr(x, &scope{})
		return out.value, out.lit, err
	case *unary:
		if x.op == "NOT" {
			return nil, false, nil
		}
		v, ok, err := r.constant(x.x)
		if x.op == "-" && ok && err == nil {
			v, ok = negate(v)
		}
		return v, ok, err
	case *array:
		text, ok, err := r.arrayText(x)
		return text, ok, err
	case *cast:
		v, ok, err := r.constant(x.x)
		if !ok || err != nil {
			return nil, ok, err
		}
		if v, err = coerce(v, x.to); err != nil {
			return nil, true, castError(plainText(v), x.to)
		}
		return v, true, nil
	}
	return nil, false, nil
}

func negate(v any) (any, bool) {
	switch v := v.(type) {
	case int64:
		return -v, true
	case float64:
		if v == 1<<63 {
			return int64(math.MinInt64), true
		}
		return -v, true
	}
	return nil, v == nil
}

// arrayText writes an array of constant numbers as JSON.
func (r *renderer) arrayText(a *array) (string, bool, error) {
	var b strings.Builder
	b.WriteByte('[')
	for i, x := range a.items {
		v, ok, err := r.constant(x)
		if !ok || err != nil {
			return "", ok, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(plainText(v))
	}
	b.WriteByte(']')
	return b.String(), true, nil
}
