package client

import "strconv"

// IdempotencyKey is a text by which one knows that something was done with a record: it
// is the same at every delivery, in every process and for every group, and no other
// record has it. It is topic, partition, offset and the millisecond at which the record
// was written, since a topic that is cleared counts its offsets anew:
// "shop.orders/0@17#1772323200456".
func (r Record[T]) IdempotencyKey() string {
	return r.String() + "#" + strconv.FormatInt(r.Time.UnixMilli(), 10)
}
