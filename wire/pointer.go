package wire

import (
	"reflect"
	"unsafe"
)

// This file is the only one that imports unsafe, and fieldAt the only thing it is for: reaching the field of a struct
// by the offset that package reflect gives, where a reflect.Value would cost ten times as much, and an allocation.

// target is where a value of a type that the compiler does not know is put together.
type target struct{ start unsafe.Pointer }

// targetOf is v, as memory.
func targetOf[T any](v *T) target { return target{start: unsafe.Pointer(v)} }

// newTarget is a new zero value of type t.
func newTarget(t reflect.Type) target { return target{start: reflect.New(t).UnsafePointer()} }

// fieldAt gives the field of type V at offset. It must be one of V's own kind, and of its memory layout: a named type
// will do, and an unsafe.Pointer for any pointer. That is what newStep sees to.
func fieldAt[V any](t target, offset uintptr) *V { return (*V)(unsafe.Add(t.start, offset)) }

// point lets the pointer at offset point to what.
func (t target) point(offset uintptr, what target) { *fieldAt[unsafe.Pointer](t, offset) = what.start }
