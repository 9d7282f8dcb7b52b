package kalamtest_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

// inMemoryAndOverTCP runs a test on a server in a bubble and on one on loopback.
func inMemoryAndOverTCP(t *testing.T, run func(t *testing.T, opts ...kalamtest.Option)) {
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { run(t, kalamtest.WithNetwork(rxtest.NewNetwork())) })
	})
	t.Run("tcp", func(t *testing.T) { run(t) })
}

func TestRestart_KeepsDataUsersAndKeysAndForgetsSubscriptions(t *testing.T) {
	inMemoryAndOverTCP(t, func(t *testing.T, opts ...kalamtest.Option) {
		is := is.New(t)
		srv := start(t, opts...)
		addr, token := srv.Addr(), srv.Token("lena")
		for range 2 { // a socket each, so that ten subscriptions are used up
			p := connect(t, srv)
			for i := range 5 {
				p.subscribe(fmt.Sprint("s", i), "", "{}")
			}
		}
		p := connect(t, srv)
		srv.Stop()
		end := p.ended()
		is.Equal(end.code, 1001)
		is.Equal(end.reason, "Server shutting down")
		_, err := srv.Dial(t.Context(), "tcp", addr)
		is.True(err != nil) // nobody listens
		insert(t, srv, 0, 3)
		is.NoErr(srv.Restart())
		is.Equal(srv.Addr(), addr)
		p = dial(t, srv, "/v1/ws", token)
		p.expect("auth_success")
		is.Equal(len(p.subscribe("all", "", "{}").Rows), 3)
		is.Equal(srv.Stats().SubscriptionsOpen, 1)
		insert(t, srv, 3, 4)
		p.expect("change")
		is.NoErr(srv.Restart()) // of one that is up
		is.Equal(p.ended().code, 1001)
		is.Equal(srv.Stats().Stops, 2)
	})
}

func TestKill_SaysNothing(t *testing.T) {
	inMemoryAndOverTCP(t, func(t *testing.T, opts ...kalamtest.Option) {
		is := is.New(t)
		srv := start(t, opts...)
		p := connect(t, srv)
		srv.Kill()
		srv.Kill()
		is.Equal(p.ended().frame, "cut")
		is.NoErr(srv.Calm())
		connect(t, srv)
		srv.Close()
		is.True(errors.Is(srv.Restart(), kalamtest.ErrClosed))
	})
}

func TestSlow_EachStepTakesAsLongAsItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t)
		srv.SlowUpgrade(time.Second)
		srv.SlowAuth(2 * time.Second)
		srv.SlowAck(4 * time.Second)
		begin := time.Now()
		p := connect(t, srv)
		is.Equal(time.Since(begin), 3*time.Second)
		p.subscribe("all", "", "{}")
		is.Equal(time.Since(begin), 7*time.Second)
		status, _ := login(t, srv, "lena", "Secret-lena-1")
		is.Equal(status, 200)
		is.Equal(time.Since(begin), 9*time.Second)
		is.Equal(srv.Stats().Slowed, 4)
		is.NoErr(srv.Calm())
		p.subscribe("more", "", "{}")
		is.Equal(time.Since(begin), 9*time.Second)
	})
}

func TestSlow_ChangesComeAfterTheUnsubscribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t)
		p := connect(t, srv)
		p.subscribe("all", "", "{}")
		srv.SlowUnsubscribe(time.Second)
		p.say(`{"type":"unsubscribe","subscription_id":"all"}`)
		p.silent()
		insert(t, srv, 0, 1)
		is.Equal(p.expect("change").SubscriptionID, "all")
		_, err := srv.Await(t.Context(), func(s kalamtest.Stats) bool { return s.SubscriptionsOpen == 0 })
		is.NoErr(err)
		insert(t, srv, 1, 2)
		p.silent()
		is.Equal(srv.Stats().LateUnsubscribes, 1)
	})
}

func TestFrames_EachFaultSpoilsWhatItWasOrderedTo(t *testing.T) {
	for fault, want := range map[kalamtest.FrameFault]string{
		kalamtest.DropFrame:      "1 2",
		kalamtest.DuplicateFrame: "0 0 1 2",
		kalamtest.DelayFrame:     "1 2 0",
		kalamtest.SwapFrame:      "1 0 2",
		kalamtest.CorruptFrame:   "? 1 2",
	} {
		t.Run(string(fault), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				srv := startInBubble(t)
				p := connect(t, srv)
				p.subscribe("all", "", "{}")
				srv.FrameDelay(3 * time.Second)
				srv.Connections()[0].FaultFrames(fault, 1)
				insert(t, srv, 0, 3)
				is.Equal(p.idsWithin(4*time.Second), want)
				srv.FaultFrames(fault, 1)
				srv.FaultFrames(fault, 0)
				insert(t, srv, 3, 4)
				is.Equal(p.idsWithin(4*time.Second), "3")
				n := srv.Stats()
				is.Equal(n.FramesDropped+n.FramesDuplicated+n.FramesDelayed+n.FramesSwapped+n.FramesCorrupted, 1)
			})
		})
	}
}

