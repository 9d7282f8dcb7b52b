package client_test

import (
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/matryer/is"
)

func TestConsume_RecordsComeDecodedAndAreCommitted(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(250)
		c := w.client()
		r := recording(w.t, w.orders(c, "g", client.FromEarliest(), client.Partitions(0)))
		all := topicUntil(r, 250)
		is.Equal(len(all), 250)
		for i, rec := range all {
			is.Equal(rec.Offset, int64(i))
			is.Equal(rec.Value.ID, int64(i))
			is.NoErr(rec.Err)
			is.Equal(rec.Attempt, 1)
			is.Equal(rec.Topic, w.topic)
			is.Equal(rec.Op, client.Insert)
			is.True(!rec.Ack()) // the stream has done so
		}
		time.Sleep(6 * time.Second)
		is.Equal(w.committed("g", 0), int64(249))
		w.publish(3)
		topicUntil(r, 253)
		topicEnd(c, r.sub)
		is.Equal(w.committed("g", 0), int64(252))
	})
}
