package kalamtest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

// inGeneration runs a test on a server of a generation, with a socket of lena's.
func inGeneration(t *testing.T, g kalamtest.Generation, run func(is *is.I, srv *kalamtest.Server, p *peer), opts ...kalamtest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := startInBubble(t, append(opts, kalamtest.WithGeneration(g))...)
		run(is.New(t), srv, connect(t, srv))
	})
}

// newest gives the version of the last change of a table, over HTTP.
func newest(t *testing.T, srv *kalamtest.Server, column string) string {
	t.Helper()
	status, body := query(t, srv, "SELECT MAX("+column+") AS m FROM chat.messages WHERE _deleted = false")
	if status != 200 {
		t.Fatal(body)
	}
	return strings.Split(strings.Split(body, `"rows":[["`)[1], `"`)[0]
}

func (p *peer) refused(id, code string) message {
	p.t.Helper()
	m := p.expect("error")
	if m.SubscriptionID != id || m.Code != code {
		p.t.Fatalf("refused %s with %s %q, wanted %s %s", m.SubscriptionID, m.Code, m.Message, id, code)
	}
	return m
}

func TestGeneration07_ResumeReplaysRealChangesDeletesIncluded(t *testing.T) {
	inGeneration(t, kalamtest.Generation07, func(is *is.I, srv *kalamtest.Server, p *peer) {
		insert(p.t, srv, 0, 3)
		from := newest(p.t, srv, "_seq")
		exec(p.t, srv, "UPDATE chat.messages SET body = 'new' WHERE id = 1")
		exec(p.t, srv, "DELETE FROM chat.messages WHERE id = 0")
		insert(p.t, srv, 3, 4)
		first := p.subscribe("all", "", fmt.Sprintf(`{"from":%s}`, from))
		is.Equal(len(first.Rows), 0)
		is.Equal(first.BatchControl.LastSeqID.String(), from)
		is.Equal(first.BatchControl.Status, "ready")
		m := p.expect("change")
		is.Equal(m.ChangeType, "update")
		is.Equal(m.Rows[0]["body"], "new")
		m = p.expect("change")
		is.Equal(m.ChangeType, "delete")
		is.Equal(m.OldValues[0]["id"], "0")
		is.Equal(p.expect("change").ChangeType, "insert")
		p.silent()
		is.Equal(srv.Stats().Replayed, 3)
		insert(p.t, srv, 4, 5) // and then it is live
		is.Equal(p.expect("change").Rows[0]["id"], "4")
	})
}

func TestGeneration07_ReplayIsOfTheScopeAndTheFilter(t *testing.T) {
	inGeneration(t, kalamtest.Generation07, func(is *is.I, srv *kalamtest.Server, p *peer) {
		insert(p.t, srv, 0, 4)
		from := newest(p.t, srv, "_seq")
		is.NoErr(srv.Exec(p.t.Context(), "root", "INSERT INTO chat.messages (id, room) VALUES (100, 'blue')")) // root's own
		exec(p.t, srv, "UPDATE chat.messages SET n = 99 WHERE id = 0")                                         // enters
		exec(p.t, srv, "UPDATE chat.messages SET n = 0 WHERE id = 3")                                          // leaves
		p.subscribe("some", " WHERE (n > 1)", fmt.Sprintf(`{"from":%s}`, from))
		m := p.expect("change")
		is.Equal(m.ChangeType, "insert")
		is.Equal(m.Rows[0]["body"], "m0")
		is.Equal(m.OldValues, nil)
		m = p.expect("change")
		is.Equal(m.ChangeType, "delete")
		is.Equal(len(m.OldValues[0]), 3) // the key and the system columns
		is.Equal(m.OldValues[0]["id"], "3")
		is.Equal(m.OldValues[0]["_deleted"], false)
		p.silent()
	})
}

