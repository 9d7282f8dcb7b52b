package client

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// two opens two live queries and gives their records and ids.
func two(t *testing.T, s *scripted, c *Client) (p *peer, a, b *record[Event], ida, idb string) {
	a = recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
	p = s.accept()
	ida = p.welcome()
	b = recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.c"))
	idb = p.welcome()
	synctest.Wait() // both are live
	return p, a, b, ida, idb
}

func gzipped(text string) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return buf.Bytes()
}

func lastKind(events []Event) EventKind { return events[len(events)-1].Kind }

func TestFrames_AChangeThatCannotBeReadIsAGapOfItsQueryOnly(t *testing.T) {
	bomb := func(id string) []byte {
		return gzipped(fmt.Sprintf(`{"type":"change","subscription_id":%q,"change_type":"insert","rows":[{"id":"%s"}]}`,
			id, strings.Repeat("9", 1<<20)))
	}
	for _, test := range []struct {
		name  string
		frame func(id string) (kind int, payload []byte)
		want  error
	}{
		{"rows cut short", func(id string) (int, []byte) {
			return websocket.TextMessage, []byte(fmt.Sprintf(`{"type":"change","subscription_id":%q,"rows":[{"id":`, id))
		}, wire.ErrSyntax},
		{"rows of another kind", func(id string) (int, []byte) {
			return websocket.TextMessage, []byte(fmt.Sprintf(`{"type":"change","subscription_id":%q,"change_type":"insert","rows":7}`, id))
		}, wire.ErrField},
		{"oversize", func(id string) (int, []byte) {
			return websocket.TextMessage, []byte(fmt.Sprintf(`{"type":"change","subscription_id":%q,"change_type":"insert","rows":[{"id":"%s"}]}`,
				id, strings.Repeat("9", 100<<10)))
		}, wire.ErrTooLarge},
		{"gzip bomb", func(id string) (int, []byte) { return websocket.BinaryMessage, bomb(id) }, wire.ErrTooLarge},
		{"gzip cut short", func(id string) (int, []byte) {
			b := bomb(id)
			return websocket.BinaryMessage, b[:len(b)/2]
		}, wire.ErrTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			inScript(t, func(t *testing.T, s *scripted) {
				is := is.New(t)
				c := s.client(WithFrameLimit(64<<10), WithUnpackedLimit(64<<10))
				p, a, b, ida, idb := two(t, s, c)
				kind, payload := test.frame(ida)
				is.NoErr(p.ws.WriteMessage(kind, payload))
				mine, end := a.seen()
				is.Equal(end, "")
				is.Equal(lastKind(mine), EventGap) // the change is missing, and it is said
				cause := mine[len(mine)-1].Cause
				is.True(errors.Is(cause, ErrFrame))
				is.True(errors.Is(cause, test.want))
				var frame *FrameError
				is.True(errors.As(cause, &frame))
				is.Equal(frame.SubscriptionID, ida)

				p.send(insertText(idb, 1, 10)) // the other goes on
				got, end := b.seen()
				is.Equal(end, "")
				is.Equal(lastKind(got), EventInsert)
				is.True(c.IsConnected())
				p.send(insertText(ida, 2, 11)) // and it goes on
				mine, end = a.seen()
				is.Equal(end, "")
				is.Equal(lastKind(mine), EventInsert)
			})
		})
	}
}

func TestFrames_GarbageIsAGapForAllAndAnErrorOfTheConnection(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		p, a, b, ida, _ := two(t, s, c)
		errs := recordOf(t.Context(), c.Errors())
		for _, frame := range []string{`garbage`, `{"type":`, `[]`, ``} {
			p.send(frame)
		}
		is.NoErr(p.ws.WriteMessage(websocket.BinaryMessage, []byte{0x1f, 0x8b, 1, 2, 3}))
		for _, r := range []*record[Event]{a, b} {
			got, end := r.seen()
			is.Equal(end, "")
			is.Equal(len(got), 2+5)
			for _, e := range got[2:] {
				is.Equal(e.Kind, EventGap)
				is.True(errors.Is(e.Cause, ErrFrame))
			}
		}
		told, _ := errs.seen()
		is.Equal(len(told), 5)
		is.Equal(c.Stats().Unreadable, uint64(5))
		p.send(insertText(ida, 1, 10))
		got, _ := a.seen()
		is.Equal(lastKind(got), EventInsert)
	})
}

