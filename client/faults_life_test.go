package client_test

import (
	"context"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// Row 26. A process that sleeps has timers that sleep, too; here they run on, and
// find a network that is gone for as long.
func asleep(f *trial) {
	f.serve(kalamtest.WithTokenLifetime(time.Hour), kalamtest.WithTokenLeeway(0))
	f.client()
	l := f.follow(f.all())

	f.link.Stall(kalamtest.Both)
	f.insert(0, 50)
	f.sleep(8 * time.Second) // shorter than the peer timeout
	f.link.Calm()
	l.has(49)
	f.rest(time.Second)
	equal(f, "gaps_held_up", l.gaps, 0)
	equal(f, "dials_held_up", f.dials(), 1)

	f.link.BlackHole(kalamtest.Both)
	f.sleep(8 * time.Hour)
	f.write("DELETE FROM %s WHERE id < 10", f.table)
	f.insert(100, 10)
	before, was := f.srv.Stats(), f.state(func(client.State) bool { return true })
	note(f, "dials_meanwhile", was.Generation-1)
	f.link.Calm()
	awake := time.Now()
	now := f.connected(2)
	atMost(f, "dials_at_the_end", now.Generation-was.Generation, 1) // none, where one is under way
	after := f.srv.Stats()
	equal(f, "refreshes", after.Refreshes+after.Logins-before.Refreshes-before.Logins, 1)
	atMost(f, "t_resume", time.Since(awake), 31*time.Second)
	f.whole()
}

// Row 27.
func slowClose(f *trial) {
	f.start()
	l := f.follow(f.all())
	f.insert(0, 1)
	l.has(0)
	f.link.BlackHole(kalamtest.Both)
	began := time.Now()
	if err := f.c.Close(context.Background()); err != nil {
		f.t.Error(err)
	}
	about(f, "t_close", time.Since(began), time.Second)
	<-f.c.Done()
	about(f, "t_done", time.Since(began), time.Second)
}
