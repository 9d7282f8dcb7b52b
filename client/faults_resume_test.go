package client_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/wire"
)

// outage cuts the connection and turns dials away.
func (f *trial) outage() {
	f.t.Helper()
	f.link.Refuse(true)
	f.link.Cut()
	f.phase(client.Backoff)
}

// Row 18.
func comingAndGoing(f *trial) {
	f.start()
	f.insert(0, 10)
	f.follow(f.all())
	gone := f.follow(f.all() + " WHERE id < 5")
	before := f.srv.Stats()
	f.outage()
	late := f.watch(f.c, f.all()+" WHERE id < 6", nil)
	both := f.watch(f.c, f.all()+" WHERE id < 7", nil)
	for _, l := range []*faultFold{gone, both} {
		l.sub.Unsubscribe()
		<-l.sub.Done()
	}
	f.folds = []*faultFold{f.folds[0], late}
	f.write("DELETE FROM %s WHERE id = 3", f.table)
	f.rest(20 * time.Second)
	equal(f, "loads_in_outage", late.loads, 0)
	f.link.Refuse(false)
	f.connect()
	f.loads(late)
	f.whole()
	now := f.srv.Stats()
	equal(f, "subs_sent", now.Subscribes-before.Subscribes, 2)
	equal(f, "unsubs_sent", now.Unsubscribes-before.Unsubscribes, 0)
	equal(f, "subs_open", now.SubscriptionsOpen, 2)
	note(f, "dials", f.dials())
}

// named follows all rows, and says by which id the server knows the live query.
func (f *trial) named() (l *faultFold, id string) {
	f.t.Helper()
	taps := recording(f.t, f.c.Messages())
	l = f.follow(f.all())
	taps.until(func(all []client.Message) bool {
		for _, m := range all {
			if m.Type == wire.TypeSubscriptionAck {
				id = m.SubscriptionID
			}
		}
		return id != ""
	})
	taps.sub.Unsubscribe()
	return l, id
}

// Row 19.
func staleReply(f *trial) {
	f.start()
	l, former := f.named()
	f.insert(0, 3)
	l.has(2)
	f.link.Cut()
	f.connected(2)
	f.srv.Inject(fmt.Appendf(nil, `{"type":"change","subscription_id":%q,"change_type":"insert","rows":[{"id":"77","color":"ghost","qty":1,"note":null,"_seq":"9000000000000000000","_deleted":false}]}`, former), false)
	f.insert(3, 1)
	l.has(3)
	f.whole()
	equal(f, "stale", f.c.Stats().Stale, 1)
	equal(f, "told", l.dup, 0)
	note(f, "dials", f.dials())
}

// Row 20: frames that come twice, and rows that a resume brings again.
func comingTwice(f *trial) {
	f.serve(kalamtest.WithQueue(2000))
	f.client()
	pushed := f.follow(f.all())
	f.srv.FaultFrames(kalamtest.DuplicateFrame, 500)
	f.insert(0, 500)
	pushed.has(499)
	f.whole()
	equal(f, "deduped", f.c.Stats().All.Duplicates, 500)

	fast := f.follow(f.all()+" WHERE id >= 1000", client.WithResume(client.FastResume))
	f.folds = f.folds[:1]
	f.insert(1000, 500)
	fast.has(1499)
	f.link.Cut()
	f.connected(2)
	f.insert(2000, 1)
	fast.has(2000)
	f.rest(time.Second)
	equal(f, "dup_resuming", fast.dup, 0)
	equal(f, "rows_resuming", len(fast.rows), 501)
	f.whole()
}

// Row 21.
func tableReset(f *trial) {
	var listings atomic.Int64
	f.serve(kalamtest.WithHTTPHook(func(r *http.Request) (int, string, bool) {
		body, _ := io.ReadAll(r.Body) // of a server in the same process
		r.Body = io.NopCloser(bytes.NewReader(body))
		if sql := string(body); strings.Contains(sql, "kalamrx_newest") && !strings.Contains(sql, "kalamrx_audit") && !strings.Contains(sql, "kalamrx_rows") {
			listings.Add(1)
		}
		return 0, "", false
	}))
	f.client()
	f.insert(0, 10)
	f.sleep(time.Minute) // versions tell the time
	l := f.follow(f.all())
	backup, err := f.srv.Backup(f.t.Context(), f.table)
	if err != nil {
		f.t.Fatal(err)
	}
	f.insert(100, 10)
	f.write("DELETE FROM %s WHERE id < 5", f.table)
	l.has(109)
	f.sleep(10 * time.Second) // audits rest
	before := listings.Load()
	f.outage()
	if err := f.srv.Restore(f.t.Context(), backup); err != nil {
		f.t.Fatal(err)
	}
	f.srv.RewindSeq(time.Hour)
	f.insert(200, 5)
	f.link.Refuse(false)
	f.connect()
	f.whole()
	told := false
	for _, cause := range l.causes {
		told = told || strings.Contains(cause.Error(), "reset")
	}
	equal(f, "reset_told", told, true)
	equal(f, "refetches", listings.Load()-before, 1)
	f.sleep(10 * time.Minute)
	equal(f, "refetches_in_10min", listings.Load()-before-1, 0)
	f.insert(300, 1)
	l.has(300)
	note(f, "dials", f.dials())
}

// Row 22.
func refusedOnes(f *trial) {
	f.serve(kalamtest.WithUser("lena", "Secret-lena-1", "user"))
	f.write("CREATE TABLE faults.open (%s) WITH (TYPE = 'SHARED', ACCESS_LEVEL = 'PRIVATE')", itemColumns)
	f.client(client.WithAuth(auth.Password("lena", "Secret-lena-1")))
	fine := f.follow(f.all())
	sent := f.srv.Stats().Subscribes
	tried := 0
	for _, test := range []struct {
		sql  string
		want wire.Code
	}{
		{f.all() + " ORDER BY id", wire.CodeInvalidSQL},
		{"SELECT * FROM faults.nope", wire.CodeNotFound},
		{"SELECT * FROM system.users", wire.CodeUnauthorized},
		{"SELECT * FROM faults.open", wire.CodeUnauthorized},
	} {
		l := f.watch(f.c, test.sql, nil)
		f.folds = f.folds[:1]
		var said *client.ServerError
		if err := l.ended(); !errors.As(err, &said) || !errors.Is(err, test.want) {
			f.t.Errorf("%s: %v, not %s", test.sql, err, test.want)
		}
		tried++
	}
	attempts := f.srv.Stats().Subscribes - sent
	equal(f, "attempts_each", float64(attempts)/float64(tried), 1)
	f.sleep(10 * time.Minute)
	equal(f, "attempts_in_10min", f.srv.Stats().Subscribes-sent-attempts, 0)
	if err := f.srv.Exec(f.t.Context(), "lena", inserting(f.table, 0, 10)); err != nil {
		f.t.Fatal(err)
	}
	fine.has(9)
	f.whole()
	equal(f, "dials", f.dials(), 1)
}
