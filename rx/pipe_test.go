package rx_test

import (
	"testing"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// Each operator appends its digit, so order and number show.
func TestPipe_OrderAndNumber(t *testing.T) {
	is := is.New(t)
	d := func(n int) rx.Operator[int, int] { return mapped(func(v int) int { return v*10 + n }) }
	src := rx.Source(func(_ *rx.Segment, out rx.Observer[int]) { out.Next(0) })
	a, b, c, e, f, g, h, i, j := d(1), d(2), d(3), d(4), d(5), d(6), d(7), d(8), d(9)
	for want, o := range map[string]rx.Observable[int]{
		"1":         rx.Pipe1(src, a),
		"12":        rx.Pipe2(src, a, b),
		"123":       rx.Pipe3(src, a, b, c),
		"1234":      rx.Pipe4(src, a, b, c, e),
		"12345":     rx.Pipe5(src, a, b, c, e, f),
		"123456":    rx.Pipe6(src, a, b, c, e, f, g),
		"1234567":   rx.Pipe7(src, a, b, c, e, f, g, h),
		"12345678":  rx.Pipe8(src, a, b, c, e, f, g, h, i),
		"123456789": rx.Pipe9(src, a, b, c, e, f, g, h, i, j),
	} {
		got, _ := heard(o)
		is.Equal(*got, want)
	}
}
