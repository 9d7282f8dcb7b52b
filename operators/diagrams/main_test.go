// Package diagrams_test plays every operator and draws what it does: the pictures of
// this folder and the readme of package operators are its output, see TestPictures.
package diagrams_test

import (
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/sethvargo/go-retry"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ms = time.Millisecond

type (
	stream = rx.Observable[string]
	op     = rx.Operator[string, string]
)

// pause lets time pass, in a bubble.
func pause(d time.Duration) { <-time.NewTimer(d).C }

func join(a, b string) string { return a + b }

func pairs(src stream) stream {
	return rx.Pipe2(src, operators.Pairwise, operators.Map(func(p [2]string) string { return p[0] + p[1] }))
}

func every(d time.Duration) func() retry.Backoff {
	return func() retry.Backoff { return retry.NewConstant(d) }
}
