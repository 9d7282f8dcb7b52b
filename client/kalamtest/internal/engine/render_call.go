package engine

import (
	"strconv"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

func itoa(n int) string { return strconv.Itoa(n) }

// function is how a function of the server is done in SQLite. A nil result type is the type of the first argument that is
// not NULL.
type function struct {
	sqlite string
	result columnType
	least  int // arguments
	most   int
}

const anyCount = 100

// functionNamed lists the functions that kalamtest knows besides the aggregates and those of constant.
func functionNamed(name string) (function, bool) {
	switch name {
	case "UPPER", "LOWER", "TRIM", "LTRIM", "RTRIM":
		return function{strings.ToLower(name), wire.Text, 1, 2}, true
	case "BTRIM":
		return function{"trim", wire.Text, 1, 2}, true
	case "LENGTH", "CHAR_LENGTH", "CHARACTER_LENGTH":
		return function{"length", wire.Int, 1, 1}, true
	case "OCTET_LENGTH":
		return function{"octet_length", wire.Int, 1, 1}, true
	case "SUBSTR", "SUBSTRING":
		return function{"substr", wire.Text, 2, 3}, true
	case "REPLACE":
		return function{"replace", wire.Text, 3, 3}, true
	case "CONCAT":
		return function{"concat", wire.Text, 1, anyCount}, true
	case "STRPOS", "INSTR":
		return function{"instr", wire.Int, 2, 2}, true
	case "ABS":
		return function{"abs", "", 1, 1}, true
	case "ROUND":
		return function{"round", wire.Double, 1, 2}, true
	case "FLOOR", "CEIL", "SQRT", "EXP", "LN":
		return function{strings.ToLower(name), wire.Double, 1, 1}, true
	case "POWER", "POW":
		return function{"pow", wire.Double, 2, 2}, true
	case "COALESCE":
		return function{"coalesce", "", 2, anyCount}, true
	case "IFNULL", "NVL":
		return function{"ifnull", "", 2, 2}, true
	case "NULLIF":
		return function{"nullif", "", 2, 2}, true
	case "GREATEST":
		return function{"max", "", 2, anyCount}, true
	case "LEAST":
		return function{"min", "", 2, anyCount}, true
	}
	return function{}, false
}

func isAggregate(name string) bool {
	switch name {
	case "COUNT", "SUM", "AVG", "MIN", "MAX":
		return true
	}
	return false
}

// call renders a function call. NOW() is in microseconds here, as columns are; a projection of NOW() itself is in
// nanoseconds, see selectItem.
func (r *renderer) call(x *call, sc *scope) (rendered, error) {
	if v, typ, ok := r.sessionFunction(x); ok {
		out := storedLiteral(v, typ)
		out.shown = strings.ToLower(x.name) + "()"
		if isTemporal(typ) {
			out.lit = false
		}
		return out, nil
	}
	var args []rendered
	for _, a := range x.args {
		arg, err := r.expr(a, sc)
		if err != nil {
			return arg, err
		}
		args = append(args, arg)
	}
	if isAggregate(x.name) {
		return aggregate(x, args)
	}
	f, ok := functionNamed(x.name)
	if !ok || x.star || x.distinct || len(args) < f.least || len(args) > f.most {
		return rendered{}, fail(classExecution, "Error during planning: Invalid function '", strings.ToLower(x.name), "'")
	}
	out := joined(f.sqlite, "", args)
	out.typ = f.result
	out.shown = strings.ToLower(x.name) + out.shown
	if f.result == "" {
		out.typ, out.nanos = commonType(args)
	}
	return out, nil
}

func joined(name, modifier string, args []rendered) rendered {
	sql, shown := make([]string, len(args)), make([]string, len(args))
	for i, a := range args {
		sql[i], shown[i] = a.sql, a.shown
	}
	return rendered{
		sql:   name + "(" + modifier + strings.Join(sql, ", ") + ")",
		shown: "(" + modifier + strings.Join(shown, ",") + ")",
	}
}

func commonType(args []rendered) (columnType, bool) {
	for _, a := range args {
		if !a.lit || a.value != nil {
			return a.typ, a.nanos
		}
	}
	return wire.Text, false
}

func aggregate(x *call, args []rendered) (rendered, error) {
	name := strings.ToLower(x.name)
	if x.star && name == "count" {
		return rendered{sql: "count(*)", typ: wire.BigInt, shown: "count(*)"}, nil
	}
	if len(args) != 1 || x.star {
		return rendered{}, fail(classExecution, "Error during planning: Invalid arguments of function '", name, "'")
	}
	modifier := ""
	if x.distinct {
		modifier = "DISTINCT "
	}
	out := joined(name, modifier, args)
	out.shown = name + out.shown
	out.typ = aggregateType(name, args[0].typ)
	out.nanos = args[0].nanos && (name == "min" || name == "max")
	return out, nil
}

func aggregateType(name string, in columnType) columnType {
	precision, scale, decimal := in.Decimal()
	switch {
	case name == "count":
		return wire.BigInt
	case name == "min" || name == "max":
		return in
	case name == "sum" && decimal:
		return wire.Decimal(min(precision+10, maxPrecision), scale)
	case name == "sum" && isInteger(in):
		return wire.BigInt
	case decimal:
		return wire.Decimal(min(precision+4, maxPrecision), min(scale+4, maxPrecision))
	}
	return wire.Double
}

// sessionFunction gives the value of the functions without arguments.
func (r *renderer) sessionFunction(x *call) (any, columnType, bool) {
	if len(x.args) > 0 || x.star {
		return nil, "", false
	}
	switch x.name {
	case "NOW", "CURRENT_TIMESTAMP":
		return r.now.UnixMicro(), wire.Timestamp, true
	case "CURRENT_DATE", "TODAY":
		return r.now.Unix() / 86400, wire.Date, true
	case "CURRENT_USER", "KDB_CURRENT_USER", "CURRENT_USER_ID":
		return r.session.User, wire.Text, true
	case "CURRENT_ROLE", "KDB_CURRENT_ROLE":
		return string(r.session.Role), wire.Text, true
	case "SNOWFLAKE_ID":
		return int64(r.unique()), wire.BigInt, true
	case "UUID_V7":
		return uuidV7(r.now, r.unique()), wire.Text, true
	case "ULID":
		return ulid(r.now, r.unique()), wire.Text, true
	}
	return nil, "", false
}
