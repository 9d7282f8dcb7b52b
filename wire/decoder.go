package wire

import (
	"reflect"
	"sync"
	"sync/atomic"
)

// Decoder turns rows into values of T. T is one of
//
//   - a struct, whose exported fields are columns: by the tag `kalam:"name"` exactly, or untagged by their own name,
//     where case and underscores do not count (RoomID is room_id, roomid, ROOM_ID). `kalam:"-"` leaves a field out.
//     Fields of embedded structs count as the struct's own; at equal names the outer wins;
//   - map[string]any, with the columns the row has, as Cell.Any gives them;
//   - []any, with the cells in the order of the schema, as Cell.Any gives them;
//   - Row;
//   - a type that a field can have (int64, string, time.Time, …), for results of a single column.
//
// Fields can be booleans, integers, floats and strings (named types too), time.Time, time.Duration for TIME, []byte,
// 16 bytes of an array for UUIDs, []float32 and []float64 for vectors, FileRef, Seq, Cell, any, json.RawMessage and Raw for JSON text, anything with a
// Scan(any) error or UnmarshalText method, sql.Null, pointers to all these, and other structs, maps and slices, which
// are decoded from JSON cells by the rules of encoding/json/v2.
//
// NULL and an absent column give the zero value: nil for a pointer, Valid false for sql.Null. Columns without a field
// and fields without a column are left alone. Numbers out of a field's range and cells of another kind are a *CellError
// that names the column; a string field takes numbers as their digits.
//
// Row, Cell and what else is text unread alias the text of the row; strings, bytes and json.RawMessage are copies.
//
// A Decoder may be used by many goroutines. It keeps what it learns of each schema, up to 16 of them.
type Decoder[T any] struct {
	shape *shape
	plans atomic.Pointer[[]*plan]
	mu    sync.Mutex // guards writing plans
}

// NewDecoder makes a decoder. A T that rows cannot be decoded into is ErrUnsupportedType, as are two fields for one
// column and unknown options in a tag.
func NewDecoder[T any]() (*Decoder[T], error) {
	s, err := shapeOf(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	return &Decoder[T]{shape: s}, nil
}

// Object decodes a row of the WebSocket. Columns that schema does not know are decoded by their kind.
//
// The strings of a struct share one allocation, so that one of them keeps the others; there is no other, unless a field
// wants one of its own.
func (d *Decoder[T]) Object(row Row, schema Schema) (v T, err error) {
	err = d.Into(&v, row, schema)
	return v, err
}

// Into is Object into a value that is there; what it held is gone. With an error it holds what was decoded before that.
func (d *Decoder[T]) Into(v *T, row Row, schema Schema) error {
	p := d.plan(schema)
	if p.quick {
		var zero T
		*v = zero
		quick := direct{plan: p}
		if t := targetOf(v); quick.row(t, &row) && quick.settle(t) && finish(v, &quick) {
			return nil
		}
	}
	var err error
	*v, err = slowly[T](p, row)
	return err
}

// finish has setters put in the cells that were left to them; false where one has an error.
func finish[T any](v *T, quick *direct) bool {
	if quick.left == 0 {
		return true
	}
	done, ok := finished(*v, quick.plan, quick.late[:quick.n])
	*v = done
	return ok
}

func finished[T any](v T, p *plan, late []lateCell) (T, bool) {
	dst := reflect.ValueOf(&v).Elem()
	for _, c := range late {
		if !c.setter {
			continue
		}
		slot := p.slots[c.column]
		if slot.field.set(dst, Cell{raw: c.raw}, slot.typ) != nil {
			return v, false
		}
	}
	return v, true
}

// slowly decodes any row into any T, cell by cell, by reflection.
func slowly[T any](p *plan, row Row) (T, error) {
	var v T
	err := p.object(reflect.ValueOf(&v).Elem(), row)
	return v, err
}

// Array decodes a positional row of HTTP, which must have a cell for every column of schema.
func (d *Decoder[T]) Array(raw []byte, schema Schema) (T, error) {
	p := d.plan(schema)
	if p.quick {
		var v T
		quick, t := direct{plan: p}, targetOf(&v)
		end := quick.array(t, raw, 0)
		if end >= 0 && space(raw, end) == len(raw) && quick.settle(t) && finish(&v, &quick) {
			return v, nil
		}
	}
	return slowlyArray[T](p, raw)
}

func slowlyArray[T any](p *plan, raw []byte) (T, error) {
	var v T
	err := p.array(reflect.ValueOf(&v).Elem(), raw)
	return v, err
}

// Text decodes a row from the text of its object, which is checked in the same walk: it is ParseRow and Object in one.
func (d *Decoder[T]) Text(text []byte, schema Schema) (T, error) {
	p := d.plan(schema)
	if p.quick {
		var v T
		quick, t := direct{plan: p}, targetOf(&v)
		end := quick.object(t, text, 0)
		if end >= 0 && space(text, end) == len(text) && quick.settle(t) && finish(&v, &quick) {
			return v, nil
		}
	}
	row, err := ParseRow(text)
	if err != nil {
		var none T
		return none, err
	}
	return slowly[T](p, row)
}

// AppendRows decodes all rows and appends them to dst. The first error ends it; dst then has the rows before that.
func (d *Decoder[T]) AppendRows(dst []T, rows Rows, schema Schema) ([]T, error) {
	p := d.plan(schema)
	b := rows.raw
	for i := rowFrom(b, 0); i >= 0; i = rowFrom(b, i) {
		var zero T
		dst = append(dst, zero)
		at := len(dst) - 1
		end, err := rowAtInto(p, b, i, &dst[at])
		if err != nil {
			return dst[:at], err
		}
		i = end
	}
	return dst, nil
}

// rowFrom gives the offset of the row behind the bracket or comma at i, or -1.
func rowFrom(b []byte, i int) int {
	if i = space(b, i); i >= len(b) || b[i] == ']' {
		return -1
	}
	if i = space(b, i+1); i >= len(b) || b[i] == ']' {
		return -1
	}
	return i
}

// rowAtInto decodes the row at i of checked text into v, which is zero, and returns the offset behind it.
func rowAtInto[T any](p *plan, b []byte, i int, v *T) (end int, err error) {
	if p.quick {
		quick, t := direct{plan: p}, targetOf(v)
		if end = quick.object(t, b, i); end >= 0 && quick.settle(t) && finish(v, &quick) {
			return end, nil
		}
	}
	end = skipKnown(b, i)
	row, err := parseRow(b[i:end:end], true)
	if err == nil {
		*v, err = slowly[T](p, row)
	}
	return end, err
}

// maxPlans bounds the schemas a decoder remembers.
const maxPlans = 16

func (d *Decoder[T]) plan(schema Schema) *plan {
	if known := d.plans.Load(); known != nil {
		for _, p := range *known {
			if p.matches(schema) {
				return p
			}
		}
	}
	p := newPlan(d.shape, schema)
	d.mu.Lock()
	defer d.mu.Unlock()
	plans := []*plan{p}
	if known := d.plans.Load(); known != nil {
		plans = append(plans, (*known)[:min(len(*known), maxPlans-1)]...)
	}
	d.plans.Store(&plans)
	return p
}
