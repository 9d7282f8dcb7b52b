package client_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// The environment of a process that is one member of the group.
const (
	scaleURL   = "KALAMRX_WORK_TEST_URL"
	scaleToken = "KALAMRX_WORK_TEST_TOKEN"
	scalePart  = "KALAMRX_WORK_TEST_PARTITION" // the only one of the process; empty for all
	scaleOrder = "KALAMRX_WORK_TEST_ORDERED"   // whether the process has it to itself
	scaleLease = 4 * time.Second
)

// Eight processes are one group on four partitions, are killed at random and started
// again. Every record is handled at least once, and committed.
//
// Of the order of a key this can hold, and does: within a process its records are handled
// one after the other, in the order in which that process was given them. Over processes
// that share a partition it cannot: the server gives what it has not given yet to whoever
// asks, also records of a key of which another member has some in hand; and what a killed
// one had comes again behind those. Where each partition has one process, and that is
// Ordered, it holds over all of them.
func TestWork_EightProcessesKilledAtRandomLoseNothing(t *testing.T) {
	if os.Getenv(scaleURL) != "" {
		scaleMember(t)
		return
	}
	if testing.Short() {
		t.Skip("takes some 20 seconds, and eight processes")
	}
	all, quarter := func(int) string { return "" }, func(slot int) string { return strconv.Itoa(slot % 4) }
	for _, g := range []*scaleGroup{
		{name: "nobody is killed", partition: all, size: 8},
		{name: "all partitions each", partition: all, size: 8, kills: true},
		{name: "one partition each", partition: quarter, size: 8, kills: true},
		{name: "one partition each and alone", partition: quarter, size: 4, kills: true, ordered: true},
	} {
		t.Run(g.name, func(t *testing.T) { playScale(t, g) })
	}
}

// playScale runs the processes of a group.
func playScale(t *testing.T, g *scaleGroup) {
	is := is.New(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	srv := kalamtest.Start(t, kalamtest.WithVisibility(scaleLease))
	is.NoErr(srv.Exec(t.Context(), "root", "CREATE NAMESPACE scale"))
	is.NoErr(srv.Exec(t.Context(), "root", "CREATE TOPIC scale.orders PARTITIONS 4"))
	g.t, g.srv, g.lines = t, srv, make(chan scaleLine, 1024)
	for range g.size {
		g.members = append(g.members, scaleProcess{})
		g.start(len(g.members) - 1)
	}
	g.play(random, 6*time.Second)
	g.settle()
	for _, m := range g.members {
		_ = m.cmd.Process.Kill()
	}
	go func() { // owner: the test; ends with the last process
		g.readers.Wait()
		close(g.lines)
	}()
	for l := range g.lines {
		g.said = append(g.said, l)
	}
	g.check(is)
}

// scaleLine is what a process says: that it was given a record, begins with it, or is done.
type scaleLine struct {
	member int
	what   string
	place  string // of the record
	key    string
}

// scaleGroup is the processes, and what they have said.
type scaleGroup struct {
	name      string
	partition func(slot int) string // of the process in it
	size      int
	kills     bool // processes are killed
	ordered   bool // a process has its partition to itself
	t         *testing.T
	srv       *kalamtest.Server
	lines     chan scaleLine
	said      []scaleLine
	members   []scaleProcess
	started   int
	readers   sync.WaitGroup
	sent      int
}

// scaleProcess is a process, and when all that it said has been read.
type scaleProcess struct {
	cmd  *exec.Cmd
	read chan struct{}
}

// kill kills a process, and listens until it has said all.
func (g *scaleGroup) kill(slot int) {
	m := g.members[slot]
	_ = m.cmd.Process.Kill()
	for {
		select {
		case l := <-g.lines:
			g.said = append(g.said, l)
		case <-m.read:
			return
		}
	}
}

func (g *scaleGroup) start(slot int) {
	g.t.Helper()
	member := g.started
	g.started++
	cmd := exec.CommandContext(g.t.Context(), os.Args[0], "-test.run=^TestWork_EightProcessesKilledAtRandomLoseNothing$", "-test.timeout=120s")
	cmd.Env = append(os.Environ(), scaleURL+"="+g.srv.URL(), scaleToken+"="+g.srv.Token("root"), scalePart+"="+g.partition(slot))
	if g.ordered {
		cmd.Env = append(cmd.Env, scaleOrder+"=1")
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		g.t.Fatal(err)
	}
	read := make(chan struct{})
	g.members[slot] = scaleProcess{cmd, read}
	g.readers.Go(func() { // ends with the process
		defer close(read)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			l := scaleLine{member: member}
			if n, _ := fmt.Sscan(lines.Text(), &l.what, &l.place, &l.key); n == 3 && strings.HasSuffix(lines.Text(), ".") {
				g.lines <- l
			}
		}
		_ = cmd.Wait()
	})
}

