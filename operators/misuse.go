package operators

import (
	"fmt"

	"github.com/kalamdb/kalamrx/rx"
)

// misused is the stream of an operator that was made with impossible arguments.
func misused[T any](format string, args ...any) rx.Observable[T] {
	return Throw[T](misuse(format, args...))
}

// misusedOperator is an operator made with impossible arguments: it does not
// touch its source.
func misusedOperator[A, B any](format string, args ...any) rx.Operator[A, B] {
	failed := misused[B](format, args...)
	return func(rx.Observable[A]) rx.Observable[B] { return failed }
}

func misuse(format string, args ...any) error {
	return fmt.Errorf("%w: operators: "+format, append([]any{rx.ErrConfig}, args...)...)
}