func TestFrames_SwapWithoutANextFrameIsOnlyLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t)
		p := connect(t, srv)
		p.subscribe("all", "", "{}")
		srv.FaultFrames(kalamtest.SwapFrame, 1)
		begin := time.Now()
		insert(t, srv, 0, 1)
		p.expect("change")
		is.Equal(time.Since(begin), time.Second)
	})
}

func TestFrames_ChanceComesFromTheSeed(t *testing.T) {
	runs := map[int]string{}
	for i := range 2 {
		synctest.Test(t, func(t *testing.T) {
			is := is.New(t)
			srv := startInBubble(t, kalamtest.WithSeed(42))
			p := connect(t, srv)
			p.subscribe("all", "", "{}")
			srv.FaultRate(kalamtest.DropFrame, 0.5)
			for id := range 40 {
				insert(t, srv, id, id+1)
			}
			runs[i] = p.idsWithin(time.Second)
			lost := srv.Stats().FramesDropped
			is.True(lost > 5 && lost < 35)
		})
	}
	is.New(t).Equal(runs[0], runs[1])
}

func TestBurst_LossIsExactWhereAsked(t *testing.T) {
	inMemoryAndOverTCP(t, func(t *testing.T, opts ...kalamtest.Option) {
		is := is.New(t)
		srv := start(t, append(opts, kalamtest.WithBurstLoss())...)
		p := connect(t, srv)
		p.subscribe("all", "", "{}")
		insert(t, srv, 0, 1000)
		is.Equal(srv.Stats().Dropped, 872)
		for i := range 128 {
			is.Equal(p.expect("change").Rows[0]["id"], fmt.Sprint(i))
		}
		insert(t, srv, 1000, 1001)
		is.Equal(p.expect("change").Rows[0]["id"], "1000")
		is.Equal(srv.Stats().Dropped, 872)
	})
}

// burst-loss.jsonl: of 1,000 changes of one INSERT between 128 and 1,000 arrive. The race is run here too: one of a few
// bursts loses something, and what is left is heard in full.
func TestBurst_ByDefaultRowsAreLostAsOnTheRealServer(t *testing.T) {
	inMemoryAndOverTCP(t, func(t *testing.T, opts ...kalamtest.Option) {
		is := is.New(t)
		srv := start(t, opts...)
		p := connect(t, srv)
		p.subscribe("all", "", "{}")
		lost := 0
		for burst := 0; burst < 20 && lost == 0; burst++ {
			insert(t, srv, 1000*burst, 1000*(burst+1))
			lost = srv.Stats().Dropped
			for range 1000 - lost {
				p.expect("change")
			}
			p.silent()
		}
		t.Logf("%d of 1,000 rows were lost", lost)
		is.True(lost > 0 && lost <= 872)
	})
}

func TestReset_TheTableGoesBackAndSequenceIdsAreLower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t)
		insert(t, srv, 0, 3)
		backup, err := srv.Backup(t.Context(), "chat.messages")
		is.NoErr(err)
		exec(t, srv, "DELETE FROM chat.messages WHERE id = 0")
		insert(t, srv, 3, 6)
		p := connect(t, srv)
		before := p.subscribe("before", "", "{}")
		is.Equal(len(before.Rows), 5)
		is.NoErr(srv.Restore(t.Context(), backup))
		srv.RewindSeq(time.Hour)
		p.silent() // nobody is told
		is.Equal([]int{srv.Stats().Restores, srv.Stats().Rewinds}, []int{1, 1})
		is.Equal(len(p.subscribe("after", "", "{}").Rows), 3)
		exec(t, srv, "UPDATE chat.messages SET body = 'new' WHERE id = 1")
		m := p.expect("change")
		is.True(fmt.Sprint(m.Rows[0]["_seq"]) < fmt.Sprint(before.Rows[0]["_seq"])) // of the same number of digits
		_, err = srv.Backup(t.Context(), "chat.nothing")
		is.True(err != nil)
	})
}
