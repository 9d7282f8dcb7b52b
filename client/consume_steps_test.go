package client_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
)

// topicProcess is a client, with one stream of the group or two.
type topicProcess struct {
	c       *client.Client
	link    *kalamtest.Link
	streams int
}

// topicMember is a stream of the group.
type topicMember struct {
	process  *topicProcess
	consumer *client.Consumer[topicOrder]
	sub      *rx.Subscription

	mu   sync.Mutex
	last map[int]int64 // by partition, of what came for the first time
	held []client.Record[topicOrder]
}

// begin has the group begin; what was written before counts only if it begins at Earliest.
// The answers of the first polls may be lost.
func (p *topicPlay) begin() {
	if !p.latest {
		p.join()
		return
	}
	p.write(34 + p.random.IntN(40)) // all keys: of an empty partition no beginning can be committed, see FromLatest
	p.srv.FaultTopics(kalamtest.LoseConsume, p.random.IntN(3))
	p.join()
	dueWork(100 * time.Millisecond)
	for partition, ids := range p.log {
		p.skip[partition] = int64(len(ids))
	}
	p.write(p.random.IntN(40))
	p.settle() // a restart before, or a member that joins, would have it begin anew
}

// join starts a stream, in a process of its own or beside another one.
func (p *topicPlay) join() {
	m := &topicMember{last: map[int]int64{}}
	if len(p.members) > 0 && p.random.IntN(3) == 0 {
		m.process = p.members[0].process
	} else {
		m.process = &topicProcess{}
		m.process.c, m.process.link = p.linked()
	}
	m.process.streams++
	opts := []client.ConsumeOption{
		p.start, client.Lease(p.lease), client.PollLimit(1 + p.random.IntN(30)),
		client.CommitEvery(time.Duration(1+p.random.IntN(9)) * p.lease / 20),
	}
	if p.manual {
		opts = append(opts, client.ManualAck())
	}
	if p.random.IntN(2) == 0 {
		opts = append(opts, client.Drain(time.Second))
	}
	if p.most == 1 {
		opts = append(opts, client.Ordered())
	}
	if p.random.IntN(2) == 0 {
		opts = append(opts, client.Partitions(0, 1, 2, 3))
	}
	var err error
	if m.consumer, err = client.NewConsumer[topicOrder](m.process.c, p.topic, "g", opts...); err != nil {
		p.t.Fatal(err)
	}
	slow := time.Duration(p.random.Int64N(int64(p.lease / 200)))
	m.sub = m.consumer.Records().Subscribe(p.t.Context(), rx.OnNext(func(r client.Record[topicOrder]) { p.told(m, r, slow) }))
	p.members = append(p.members, m)
}

// told is a process that handles a record, or puts it among those it will handle.
func (p *topicPlay) told(m *topicMember, r client.Record[topicOrder], slow time.Duration) {
	m.mu.Lock()
	last, known := m.last[r.Partition]
	if r.Attempt == 1 {
		m.last[r.Partition] = r.Offset
	}
	m.mu.Unlock()
	if r.Attempt == 1 && known && r.Offset <= last && p.most == 1 && !p.foreign {
		p.t.Errorf("%s: %v came after offset %d", p.name, r, last)
	}
	if !p.manual {
		time.Sleep(slow)
		p.handled(r)
		return
	}
	m.mu.Lock()
	m.held = append(m.held, r)
	m.mu.Unlock()
}

// ack has a process handle some of what it holds, in any order; a forgetful one forgets some.
func (p *topicPlay) ack(m *topicMember, all bool) {
	m.mu.Lock()
	held := m.held
	m.held = nil
	m.mu.Unlock()
	p.random.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
	n, forgotten := len(held), 0
	if !all {
		n = p.random.IntN(n + 1)
	}
	if !all && p.forgetful {
		forgotten = p.random.IntN(len(held) - n + 1)
	}
	for _, r := range held[:n] {
		p.handled(r)
		r.Ack()
	}
	m.mu.Lock()
	m.held = append(m.held, held[n+forgotten:]...)
	m.mu.Unlock()
}

