package wire

import (
	"encoding"
	"reflect"
	"strings"
	"time"
)

// setter puts a cell of a column of some type into a value. It must not be given an absent cell's work to do twice:
// NULL and absent leave the zero value.
type setter func(dst reflect.Value, c Cell, t DataType) error

// scanner is database/sql.Scanner, without that package.
type scanner interface{ Scan(src any) error }

// setterFor gives the setter of a field's type; nil when no cell can get into it.
func setterFor(t reflect.Type) setter {
	if set := directSetter(t); set != nil {
		return set
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
		if !decodable(t, map[reflect.Type]bool{}) {
			return nil
		}
		return orZero(setJSON)
	}
	return nil
}

// directSetter gives the setter of a type that is not just decoded from JSON.
func directSetter(t reflect.Type) setter {
	if set := knownSetter(t); set != nil {
		return orZero(set)
	}
	if t.Kind() == reflect.Pointer {
		return pointerSetter(t)
	}
	if set := nullSetter(t); set != nil {
		return set
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[scanner]()) {
		return setScanner
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return orZero(setText)
	}
	if set := kindSetter(t); set != nil {
		return orZero(set)
	}
	return nil
}

// orZero takes NULL and absent cells for the zero value.
func orZero(set setter) setter {
	return func(dst reflect.Value, c Cell, t DataType) error {
		if c.IsNull() || c.IsAbsent() {
			dst.SetZero()
			return nil
		}
		return set(dst, c, t)
	}
}

// knownSetter knows single types.
func knownSetter(t reflect.Type) setter {
	switch t {
	case reflect.TypeFor[time.Time]():
		return setTime
	case reflect.TypeFor[time.Duration]():
		return setDuration
	case reflect.TypeFor[FileRef]():
		return setFile
	case reflect.TypeFor[Seq]():
		return setSeq
	case reflect.TypeFor[Cell]():
		return setCell
	}
	switch {
	case isRawJSON(t):
		return setRawJSON
	case isAny(t):
		return setAny
	}
	return nil
}

func isAny(t reflect.Type) bool { return t.Kind() == reflect.Interface && t.NumMethod() == 0 }

// kindSetter knows kinds, so that named types are welcome.
func kindSetter(t reflect.Type) setter {
	switch t.Kind() {
	case reflect.Bool:
		return setBool
	case reflect.String:
		return setString
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return setInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return setUint
	case reflect.Float32, reflect.Float64:
		return setFloat
	case reflect.Array:
		if t.Len() == uuidSize && t.Elem().Kind() == reflect.Uint8 {
			return setUUID
		}
	case reflect.Slice:
		switch t.Elem().Kind() {
		case reflect.Uint8:
			return setBytes
		case reflect.Float32, reflect.Float64:
			return setFloats
		}
	}
	return nil
}

// maxPointers bounds pointers to pointers; `type P *P` has no end.
const maxPointers = 4

// pointerSetter gives nil for NULL, else a new value.
func pointerSetter(t reflect.Type) setter {
	levels := 0
	for e := t; e.Kind() == reflect.Pointer; e = e.Elem() {
		if levels++; levels > maxPointers {
			return nil
		}
	}
	inner := setterFor(t.Elem())
	if inner == nil {
		return nil
	}
	return orZero(func(dst reflect.Value, c Cell, typ DataType) error {
		v := reflect.New(t.Elem())
		if err := inner(v.Elem(), c, typ); err != nil {
			return err
		}
		dst.Set(v)
		return nil
	})
}

// nullSetter fills the V of a sql.Null[T] by T's own rules: its Scan method knows fewer types.
func nullSetter(t reflect.Type) setter {
	if !isNull(t) {
		return nil
	}
	v, _ := t.FieldByName("V")
	valid, _ := t.FieldByName("Valid")
	inner := setterFor(v.Type)
	if inner == nil {
		return nil
	}
	return orZero(func(dst reflect.Value, c Cell, typ DataType) error {
		if err := inner(dst.FieldByIndex(v.Index), c, typ); err != nil {
			return err
		}
		dst.FieldByIndex(valid.Index).SetBool(true)
		return nil
	})
}

// isNull reports whether t is a sql.Null[T].
func isNull(t reflect.Type) bool {
	if t.PkgPath() != "database/sql" || !strings.HasPrefix(t.Name(), "Null[") {
		return false
	}
	_, v := t.FieldByName("V")
	_, valid := t.FieldByName("Valid")
	return v && valid
}

// decodable refuses what JSON cannot be decoded into, as far as types can tell.
func decodable(t reflect.Type, open map[reflect.Type]bool) bool {
	if open[t] {
		return true
	}
	open[t] = true
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return false
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return decodable(t.Elem(), open)
	case reflect.Map:
		return decodable(t.Key(), open) && decodable(t.Elem(), open)
	case reflect.Interface:
		return t.NumMethod() == 0
	case reflect.Struct:
		return t.NumField() == 0 || decodableFields(t, open)
	}
	return true
}

func decodableFields(t reflect.Type, open map[reflect.Type]bool) bool {
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && f.Tag.Get("json") != "-" && !decodable(f.Type, open) {
			return false
		}
	}
	return true
}
