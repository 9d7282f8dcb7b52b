package rx

import (
	"errors"
	"fmt"
)

// Overflow says what a full boundary does with the next value.
type Overflow uint8

const (
	// Block makes the producer wait for room. It is backpressure for a producer
	// that may wait, and a hazard for one that others depend on: an observer
	// behind the boundary that feeds the producer waits for itself.
	Block Overflow = iota
	// DropNewest drops the value that comes.
	DropNewest
	// DropOldest drops the value that has waited longest.
	DropOldest
	// Latest keeps one value, the last: a boundary of capacity one that
	// conflates. What it replaces counts as dropped.
	Latest
	// Fail ends the stream with ErrOverflow behind the values that wait, and
	// unsubscribes the producer.
	Fail
)

// String is the rule's name.
func (o Overflow) String() string {
	switch o {
	case Block:
		return "Block"
	case DropNewest:
		return "DropNewest"
	case DropOldest:
		return "DropOldest"
	case Latest:
		return "Latest"
	case Fail:
		return "Fail"
	}
	return fmt.Sprintf("Overflow(%d)", uint8(o))
}

// ErrOverflow ends a stream whose boundary was full under the rule Fail.
var ErrOverflow = errors.New("rx: buffer overflow")

// ErrConfig is what a boundary made with impossible options fails with.
var ErrConfig = errors.New("rx: bad configuration")
