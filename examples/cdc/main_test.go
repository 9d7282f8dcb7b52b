package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
	"go.uber.org/goleak"
)

// asSink in the environment has this binary be the program.
const asSink = "KALAMRX_CDC_TEST_SINK"

func TestMain(m *testing.M) {
	if os.Getenv(asSink) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// child is the program as a process.
type child struct {
	cmd    *exec.Cmd
	lines  *bufio.Scanner // one for each transaction
	stderr bytes.Buffer
}

func startSink(t *testing.T, url, file string) *child {
	t.Helper()
	p := &child{cmd: exec.CommandContext(t.Context(), os.Args[0], "-db", file)}
	p.cmd.Env = append(os.Environ(), asSink+"=1", "KALAMDB_URL="+url, "KALAMDB_USER=root", "KALAMDB_PASSWORD=kalamdb-root", "KALAMDB_TOKEN=")
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p.lines = bufio.NewScanner(out)
	return p
}

// killAfter ends the process by SIGKILL, a while after it has committed n
// transactions, and says how many it had.
func (p *child) killAfter(t *testing.T, n int, while time.Duration) (committed int) {
	t.Helper()
	for committed < n && p.lines.Scan() {
		committed++
	}
	if committed < n {
		t.Fatalf("the sink ended by itself: %v\n%s", p.cmd.Wait(), &p.stderr)
	}
	timer := time.AfterFunc(while, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	for p.lines.Scan() {
		committed++
	}
	var exit *exec.ExitError
	if err := p.cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the sink was not killed: %v\n%s", err, &p.stderr)
	}
	return committed
}

// writer changes random rows until its context ends.
func writer(ctx context.Context, srv *kalamtest.Server, random *rand.Rand) (written int, err error) {
	pace := time.NewTicker(2 * time.Millisecond)
	defer pace.Stop()
	for ; ctx.Err() == nil; <-pace.C {
		id := random.IntN(60)
		switch random.IntN(4) {
		case 0:
			err = srv.Exec(ctx, "root", "DELETE FROM cdc.items WHERE id = $1", id)
		case 1:
			_ = srv.Exec(ctx, "root", "INSERT INTO cdc.items (id, body) VALUES ($1, $2)", id, fmt.Sprint("new ", written)) // it may be there
		default:
			err = srv.Exec(ctx, "root", "UPDATE cdc.items SET body = $1 WHERE id = $2", fmt.Sprint("body ", written), id)
		}
		if err != nil && ctx.Err() == nil {
			return written, err
		}
		written++
	}
	return written, nil
}

func TestSink_KilledAtAnyPointCopiesEveryChangeOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted there, which is how the last sink is told to end")
	}
	is := is.New(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	srv := kalamtest.Start(t)
	for _, sql := range prepare() {
		is.NoErr(srv.Exec(t.Context(), "root", sql))
	}
	file := filepath.Join(t.TempDir(), "copy.db")

	writing, stop := context.WithCancel(t.Context())
	defer stop()
	var written, kills, committed int
	var failed error
	var writes sync.WaitGroup
	hand := rand.New(rand.NewPCG(seed, 2))
	writes.Go(func() { written, failed = writer(writing, srv, hand) })
	for ; kills < 12; kills++ {
		n, while := random.IntN(40), time.Duration(random.IntN(10_000))*time.Microsecond
		if kills%4 == 0 { // while it begins
			n = random.IntN(2)
		}
		committed += startSink(t, srv.URL(), file).killAfter(t, n, while)
	}
	stop()
	writes.Wait()
	is.NoErr(failed)

	want := selected(t, srv)
	last := startSink(t, srv.URL(), file)
	for !equalsCopy(t, file, want) {
		if !last.lines.Scan() {
			t.Fatalf("the sink ended by itself: %v\n%s", last.cmd.Wait(), &last.stderr)
		}
	}
	is.NoErr(last.cmd.Process.Signal(os.Interrupt))
	for last.lines.Scan() {
		committed++
	}
	if err := last.cmd.Wait(); err != nil { // a change that comes twice is refused by the journal, and ends it
		t.Fatalf("%v\n%s", err, &last.stderr)
	}
	is.True(equalsCopy(t, file, want))
	t.Logf("%d writes, %d kills, %d transactions that were seen, %d rows at the end", written, kills, committed, len(want))
}

// selected is the table by SELECT, as text.
func selected(t *testing.T, srv *kalamtest.Server) []string {
	t.Helper()
	is := is.New(t)
	c, err := client.New(srv.URL(), client.WithAuth(auth.Password("root", "kalamdb-root")))
	is.NoErr(err)
	rows, err := client.Query[item](t.Context(), c, "SELECT id, body FROM cdc.items LIMIT 1000")
	is.NoErr(err)
	is.NoErr(c.Close(t.Context()))
	<-c.Done()
	slices.SortFunc(rows, func(a, b item) int { return int(a.ID - b.ID) })
	return texts(rows)
}

func texts(rows []item) []string {
	all := make([]string, len(rows))
	for i, row := range rows {
		all[i] = fmt.Sprint(row.ID, " ", *row.Body)
	}
	return all
}

// equalsCopy says whether the copy has exactly these rows. A sink may be at work.
func equalsCopy(t *testing.T, file string, want []string) bool {
	t.Helper()
	db, err := openSink(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.close()
	rows, err := db.rows(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.Equal(texts(rows), want)
}

func TestDemo_EndsByItself(t *testing.T) {
	is := is.New(t)
	t.Setenv("KALAMDB_URL", "")
	is.NoErr(demo(t.Context(), 20*time.Second))
}
