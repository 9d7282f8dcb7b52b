package client

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// pagesOf is a snapshot of rows id 1 and up with version 10·id, one page a row, in
// which those of skip are missing.
func (p *peer) pagesOf(id string, rows ...int) {
	for i, n := range rows {
		more := i < len(rows)-1
		p.send(fmt.Sprintf(`{"type":"initial_data_batch","subscription_id":%q,"rows":[{"id":"%d","body":"b%d","_seq":"%d","_deleted":false}],"batch_control":{"batch_num":%d,"has_more":%v,"status":"ready","last_seq_id":"%d"}}`,
			id, n, n, 10*n, i, more, 10*n))
		if more {
			p.next() // it asks for the next page
		}
	}
}

// resubscribed reads until the next subscribe that asks for a snapshot. One that does
// not is accepted: the client asks for the snapshot when HTTP has refused the rows.
func (p *peer) resubscribed() string {
	for {
		m, ok := p.next().(*wire.Subscribe)
		switch {
		case !ok:
		case m.Options != nil:
			return m.ID
		default:
			p.send(ackOf(m.ID))
		}
	}
}

// A full inbox loses changes, never the acknowledgement of the next socket.
func TestHostile_AStalledObserverOfEventsGoesOnAfterAReconnect(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.surviving(WithBackoff(time.Millisecond, time.Millisecond))
		gate := make(chan struct{})
		var kinds []string
		first := true
		sub := LiveEvents(c, "SELECT * FROM a.b", QueueLength(2)).Subscribe(context.Background(), rx.OnNext(func(e Event) {
			if first {
				first = false
				<-gate
			}
			kinds = append(kinds, fmt.Sprint(e.Kind))
		}))
		p := s.accept()
		id := p.subscribed()
		p.send(ackOf(id))
		synctest.Wait() // the observer is in its first call
		p.send(emptyOf(id))
		for i := range 5 {
			p.send(insertText(id, i, i+1))
		}
		synctest.Wait()
		_ = p.ws.Close()
		p2 := s.accept()
		id2 := p2.subscribed()
		p2.send(ackOf(id2))
		p2.send(emptyOf(id2))
		synctest.Wait()
		close(gate)
		synctest.Wait()
		p2.send(insertText(id2, 7, 100))
		synctest.Wait()
		t.Log(kinds, sub.Err())
		is.NoErr(sub.Err())
		is.Equal(kinds[len(kinds)-1], fmt.Sprint(EventInsert)) // the stream goes on
		sub.Unsubscribe()
	})
}

// The same for a source, whose observer holds it up.
func TestHostile_AStalledBlockObserverIsWholeAfterAReconnect(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.surviving(WithBackoff(time.Millisecond, time.Millisecond))
		gate := make(chan struct{})
		var last View[row]
		n := 0
		sub := Live[row](c, "SELECT * FROM a.b", OnOverflow(Block), QueueLength(1)).Subscribe(context.Background(), rx.OnNext(func(v View[row]) {
			if n++; n == 1 {
				<-gate
			}
			last = v
		}))
		p := s.accept()
		id := p.resubscribed()
		p.send(ackOf(id))
		p.send(emptyOf(id))
		synctest.Wait()
		for i := range inboxFrames + 10 {
			p.send(insertText(id, i, i+1))
		}
		synctest.Wait()
		_ = p.ws.Close()
		p2 := s.accept()
		id2 := p2.subscribed()
		p2.send(ackOf(id2))
		synctest.Wait()
		go func() { // the script of the second socket: every snapshot has one row
			id := id2
			for {
				p2.quiet = true
				p2.pagesOf(id, 900000)
				for {
					_, text, err := p2.ws.ReadMessage()
					if err != nil {
						return
					}
					if sub := subscribeID(text); sub != "" {
						id = sub
						p2.send(ackOf(id))
						break
					}
				}
			}
		}()
		synctest.Wait()
		close(gate)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		t.Logf("%d rows, %v, %v", last.Len(), last.Status(), last.Cause())
		_ = p2.ws.Close()
		sub.Unsubscribe()
		<-sub.Done()
		is.Equal(last.Len(), 1)
		is.Equal(last.Status(), ViewReady)
	})
}

// While a snapshot is read again, the socket is lost: the view is not exact.
func TestHostile_ALossDuringARereadIsAGap(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.surviving(WithBackoff(time.Hour, time.Hour))
		r := recordOf(context.Background(), Live[row](c, "SELECT * FROM a.b"))
		p := s.accept()
		id := p.resubscribed()
		p.send(ackOf(id))
		p.send(emptyOf(id))
		p.send(insertText(id, 1, 10))
		p.resubscribed() // the audit: it is not answered
		_ = p.ws.Close()
		synctest.Wait()
		got, _ := r.seen()
		last := got[len(got)-1]
		t.Log(last.Status(), last.Exact())
		is.Equal(last.Len(), 1)
		is.Equal(last.Status(), ViewStale)
		is.True(!last.Exact())
		r.sub.Unsubscribe()
	})
}

