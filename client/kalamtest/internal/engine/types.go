package engine

import (
	"strconv"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// columnType is the type of a column or expression.
type columnType = wire.DataType

const (
	maxDimensions = 8192 // of EMBEDDING(n)
	maxPrecision  = 38   // of DECIMAL(p,s)
)

// columnType parses the name of a SQL type with its arguments.
func (p *parser) columnType() (columnType, error) {
	t := p.peek()
	if t.kind != tokWord {
		return "", p.fail("a data type name")
	}
	p.next()
	word := strings.ToUpper(t.text)
	if word == "DOUBLE" {
		p.accept("PRECISION")
	}
	args, err := p.typeArguments()
	if err != nil {
		return "", err
	}
	switch word {
	case "TIMESTAMP", "TIME":
		_ = p.accept("WITH", "TIME", "ZONE") || p.accept("WITHOUT", "TIME", "ZONE")
	case "EMBEDDING", "VECTOR":
		if len(args) != 1 || args[0] < 1 || args[0] > maxDimensions {
			return "", &syntaxError{"EMBEDDING needs one dimension from 1 to " + strconv.Itoa(maxDimensions)}
		}
		return wire.Embedding(args[0]), nil
	case "DECIMAL", "NUMERIC", "DEC":
		return decimalType(args)
	}
	if dt, ok := scalarType(word); ok {
		return dt, nil
	}
	return "", &syntaxError{"Unsupported SQL data type: " + t.text}
}

func (p *parser) typeArguments() ([]int, error) {
	if !p.accept("(") {
		return nil, nil
	}
	var args []int
	for {
		t := p.next()
		n, err := strconv.Atoi(t.text)
		if t.kind != tokNumber || err != nil {
			return nil, expected(p.src, "literal int", t)
		}
		args = append(args, n)
		if !p.accept(",") {
			return args, p.expect(")")
		}
	}
}

func decimalType(args []int) (columnType, error) {
	precision, scale := maxPrecision, 10
	if len(args) > 0 {
		precision, scale = args[0], 0
	}
	if len(args) > 1 {
		scale = args[1]
	}
	if len(args) > 2 || precision < 1 || precision > maxPrecision || scale > precision {
		return "", &syntaxError{"Invalid DECIMAL: precision must be 1 to 38 and scale at most the precision"}
	}
	return wire.Decimal(precision, scale), nil
}

func scalarType(word string) (columnType, bool) {
	switch word {
	case "BOOLEAN", "BOOL":
		return wire.Boolean, true
	case "SMALLINT", "INT2", "TINYINT":
		return wire.SmallInt, true
	case "INT", "INTEGER", "INT4", "MEDIUMINT":
		return wire.Int, true
	case "BIGINT", "INT8", "BIGSERIAL", "SERIAL", "SERIAL8":
		return wire.BigInt, true
	case "FLOAT", "REAL", "FLOAT4":
		return wire.Float, true
	case "DOUBLE", "FLOAT8", "FLOAT64":
		return wire.Double, true
	case "TEXT", "VARCHAR", "CHAR", "STRING", "CHARACTER", "NVARCHAR":
		return wire.Text, true
	case "JSON", "JSONB":
		return wire.JSON, true
	case "TIMESTAMP", "TIMESTAMPTZ":
		return wire.Timestamp, true
	case "DATETIME":
		return wire.DateTime, true
	case "DATE":
		return wire.Date, true
	case "TIME":
		return wire.Time, true
	case "UUID":
		return wire.UUID, true
	case "BYTES", "BLOB", "BYTEA", "BINARY", "VARBINARY":
		return wire.Bytes, true
	case "FILE":
		return wire.File, true
	}
	return "", false
}

// storedAs gives the declaration of the type's SQLite column. Decimals are text with their own collation, so that they
// stay exact and compare as numbers.
func storedAs(t columnType) string {
	switch t {
	case wire.Boolean, wire.SmallInt, wire.Int, wire.BigInt, wire.Timestamp, wire.DateTime, wire.Date, wire.Time:
		return "INTEGER"
	case wire.Float, wire.Double:
		return "REAL"
	case wire.Bytes:
		return "BLOB"
	}
	if _, _, ok := t.Decimal(); ok {
		return "TEXT COLLATE " + decimalCollation
	}
	return "TEXT"
}

// sqlName gives the type's name as DESCRIBE writes it.
func sqlName(t columnType) string {
	if n, ok := t.Embedding(); ok {
		return "EMBEDDING(" + strconv.Itoa(n) + ")"
	}
	if p, s, ok := t.Decimal(); ok {
		return "DECIMAL(" + strconv.Itoa(p) + ", " + strconv.Itoa(s) + ")"
	}
	return strings.ToUpper(string(t))
}

func isInteger(t columnType) bool {
	return t == wire.SmallInt || t == wire.Int || t == wire.BigInt
}

func isFloat(t columnType) bool { return t == wire.Float || t == wire.Double }

func isDecimal(t columnType) bool {
	_, _, ok := t.Decimal()
	return ok
}

func isNumeric(t columnType) bool { return isInteger(t) || isFloat(t) || isDecimal(t) }

// isCoded reports whether values of the type are stored as something else than SQL literals of them look like.
func isCoded(t columnType) bool {
	switch t {
	case wire.Timestamp, wire.DateTime, wire.Date, wire.Time, wire.UUID, wire.Boolean:
		return true
	}
	return isDecimal(t)
}
