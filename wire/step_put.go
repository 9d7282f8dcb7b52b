package wire

import (
	"math"
	"strconv"
	"time"
)

// put puts a cell that is not NULL into its field; false leaves it to the setter.
func (s *step) put(t target, raw []byte) bool {
	if s.way == inPlace {
		return s.set(t, s.offset, raw)
	}
	return s.putBehind(t, raw)
}

func (s *step) putBehind(t target, raw []byte) bool {
	if s.way == byNull {
		if !s.set(t, s.offset, raw) {
			return false
		}
		*fieldAt[bool](t, s.valid) = true
		return true
	}
	v := newTarget(s.elem)
	if !s.set(v, 0, raw) {
		return false
	}
	t.point(s.offset, v)
	return true
}

// putString puts a string's characters into a string field.
func (s *step) putString(t target, text string) {
	switch s.way {
	case byPointer:
		v := newTarget(s.elem)
		*fieldAt[string](v, 0) = text
		t.point(s.offset, v)
		return
	case byNull:
		*fieldAt[bool](t, s.valid) = true
	}
	*fieldAt[string](t, s.offset) = text
}

func (s *step) set(t target, at uintptr, raw []byte) bool {
	switch s.kind {
	case stepInt64:
		n, ok := plainInt64(inside(raw))
		*fieldAt[int64](t, at) = n
		return ok
	case stepInt8, stepInt16, stepInt32:
		return s.setInt(t, at, raw)
	case stepUint8, stepUint16, stepUint32, stepUint64:
		return s.setUint(t, at, raw)
	case stepFloat32, stepFloat64:
		return s.setFloat(t, at, raw)
	case stepBool:
		*fieldAt[bool](t, at) = raw[0] == 't'
		return kindOf(raw) == KindBool
	case stepTime:
		n, ok := plainInt64(inside(raw))
		if !ok {
			return false
		}
		*fieldAt[time.Time](t, at), ok = timeOf(n, s.typ)
		return ok
	case stepString:
		return setStringAt(t, at, raw)
	}
	return s.setRare(t, at, raw)
}

func setStringAt(t target, at uintptr, raw []byte) bool {
	switch kindOf(raw) {
	case KindNumber:
		*fieldAt[string](t, at) = string(raw)
	case KindString:
		*fieldAt[string](t, at) = string(unquote(raw))
	default:
		return false
	}
	return true
}

func (s *step) setRare(t target, at uintptr, raw []byte) (ok bool) {
	c := Cell{raw: raw}
	var err error
	switch s.kind {
	case stepBytes:
		*fieldAt[[]byte](t, at), err = bytesOf(c, s.typ)
	case stepDuration:
		*fieldAt[time.Duration](t, at), err = durationOf(c, s.typ)
	case stepRawJSON:
		*fieldAt[[]byte](t, at), err = rawJSONOf(c, s.typ)
	case stepSeq:
		*fieldAt[Seq](t, at), err = c.Seq()
	case stepFile:
		*fieldAt[FileRef](t, at), err = c.File()
	case stepCell:
		*fieldAt[Cell](t, at) = c
	case stepAny:
		*fieldAt[any](t, at), err = c.Any(s.typ)
	default:
		return false
	}
	return err == nil
}

func (s *step) setInt(t target, at uintptr, raw []byte) bool {
	n, ok := plainInt64(inside(raw))
	switch s.kind {
	case stepInt8:
		*fieldAt[int8](t, at) = int8(n)
		return ok && int64(int8(n)) == n
	case stepInt16:
		*fieldAt[int16](t, at) = int16(n)
		return ok && int64(int16(n)) == n
	}
	*fieldAt[int32](t, at) = int32(n)
	return ok && int64(int32(n)) == n
}

func (s *step) setUint(t target, at uintptr, raw []byte) bool {
	n, ok := digits(inside(raw))
	switch s.kind {
	case stepUint8:
		*fieldAt[uint8](t, at) = uint8(n)
		return ok && n <= math.MaxUint8
	case stepUint16:
		*fieldAt[uint16](t, at) = uint16(n)
		return ok && n <= math.MaxUint16
	case stepUint32:
		*fieldAt[uint32](t, at) = uint32(n)
		return ok && n <= math.MaxUint32
	}
	*fieldAt[uint64](t, at) = n
	return ok
}

func (s *step) setFloat(t target, at uintptr, raw []byte) bool {
	if kindOf(raw) != KindNumber {
		return false
	}
	f, ok := plainFloat(raw)
	if !ok {
		var err error
		if f, err = strconv.ParseFloat(string(raw), 64); err != nil {
			return false
		}
	}
	if s.kind == stepFloat32 {
		*fieldAt[float32](t, at) = float32(f)
		return math.Abs(f) <= math.MaxFloat32
	}
	*fieldAt[float64](t, at) = f
	return true
}

// inside takes the quotes off a string that may be a number.
func inside(raw []byte) []byte {
	if len(raw) > 2 && raw[0] == '"' {
		return raw[1 : len(raw)-1]
	}
	return raw
}

// putInteger puts the value of a cell that is an integer in its usual spelling.
func (s *step) putInteger(t target, n int64) bool {
	if s.kind == stepInt64 {
		*fieldAt[int64](t, s.offset) = n
		return true
	}
	v, ok := timeOf(n, s.typ)
	*fieldAt[time.Time](t, s.offset) = v
	return ok
}

// timeOf is Cell.Time for integers.
func timeOf(n int64, typ DataType) (time.Time, bool) {
	switch {
	case typ == Date && (n < math.MinInt32 || n > math.MaxInt32):
		return time.Time{}, false
	case typ == Date:
		return time.Unix(n*24*60*60, 0).UTC(), true
	case n >= nanoFrom || n <= -nanoFrom:
		return time.Unix(0, n).UTC(), true
	}
	return time.UnixMicro(n).UTC(), true
}
