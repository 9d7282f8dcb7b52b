package client_test

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"go.uber.org/goleak"
)

// faultRow is one row of the fault table.
type faultRow struct {
	n        int
	fault    string
	expected string
	play     func(f *trial)
	sockets  bool // it is played over loopback, too
}

// trial is a row being played in one world: a server, a link that can be made to
// fail, a client behind it, and what was measured.
type trial struct {
	t       *testing.T
	virtual bool // in a synctest bubble; else over loopback
	srv     *kalamtest.Server
	link    *kalamtest.Link
	c       *client.Client // the first of clients
	clients []*client.Client
	states  *recorder[client.State] // of c
	table   string
	folds   []*faultFold
	before  goleak.Option
	figures []string
	cleared bool
}

// d is a time as it is in virtual time, or as short as sockets allow.
func (f *trial) d(virtual, loopback time.Duration) time.Duration {
	if f.virtual {
		return virtual
	}
	return loopback
}

// serve starts the server and the link, with one table.
func (f *trial) serve(opts ...kalamtest.Option) {
	f.t.Helper()
	if f.virtual {
		opts = append(opts, kalamtest.WithNetwork(rxtest.NewNetwork()))
	}
	f.srv = kalamtest.Start(f.t, opts...)
	f.table = "faults.items"
	f.write("CREATE NAMESPACE faults")
	f.write("CREATE TABLE faults.items (" + itemColumns + ") WITH (TYPE = 'USER')")
	f.link = kalamtest.NewLink(f.srv.Dial, 1)
	f.before = goleak.IgnoreCurrent()
	f.t.Cleanup(f.clear)
}

// client is a client behind the link.
func (f *trial) client(opts ...client.Option) *client.Client {
	f.t.Helper()
	return f.clientOf(f.srv.URL(), opts...)
}

// clientOf is a client of a server that may be another.
func (f *trial) clientOf(url string, opts ...client.Option) *client.Client {
	f.t.Helper()
	all := []client.Option{client.WithAuth(root()), client.WithDialer(f.link.Dial)}
	if !f.virtual {
		all = append(all, client.WithBackoff(20*time.Millisecond, 100*time.Millisecond))
	}
	c, err := client.New(url, append(all, opts...)...)
	if err != nil {
		f.t.Fatal(err)
	}
	f.clients = append(f.clients, c)
	if f.c == nil {
		f.c = c
		f.states = recording(f.t, c.State())
	}
	return c
}

// start is serve and client.
func (f *trial) start(opts ...client.Option) {
	f.t.Helper()
	f.serve()
	f.client(opts...)
}

func (f *trial) write(sql string, args ...any) {
	f.t.Helper()
	if err := f.srv.Exec(context.Background(), "root", fmt.Sprintf(sql, args...)); err != nil {
		f.t.Fatalf(sql+": %v", append(args, err)...)
	}
}

func (f *trial) insert(first, n int) { f.write("%s", inserting(f.table, first, n)) }

func (f *trial) connect() {
	f.t.Helper()
	if err := f.c.Connect(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
}

// state waits for the newest state to be as ok says.
func (f *trial) state(ok func(s client.State) bool) client.State {
	f.t.Helper()
	r, late := f.states, false
	timer := time.AfterFunc(f.d(time.Hour, 10*time.Second), func() { r.change(func() { late = true }) })
	defer timer.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.all) == 0 || !ok(r.all[len(r.all)-1]) {
		if late || r.over {
			f.t.Fatalf("waiting in vain; states: %v", r.all)
		}
		r.moved.Wait()
	}
	return r.all[len(r.all)-1]
}

// connected waits for the nth connection to be ready.
func (f *trial) connected(n uint64) client.State {
	f.t.Helper()
	return f.state(func(s client.State) bool { return s.Phase == client.Ready && s.Connects >= n })
}

// lost waits for the nth connection to have ended.
func (f *trial) lost(n uint64) client.State {
	f.t.Helper()
	return f.state(func(s client.State) bool { return s.Disconnects >= n })
}

// phase waits for a phase that lasts.
func (f *trial) phase(p client.Phase) client.State {
	f.t.Helper()
	return f.state(func(s client.State) bool { return s.Phase == p })
}

// dials is how often the client tried to connect.
func (f *trial) dials() int { return int(f.state(func(client.State) bool { return true }).Generation) }