func TestGeneration07_CursorsBeyondTheLogHaveExpired(t *testing.T) {
	inGeneration(t, kalamtest.Generation07, func(is *is.I, srv *kalamtest.Server, p *peer) {
		insert(p.t, srv, 0, 1)
		old := newest(p.t, srv, "_seq")
		insert(p.t, srv, 1, 1025) // 1,024 more: the log holds just these
		p.subscribe("just", "", fmt.Sprintf(`{"from":%s}`, old))
		for range 1024 {
			p.expect("change")
		}
		insert(p.t, srv, 1025, 1026)
		p.expect("change")
		p.say(`{"type":"subscribe","subscription":{"id":"late","sql":"SELECT * FROM chat.messages","options":{"from":%s}}}`, old)
		p.refused("late", "CURSOR_EXPIRED")
		last := newest(p.t, srv, "_seq")
		is.NoErr(srv.Restart()) // the log is gone, but nothing was missed
		p = connect(p.t, srv)
		p.subscribe("whole", "", fmt.Sprintf(`{"from":%s}`, last))
		p.say(`{"type":"subscribe","subscription":{"id":"gone","sql":"SELECT * FROM chat.messages","options":{"from":%s}}}`, old)
		p.refused("gone", "CURSOR_EXPIRED")
		srv.RewindSeq(1 << 40)
		insert(p.t, srv, 2000, 2001)
		p.expect("change")
		p.say(`{"type":"subscribe","subscription":{"id":"future","sql":"SELECT * FROM chat.messages","options":{"from":%s}}}`, last)
		p.refused("future", "CURSOR_EXPIRED")
		p.silent()
		is.Equal(srv.Stats().CursorsExpired, 3)
		is.Equal(srv.Stats().SubscriptionsOpen, 1)
	}, kalamtest.WithQueue(2000))
}

func TestGeneration07_LostChangesEndTheSubscription(t *testing.T) {
	inGeneration(t, kalamtest.Generation07, func(is *is.I, srv *kalamtest.Server, p *peer) {
		p.subscribe("all", "", "{}")
		p.subscribe("none", " WHERE (n = 99)", "{}")
		srv.HoldDelivery()
		insert(p.t, srv, 0, 5)
		srv.Release()
		for i := range 3 {
			is.Equal(p.expect("change").Rows[0]["id"], fmt.Sprint(i))
		}
		p.refused("all", "CURSOR_EXPIRED")
		_, err := srv.Await(p.t.Context(), func(s kalamtest.Stats) bool { return s.SubscriptionsOpen == 1 && s.Lapsed == 1 })
		is.NoErr(err)
		insert(p.t, srv, 5, 6)
		p.silent()
		is.Equal(len(p.subscribe("all", "", "{}").Rows), 6)
	}, kalamtest.WithQueue(3))
}

func TestGeneration07_FiltersThatCannotBeEvaluatedAreRefused(t *testing.T) {
	for where, ok := range map[string]bool{
		"room IN ('blue', 'red')":       true,
		"n NOT IN (1, 2) AND n < 5":     true,
		"NOT (room LIKE 'b%' OR n = 3)": true,
		"room = CURRENT_USER()":         true,
		"n BETWEEN 1 AND 2":             false,
		"body IS NULL":                  false,
		"room > 'a'":                    false,
		"n = 1 + 1":                     false,
		"nothing = 1":                   false,
		"upper(room) = 'BLUE'":          false,
	} {
		t.Run(where, func(t *testing.T) {
			inGeneration(t, kalamtest.Generation07, func(is *is.I, srv *kalamtest.Server, p *peer) {
				p.say(`{"type":"subscribe","subscription":{"id":"a","sql":"SELECT * FROM chat.messages WHERE (%s)"}}`, where)
				if !ok {
					p.refused("a", "UNSUPPORTED")
					return
				}
				p.expect("subscription_ack")
				insert(p.t, srv, 0, 5)
				is.Equal(srv.Stats().FilterDropped, 0)
			})
		})
	}
}

func TestGeneration07_InChoosesRows(t *testing.T) {
	inGeneration(t, kalamtest.Generation07, func(is *is.I, srv *kalamtest.Server, p *peer) {
		p.subscribe("two", " WHERE (n IN (1, 3))", "{}")
		insert(p.t, srv, 0, 5)
		is.Equal(p.idsWithin(1), "1 3")
	})
}