func TestFrames_UnknownTypesAndLateOnesAreCounted(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		p, a, _, ida, _ := two(t, s, c)
		p.send(`{"type":"weather","subscription_id":"x"}`)
		p.send(insertText("somebody-else", 1, 10))
		a.sub.Unsubscribe()
		is.Equal(p.next().MessageType(), wire.TypeUnsubscribe)
		p.send(insertText(ida, 1, 10)) // queued before the server read it
		_, _ = a.seen()
		is.Equal(c.Stats().Unknown, uint64(1))
		is.Equal(c.Stats().Late, uint64(2))
	})
}

func TestFrames_FullIDsOfTheServerAreUnderstood(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		p, a, b, ida, _ := two(t, s, s.client())
		p.send(insertText("lena-c17-"+ida, 1, 10))
		got, _ := a.seen()
		is.Equal(lastKind(got), EventInsert)
		other, _ := b.seen()
		is.Equal(len(other), 2)
	})
}

func TestErrors_OfAQueryEndItOthersAreTheConnections(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		p, a, b, ida, _ := two(t, s, c)
		errs := recordOf(t.Context(), c.Errors())
		p.send(`{"type":"error","subscription_id":"rate_limit","code":"RATE_LIMIT_EXCEEDED","message":"Too many messages"}`)
		p.sendf(`{"type":"error","subscription_id":%q,"code":"NOT_FOUND","message":"Not found: Table not found: a:b"}`, ida)
		<-a.sub.Done()
		var said *ServerError
		is.True(errors.As(a.sub.Err(), &said))
		is.Equal(said.Code, wire.CodeNotFound)
		is.True(errors.Is(a.sub.Err(), wire.CodeNotFound))
		_, end := b.seen()
		is.Equal(end, "")
		told, _ := errs.seen()
		is.Equal(len(told), 1)
		is.True(errors.Is(told[0], wire.CodeRateLimitExceeded))
	})
}

func TestLoading_ChangesAreHeldBackUntilTheSnapshotIsComplete(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		r := recordOf(t.Context(), LiveEvents(s.client(), "SELECT * FROM a.b"))
		p := s.accept()
		id := p.subscribed()
		p.sendf(ackText, id)
		p.sendf(`{"type":"initial_data_batch","subscription_id":%q,"rows":[{"id":"1","_seq":"5"}],"batch_control":{"batch_num":0,"has_more":true,"status":"loading","last_seq_id":5}}`, id)
		p.send(insertText(id, 3, 30))
		got, _ := r.seen()
		is.Equal(lastKind(got), EventSnapshot)
		more, ok := p.next().(*wire.NextBatch)
		is.True(ok)
		is.Equal(more.LastSeqID.String(), "5")
		p.sendf(`{"type":"initial_data_batch","subscription_id":%q,"rows":[{"id":"2","_seq":"6"}],"batch_control":{"batch_num":1,"has_more":false,"status":"ready","last_seq_id":6}}`, id)
		got, _ = r.seen()
		is.Equal(len(got), 4)
		is.Equal(got[2].Kind, EventSnapshot)
		is.Equal(got[3].Kind, EventInsert)
	})
}

// The next page is asked for when the observer takes the one before it, not
// sooner: a snapshot comes at the pace of who reads it.
func TestLoading_PagesAreAskedForByDemand(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		taking := make(chan struct{})
		pages := 0
		sub := LiveEvents(s.client(), "SELECT * FROM a.b").Subscribe(t.Context(), onNextEvent(func(e Event) {
			if e.Kind == EventSnapshot {
				pages++
				<-taking
			}
		}))
		p := s.accept()
		id := p.subscribed()
		p.sendf(ackText, id)
		asked := make(chan wire.ClientMessage, 10)
		go func() {
			for range 3 {
				asked <- p.next()
			}
			_, _ = p.drain()
		}()
		page := func(n int) {
			p.send(fmt.Sprintf(`{"type":"initial_data_batch","subscription_id":%q,"rows":[],"batch_control":{"batch_num":%d,"has_more":true,"status":"loading","last_seq_id":%d}}`, id, n, n+1))
		}
		page(0)
		is.Equal((<-asked).(*wire.NextBatch).LastSeqID.String(), "1") // one travels while one is read
		page(1)
		time.Sleep(20 * time.Second)
		is.Equal(len(asked), 0) // but no more
		taking <- struct{}{}
		is.Equal((<-asked).(*wire.NextBatch).LastSeqID.String(), "2")
		synctest.Wait() // the observer has the second page
		close(taking)
		sub.Unsubscribe()
		is.Equal((<-asked).MessageType(), wire.TypeUnsubscribe)
		<-sub.Done()
		is.Equal(pages, 2)
	})
}
