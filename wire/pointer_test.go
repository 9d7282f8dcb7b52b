package wire

import (
	"reflect"
	"runtime"
	"testing"

	"github.com/matryer/is"
)

// TestFieldAt_ReachesEveryFieldByItsOffset writes fields of every size; -race has the runtime check the pointers as well.
// Structs of random fields are in TestDirect_RandomTypesAgreeWithSetters.
func TestFieldAt_ReachesEveryFieldByItsOffset(t *testing.T) {
	is := is.New(t)
	type inner struct {
		A int8
		S string
	}
	type outer struct {
		B bool
		inner
		N int64
		P *string
		F float32
		Z []byte
	}
	var v outer
	start := targetOf(&v)
	offset := func(path ...int) uintptr { return reflect.TypeFor[outer]().FieldByIndex(path).Offset }
	inside := offset(1)
	*fieldAt[bool](start, offset(0)) = true
	*fieldAt[int8](start, inside+reflect.TypeFor[inner]().Field(0).Offset) = -8
	*fieldAt[string](start, inside+reflect.TypeFor[inner]().Field(1).Offset) = "text"
	*fieldAt[int64](start, offset(2)) = 1 << 40
	*fieldAt[float32](start, offset(4)) = 1.5
	*fieldAt[[]byte](start, offset(5)) = []byte{1, 2}
	made := newTarget(reflect.TypeFor[string]())
	*fieldAt[string](made, 0) = "behind"
	start.point(offset(3), made)
	behind := "behind"
	is.Equal(v, outer{B: true, inner: inner{A: -8, S: "text"}, N: 1 << 40, P: &behind, F: 1.5, Z: []byte{1, 2}})
}

func TestNewTarget_IsKeptAliveByThePointerToIt(t *testing.T) {
	is := is.New(t)
	type row struct{ Texts [64]*string }
	rows := make([]row, 64)
	for i := range rows {
		for k := range rows[i].Texts {
			made := newTarget(reflect.TypeFor[string]())
			*fieldAt[string](made, 0) = string(rune('a' + (i+k)%26))
			targetOf(&rows[i]).point(uintptr(k)*reflect.TypeFor[*string]().Size(), made)
		}
		runtime.GC()
	}
	for i := range rows {
		for k, text := range rows[i].Texts {
			is.Equal(*text, string(rune('a'+(i+k)%26)))
		}
	}
}
