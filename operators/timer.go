package operators

import (
	"math"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// timer calls fire in a turn of its segment, on the timer's goroutine, when the
// time it was last armed for is over. It is made by the first arm, holds no
// goroutine, and the end of the segment stops it. A fire that is already on its
// way when arm is called still comes: fire looks at the clock or at its state.
type timer struct {
	seg   *rx.Segment
	fail  func(error)
	fire  func()
	clock *time.Timer
}

// arm sets the timer to fire once, in d. It is called serially.
func (t *timer) arm(d time.Duration) {
	if t.clock == nil {
		// Made before it can fire, since fire may arm it again.
		clock := time.AfterFunc(math.MaxInt64, func() { t.seg.Turn(t.fail, t.fire) })
		t.clock = clock
		t.seg.Add(func() { clock.Stop() })
	}
	t.clock.Reset(d)
	if t.seg.Closed() { // the teardown may have come before the Reset
		t.clock.Stop()
	}
}