func TestGeneration07_BatchesAreClampedAndEmptyOnesHaveNoCursor(t *testing.T) {
	inGeneration(t, kalamtest.Generation07, func(is *is.I, srv *kalamtest.Server, p *peer) {
		p.say(`{"type":"subscribe","subscription":{"id":"none","sql":"SELECT * FROM chat.messages","options":{}}}`)
		is.True(!strings.Contains(p.hear().body, "last_seq_id"))
		p.expect("initial_data_batch")
		insert(p.t, srv, 0, 3)
		for range 3 {
			p.expect("change")
		}
		is.Equal(len(p.subscribe("zero", "", `{"batch_size":0}`).Rows), 1)
	})
	inGeneration(t, kalamtest.Generation043, func(is *is.I, srv *kalamtest.Server, p *peer) {
		p.say(`{"type":"subscribe","subscription":{"id":"none","sql":"SELECT * FROM chat.messages","options":{}}}`)
		is.True(strings.Contains(p.hear().body, `"last_seq_id":null`))
	})
}

func TestGeneration08_VersionsAreStringsInAColumnOfTheirOwn(t *testing.T) {
	inGeneration(t, kalamtest.Generation08, func(is *is.I, srv *kalamtest.Server, p *peer) {
		insert(p.t, srv, 0, 2)
		p.say(`{"type":"subscribe","subscription":{"id":"all","sql":"SELECT id, body FROM chat.messages WHERE (n < 10)","options":{}}}`)
		p.expect("subscription_ack")
		h := p.hear()
		is.True(strings.Contains(h.body, `"last_seq_id":"`))
		is.True(!strings.Contains(h.body, "_seq\""))
		from := newest(p.t, srv, "_version")
		exec(p.t, srv, "UPDATE chat.messages SET body = 'new' WHERE _version <= "+from+" AND id = 0")
		m := p.expect("change")
		is.True(m.Rows[0]["_version"].(string) > from)
		is.Equal(m.OldValues[0]["body"], "m0")
		status, body := query(p.t, srv, "SELECT * FROM chat.messages WHERE _version > "+from+" ORDER BY _version DESC LIMIT 1")
		is.Equal(status, 200)
		is.True(strings.Contains(body, `"name":"_version"`))
		status, _ = query(p.t, srv, "SELECT _seq FROM chat.messages")
		is.Equal(status, 400)
		p.subscribe("more", "", fmt.Sprintf(`{"from":"%s"}`, from))
		is.Equal(p.expect("change").ChangeType, "update")
		p.say(`{"type":"subscribe","subscription":{"id":"b","sql":"SELECT * FROM chat.messages","options":{"from":%s}}}`, from)
		is.Equal(p.ended().code, 1011)
	})
}

func TestGeneration08_SharedCursorsCountInTheirDomainOnly(t *testing.T) {
	inGeneration(t, kalamtest.Generation08, func(is *is.I, srv *kalamtest.Server, p *peer) {
		setUp(p.t, srv, "CREATE TABLE chat.rooms (id BIGINT PRIMARY KEY) WITH (TYPE = 'SHARED', ACCESS_LEVEL = 'PUBLIC'); INSERT INTO chat.rooms (id) VALUES (1)")
		p.say(`{"type":"subscribe","subscription":{"id":"a","sql":"SELECT * FROM chat.rooms","options":{}}}`)
		p.expect("subscription_ack")
		h := p.hear()
		_, tail, ok := strings.Cut(h.body, `"version_domain":`)
		is.True(ok)
		domain := tail[:strings.Index(tail, "}")+1]
		_, tail, _ = strings.Cut(h.body, `"last_seq_id":`)
		from := tail[:strings.Index(tail, ",")]
		again := func(id, domain string) {
			p.say(`{"type":"subscribe","subscription":{"id":"%s","sql":"SELECT * FROM chat.rooms","options":{"from":%s%s}}}`, id, from, domain)
		}
		again("b", `,"version_domain":`+domain)
		p.expect("subscription_ack")
		p.expect("initial_data_batch")
		again("c", "")
		p.refused("c", "CURSOR_EXPIRED")
		backup, err := srv.Backup(p.t.Context(), "chat.rooms")
		is.NoErr(err)
		is.NoErr(srv.Restore(p.t.Context(), backup))
		again("d", `,"version_domain":`+domain)
		p.refused("d", "CURSOR_EXPIRED")
	})
}

func TestGeneration_OthersAreRefused(t *testing.T) {
	_, err := kalamtest.New(kalamtest.WithGeneration("0.9"))
	is.New(t).True(err != nil)
}
