package client_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// The property: whatever happens, connects = disconnects + 1 while up and
// connects = disconnects while not, in every state that is seen, and in what the
// handlers are told.
//
// KALAMRX_STATE_SCHEDULES is the number of schedules, KALAMRX_SEED the first one's
// seed.
func TestFaultsProperty_ConnectsAreDisconnectsAndOneWhileUp(t *testing.T) {
	n := setting(t, "KALAMRX_STATE_SCHEDULES", 300)
	if testing.Short() {
		n = min(n, 30)
	}
	seed := uint64(setting(t, "KALAMRX_SEED", int(rand.Uint32())))
	t.Logf("%d schedules from seed %d", n, seed)
	seen := &stateBooks{phases: map[client.Phase]int{}}
	for i := range n {
		synctest.Test(t, func(t *testing.T) { seen.play(t, kalamtest.RandomSchedule(seed+uint64(i), time.Minute)) })
		if t.Failed() {
			return
		}
	}
	t.Logf("%d connects; states: %v", seen.connects, seen.phases)
	for p := client.Idle; p <= client.Closed; p++ {
		if seen.phases[p] == 0 && p != client.Failed { // no fault here is final
			t.Errorf("%v was never seen", p)
		}
	}
}

// stateBooks checks what the states of a client say of it, one after the other.
type stateBooks struct {
	mu       sync.Mutex
	last     client.State
	edges    int // +1 at each OnConnect, -1 at each OnDisconnect
	wrong    string
	connects int // of all schedules
	phases   map[client.Phase]int
}

func (b *stateBooks) fault(format string, args ...any) {
	if b.wrong == "" {
		b.wrong = fmt.Sprintf(format, args...)
	}
}

func (b *stateBooks) see(s client.State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.phases[s.Phase]++
	up := uint64(0)
	if s.Phase == client.Ready || s.Phase == client.Resyncing {
		up = 1
	}
	switch last := b.last; {
	case s.Connects != s.Disconnects+up:
		b.fault("%v with %d connects and %d disconnects", s, s.Connects, s.Disconnects)
	case s.Connects < last.Connects || s.Connects > last.Connects+1:
		b.fault("%d connects after %d", s.Connects, last.Connects)
	case s.Disconnects < last.Disconnects || s.Disconnects > last.Disconnects+1:
		b.fault("%d disconnects after %d", s.Disconnects, last.Disconnects)
	case s.Generation < last.Generation || s.Generation > last.Generation+1 || s.Generation < s.Connects:
		b.fault("dial %d after %d, %d connects", s.Generation, last.Generation, s.Connects)
	case s.Phase == client.Backoff && (s.Cause == nil || s.Attempt < 1 || s.Delay < 0 || s.Delay > 2*time.Second):
		b.fault("%v: attempt %d, delay %v, cause %v", s.Phase, s.Attempt, s.Delay, s.Cause)
	case up == 1 && (s.Cause != nil || s.User == ""), up == 0 && s.User != "":
		b.fault("%v of user %q, cause %v", s.Phase, s.User, s.Cause)
	}
	b.last = s
}

// edge is told of a connect, or of a disconnect.
func (b *stateBooks) edge(by int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.edges += by; b.edges != 0 && b.edges != 1 {
		b.fault("%d more connects than disconnects were handled", b.edges)
	}
}

// play plays a schedule, and what comes after it: rest, and Close.
func (b *stateBooks) play(t *testing.T, schedule kalamtest.Schedule) {
	srv := kalamtest.Start(t, kalamtest.WithNetwork(rxtest.NewNetwork()))
	if err := srv.Exec(t.Context(), "root", "CREATE NAMESPACE faults; CREATE TABLE faults.items ("+itemColumns+") WITH (TYPE = 'USER')"); err != nil {
		t.Fatal(err)
	}
	link := kalamtest.NewLink(srv.Dial, schedule.Seed)
	defer link.Close()
	b.last, b.edges = client.State{}, 0
	c, err := client.New(srv.URL(), client.WithAuth(root()), client.WithDialer(link.Dial),
		client.WithBackoff(100*time.Millisecond, 2*time.Second), client.WithConnectTimeout(3*time.Second),
		client.WithEventHandlers(client.EventHandlers{OnConnect: func() { b.edge(1) }, OnDisconnect: func(error) { b.edge(-1) }}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Close(context.Background())
		<-c.Done()
	})
	c.State().Subscribe(context.Background(), rx.OnNext(b.see))
	client.Changes[item](c, "SELECT * FROM faults.items").Subscribe(context.Background(), rx.OnNext(func(client.Change[item]) {}))
	if err := schedule.Run(t.Context(), kalamtest.Rig{Link: link, Server: srv}); err != nil {
		t.Fatal(err)
	}
	link.Cut() // what lost bytes in a black hole does not come back to life
	time.Sleep(time.Minute)
	synctest.Wait()
	b.expect(t, schedule, client.Ready, 1)
	_ = c.Close(context.Background())
	<-c.Done()
	synctest.Wait()
	b.expect(t, schedule, client.Closed, 0)
	b.connects += int(b.last.Connects)
}

func (b *stateBooks) expect(t *testing.T, schedule kalamtest.Schedule, phase client.Phase, edges int) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last.Phase != phase || b.edges != edges {
		b.fault("%v and not %v, %d edges", b.last, phase, b.edges)
	}
	if b.wrong != "" {
		t.Fatalf("%s\n%v", b.wrong, schedule)
	}
}
