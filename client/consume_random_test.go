package client_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// topicPlay is a random schedule of publishing, acknowledging, crashes, restarts and
// faults, with one or more members of a group. See consume_steps_test.go for the steps.
type topicPlay struct {
	*topicWorld
	random  *rand.Rand
	name    string
	members []*topicMember
	topicOdds

	mu   sync.Mutex
	log  map[int][]int64 // by partition: the ids of what was published, by offset
	skip map[int]int64   // by partition: what is before that is nobody's business
	done map[int64]int   // by id: how often a record was handled
	dups int
}

// topicOdds are what a schedule is like.
type topicOdds struct {
	most       int // members
	partitions int
	generation kalamtest.Generation
	manual     bool // acknowledgement
	forgetful  bool // members let go of records, which come again when their lease is over
	foreign    bool // there is a member that commits by itself
	clear      bool // the topic is cleared, or made again with one partition more
	start      client.ConsumeOption
	latest     bool
	lease      time.Duration
	token      time.Duration
}

func newTopicOdds(random *rand.Rand) topicOdds {
	o := topicOdds{
		most: 1 + random.IntN(3), partitions: 1 + random.IntN(3), generation: kalamtest.Generation043,
		manual: random.IntN(3) > 0, forgetful: random.IntN(3) == 0, foreign: random.IntN(4) == 0, clear: random.IntN(4) == 0,
		start: client.FromEarliest(), lease: time.Minute, token: time.Hour,
	}
	if random.IntN(3) == 0 {
		o.generation = kalamtest.Generation07
	}
	if random.IntN(4) == 0 {
		o.lease = 10 * time.Second
	}
	if random.IntN(3) == 0 {
		o.token = 40 * time.Second
	}
	if random.IntN(3) == 0 && o.generation == kalamtest.Generation043 && !o.clear { // a cleared topic would begin at its end
		o.start, o.latest = client.FromLatest(), true
	}
	return o
}

// String is for the name of a schedule.
func (o topicOdds) String() string {
	return fmt.Sprintf("%s, %d partitions, %d members, manual %v, forgetful %v, foreign %v, clear %v, latest %v, lease %v, token %v",
		o.generation, o.partitions, o.most, o.manual, o.forgetful, o.foreign, o.clear, o.latest, o.lease, o.token)
}

// write publishes records, and notes where they are.
func (p *topicPlay) write(n int) {
	p.t.Helper()
	for range n {
		p.mu.Lock()
		partition, offset := p.publishOne()
		if offset != int64(len(p.log[partition])) {
			p.t.Fatalf("%s: record %d of partition %d has offset %d", p.name, len(p.log[partition]), partition, offset)
		}
		p.log[partition] = append(p.log[partition], p.ids-1)
		p.mu.Unlock()
	}
}

func (p *topicPlay) handled(r client.Record[topicOrder]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done[r.Value.ID]++
	if p.done[r.Value.ID] > 1 {
		p.dups++
	}
}

// pass notes that all before an offset is nobody's business.
func (p *topicPlay) pass(partition int, offset int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.skip[partition] = max(p.skip[partition], offset)
}

// check looks whether something was committed that was not handled.
func (p *topicPlay) check() {
	p.t.Helper()
	at := p.offsets()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range at {
		for offset := p.skip[o.Partition]; offset <= min(o.Committed, o.Next-1); offset++ {
			if p.done[p.log[o.Partition][offset]] == 0 {
				p.t.Fatalf("%s: lost %s: committed up to %d", p.name, place(o.Partition, offset), o.Committed)
			}
		}
	}
}

func place(partition int, offset int64) string { return fmt.Sprintf("%d@%d", partition, offset) }

func (p *topicPlay) offsets() []kalamtest.TopicOffsets {
	p.t.Helper()
	at, err := p.srv.TopicOffsets(p.topic, "g")
	if err != nil {
		p.t.Fatal(err)
	}
	return at
}

// behind is a partition that is not committed; "" for none.
func (p *topicPlay) behind() string {
	p.t.Helper()
	for _, o := range p.offsets() {
		if o.Committed < o.Next-1 {
			return fmt.Sprintf("%+v", o)
		}
	}
	return ""
}

// settle calms the server down and waits until all is committed, which takes a few leases.
func (p *topicPlay) settle() {
	p.t.Helper()
	_ = p.srv.Calm()
	for end := time.Now().Add(6*p.lease + 2*time.Minute); time.Now().Before(end); dueWork(time.Second) {
		for _, m := range p.members {
			p.ack(m, true)
		}
		if p.behind() == "" {
			p.check()
			return
		}
	}
	for _, m := range p.members {
		p.t.Logf("%+v", m.process.c.Stats().Consumers)
	}
	p.t.Fatalf("%s: not committed after 6 leases: %s", p.name, p.behind())
}

func (p *topicPlay) run() {
	p.begin()
	for range 20 {
		p.step()
		p.check()
	}
	for len(p.members) == 0 {
		p.join()
	}
	p.settle()
	for len(p.members) > 0 {
		p.leave(p.members[0], false)
	}
	p.check()
}

// Whatever happens, nothing is committed that was not handled, and a few leases after the
// last fault all is; a group of one is given each partition in its order. KALAMRX_SCHEDULES
// says how many schedules are played, KALAMRX_SEED which.
func TestConsume_RandomSchedulesLoseNothing(t *testing.T) {
	records, dups := 0, 0
	n := playSchedules(t, 15, func(random *rand.Rand, name string) {
		odds := newTopicOdds(random)
		inTopicWorld(t, odds.partitions, func(w *topicWorld) {
			p := &topicPlay{topicWorld: w, random: random, topicOdds: odds, log: map[int][]int64{}, skip: map[int]int64{}, done: map[int64]int{}}
			p.name = fmt.Sprintf("%s (%v)", name, odds)
			p.run()
			records += int(w.ids)
			dups += p.dups
		}, kalamtest.WithGeneration(odds.generation), kalamtest.WithVisibility(odds.lease),
			kalamtest.WithTokenLifetime(odds.token), kalamtest.WithTokenLeeway(0))
	})
	t.Logf("%d schedules, %d records, %d handled more than once", n, records, dups)
}

// playSchedules plays so many random schedules, or as many as the environment says, and
// says how many that were.
func playSchedules(t *testing.T, n int, play func(random *rand.Rand, name string)) int {
	seed := rand.Uint64()
	if more, err := strconv.Atoi(os.Getenv("KALAMRX_SCHEDULES")); err == nil {
		n = more
	}
	if given, err := strconv.ParseUint(os.Getenv("KALAMRX_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("seed %d", seed)
	for i := range n {
		play(rand.New(rand.NewPCG(seed, uint64(i))), fmt.Sprintf("seed %d schedule %d", seed, i))
	}
	return n
}
