package operators

import (
	"errors"

	"github.com/kalamdb/kalamrx/rx"
)

// DropOption is an option of the operators that drop values by a rule but are not
// made of an rx.Boundary, whose option is rx.OnDrop: [ConflateBy], [RateLimit].
type DropOption func(*dropConfig) error

type dropConfig struct {
	onDrop func(total uint64)
	queue  *waitConfig // of a RateLimit; nil: not said
}

// WithOnDrop is told the number of values the operator has dropped so far, after
// each drop, on the goroutine of the value that came. It must not wait. The same
// number is part of Subscription.Dropped.
func WithOnDrop(f func(total uint64)) DropOption {
	return func(c *dropConfig) error {
		if f == nil {
			return errors.New("WithOnDrop without a function")
		}
		c.onDrop = f
		return nil
	}
}

func newDropConfig(opts []DropOption) (c dropConfig, err error) {
	for _, opt := range opts {
		if err := opt(&c); err != nil {
			return c, err
		}
	}
	return c, nil
}

// drops counts what one subscription drops. It is used by one goroutine at a time.
type drops struct {
	seg   *rx.Segment
	tell  func(total uint64) // nil: nobody
	total uint64
}

func (d *drops) drop() {
	d.total++
	d.seg.CountDropped(1)
	if d.tell != nil {
		d.tell(d.total)
	}
}
