package wire_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestRetryAfter_SecondsDatesAndNonsense(t *testing.T) {
	now := time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		value string
		want  time.Duration
	}{
		{"", 0}, {"7", 7 * time.Second}, {"0", 0}, {"-1", 0}, {"1.5", 0}, {"soon", 0},
		{"4000000000", 0}, {"999999", 24 * time.Hour},
		{"Tue, 24 Nov 2026 04:00:30 GMT", 30 * time.Second},
		{"Tuesday, 24-Nov-26 04:00:30 GMT", 30 * time.Second},
		{"Tue Nov 24 04:00:30 2026", 30 * time.Second},
		{"Tue, 24 Nov 2026 03:00:00 GMT", 0},
		{"Wed, 24 Nov 2027 03:00:00 GMT", 24 * time.Hour},
	} {
		is.New(t).Equal(wire.RetryAfter(test.value, now), test.want)
	}
}

func ExampleRetryAfter() {
	now := time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)
	fmt.Println(wire.RetryAfter("7", now), wire.RetryAfter("Tue, 24 Nov 2026 04:00:30 GMT", now))
	// Output: 7s 30s
}