// leave ends a stream as it should, or its process by a crash.
func (p *topicPlay) leave(m *topicMember, crash bool) {
	gone := []*topicMember{m}
	if crash {
		gone = slices.DeleteFunc(slices.Clone(p.members), func(x *topicMember) bool { return x.process != m.process })
		m.process.link.Refuse(true)
		m.process.link.Cut()
	}
	for _, x := range gone {
		x.sub.Unsubscribe()
		<-x.sub.Done()
		x.process.streams--
	}
	p.members = slices.DeleteFunc(p.members, func(x *topicMember) bool { return slices.Contains(gone, x) })
	if m.process.streams == 0 {
		topicEnd(m.process.c)
	}
}

func (p *topicPlay) step() {
	m := p.members[p.random.IntN(len(p.members))]
	switch p.random.IntN(16) {
	case 0, 1, 2, 3:
		p.write(p.random.IntN(40))
	case 4, 5, 6:
		kinds := kalamtest.TopicFaults()
		p.srv.FaultTopics(kalamtest.TopicFault(kinds[p.random.IntN(len(kinds))]), 1+p.random.IntN(3))
	case 7:
		if err := p.srv.Restart(); err != nil {
			p.t.Fatal(err)
		}
	case 8:
		p.leave(m, p.random.IntN(3) > 0)
	case 9:
		m.process.link.Cut()
	case 10:
		p.seek(m)
	case 11:
		p.strange()
	default:
		for _, m := range p.members {
			p.ack(m, p.random.IntN(2) == 0)
		}
	}
	for len(p.members) == 0 || len(p.members) < p.most && p.random.IntN(2) == 0 {
		p.join()
	}
	time.Sleep(time.Duration(p.random.Int64N(int64(p.lease / 3))))
	synctest.Wait()
}

// seek moves the group forward in a partition, or has it commit.
func (p *topicPlay) seek(m *topicMember) {
	ctx, cancel := context.WithTimeout(p.t.Context(), 2*time.Second)
	defer cancel()
	if p.random.IntN(2) == 0 {
		_ = m.consumer.CommitSync(ctx) // under faults it may fail
		return
	}
	partition := p.random.IntN(p.partitions)
	next, known := m.consumer.Position(partition)
	if !known {
		return
	}
	to := next + p.random.Int64N(8)
	p.pass(partition, to) // also if it seems to fail
	_ = m.consumer.Seek(ctx, partition, to)
}

// strange is what somebody else does.
func (p *topicPlay) strange() {
	switch {
	case p.foreign:
		p.visit()
	case p.clear:
		p.renew()
	}
}

// visit is a member that commits by itself, whatever others hold, or does not.
func (p *topicPlay) visit() {
	ctx, cancel := context.WithTimeout(p.t.Context(), 5*time.Second)
	defer cancel()
	partition := p.random.IntN(p.partitions)
	c := p.client()
	defer topicEnd(c)
	all, err := client.Poll[topicOrder](ctx, c, p.topic, "g", p.start, client.Lease(p.lease), client.Partitions(partition), client.PollLimit(1+p.random.IntN(10)))
	if err != nil || len(all) == 0 || p.random.IntN(2) == 0 {
		return
	}
	last := all[len(all)-1]
	p.pass(partition, last.Offset+1)
	_ = last.Commit(ctx)
}

// renew clears the topic, or makes it again with one partition more, when all is committed and
// everybody knows: what is under way then is committed to the new one.
func (p *topicPlay) renew() {
	p.settle()
	dueWork(p.lease + time.Minute)
	p.mu.Lock()
	clear(p.log)
	clear(p.skip)
	p.mu.Unlock()
	for _, m := range p.members {
		m.mu.Lock()
		clear(m.last)
		m.mu.Unlock()
	}
	statements := []string{"CLEAR TOPIC " + p.topic}
	if p.partitions < 4 && p.random.IntN(2) == 0 {
		p.partitions++
		statements = []string{"DROP TOPIC " + p.topic, fmt.Sprintf("CREATE TOPIC %s PARTITIONS %d", p.topic, p.partitions)}
	}
	for _, sql := range statements {
		if err := p.srv.Exec(p.t.Context(), "root", sql); err != nil {
			p.t.Fatal(err)
		}
	}
	dueWork(5 * time.Second) // until polls have noticed
}