// play publishes records, and kills and starts processes, for a while.
func (g *scaleGroup) play(random *rand.Rand, d time.Duration) {
	end := time.After(d)
	publish := time.NewTicker(20 * time.Millisecond)
	defer publish.Stop()
	kill := time.NewTimer(time.Second)
	for {
		select {
		case l := <-g.lines:
			g.said = append(g.said, l)
		case <-publish.C:
			for range 6 {
				payload := fmt.Sprintf(`{"id":"%d","item":"x"}`, g.sent)
				if _, _, err := g.srv.Publish("scale.orders", fmt.Sprint("k", random.IntN(40)), []byte(payload)); err != nil {
					g.t.Fatal(err)
				}
				g.sent++
			}
		case <-kill.C:
			if !g.kills {
				break
			}
			slot := random.IntN(len(g.members))
			g.kill(slot)
			g.start(slot)
			kill.Reset(time.Duration(100+random.IntN(600)) * time.Millisecond)
		case <-end:
			return
		}
	}
}

// settle listens until all is committed.
func (g *scaleGroup) settle() {
	late := time.After(60 * time.Second)
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for !g.committed() {
		select {
		case l := <-g.lines:
			g.said = append(g.said, l)
		case <-look.C:
		case <-late:
			at, _ := g.srv.TopicOffsets("scale.orders", "billing")
			g.t.Fatalf("not all is committed: %+v", at)
		}
	}
}

func (g *scaleGroup) committed() bool {
	at, err := g.srv.TopicOffsets("scale.orders", "billing")
	if err != nil {
		g.t.Fatal(err)
	}
	return !slices.ContainsFunc(at, func(o kalamtest.TopicOffsets) bool { return o.Committed != o.Next-1 })
}

func (g *scaleGroup) check(is *is.I) {
	g.t.Helper()
	done := map[string]int{}
	order := map[string][]string{} // of what each process was given, by key
	for _, l := range g.said {
		lane := fmt.Sprint(l.member, " ", l.key)
		switch l.what {
		case "given":
			order[lane] = append(order[lane], l.place)
		case "begin":
			for len(order[lane]) > 0 && order[lane][0] != l.place { // let go, since its lease was over
				order[lane] = order[lane][1:]
			}
			if len(order[lane]) == 0 {
				g.t.Errorf("process %d began with %s of %s out of order", l.member, l.place, l.key)
			}
		case "done":
			done[l.place]++
			if len(order[lane]) == 0 || order[lane][0] != l.place {
				g.t.Errorf("process %d handled %s of %s beside another of its key", l.member, l.place, l.key)
			}
		}
	}
	is.Equal(len(done), g.sent) // each at least once
	more := 0
	for _, n := range done {
		more += n - 1
	}
	percent := 100 * float64(more) / float64(g.sent)
	g.t.Logf("%d records through %d processes, %d killed: %d handled twice or more (%.1f %%)", g.sent, g.size, g.started-g.size, more, percent)
	is.True(g.kills || percent <= 1) // 0, unless the machine sleeps for a lease
	if g.ordered {
		g.checkOrder()
	}
}

// checkOrder checks that records of a key were first done in their order, by whichever
// process.
func (g *scaleGroup) checkOrder() {
	g.t.Helper()
	last, seen := map[string]int{}, map[string]bool{}
	for _, l := range g.said {
		if l.what != "done" || seen[l.place] {
			continue
		}
		seen[l.place] = true
		partition, offset, _ := strings.Cut(l.place, "@")
		n, err := strconv.Atoi(offset)
		if lane := partition + " " + l.key; err != nil || n <= last[lane]-1 {
			g.t.Errorf("process %d was the first to handle %s of %s, behind offset %d", l.member, l.place, l.key, last[lane]-1)
		} else {
			last[lane] = n + 1
		}
	}
}

// scaleMember is one process. It ends by being killed.
func scaleMember(t *testing.T) {
	source, err := auth.JWT(os.Getenv(scaleToken))
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(os.Getenv(scaleURL), client.WithAuth(source))
	if err != nil {
		t.Fatal(err)
	}
	say := func(what string, r client.Record[topicOrder]) { fmt.Println(what, r, r.Key, ".") }
	opts := []client.ConsumeOption{
		client.FromEarliest(), client.ManualAck(), client.Lease(scaleLease), client.CommitEvery(200 * time.Millisecond),
		client.PollLimit(20), client.PollPace(50*time.Millisecond, 300*time.Millisecond),
	}
	if n, err := strconv.Atoi(os.Getenv(scalePart)); err == nil {
		opts = append(opts, client.Partitions(n))
	}
	if os.Getenv(scaleOrder) != "" {
		opts = append(opts, client.Ordered())
	}
	records := client.Consume[topicOrder](c, "scale.orders", "billing", opts...)
	told := rx.Pipe1(records, operators.Tap(rx.OnNext(func(r client.Record[topicOrder]) { say("given", r) })))
	err = client.Work(t.Context(), told, func(_ context.Context, r client.Record[topicOrder]) error {
		say("begin", r)
		defer say("done", r)
		<-time.After(time.Duration(rand.IntN(5)) * time.Millisecond) // is the work
		return nil
	}, client.Parallel(4))
	t.Fatal("the worker ended by itself: ", err)
}
