package rx

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// PanicError is the error of a stream whose user code panicked. Stack is the
// stack at the panic. If the panic's value was an error, errors.Is and errors.As
// see through to it.
type PanicError struct {
	Value any
	Stack []byte
}

func newPanicError(value any) *PanicError {
	return &PanicError{Value: value, Stack: debug.Stack()}
}

// errGoexit is the value where a goroutine ended inside user code.
var errGoexit = errors.New("runtime.Goexit called")

// Error says what was panicked with; the stack is in the field.
func (e *PanicError) Error() string { return fmt.Sprintf("rx: panic in user code: %v", e.Value) }

// Unwrap gives the panic's value if it was an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// attempt runs f and adds what it panicked with, if it did, to *err.
func attempt(err *error, f func()) {
	defer func() {
		if p := recover(); p != nil {
			*err = errors.Join(*err, newPanicError(p))
		}
	}()
	f()
}

// inObserver says whether the panic being recovered came out of an observer's
// Next rather than out of an operator's function. It reads the stack, so that the
// hot path pays nothing for the distinction: walking outwards from the panic, a
// frame of the subscription's own Next comes before the frame that recovers.
func inObserver() bool {
	var pcs [64]uintptr
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		frames := runtime.CallersFrames(pcs[:n])
		for more := n > 0; more; {
			var f runtime.Frame
			f, more = frames.Next()
			switch place(f.Function) {
			case atObserver:
				return true
			case atRecoverer:
				return false
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}

type framePlace uint8

const (
	elsewhere framePlace = iota
	atObserver
	atRecoverer
)

// place knows the functions of this package that call the observer, and those
// that bound the search: each of them recovers, or runs a chain of its own.
func place(function string) framePlace {
	_, name, ok := strings.Cut(function, "/rx.(*")
	if !ok {
		return elsewhere
	}
	switch {
	case strings.HasPrefix(name, "stream[") && strings.HasSuffix(name, ").next"):
		return atObserver
	case strings.HasPrefix(name, "stream[") && strings.HasSuffix(name, ").start"),
		name == "Segment).Turn",
		strings.HasPrefix(name, "hub[") && strings.HasSuffix(name, ").deliver"),
		strings.HasPrefix(name, "Boundary[") && strings.HasSuffix(name, ").turn"),
		strings.HasPrefix(name, "Serial[") && (strings.HasSuffix(name, ").one") || strings.HasSuffix(name, ").Push")):
		return atRecoverer
	}
	return elsewhere
}
