package client_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
)

// topicOrder is the payload of the records that these tests publish.
type topicOrder struct {
	ID   int64  `kalam:"id"`
	Item string `kalam:"item"`
}

// topicWorld is a world with the topic <ns>.t.
type topicWorld struct {
	*world
	topic string
	ids   int64
}

// inTopicWorld runs a test in virtual time, with a topic of some partitions.
func inTopicWorld(t *testing.T, partitions int, test func(w *topicWorld), opts ...kalamtest.Option) {
	t.Helper()
	inMemory(t, func(t *testing.T, w *world) {
		tw := &topicWorld{world: w, topic: w.ns + ".t"}
		w.exec(w.client(), fmt.Sprintf("CREATE TOPIC %s PARTITIONS %d", tw.topic, partitions))
		test(tw)
	}, opts...)
}

// publish writes n records, with ids from 0 on, and keys of a few.
func (w *topicWorld) publish(n int) {
	w.t.Helper()
	for range n {
		w.publishOne()
	}
}

// publishOne writes the next record, and tells where it is.
func (w *topicWorld) publishOne() (partition int, offset int64) {
	w.t.Helper()
	payload := fmt.Sprintf(`{"id":"%d","item":"i%d","_seq":"1","_deleted":false}`, w.ids, w.ids)
	partition, offset, err := w.srv.Publish(w.topic, "k"+strconv.FormatInt(w.ids%17, 10), []byte(payload))
	if err != nil {
		w.t.Fatal(err)
	}
	w.ids++
	return partition, offset
}

// committed is what a group has committed in a partition.
func (w *topicWorld) committed(group string, partition int) int64 {
	w.t.Helper()
	all, err := w.srv.TopicOffsets(w.topic, group)
	if err != nil {
		w.t.Fatal(err)
	}
	return all[partition].Committed
}

func (w *topicWorld) orders(c *client.Client, group string, opts ...client.ConsumeOption) rx.Observable[client.Record[topicOrder]] {
	return client.Consume[topicOrder](c, w.topic, group, opts...)
}

// end unsubscribes and waits until the client is done with all.
func topicEnd(c *client.Client, subs ...*rx.Subscription) {
	for _, s := range subs {
		s.Unsubscribe()
		<-s.Done()
	}
	_ = c.Close(context.Background())
	<-c.Done()
}

// topicErrors keeps what a client's Errors shows.
type topicErrors struct {
	mu  sync.Mutex
	all []error
}

func watchTopicErrors(c *client.Client) *topicErrors {
	e := &topicErrors{}
	c.Errors().Subscribe(context.Background(), rx.OnNext(func(err error) {
		e.mu.Lock()
		e.all = append(e.all, err)
		e.mu.Unlock()
	}))
	return e
}

func (e *topicErrors) list() []error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]error(nil), e.all...)
}

func offsetsOf[T any](all []client.Record[T]) []int64 {
	offsets := make([]int64, len(all))
	for i, r := range all {
		offsets[i] = r.Offset
	}
	return offsets
}

// topicUntil is until, with as much patience as leases take: three minutes.
func topicUntil(r *recorder[client.Record[topicOrder]], n int) []client.Record[topicOrder] {
	r.t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	for time.Now().Before(deadline) {
		r.mu.Lock()
		got := append([]client.Record[topicOrder](nil), r.all...)
		over := r.over
		r.mu.Unlock()
		if len(got) >= n || over {
			break
		}
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
	}
	return r.until(atLeast[client.Record[topicOrder]](n))
}
