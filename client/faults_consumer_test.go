package client_test

import (
	"context"
	"sync"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
)

// processing is what the processes of a group did with the records of faults.t.
type processing struct {
	f  *trial
	mu sync.Mutex
	// done is how often each offset was processed, held what is not acknowledged.
	done map[int64]int
	held []client.Record[topicOrder]
}

// consume starts a process; those of its records that keep says it processes, and does
// not acknowledge.
func (p *processing) consume(c *client.Client, keep func(offset int64) bool, opts ...client.ConsumeOption) *rx.Subscription {
	opts = append([]client.ConsumeOption{client.FromEarliest(), client.Partitions(0), client.ManualAck()}, opts...)
	return client.Consume[topicOrder](c, "faults.t", "g", opts...).Subscribe(context.Background(), rx.OnNext(func(r client.Record[topicOrder]) {
		p.mu.Lock()
		p.done[r.Offset]++
		if keep(r.Offset) {
			p.held = append(p.held, r)
		}
		p.mu.Unlock()
		if !keep(r.Offset) {
			r.Ack()
		}
	}))
}

func (p *processing) publish(n int) {
	for range n {
		if _, _, err := p.f.srv.Publish("faults.t", "k", []byte(`{"id":"1"}`)); err != nil {
			p.f.t.Fatal(err)
		}
	}
}

// counts are the records that were processed, and how many more times than once.
func (p *processing) counts() (records, again int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.done {
		again += n - 1
	}
	return len(p.done), again
}

// until waits until so many records were processed.
func (p *processing) until(n int) time.Duration {
	began := time.Now()
	for range 3000 {
		if got, _ := p.counts(); got >= n {
			return time.Since(began)
		}
		p.f.sleep(100 * time.Millisecond)
	}
	p.f.t.Errorf("%d records were not processed in 5 minutes", n)
	return time.Since(began)
}

func (p *processing) committed() int64 {
	at, err := p.f.srv.TopicOffsets("faults.t", "g")
	if err != nil {
		p.f.t.Fatal(err)
	}
	return at[0].Committed
}

func none(int64) bool { return false }

// topicFaults is row 28: what goes wrong with a consumer, one after the other.
func topicFaults(f *trial) {
	f.serve()
	f.write("CREATE TOPIC faults.t")
	f.srv.TopicRetryAfter(7 * time.Second)
	p := &processing{f: f, done: map[int64]int{}}

	p.publish(100) // of which the first process leaves 40 unacknowledged when it dies
	first := f.client()
	sub := p.consume(first, func(offset int64) bool { return offset >= 60 })
	p.until(100)
	f.sleep(6 * time.Second)
	equal(f, "committed", p.committed(), 59)
	f.link.Refuse(true)
	f.link.Cut()
	sub.Unsubscribe()
	_ = first.Close(context.Background())
	<-first.Done()
	f.link.Calm()
	second := f.client()
	p.consume(second, none)
	f.sleep(70 * time.Second)
	processed, again := p.counts()
	equal(f, "dup", again, 40)

	faulted := func(kind kalamtest.TopicFault, n int) time.Duration {
		f.srv.FaultTopics(kind, n)
		p.publish(10)
		processed += 10
		return p.until(processed)
	}
	faulted(kalamtest.LoseAck, 2)
	faulted(kalamtest.FailConsume, 2)
	atLeastFor(f, "retry_after", faulted(kalamtest.BusyConsume, 1), 7*time.Second)
	note(f, "hang", faulted(kalamtest.HangConsume, 1))
	note(f, "lost_answer", faulted(kalamtest.LoseConsume, 1))
	n := second.Stats().Consumers[0]
	equal(f, "failures", n.PollFailures, 5)
	equal(f, "redelivered_here", n.Redelivered, 0)

	p.publish(10)
	p.until(processed + 10)
	began := time.Now()
	_ = second.Close(context.Background())
	atMost(f, "close", time.Since(began), time.Second)
	records, again := p.counts()
	equal(f, "lost", 160-records, 0)
	equal(f, "dup_in_all", again, 40)
	equal(f, "committed_at_last", p.committed(), 159)
}

func atLeastFor(f *trial, name string, got, want time.Duration) {
	f.t.Helper()
	note(f, name, got)
	if got < want {
		f.t.Errorf("%s is %v, less than %v", name, got, want)
	}
}
