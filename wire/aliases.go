package wire

import "reflect"

// Aliases tells whether values of T may hold text of the rows that they were decoded from, in a Row or a Cell: then that
// text must not change while they are in use. All else that is decoded is a copy.
func (d *Decoder[T]) Aliases() bool { return aliases(reflect.TypeFor[T](), map[reflect.Type]bool{}) }

func aliases(t reflect.Type, open map[reflect.Type]bool) bool {
	if open[t] {
		return false
	}
	open[t] = true
	switch t {
	case reflect.TypeFor[Row](), reflect.TypeFor[Cell]():
		return true
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return aliases(t.Elem(), open)
	case reflect.Map:
		return aliases(t.Key(), open) || aliases(t.Elem(), open)
	case reflect.Struct:
		for i := range t.NumField() {
			if aliases(t.Field(i).Type, open) {
				return true
			}
		}
	}
	return false
}
