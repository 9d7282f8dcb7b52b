package client

import "fmt"

// Overflow says what happens to an observer of a live stream that is behind by as
// much as its queue holds, see [QueueLength] and [QueueBytes]. Whatever it is, the
// socket and other observers go on.
type Overflow uint8

const (
	// Lossless: changes beyond the queue are conflated by key, and the observer is
	// told, when it comes to it, a Gap whose cause is ErrLagged, and then what the
	// rows have become since what it consumed last. Nothing is missing, only
	// states in between. Memory is bounded by the number of rows. The default.
	Lossless Overflow = iota
	// Latest keeps the last one only. Of Live it is the newest view, which is
	// whole, with all that changed since the one before it; of Changes and
	// LiveEvents what it replaces is dropped and counted.
	Latest
	// Conflate keeps the newest change of each row: an observer that is behind sees
	// each row once, from what it knew to what it is, in the order in which they
	// first changed, and no Gap. Not for LiveEvents, whose rows have no keys.
	Conflate
	// DropOldest drops the change, or view, that waited longest, and counts it. The
	// changes of a dropped view are those of the next.
	DropOldest
	// Block makes the live query wait for this observer, which then has it to
	// itself. The hazard: frames of the live query wait in its inbox meanwhile, and
	// when that is full, at 8,192 frames or 64 MiB, they are lost and have to be
	// recovered, which is a Gap.
	Block
	// Fail ends the stream with ErrLagged.
	Fail
)

// String is the rule's name.
func (o Overflow) String() string {
	switch o {
	case Lossless:
		return "Lossless"
	case Latest:
		return "Latest"
	case Conflate:
		return "Conflate"
	case DropOldest:
		return "DropOldest"
	case Block:
		return "Block"
	case Fail:
		return "Fail"
	}
	return fmt.Sprintf("Overflow(%d)", uint8(o))
}