// The server skips a row between two pages; the next snapshot has it.
func TestHostile_ARowThatASnapshotSkippedComesBackWithTheNext(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.surviving()
		r := recordOf(context.Background(), Live[row](c, "SELECT * FROM a.b"))
		p := s.accept()
		for _, rows := range [][]int{{1, 2, 3}, {1, 3}, {1, 2, 3}, {1, 2, 3}} {
			id := p.resubscribed()
			p.send(ackOf(id))
			p.pagesOf(id, rows...)
			synctest.Wait()
			got, _ := r.seen()
			t.Log(rows, bodies(got[len(got)-1]))
		}
		got, end := r.seen()
		is.Equal(end, "")
		is.Equal(got[len(got)-1].Len(), 3)
		r.sub.Unsubscribe()
		go func() { _, _ = p.drain() }()
		synctest.Wait()
	})
}

// What a checkpoint holds is of the last seconds, also where only the socket gives
// the rows.
func TestHostile_ACheckpointOfASnapshotModeDoesNotGrow(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.surviving()
		var last Change[row]
		sub := Changes[row](c, "SELECT * FROM a.b").Subscribe(context.Background(), rx.OnNext(func(v Change[row]) { last = v }))
		p := s.accept()
		p.quiet = true
		ids := make(chan string, 1)
		turn := make(chan struct{}, 1) // of one who sends
		go func() {
			for {
				_, text, err := p.ws.ReadMessage()
				if err != nil {
					return
				}
				if id := subscribeID(text); id != "" {
					turn <- struct{}{}
					p.send(ackOf(id))
					p.pagesOf(id, 1)
					<-turn
					select {
					case <-ids:
					default:
					}
					ids <- id
				}
			}
		}()
		synctest.Wait()
		for i := range 600 {
			id := <-ids
			ids <- id
			turn <- struct{}{}
			p.send(insertText(id, 1, 100+i))
			<-turn
			time.Sleep(time.Second)
			synctest.Wait()
		}
		n := len(last.Checkpoint().seen)
		t.Logf("%d versions, %s", n, strings.Join([]string{last.Op.String(), fmt.Sprint(c.Stats().All.Audits)}, " "))
		_ = p.ws.Close()
		sub.Unsubscribe()
		<-sub.Done()
		is.True(n < 100)
	})
}

// Unsubscribing while changes are being left out. The race detector looks on.
func TestHostile_UnsubscribeWhileChangesAreDropped(t *testing.T) {
	for range 50 {
		inScript(t, func(t *testing.T, s *scripted) {
			c := s.client()
			sub := Changes[row](c, "SELECT * FROM a.b", WithExactness(PushOnly), OnOverflow(DropOldest), QueueLength(1)).
				Subscribe(context.Background(), rx.OnNext(func(Change[row]) {}))
			sub2 := Live[row](c, "SELECT * FROM a.b", WithExactness(PushOnly), OnOverflow(DropOldest), QueueLength(1)).
				Subscribe(context.Background(), rx.OnNext(func(View[row]) { time.Sleep(time.Millisecond) }))
			p := s.accept()
			p.quiet = true
			a := p.welcome()
			b := p.welcome()
			done := make(chan struct{})
			go func() {
				defer close(done)
				for i := range 200 {
					p.send(insertText(a, i, i+1))
					p.send(insertText(b, i, i+1))
				}
			}()
			time.Sleep(time.Millisecond)
			sub.Unsubscribe()
			sub2.Unsubscribe()
			<-done
			<-sub.Done()
			<-sub2.Done()
			go func() { _, _ = p.drain() }()
		})
	}
}

// Under Block nothing is dropped, also before the end.
func TestHostile_UnderBlockAllIsToldBeforeTheEnd(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		gate := make(chan struct{})
		n := 0
		var last View[row]
		sub := Live[row](c, "SELECT * FROM a.b", WithExactness(PushOnly), OnOverflow(Block), QueueLength(1)).
			Subscribe(context.Background(), rx.OnNext(func(v View[row]) {
				if n++; n == 2 {
					<-gate
				}
				last = v
			}))
		p := s.accept()
		id := p.welcome()
		synctest.Wait()
		p.send(insertText(id, 1, 1)) // in the call
		synctest.Wait()
		for i := 2; i < 10; i++ { // one waits for it, the next holds the source up, the others wait
			p.send(insertText(id, i, i))
			synctest.Wait()
		}
		gone := make(chan error, 1)
		go func() { gone <- c.Disconnect(context.Background()) }()
		synctest.Wait()
		close(gate)
		go func() { _, _ = p.drain() }()
		<-gone
		<-sub.Done()
		is.NoErr(sub.Err())
		is.Equal(last.Len(), 9)
	})
}
