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
//   - Row;
//   - a type that a field can have (int64, string, time.Time, …), for results of a single column.
//
// Fields can be booleans, integers, floats and strings (named types too), time.Time, time.Duration for TIME, []byte,
// []float32 and []float64 for vectors, FileRef, Seq, Cell, any, json.RawMessage and Raw for JSON text, anything with a
// Scan(any) error or UnmarshalText method, sql.Null, pointers to all these, and other structs, maps and slices, which
// are decoded from JSON cells by the rules of encoding/json/v2.
//
// NULL and an absent column give the zero value: nil for a pointer, Valid false for sql.Null. Columns without a field
// and fields without a column are left alone. Numbers out of a field's range and cells of another kind are a *CellError
// that names the column; a string field takes numbers as their digits.
//
// Row, Cell and what else is text unread alias the text of the row.
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
func (d *Decoder[T]) Object(row Row, schema Schema) (T, error) {
	var v T
	p := d.plan(schema)
	err := p.object(reflect.ValueOf(&v).Elem(), row)
	return v, err
}

// Array decodes a positional row of HTTP, which must have a cell for every column of schema.
func (d *Decoder[T]) Array(raw []byte, schema Schema) (T, error) {
	var v T
	p := d.plan(schema)
	err := p.array(reflect.ValueOf(&v).Elem(), raw)
	return v, err
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
