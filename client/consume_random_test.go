package client_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
)

// topicPlay is a random schedule of publishing, acknowledging, crashes, restarts and
// faults, with one or more members of a group.
type topicPlay struct {
	*topicWorld
	random  *rand.Rand
	name    string
	members []*topicMember
	most    int  // members
	manual  bool // acknowledgement

	mu   sync.Mutex
	done map[string]int // records that were handled, how often
	dups int
}

// topicMember is a process of the group.
type topicMember struct {
	c    *client.Client
	link *kalamtest.Link
	sub  *rx.Subscription
	last map[int]int64 // by partition, of what came for the first time
	mu   sync.Mutex
	held []client.Record[topicOrder]
}

// join starts a process.
func (p *topicPlay) join() {
	m := &topicMember{last: map[int]int64{}}
	m.c, m.link = p.linked()
	opts := []client.ConsumeOption{client.FromEarliest(), client.PollLimit(1 + p.random.IntN(30)), client.CommitEvery(time.Duration(1+p.random.IntN(9)) * time.Second)}
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
		opts = append(opts, client.Partitions(0, 1, 2))
	}
	slow := time.Duration(p.random.IntN(300)) * time.Millisecond
	m.sub = p.orders(m.c, "g", opts...).Subscribe(p.t.Context(), rx.OnNext(func(r client.Record[topicOrder]) {
		p.told(m, r, slow)
	}))
	p.members = append(p.members, m)
}

// told is a process that handles a record, or puts it among those it will handle.
func (p *topicPlay) told(m *topicMember, r client.Record[topicOrder], slow time.Duration) {
	if last, known := m.last[r.Partition]; r.Attempt == 1 {
		if known && r.Offset <= last && p.most == 1 {
			p.t.Errorf("%s: %v came after offset %d", p.name, r, last)
		}
		m.last[r.Partition] = r.Offset
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

func (p *topicPlay) handled(r client.Record[topicOrder]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := place(r.Partition, r.Offset)
	p.done[key]++
	if p.done[key] > 1 {
		p.dups++
	}
}

func place(partition int, offset int64) string { return fmt.Sprintf("%d@%d", partition, offset) }

// ack has a process handle some of what it holds, in any order.
func (p *topicPlay) ack(m *topicMember, all bool) {
	m.mu.Lock()
	held := m.held
	m.held = nil
	m.mu.Unlock()
	p.random.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
	n := len(held)
	if !all {
		n = p.random.IntN(n + 1)
	}
	for _, r := range held[:n] {
		p.handled(r)
		r.Ack()
	}
	m.mu.Lock()
	m.held = append(m.held, held[n:]...)
	m.mu.Unlock()
}

// leave ends a process: by a crash, or as it should.
func (p *topicPlay) leave() {
	i := p.random.IntN(len(p.members))
	m := p.members[i]
	p.members = append(p.members[:i], p.members[i+1:]...)
	if p.random.IntN(3) > 0 {
		m.link.Refuse(true)
		m.link.Cut()
	}
	topicEnd(m.c, m.sub)
}

func (p *topicPlay) step() {
	switch p.random.IntN(12) {
	case 0, 1, 2, 3:
		p.publish(p.random.IntN(40))
	case 4, 5:
		kinds := kalamtest.TopicFaults()
		kind := kinds[p.random.IntN(len(kinds))]
		p.srv.FaultTopics(kalamtest.TopicFault(kind), 1+p.random.IntN(3))
	case 6:
		if err := p.srv.Restart(); err != nil {
			p.t.Fatal(err)
		}
	case 7:
		p.leave()
	case 8:
		p.members[p.random.IntN(len(p.members))].link.Cut()
	default:
		for _, m := range p.members {
			p.ack(m, p.random.IntN(2) == 0)
		}
	}
	for len(p.members) == 0 || len(p.members) < p.most && p.random.IntN(2) == 0 {
		p.join()
	}
	time.Sleep(time.Duration(p.random.IntN(20_000)) * time.Millisecond)
}

// settle calms the server down and waits until all is committed.
func (p *topicPlay) settle() {
	_ = p.srv.Calm()
	for range 1200 {
		for _, m := range p.members {
			p.ack(m, true)
		}
		if p.behind() == "" {
			return
		}
		time.Sleep(time.Second)
		synctest.Wait()
	}
	p.t.Errorf("%s: not committed after 20 minutes: %s", p.name, p.behind())
	for _, m := range p.members {
		p.t.Logf("%+v", m.c.Stats().Consumers)
	}
}

func (p *topicPlay) behind() string {
	at, err := p.srv.TopicOffsets(p.topic, "g")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, o := range at {
		if o.Committed != o.Next-1 {
			return fmt.Sprintf("%+v", o)
		}
	}
	return ""
}

func (p *topicPlay) run() {
	p.join()
	for range 30 {
		p.step()
	}
	p.settle()
	for _, m := range p.members {
		topicEnd(m.c, m.sub)
	}
	at, err := p.srv.TopicOffsets(p.topic, "g")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, o := range at {
		for offset := range o.Next {
			if p.done[place(o.Partition, offset)] == 0 {
				p.t.Fatalf("%s: lost %s", p.name, place(o.Partition, offset))
			}
		}
	}
}

// Whatever happens, every record is handled before it is committed, and in the end all
// are; a group of one is given each partition in its order. KALAMRX_SCHEDULES says how
// many schedules are played, KALAMRX_SEED which.
func TestConsume_RandomSchedulesLoseNothing(t *testing.T) {
	n, seed := 15, rand.Uint64()
	if more, err := strconv.Atoi(os.Getenv("KALAMRX_SCHEDULES")); err == nil {
		n = more
	}
	if given, err := strconv.ParseUint(os.Getenv("KALAMRX_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("seed %d", seed)
	records, dups := 0, 0
	for i := range n {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		partitions, generation := 1+random.IntN(3), kalamtest.Generation043
		if random.IntN(3) == 0 {
			generation = kalamtest.Generation07
		}
		inTopicWorld(t, partitions, func(w *topicWorld) {
			p := &topicPlay{topicWorld: w, random: random, most: 1 + random.IntN(3), manual: random.IntN(3) > 0, done: map[string]int{}}
			p.name = fmt.Sprintf("seed %d schedule %d (%s, %d partitions, %d members, manual %v)", seed, i, generation, partitions, p.most, p.manual)
			p.run()
			records += int(w.ids)
			dups += p.dups
		}, kalamtest.WithGeneration(generation))
	}
	t.Logf("%d schedules, %d records, %d handled more than once", n, records, dups)
}