// sleep lets virtual time pass.
func (f *trial) sleep(d time.Duration) {
	if !f.virtual {
		panic("a row sleeps in real time")
	}
	time.Sleep(d)
}

// rest lets what is under way end; over loopback there is no such moment.
func (f *trial) rest(virtual time.Duration) {
	if f.virtual {
		time.Sleep(virtual)
		synctest.Wait()
	}
}

// clear ends all that the row began, once, and says what is left of it.
func (f *trial) clear() {
	if f.cleared {
		return
	}
	f.cleared = true
	f.link.Calm()
	for _, l := range f.folds {
		l.sub.Unsubscribe()
	}
	for _, c := range f.clients {
		_ = c.Close(context.Background())
		<-c.Done()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	open, _ := f.link.Await(ctx, func(s kalamtest.LinkStats) bool { return s.Open == 0 })
	f.link.Close()
	f.srv.Close() // its goroutines are none of the client's
	equal(f, "conns_left", open.Open, 0)
	equal(f, "goroutines_left", leaked(goleak.Find(f.before)), 0)
}

func leaked(err error) int {
	if err == nil {
		return 0
	}
	return strings.Count(err.Error(), "[Goroutine ") + strings.Count(err.Error(), "\n Goroutine ")
}

// note is a figure that nothing is demanded of.
func note(f *trial, name string, value any) {
	if d, ok := value.(time.Duration); ok {
		value = rounded(d)
	}
	f.figures = append(f.figures, fmt.Sprintf("%s=%v", name, value))
}

func rounded(d time.Duration) time.Duration {
	if d > 100*time.Millisecond {
		return d.Round(time.Millisecond)
	}
	return d.Round(10 * time.Microsecond)
}

// equal is a figure that must be as wanted.
func equal[V comparable](f *trial, name string, got, want V) {
	f.t.Helper()
	note(f, name, got)
	if got != want {
		f.t.Errorf("%s is %v, not %v", name, got, want)
	}
}

// atMost is a figure with a limit.
func atMost[V cmp.Ordered](f *trial, name string, got, limit V) {
	f.t.Helper()
	note(f, name, got)
	if got > limit {
		f.t.Errorf("%s is %v, more than %v", name, got, limit)
	}
}

// about is a time that must be as wanted, within a tenth of a second.
func about(f *trial, name string, got, want time.Duration) {
	f.t.Helper()
	note(f, name, got)
	if (got - want).Abs() > 100*time.Millisecond {
		f.t.Errorf("%s is %v, not %v", name, got, want)
	}
}

// faultTable is what was found out.
type faultTable struct {
	mu   sync.Mutex
	text strings.Builder
	rows *tabwriter.Writer
}

func newFaultTable() *faultTable {
	table := &faultTable{}
	table.rows = tabwriter.NewWriter(&table.text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table.rows, "row\tfault\tworld\tverdict\texpected\tfigures")
	return table
}

func (table *faultTable) add(row faultRow, world, verdict string, figures []string) {
	table.mu.Lock()
	defer table.mu.Unlock()
	fmt.Fprintf(table.rows, "%d\t%s\t%s\t%s\t%s\t%s\n", row.n, row.fault, world, verdict, row.expected, strings.Join(figures, " "))
}

func (table *faultTable) String() string {
	_ = table.rows.Flush() // a strings.Builder takes everything
	return table.text.String()
}

// run plays a row in its worlds.
func (table *faultTable) run(t *testing.T, row faultRow) {
	t.Run(fmt.Sprintf("%02d %s", row.n, row.fault), func(t *testing.T) {
		table.play(t, row, "memory", func(t *testing.T, play func(*testing.T)) { synctest.Test(t, play) })
		if row.sockets {
			table.play(t, row, "loopback", func(t *testing.T, play func(*testing.T)) { play(t) })
		}
	})
}

func (table *faultTable) play(t *testing.T, row faultRow, world string, in func(*testing.T, func(*testing.T))) {
	f := &trial{virtual: world == "memory"}
	passed := t.Run(world, func(t *testing.T) {
		in(t, func(t *testing.T) {
			f.t = t
			row.play(f)
			f.clear()
		})
	})
	verdict := "pass"
	if !passed {
		verdict = "FAIL"
	}
	table.add(row, world, verdict, f.figures)
}
