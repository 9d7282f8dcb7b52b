package client

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
	"github.com/sethvargo/go-retry"
)

// moody is a server that answers live queries, and at random refuses, delays, cuts,
// says nonsense and does not answer.
type moody struct {
	mu     sync.Mutex
	random *rand.Rand
	all    sync.WaitGroup
}

func (m *moody) roll(n int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.random.IntN(n)
}

// serve plays the peers that come until stop.
func (m *moody) serve(s *scripted, stop <-chan struct{}) {
	for {
		select {
		case p := <-s.peers:
			m.all.Go(func() { m.play(p) })
		case <-stop:
			return
		}
	}
}

func (m *moody) play(p *peer) {
	defer p.ws.Close()
	write := func(text string) bool {
		return p.ws.WriteMessage(websocket.TextMessage, []byte(text)) == nil
	}
	time.Sleep(time.Duration(m.roll(50)) * time.Millisecond)
	if m.roll(20) == 0 || !write(authText) {
		return
	}
	for seq := 1; ; seq++ {
		_, text, err := p.ws.ReadMessage()
		if err != nil || m.roll(60) == 0 {
			return
		}
		msg, err := wire.ParseClient(text)
		if err != nil {
			p.t.Errorf("client said %q", text)
			return
		}
		ok := true
		switch msg := msg.(type) {
		case *wire.Subscribe:
			ok = m.answer(write, msg.ID, seq)
		case *wire.NextBatch:
			ok = m.roll(9) == 0 || write(emptyOf(msg.SubscriptionID))
		}
		if !ok {
			return
		}
	}
}

// answer takes a live query in, or not.
func (m *moody) answer(write func(string) bool, id string, seq int) bool {
	switch m.roll(12) {
	case 0:
		return write(fmt.Sprintf(`{"type":"error","subscription_id":%q,"code":"NOT_FOUND","message":"no"}`, id))
	case 1:
		return true // silence
	case 2:
		return write(strings.Repeat(" ", m.roll(9))+ackOf(id)) && write(ackOf(id))
	case 3:
		return write("garbage") && write(ackOf(id)) && write(emptyOf(id))
	case 4:
		return write(ackOf(id)) && write(pageOf(id))
	}
	ok := write(ackOf(id)) && write(emptyOf(id))
	for i := range m.roll(20) {
		ok = ok && write(insertText(id, i, 100*seq+i))
	}
	return ok
}

// program is what runs against it.
type program struct {
	t       *testing.T
	c       *Client
	m       *moody
	mu      sync.Mutex
	subs    []*rx.Subscription
	over    atomic.Bool // the client is done
	late    atomic.Int64
	nesting atomic.Int64
}

func (p *program) step() {
	ctx := context.Background()
	switch p.m.roll(16) {
	case 0, 1, 2, 3:
		p.subscribe()
	case 4, 5, 6, 7, 8:
		p.mu.Lock()
		var sub *rx.Subscription
		if len(p.subs) > 0 {
			i := len(p.subs) - 1
			sub, p.subs = p.subs[i], p.subs[:i]
		}
		p.mu.Unlock()
		if sub != nil {
			sub.Unsubscribe()
		}
	case 9, 10:
		ctx, cancel := context.WithTimeout(ctx, time.Duration(p.m.roll(100))*time.Millisecond)
		_ = p.c.Connect(ctx)
		cancel()
	case 11:
		if p.m.roll(4) == 0 {
			_ = p.c.Disconnect(ctx)
		}
	case 12:
		_, _ = Query[int](ctx, p.c, "SELECT 1")
	case 13:
		p.c.IsConnected()
		p.c.Stats()
	default:
		time.Sleep(time.Duration(p.m.roll(200)) * time.Millisecond)
	}
}

func (p *program) heard() {
	if p.over.Load() {
		p.late.Add(1)
	}
	if p.m.roll(30) == 0 && p.nesting.Add(1) < 4 {
		p.step()
		p.nesting.Add(-1)
	}
}

func (p *program) subscribe() {
	const sql = "SELECT * FROM a.b"
	again := operators.Retry[Event](func() retry.Backoff { return retry.NewConstant(100 * time.Millisecond) })
	var sub *rx.Subscription
	switch p.m.roll(8) {
	case 0:
		sub = observe(p, Live[map[string]any](p.c, sql, WithExactness(PushOnly)))
	case 1:
		sub = observe(p, Changes[map[string]any](p.c, sql, WithExactness(PushOnly), LiveOnly()))
	case 2:
		sub = observe(p, LiveEvents(p.c, sql, QueueLength(1+p.m.roll(5))))
	case 3:
		sub = observe(p, p.c.State())
	case 4:
		sub = observe(p, p.c.Messages())
	case 5:
		sub = observe(p, p.c.Errors())
	default:
		sub = observe(p, rx.Pipe1(LiveEvents(p.c, sql), again))
	}
	p.mu.Lock()
	p.subs = append(p.subs, sub)
	p.mu.Unlock()
}

