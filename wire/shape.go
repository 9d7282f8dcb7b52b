package wire

import (
	"fmt"
	"reflect"
	"strings"
)

// shape is what a decoder knows of T before it has seen a schema.
type shape struct {
	kind   shapeKind
	of     reflect.Type      // of shapeStruct
	set    setter            // of shapeValue
	exact  map[string]*field // by the name in the tag
	folded map[string]*field // by the folded name of untagged fields
}

type shapeKind uint8

const (
	shapeStruct shapeKind = iota
	shapeMap
	shapeRow
	shapeList
	shapeValue
)

// field is one field of a struct: the way to it, and how a cell gets in.
type field struct {
	index  []int
	put    setter
	depth  int
	typ    reflect.Type
	offset uintptr // in T, where flat
	flat   bool    // no pointer on the way
}

// set puts a cell into the field; embedded pointers on the way are made where there is something to put.
func (f *field) set(dst reflect.Value, c Cell, t DataType) error {
	if len(f.index) == 1 {
		return f.put(dst.Field(f.index[0]), c, t)
	}
	empty := c.IsNull() || c.IsAbsent()
	for _, i := range f.index {
		if dst.Kind() == reflect.Pointer {
			if dst.IsNil() {
				if empty {
					return nil
				}
				dst.Set(reflect.New(dst.Type().Elem()))
			}
			dst = dst.Elem()
		}
		dst = dst.Field(i)
	}
	return f.put(dst, c, t)
}

// find gives the field of a column, or nil.
func (s *shape) find(column string) *field {
	if f, ok := s.exact[column]; ok {
		return f
	}
	return s.folded[fold(column)]
}

// fold drops case and underscores, but a leading one, which marks system columns.
func fold(name string) string {
	lead := ""
	if strings.HasPrefix(name, "_") {
		lead = "_"
	}
	return lead + strings.ReplaceAll(strings.ToLower(name), "_", "")
}

func shapeOf(t reflect.Type) (*shape, error) {
	if t == reflect.TypeFor[Row]() {
		return &shape{kind: shapeRow}, nil
	}
	if t.Kind() == reflect.Map && t.Key().Kind() == reflect.String && isAny(t.Elem()) {
		if t.Key() != reflect.TypeFor[string]() {
			return nil, &typeError{what: "type " + t.String() + ": want string keys"}
		}
		return &shape{kind: shapeMap}, nil
	}
	if t.Kind() == reflect.Slice && isAny(t.Elem()) {
		return &shape{kind: shapeList}, nil
	}
	if set := directSetter(t); set != nil && !pointsToRow(t) {
		return &shape{kind: shapeValue, set: set}, nil
	}
	if t.Kind() != reflect.Struct {
		return nil, &typeError{what: "type " + t.String() + " for a row"}
	}
	s := &shape{kind: shapeStruct, of: t, exact: map[string]*field{}, folded: map[string]*field{}}
	if err := s.addStruct(t, nil, map[reflect.Type]bool{}); err != nil {
		return nil, err
	}
	if len(s.exact)+len(s.folded) == 0 {
		return nil, &typeError{what: "type " + t.String() + ": no field for a column"}
	}
	return s, nil
}

// pointsToRow tells a pointer to a struct that would be decoded from one JSON cell, which nobody means by *Message.
func pointsToRow(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		if t = t.Elem(); directSetter(t) == nil {
			return true
		}
	}
	return false
}

// addStruct adds the fields of a struct, those of embedded structs after it as deeper ones.
func (s *shape) addStruct(t reflect.Type, path []int, open map[reflect.Type]bool) error {
	if open[t] {
		return nil // a struct that embeds a pointer to itself adds nothing new
	}
	open[t] = true
	defer delete(open, t)
	for i := range t.NumField() {
		f := t.Field(i)
		name, skip, err := tagOf(t, f)
		if err != nil {
			return err
		}
		if skip {
			continue
		}
		index := append(append([]int(nil), path...), i)
		if inner, ok := embedded(f); ok && name == "" {
			if err := s.addStruct(inner, index, open); err != nil {
				return err
			}
			continue
		}
		if !f.IsExported() {
			continue
		}
		put := setterFor(f.Type)
		if put == nil {
			return &typeError{what: fmt.Sprintf("type %s of field %s.%s", f.Type, t, f.Name)}
		}
		if err := s.add(t, f, name, s.newField(index, put)); err != nil {
			return err
		}
	}
	return nil
}

// newField follows the way to a field.
func (s *shape) newField(index []int, put setter) *field {
	f := &field{index: index, put: put, depth: len(index) - 1, typ: s.of, flat: true}
	for _, i := range index {
		if f.typ.Kind() == reflect.Pointer {
			f.flat, f.typ = false, f.typ.Elem()
		}
		part := f.typ.Field(i)
		f.offset += part.Offset
		f.typ = part.Type
	}
	return f
}

// add enters a field under its name; the less deep of two wins.
func (s *shape) add(t reflect.Type, f reflect.StructField, name string, added *field) error {
	names := s.exact
	if name == "" {
		names, name = s.folded, fold(f.Name)
	}
	switch old := names[name]; {
	case old == nil || added.depth < old.depth:
		names[name] = added
	case added.depth == old.depth:
		return &typeError{what: fmt.Sprintf("type %s: two fields for column %s", t, name)}
	}
	return nil
}

// tagOf reads `kalam:"name"`; a tag of "-" leaves the field out.
func tagOf(t reflect.Type, f reflect.StructField) (name string, skip bool, err error) {
	tag := f.Tag.Get("kalam")
	name, options, found := strings.Cut(tag, ",")
	if found {
		return "", false, &typeError{what: fmt.Sprintf("option %q in the tag of %s.%s", options, t, f.Name)}
	}
	if name != "" && name != "-" && !f.IsExported() {
		return "", false, &typeError{what: fmt.Sprintf("tag on unexported field %s.%s", t, f.Name)}
	}
	return name, name == "-", nil
}

// embedded gives the struct that a field embeds, directly or by pointer, if its fields are to count as the outer's.
func embedded(f reflect.StructField) (reflect.Type, bool) {
	if !f.Anonymous {
		return nil, false
	}
	t := f.Type
	if t.Kind() == reflect.Pointer {
		if t = t.Elem(); !f.IsExported() {
			return nil, false // cannot be made from outside
		}
	}
	if t.Kind() != reflect.Struct || directSetter(t) != nil {
		return nil, false
	}
	return t, true
}
