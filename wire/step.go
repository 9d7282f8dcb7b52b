package wire

import (
	"encoding"
	"reflect"
	"time"
)

// step is how the cells of one column get into a field without reflection. What a step does not do is for the field's
// setter, which knows every spelling and every error.
type step struct {
	kind   stepKind
	way    stepWay
	typ    DataType // of the column
	offset uintptr  // of the field, or of the V in it
	valid  uintptr  // of Valid, by way of a null
	elem   reflect.Type

	integer bool // most of its cells are integers, to be put in place: see putInteger
}

type stepKind uint8

const (
	stepNone   stepKind = iota // no field
	stepSetter                 // for the setter
	stepScan                   // for the setter, NULL too
	stepBool
	stepInt8
	stepInt16
	stepInt32
	stepInt64
	stepUint8
	stepUint16
	stepUint32
	stepUint64
	stepFloat32
	stepFloat64
	stepString
	stepBytes
	stepTime
	stepDuration
	stepRawJSON
	stepSeq
	stepFile
	stepCell
	stepAny
)

// stepWay is what lies between the field and the value.
type stepWay uint8

const (
	inPlace   stepWay = iota
	byPointer         // nil for NULL
	byNull            // a sql.Null
)

// newStep makes the step of a field for a column of some type.
func newStep(f *field, typ DataType) step {
	if f == nil {
		return step{kind: stepNone}
	}
	s := step{kind: stepSetter, typ: typ, offset: f.offset}
	t := f.typ
	switch {
	case !f.flat:
		return s
	case kindOfStep(t) == stepSetter && t.Kind() == reflect.Pointer:
		s.way, s.elem, t = byPointer, t.Elem(), t.Elem()
	case isNull(t):
		v, _ := t.FieldByName("V")
		valid, _ := t.FieldByName("Valid")
		s.way, s.offset, s.valid, t = byNull, f.offset+v.Offset, f.offset+valid.Offset, v.Type
	}
	s.kind = kindOfStep(t)
	if s.kind == stepScan && s.way != inPlace {
		s.kind = stepSetter
	}
	s.integer = s.way == inPlace && (s.kind == stepInt64 || s.kind == stepTime)
	return s
}

// kindOfStep takes the types in the order in which directSetter does.
func kindOfStep(t reflect.Type) stepKind {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return stepTime
	case t == reflect.TypeFor[time.Duration]():
		return stepDuration
	case t == reflect.TypeFor[FileRef]():
		return stepFile
	case t == reflect.TypeFor[Seq]():
		return stepSeq
	case t == reflect.TypeFor[Cell]():
		return stepCell
	case isRawJSON(t):
		return stepRawJSON
	case isAny(t):
		return stepAny
	case t.Kind() == reflect.Pointer || isNull(t):
		return stepSetter
	case reflect.PointerTo(t).Implements(reflect.TypeFor[scanner]()):
		return stepScan
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return stepSetter
	}
	return basicStep(t)
}

func basicStep(t reflect.Type) stepKind {
	switch t.Kind() {
	case reflect.Bool:
		return stepBool
	case reflect.String:
		return stepString
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int:
		return sized(t, stepInt8)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		return sized(t, stepUint8)
	case reflect.Float32:
		return stepFloat32
	case reflect.Float64:
		return stepFloat64
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return stepBytes
		}
	}
	return stepSetter
}

// sized gives the kind for integers of t's size; least is that for one byte.
func sized(t reflect.Type, least stepKind) stepKind {
	kind := least
	for size := t.Size(); size > 1; size /= 2 {
		kind++
	}
	return kind
}
