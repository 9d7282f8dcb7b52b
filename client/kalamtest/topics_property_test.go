package kalamtest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// topicPlace is one record.
type topicPlace struct {
	part   int
	offset int64
}

// topicGame is a topic of three partitions under random publishers, a group of random consumers, faults and restarts. The
// members of the group share what they have handled, and acknowledge only prefixes of it: what a client must do.
type topicGame struct {
	t         *testing.T
	r         *rand.Rand
	srv       *kalamtest.Server
	members   []*topicConsumer
	written   [3]int64 // by partition
	handled   map[topicPlace]int
	prefix    [3]int64 // everything below is handled
	committed [3]int64 // everything below is surely committed
	now       map[topicPlace]bool
	redone    int
	inserted  int
}

const topicParts = 3

func newTopicGame(t *testing.T, seed uint64) *topicGame {
	srv, c := startTopics(t, kalamtest.WithNetwork(rxtest.NewNetwork()), kalamtest.WithSeed(seed))
	setUp(t, srv, "DROP TOPIC shop.t", "CREATE TOPIC shop.t PARTITIONS 3", "ALTER TOPIC shop.t ADD SOURCE shop.orders ON INSERT")
	g := &topicGame{t: t, r: rand.New(rand.NewPCG(seed, 5)), srv: srv, handled: map[topicPlace]int{}, now: map[topicPlace]bool{}}
	g.members = []*topicConsumer{c, newTopicConsumer(t, srv, "worker"), newTopicConsumer(t, srv, "root")}
	return g
}

func (g *topicGame) step() {
	switch n := g.r.IntN(100); {
	case n < 25:
		g.write(1 + g.r.IntN(6))
	case n < 65:
		g.poll(g.r.IntN(topicParts), 1+g.r.IntN(5))
	case n < 82:
		g.ack(g.r.IntN(topicParts))
	case n < 90:
		kinds := []kalamtest.TopicFault{kalamtest.LoseConsume, kalamtest.LoseAck, kalamtest.FailConsume, kalamtest.BusyAck}
		g.srv.FaultTopics(kinds[g.r.IntN(len(kinds))], 1)
	case n < 97:
		time.Sleep(time.Duration(g.r.IntN(80)) * time.Second)
		clear(g.now)
	default:
		if err := g.srv.Restart(); err != nil {
			g.t.Fatal(err)
		}
		clear(g.now)
	}
}

// write inserts rows by SQL, in a transaction that is sometimes rolled back.
func (g *topicGame) write(n int) {
	sql := "INSERT INTO shop.orders VALUES "
	for i := range n {
		if i > 0 {
			sql += ", "
		}
		sql += fmt.Sprintf("(%d, 'tea')", g.inserted+i)
	}
	if g.r.IntN(4) == 0 {
		setUp(g.t, g.srv, "BEGIN; "+sql+"; ROLLBACK")
		return
	}
	setUp(g.t, g.srv, sql)
	g.inserted += n
	at, err := g.srv.TopicOffsets("shop.t", "g")
	if err != nil {
		g.t.Fatal(err)
	}
	for _, o := range at {
		g.written[o.Partition] = o.Next
	}
}

func (g *topicGame) poll(part, limit int) int {
	g.t.Helper()
	offsets, ok := g.members[g.r.IntN(len(g.members))].poll("g", part, limit)
	if !ok {
		return 0
	}
	for i, o := range offsets {
		at := topicPlace{part, o}
		switch {
		case i > 0 && o != offsets[i-1]+1:
			g.t.Fatalf("partition %d: %v is not dense", part, offsets)
		case o < g.committed[part]:
			g.t.Fatalf("partition %d: %d was given out again after its acknowledgement", part, o)
		case o >= g.written[part]:
			g.t.Fatalf("partition %d: %d was never written", part, o)
		case g.now[at]:
			g.t.Fatalf("partition %d: %d was given out twice while its claim held", part, o)
		}
		g.now[at] = true
		if g.r.IntN(10) == 0 {
			break // the member falls over: the rest of its batch is not handled
		}
		if g.handled[at]++; g.handled[at] > 1 {
			g.redone++
		}
	}
	for g.handled[topicPlace{part, g.prefix[part]}] > 0 {
		g.prefix[part]++
	}
	return len(offsets)
}

// ack commits a prefix of what is handled, or less.
func (g *topicGame) ack(part int) {
	if g.prefix[part] == 0 {
		return
	}
	upto := g.r.Int64N(g.prefix[part])
	if g.members[g.r.IntN(len(g.members))].ack("g", part, upto) {
		g.committed[part] = max(g.committed[part], upto+1)
	}
}

// drain polls until everything that was written is handled.
func (g *topicGame) drain() {
	g.t.Helper()
	if err := g.srv.Calm(); err != nil {
		g.t.Fatal(err)
	}
	for part := range topicParts {
		for round := 0; g.prefix[part] < g.written[part]; round++ {
			if round > 2000 {
				g.t.Fatalf("partition %d: of %d records only the first %d came", part, g.written[part], g.prefix[part])
			}
			if g.poll(part, 100) == 0 {
				time.Sleep(time.Minute) // until what others hold is due again
				clear(g.now)
			}
		}
	}
}

func TestTopicsProperty_EveryRecordComesAtLeastOnce(t *testing.T) {
	base := rand.Uint64()
	t.Logf("seeds from %d on", base)
	redone, total := 0, 0
	for seed := base; seed != base+25; seed++ {
		synctest.Test(t, func(t *testing.T) {
			g := newTopicGame(t, seed)
			for range 150 {
				g.step()
				if t.Failed() {
					break
				}
			}
			g.drain()
			if sum := g.written[0] + g.written[1] + g.written[2]; sum != int64(g.inserted) || len(g.handled) != g.inserted {
				t.Errorf("seed %d: %d rows, %d records, %d handled", seed, g.inserted, sum, len(g.handled))
			}
			redone, total = redone+g.redone, total+g.inserted
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if redone == 0 {
		t.Errorf("none of %d records came twice: the faults do nothing", total)
	}
	t.Logf("%d records, %d of them handled again", total, redone)
}

// A member that acknowledges what others hold loses their records: what the game above never does.
func TestTopics_AnAckCommitsWhatOtherMembersHold(t *testing.T) {
	inTopicBubble(t, func(is *is.I, srv *kalamtest.Server, c *topicConsumer) {
		other := newTopicConsumer(c.t, srv, "root")
		publishTopic(c.t, srv, 4)
		is.Equal(other.must(other.poll("g", 0, 2)), []int64{0, 1}) // and falls over
		is.Equal(c.must(c.poll("g", 0, 2)), []int64{2, 3})
		is.True(c.ack("g", 0, 3))
		time.Sleep(time.Hour)
		resp, body, err := c.send("consume", `{"topic_id":"shop.t","group_id":"g","start":"Earliest"}`)
		is.NoErr(err)
		is.Equal(resp.StatusCode, 200)
		var got wire.ConsumeResponse
		is.NoErr(wire.Unmarshal(body, &got))
		is.Equal(len(got.Messages), 0) // 0 and 1 are gone for good
		is.Equal(got.NextOffset, int64(4))
	})
}
