package client_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// The property: random writes, random faults, random streams; at rest every view,
// and every fold of changes, is what SELECT gives; nothing is doubled on the way.
//
// KALAMRX_SCHEDULES is the number of schedules, KALAMRX_SEED the first one's seed.
func TestChaos_FoldIsTheSelectAtRest(t *testing.T) {
	n := setting(t, "KALAMRX_SCHEDULES", 10_000)
	if testing.Short() {
		n = min(n, 200)
	}
	seed := uint64(setting(t, "KALAMRX_SEED", int(rand.Uint32())))
	seed -= seed % 10 // ten of them share a server, and its kind
	const batch = 100
	t.Logf("%d schedules from seed %d", n, seed)
	for first := 0; first < n; first += batch {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for i := first; i < min(n, first+batch); i += 10 {
				synctest.Test(t, func(t *testing.T) { playSome(t, seed+uint64(i), min(10, n-i)) })
			}
		})
	}
}

func setting(t *testing.T, name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// chaosWorld is a kind of server and table that schedules are played against.
type chaosWorld struct {
	name   string
	create string
	stream bool         // rows cannot be changed
	rough  bool         // snapshots of several pages lose rows, and nothing can be done about it
	asked  *atomic.Bool // where HTTP answers nobody: that the test asks
	opts   []kalamtest.Option
}

// chaosWorlds have tables that are audited, listed, and read over the socket, on servers
// of two generations.
func chaosWorlds() []chaosWorld {
	asked := &atomic.Bool{}
	noHTTP := kalamtest.WithHTTPHook(func(r *http.Request) (int, string, bool) {
		if r.URL.Path != "/v1/api/sql" || asked.Load() {
			return 0, "", false
		}
		return http.StatusForbidden, `{"status":"error","results":[],"error":{"code":"PERMISSION_DENIED","message":"no"}}`, true
	})
	user := "CREATE TABLE %s (" + itemColumns + ") WITH (TYPE = 'USER')"
	return []chaosWorld{
		{name: "user table", create: user},
		{name: "shared table", create: "CREATE SHARED TABLE %s (" + itemColumns + ") WITH (ACCESS_LEVEL = 'PUBLIC')"},
		{name: "stream table", create: "CREATE STREAM TABLE %s (" + itemColumns + ") WITH (TTL_SECONDS = 3600)", stream: true},
		{name: "user table, 0.7", create: user, opts: []kalamtest.Option{kalamtest.WithGeneration(kalamtest.Generation07)}},
		{name: "user table, 0.8", create: user, rough: true, opts: []kalamtest.Option{kalamtest.WithGeneration(kalamtest.Generation08)}},
		{name: "no HTTP", create: user, rough: true, asked: asked, opts: []kalamtest.Option{noHTTP}},
		{name: "no HTTP, 0.7", create: user, rough: true, asked: asked, opts: []kalamtest.Option{noHTTP, kalamtest.WithGeneration(kalamtest.Generation07)}},
	}
}

// playSome plays schedules one after the other against one server. One that fails is
// made as short as it can be.
func playSome(t *testing.T, seed uint64, n int) {
	all := chaosWorlds()
	w := all[seed/10%uint64(len(all))]
	srv := kalamtest.Start(t, append(w.opts, kalamtest.WithNetwork(rxtest.NewNetwork()), kalamtest.WithQueue(8),
		kalamtest.WithQueryRate(10_000), kalamtest.WithAuthRate(10_000))...)
	if err := srv.Exec(t.Context(), "root", "CREATE NAMESPACE chaos"); err != nil {
		t.Fatal(err)
	}
	tables := 0
	fails := func(seed uint64, steps []step) string {
		tables++
		return play(t, w, srv, seed, steps, fmt.Sprintf("chaos.t%d", tables))
	}
	for i := range uint64(n) {
		steps := program(seed+i, w)
		failure := fails(seed+i, steps)
		if failure == "" {
			continue
		}
		short := kalamtest.Minimize(steps, func(some []step) bool { return fails(seed+i, some) != "" })
		t.Fatalf("seed %d, %s: %s\nschedule: %s\nshrunk: %s: %s", seed+i, w.name, failure, names(steps), names(short), fails(seed+i, short))
	}
}

func names(steps []step) string {
	var all []string
	for _, st := range steps {
		all = append(all, st.name)
	}
	return strings.Join(all, "; ")
}

// scene is a schedule being played.
type scene struct {
	t     *testing.T
	srv   *kalamtest.Server
	link  *kalamtest.Link
	c     *client.Client
	table string
	holed bool
	folds []*folded
}

func (s *scene) exec(sql string) { _ = s.srv.Exec(context.Background(), "root", sql) } // a key that is there is refused

// pass lets time go by, which is virtual.
func (s *scene) pass(d time.Duration) { time.Sleep(d) }

// calm ends all faults. A connection that has lost bytes does not come back to life:
// TCP sends them again, or gives up.
func (s *scene) calm() {
	s.link.Calm()
	if s.holed {
		s.holed = false
		s.link.Cut()
	}
	s.srv.Release()
}

// renewAuth gives the client other credentials of the same user.
func (s *scene) renewAuth() {
	if err := s.c.SetAuth(s.t.Context(), root(), client.Redial); err != nil {
		s.t.Error(err)
	}
}

// folded is one stream, folded.
type folded struct {
	sql  string
	sub  *rx.Subscription
	rows map[int64]item
	view []item // of a stream of views
	bad  string // what was wrong on the way
	gap  bool
}

func (s *scene) subscribe(where string, slow time.Duration, views bool, opts []client.LiveOption) *folded {
	f := &folded{sql: "SELECT * FROM " + s.table + where, rows: map[int64]item{}}
	wait := func() {
		if slow > 0 {
			time.Sleep(slow)
		}
	}
	if views {
		f.sub = client.Live[item](s.c, f.sql, opts...).Subscribe(s.t.Context(), rx.OnNext(func(v client.View[item]) {
			for _, x := range v.Changes() {
				f.fold(x)
			}
			f.view = v.Slice()
			f.gap = v.Status() != client.ViewReady
			wait()
		}))
		return f
	}
	f.sub = client.Changes[item](s.c, f.sql, opts...).Subscribe(s.t.Context(), rx.OnNext(func(x client.Change[item]) {
		f.fold(x)
		wait()
	}))
	return f
}

// fold applies a change, and finds fault with one that cannot follow.
func (f *folded) fold(x client.Change[item]) {
	old, had := f.rows[x.Row.ID]
	switch x.Op {
	case client.Insert:
		if had {
			f.fault("insert of a row that is there: %+v", x)
		}
		f.rows[x.Row.ID] = x.Row
	case client.Update:
		if !had || show(old) != show(*x.Before) {
			f.fault("update of %v, from %v: %+v", show(old), show(*x.Before), x)
		}
		f.rows[x.Row.ID] = x.Row
	case client.Delete:
		if !had || show(old) != show(x.Row) {
			f.fault("delete of %v as %v: %+v", show(old), show(x.Row), x)
		}
		delete(f.rows, x.Row.ID)
	case client.Gap:
		f.gap = true
	case client.Resynced:
		f.gap = false
	}
}

func (f *folded) fault(format string, args ...any) {
	if f.bad == "" {
		f.bad = fmt.Sprintf(format, args...)
	}
}

func show(x item) string {
	text := fmt.Sprint(x.ID, " ", x.Color)
	if x.Qty != nil {
		text += fmt.Sprint(" ", *x.Qty)
	}
	if x.Note != nil {
		text += " " + *x.Note
	}
	return text
}

// play plays a schedule to its rest, and says what is wrong then.
func play(t *testing.T, w chaosWorld, srv *kalamtest.Server, seed uint64, steps []step, table string) (failure string) {
	link := kalamtest.NewLink(srv.Dial, seed)
	c, err := client.New(srv.URL(), client.WithAuth(root()), client.WithDialer(link.Dial),
		client.WithBackoff(100*time.Millisecond, 2*time.Second), client.WithConnectTimeout(3*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, srv: srv, link: link, c: c, table: table}
	s.exec(fmt.Sprintf(w.create, table))
	for _, st := range steps {
		st.do(s)
		synctest.Wait()
	}
	s.calm()
	time.Sleep(90 * time.Second) // longer than any backoff, timeout or idle interval together
	synctest.Wait()
	if w.asked != nil {
		w.asked.Store(true)
		defer w.asked.Store(false)
	}
	failure = s.compare()
	_ = c.Close(context.Background())
	<-c.Done()
	link.Close()
	s.exec("DROP TABLE " + table)
	return failure
}

// compare says what is not as it should be of the streams.
func (s *scene) compare() string {
	for i, f := range s.folds {
		var want, got []string
		for _, x := range s.rows(f.sql) {
			want = append(want, show(x))
		}
		for _, x := range f.rows {
			got = append(got, show(x))
		}
		slices.Sort(got)
		slices.Sort(want)
		switch {
		case f.sub.Err() != nil:
			return s.wrong(i, "ended: %v", f.sub.Err())
		case f.bad != "":
			return s.wrong(i, "%s", f.bad)
		case f.gap:
			return s.wrong(i, "a gap is open at rest")
		case !slices.Equal(got, want):
			return s.wrong(i, "fold %q\nis not SELECT %q", got, want)
		case f.view != nil && len(f.view) != len(want):
			return s.wrong(i, "view %+v\nis not SELECT %q", f.view, want)
		}
	}
	return ""
}

// rows is the SELECT, past the faults.
func (s *scene) rows(sql string) []item {
	oracle, err := client.New(s.srv.URL(), client.WithAuth(root()), client.WithDialer(s.srv.Dial))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() {
		_ = oracle.Close(context.Background())
		<-oracle.Done()
	}()
	rows, err := client.Query[item](s.t.Context(), oracle, sql+" LIMIT 1000")
	if err != nil {
		s.t.Fatal(err)
	}
	return rows
}

func (s *scene) wrong(stream int, format string, args ...any) string {
	return fmt.Sprintf("stream %d (%s): ", stream, s.folds[stream].sql) + fmt.Sprintf(format, args...)
}
