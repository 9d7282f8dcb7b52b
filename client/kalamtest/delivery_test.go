package kalamtest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

func TestDelivery_DropsInSilenceBeyond128(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	p := connect(t, srv)
	p.subscribe("all", "", "{}")
	srv.HoldDelivery()
	insert(t, srv, 0, 200)
	is.Equal(srv.Stats().Dropped, 72)
	is.Equal(srv.Connections()[0].Waiting(), 128)
	p.silent() // pings are answered, changes are held
	srv.Release()
	for i := range 128 {
		m := p.expect("change")
		is.Equal(m.Rows[0]["id"], fmt.Sprint(i)) // the oldest survive, in order
	}
	p.silent() // and nothing tells of the rest
	insert(t, srv, 200, 201)
	is.Equal(p.expect("change").Rows[0]["id"], "200")
	is.Equal(srv.Stats().Delivered, 129)
}

func TestDelivery_HoldCoversConnectionsThatComeLater(t *testing.T) {
	is := is.New(t)
	srv := start(t, kalamtest.WithQueue(3))
	srv.HoldDelivery()
	p := connect(t, srv)
	p.subscribe("all", "", "{}")
	insert(t, srv, 0, 5)
	p.silent()
	is.Equal(srv.Stats().Dropped, 2)
	srv.Release()
	for range 3 {
		p.expect("change")
	}
	p.silent()
}

func TestDelivery_SlowConnectionLosesOnlyItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t, kalamtest.WithSlowDelivery(time.Second), kalamtest.WithQueue(4), kalamtest.WithHeartbeat(time.Hour))
		p := connect(t, srv)
		p.subscribe("all", "", "{}")
		begin := time.Now()
		insert(t, srv, 0, 10)
		for i := range 4 {
			p.expect("change")
			is.Equal(time.Since(begin), time.Duration(i+1)*time.Second)
		}
		p.silent()
		is.Equal(srv.Stats().Dropped, 6)
	})
}

func TestLoading_BufferForgetsTheOldestAndTheFlushStopsAtTheQueue(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	insert(t, srv, 0, 2)
	p := connect(t, srv)
	first := p.subscribe("pages", "", `{"batch_size":1}`)
	is.True(first.BatchControl.HasMore)
	for at := 10; at < 1040; at += 515 {
		insert(t, srv, at, at+515)
	}
	is.Equal(srv.Stats().BufferDropped, 6) // 1,030 changes, room for 1,024
	p.silent()                             // no change before the ready batch
	p.say(`{"type":"next_batch","subscription_id":"pages","last_seq_id":%s}`, first.BatchControl.LastSeqID)
	second := p.expect("initial_data_batch")
	is.Equal(second.BatchControl.Status, "ready")
	is.Equal(second.BatchControl.BatchNum, 1)
	is.Equal(len(second.Rows), 1)
	for i := range 128 {
		is.Equal(p.expect("change").Rows[0]["id"], fmt.Sprint(16+i))
	}
	p.silent()
	is.Equal(srv.Stats().Dropped, 1024-128)
}

func TestLoading_NextBatchWithoutCursorBeginsAgain(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	insert(t, srv, 0, 5)
	p := connect(t, srv)
	p.subscribe("pages", "", `{"batch_size":2}`)
	p.say(`{"type":"next_batch","subscription_id":"pages"}`)
	again := p.expect("initial_data_batch")
	is.Equal(again.BatchControl.BatchNum, 1)
	is.Equal(again.BatchControl.Status, "loading_batch")
	is.Equal(again.Rows[0]["id"], "0")
}

func TestLiveOnly_HasNoSnapshotAndNoPages(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	insert(t, srv, 0, 2)
	p := connect(t, srv)
	p.say(`{"type":"subscribe","subscription":{"id":"live","sql":"SELECT * FROM chat.messages"}}`)
	is.Equal(p.expect("subscription_ack").BatchControl.Status, "ready")
	p.say(`{"type":"next_batch","subscription_id":"live"}`)
	is.Equal(p.expect("error").Code, "BATCH_FETCH_FAILED")
	insert(t, srv, 2, 3)
	is.Equal(p.expect("change").ChangeType, "insert")
}

func TestFilter_ThatTheLiveEvaluatorCannotReadDropsEveryChange(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	insert(t, srv, 0, 2)
	p := connect(t, srv)
	is.Equal(len(p.subscribe("in", " WHERE id IN (1, 2)", "{}").Rows), 1) // the snapshot is right
	insert(t, srv, 2, 3)
	p.silent() // the change is lost
	is.Equal(srv.Stats().FilterDropped, 1)
}

func TestUnsubscribe_StopsTheChangesOfThatSubscriptionOnly(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	p := connect(t, srv)
	p.subscribe("a", "", "{}")
	p.subscribe("b", "", "{}")
	p.say(`{"type":"unsubscribe","subscription_id":"a"}`)
	p.silent()
	is.Equal(srv.Stats().SubscriptionsOpen, 1)
	insert(t, srv, 0, 1)
	is.Equal(p.expect("change").SubscriptionID, "b")
	p.silent()
}

func TestDuplicateID_ReplacesAndIsToldOnce(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	p := connect(t, srv)
	p.subscribe("dup", "", "{}")
	p.subscribe("dup", " WHERE room = 'red'", "{}")
	is.Equal(srv.Stats().SubscriptionsOpen, 1)
	insert(t, srv, 0, 1) // blue: concerns the first, which is gone
	p.silent()
}

func TestColumns_ComeInRandomOrderAndASeedFixesIt(t *testing.T) {
	is := is.New(t)
	orders := func(seed uint64) string {
		srv := start(t, kalamtest.WithSeed(seed))
		p := connect(t, srv)
		p.subscribe("all", "", "{}")
		insert(t, srv, 0, 20)
		var all []string
		seen := map[string]bool{}
		for range 20 {
			body := p.hear().body
			order := ""
			for _, name := range []string{`"id"`, `"room"`, `"body"`, `"n"`, `"_seq"`, `"_deleted"`} {
				order += fmt.Sprintf("%s<%d ", name, strings.Count(body[:strings.Index(body, name+":")], `":`))
			}
			all, seen[order] = append(all, order), true
		}
		is.True(len(seen) > 5)
		return strings.Join(all, "\n")
	}
	is.Equal(orders(7), orders(7))
	is.True(orders(7) != orders(8))
}