func observe[T any](p *program, o rx.Observable[T]) *rx.Subscription {
	var ended atomic.Int64
	end := func() {
		p.heard()
		if ended.Add(1) > 1 {
			p.t.Error("two terminals")
		}
	}
	return o.Subscribe(context.Background(), rx.Observer[T]{
		Next: func(T) {
			if ended.Load() > 0 {
				p.t.Error("a value behind the terminal")
			}
			p.heard()
		},
		Error:    func(error) { end() },
		Complete: end,
	})
}

// legal is what may follow a phase.
var legal = map[Phase]string{
	Idle:           "Dialing Closed",
	Dialing:        "Authenticating Failed Idle",
	Authenticating: "Dialing Ready Failed Idle",
	Ready:          "Failed Idle",
	Failed:         "Dialing Idle Closed",
}

func checkStates(t *testing.T, states []State) {
	for i, s := range states {
		up := uint64(0)
		if s.Phase == Ready {
			up = 1
		}
		if s.Connects != s.Disconnects+up {
			t.Errorf("state %d: %+v: %d connects, %d disconnects", i, s, s.Connects, s.Disconnects)
		}
		if i == 0 {
			continue
		}
		before := states[i-1]
		if !strings.Contains(legal[before.Phase], s.Phase.String()) {
			t.Errorf("state %d: %v after %v", i, s.Phase, before.Phase)
		}
		if (s.Phase == Failed && s.Cause == nil) || (s.Phase == Ready && s.Cause != nil) {
			t.Errorf("state %d: %v with cause %v", i, s.Phase, s.Cause)
		}
		if s.Generation < before.Generation || s.Generation > before.Generation+1 {
			t.Errorf("state %d: generation %d after %d", i, s.Generation, before.Generation)
		}
	}
}

func TestRandom_ProgramAgainstAMoodyServer(t *testing.T) {
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	for range rounds {
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			inScript(t, func(t *testing.T, s *scripted) { runProgram(t, s, seed) })
		})
	}
}

func runProgram(t *testing.T, s *scripted, seed uint64) {
	is := is.New(t)
	m := &moody{random: rand.New(rand.NewPCG(seed, 2))}
	s.cuts = true
	s.sql = func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Duration(m.roll(300)) * time.Millisecond)
		w.WriteHeader(503)
	}
	s.refuse = func() bool { return m.roll(10) == 0 }
	stop := make(chan struct{})
	m.all.Go(func() { m.serve(s, stop) })

	var connects, disconnects atomic.Int64
	c := s.client(WithMaxRetries(1), WithEventHandlers(EventHandlers{
		OnConnect:    func() { connects.Add(1) },
		OnDisconnect: func(error) { disconnects.Add(1) },
	}))
	var states []State
	c.states.Observable().Subscribe(context.Background(), rx.OnNext(func(s State) { states = append(states, s) }))
	p := &program{t: t, c: c, m: m}
	var actors sync.WaitGroup
	for range 4 {
		actors.Go(func() {
			for range 400 {
				p.step()
			}
		})
	}
	actors.Wait()
	start := time.Now()
	is.NoErr(c.Close(context.Background()))
	is.True(time.Since(start) <= time.Second)
	<-c.Done()
	p.over.Store(true)
	is.True(time.Since(start) <= 10*time.Second)
	checkStates(t, states)
	last := states[len(states)-1]
	is.Equal(last.Phase, Closed)
	is.Equal(connects.Load(), int64(last.Connects))
	is.Equal(disconnects.Load(), int64(last.Disconnects))
	for _, sub := range p.subs {
		<-sub.Done() // all have ended
	}
	is.Equal(len(c.owner.lives), 0)
	is.Equal(len(c.alive.streams), 0)
	is.Equal(c.alive.running, 0)
	time.Sleep(time.Hour)
	synctest.Wait()
	is.Equal(p.late.Load(), int64(0))
	t.Logf("%d states, %d connects, %+v", len(states), last.Connects, c.Stats())
	close(stop)
	m.all.Wait()
}

// A stream that reconnects by Retry for a day: nothing grows with it.
func TestSoak_ADayOfLostSocketsLeavesNothing(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		again := operators.Retry[View[map[string]any]](func() retry.Backoff { return retry.NewConstant(time.Second) })
		views := 0
		sub := rx.Pipe1(Live[map[string]any](c, "SELECT * FROM a.b", WithExactness(PushOnly)), again).Subscribe(t.Context(),
			rx.OnNext(func(View[map[string]any]) { views++ }))
		size := func() (n [4]int) {
			synctest.Wait()
			c.alive.mu.Lock()
			defer c.alive.mu.Unlock()
			return [4]int{len(c.alive.streams), c.alive.running, len(c.owner.lives), len(c.owner.leaving) + len(c.owner.waiting)}
		}
		var first [4]int
		began, lost := time.Now(), 0
		for time.Since(began) < 24*time.Hour {
			p := s.accept()
			p.welcome()
			if lost == 3 {
				first = size()
			}
			go p.drain() // answers pings
			time.Sleep(time.Minute)
			_ = p.ws.Close()
			lost++
		}
		synctest.Wait()
		s.accept().welcome()
		is.Equal(size(), first)
		is.Equal(first[0], 1)
		is.Equal(views, lost+1)
		t.Logf("%d sockets lost", lost)
		sub.Unsubscribe()
		<-sub.Done()
		is.Equal(size()[0], 0)
	})
}
