package rx

// ring is a queue in a circular buffer. It does not grow by itself: push needs
// room. The zero ring has none.
type ring[T any] struct {
	buf  []T
	head int
	n    int
}

func (r *ring[T]) full() bool { return r.n == len(r.buf) }

// at is the i-th value from the oldest.
func (r *ring[T]) at(i int) T {
	i += r.head
	if i >= len(r.buf) {
		i -= len(r.buf)
	}
	return r.buf[i]
}

func (r *ring[T]) push(v T) {
	i := r.head + r.n
	if i >= len(r.buf) {
		i -= len(r.buf)
	}
	r.buf[i] = v
	r.n++
}

func (r *ring[T]) pop() T {
	var zero T
	v := r.buf[r.head]
	r.buf[r.head] = zero // let the collector have it
	if r.head++; r.head == len(r.buf) {
		r.head = 0
	}
	r.n--
	return v
}

// grow makes room for more, up to limit values in all.
func (r *ring[T]) grow(limit int) {
	bigger := make([]T, min(max(16, 2*len(r.buf)), limit))
	k := copy(bigger, r.buf[r.head:])
	copy(bigger[k:], r.buf[:r.head])
	r.buf, r.head = bigger, 0
}
