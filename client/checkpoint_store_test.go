package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// store is one in memory that a test can look into, and make fail or wait.
type store struct {
	client.MemoryCheckpoints
	mu    sync.Mutex
	saves []client.Checkpoint
	hook  func(ctx context.Context) error // before each call
}

func (s *store) Load(ctx context.Context, name string) (client.Checkpoint, error) {
	if err := s.before(ctx); err != nil {
		return client.Checkpoint{}, err
	}
	return s.MemoryCheckpoints.Load(ctx, name)
}

func (s *store) Save(ctx context.Context, name string, c client.Checkpoint) error {
	if err := s.before(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	s.saves = append(s.saves, c)
	s.mu.Unlock()
	return s.MemoryCheckpoints.Save(ctx, name, c)
}

func (s *store) before(ctx context.Context) error {
	s.mu.Lock()
	hook := s.hook
	s.mu.Unlock()
	if hook == nil {
		return nil
	}
	return hook(ctx)
}

func (s *store) set(hook func(ctx context.Context) error) {
	s.mu.Lock()
	s.hook = hook
	s.mu.Unlock()
}

func hangs(ctx context.Context) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

// saved is what a restart would begin with.
func (s *store) saved() client.Checkpoint {
	c, _ := s.MemoryCheckpoints.Load(context.Background(), "billing")
	return c
}

// told is changes in words.
func told(changes []client.Change[item]) []string {
	words := []string{}
	for _, c := range changes {
		word := c.Op.String()
		if c.Op < client.Loaded {
			word = fmt.Sprint(c.Op, " ", c.Row.ID, " ", c.Origin)
		}
		words = append(words, word)
	}
	return words
}

func hasRow(id int64) func([]client.Change[item]) bool {
	return func(all []client.Change[item]) bool { return len(all) > 0 && all[len(all)-1].Row.ID == id }
}

func TestWithCheckpoints_RestartGoesOnBehindTheAcknowledged(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c, saved := w.client(), &store{}
		table := w.items(c)
		w.exec(c, inserting(table, 1, 3))
		changes := client.Changes[item](c, "SELECT * FROM "+table, client.WithCheckpoints(saved, "billing"))

		first := recording(t, changes)
		first.until(loaded)
		w.exec(c, inserting(table, 10, 1))
		all := first.until(hasRow(10))
		is.Equal(told(all), []string{"insert 1 snapshot", "insert 2 snapshot", "insert 3 snapshot", "loaded", "insert 10 push"})
		is.NoErr(all[4].Ack(t.Context()))
		w.exec(c, inserting(table, 11, 1))
		is.NoErr(first.until(hasRow(11))[3].Ack(t.Context())) // an older one: 10 stays acknowledged, 11 is not
		first.sub.Unsubscribe()
		<-first.sub.Done()
		w.exec(c, "DELETE FROM "+table+" WHERE id = 2")

		for range 2 { // nothing of it is acknowledged, so it is told again
			next := recording(t, changes)
			all = next.until(atLeast[client.Change[item]](3))
			is.Equal(told(all), []string{"loaded", "insert 11 recovered", "delete 2 recovered"})
			next.sub.Unsubscribe()
			<-next.sub.Done()
		}
		is.NoErr(all[2].Ack(t.Context())) // also when the stream has ended
		last := recording(t, changes)
		last.until(loaded)
		w.exec(c, inserting(table, 12, 1))
		is.Equal(told(last.until(hasRow(12))), []string{"loaded", "insert 12 push"})
	})
}

// What the first checkpoint knows of versions behind its mark is in the second, too.
func TestWithCheckpoints_SecondRestartRepeatsNothingOfTheFirst(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c, saved := w.client(), &store{}
		table := w.items(c)
		changes := client.Changes[item](c, "SELECT * FROM "+table, client.WithCheckpoints(saved, "billing"))
		for id := int64(1); id < 5; id++ {
			r := recording(t, changes)
			r.until(loaded)
			w.exec(c, inserting(table, int(id), 1))
			all := r.until(hasRow(id))
			is.Equal(told(all), []string{"loaded", fmt.Sprintf("insert %d push", id)})
			is.NoErr(all[1].Ack(t.Context()))
			is.Equal(saved.saved().Seq(), all[1].Seq)
			r.sub.Unsubscribe()
		}
		r := recording(t, changes)
		r.until(loaded)
		time.Sleep(time.Minute) // of audits that find nothing
		synctest.Wait()
		is.Equal(len(r.until(loaded)), 1)
	})
}

func TestWithCheckpoints_StoppedInTheSnapshotBeginsAnew(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c, saved := w.client(), &store{}
		table := w.items(c)
		w.exec(c, inserting(table, 1, 5))
		changes := client.Changes[item](c, "SELECT * FROM "+table, client.WithCheckpoints(saved, "billing"))
		n := 0
		for change, err := range rx.All(t.Context(), changes) {
			is.NoErr(err)
			is.NoErr(change.Ack(t.Context()))
			is.True(change.Checkpoint().IsZero())
			if n++; n == 3 {
				break
			}
		}
		is.Equal(len(saved.saves), 0)
		w.exec(c, "DELETE FROM "+table+" WHERE id = 2")
		r := recording(t, changes)
		all := r.until(loaded)
		is.Equal(told(all), []string{"insert 1 snapshot", "insert 3 snapshot", "insert 4 snapshot", "insert 5 snapshot", "loaded"})
		is.NoErr(all[4].Ack(t.Context()))
		is.True(!saved.saved().IsZero())
	})
}

func TestAck_InAnyOrderByManyNeverGoesBack(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 7))
		c, saved := w.client(), &store{}
		table := w.items(c)
		r := recording(t, client.Changes[item](c, "SELECT * FROM "+table, client.WithCheckpoints(saved, "billing")))
		r.until(loaded)
		for i := 1; i <= 60; i++ {
			w.exec(c, inserting(table, i, 1))
			time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond) // marks pass in between
		}
		all := r.until(hasRow(60))
		var acks sync.WaitGroup
		for _, i := range random.Perm(len(all)) {
			acks.Go(func() {
				if err := all[i].Ack(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		acks.Wait()
		for i := 1; i < len(saved.saves); i++ {
			is.True(saved.saves[i-1].Seq().Less(saved.saves[i].Seq()))
		}
		is.Equal(saved.saved().String(), all[len(all)-1].Checkpoint().String())
		n := len(saved.saves)
		is.NoErr(all[len(all)-1].Ack(t.Context()))
		is.NoErr(all[1].Ack(t.Context()))
		is.Equal(len(saved.saves), n)
	})
}

func TestAck_FailsWithTheStoreAndWaitsNoLongerThanItsContext(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c, saved := w.client(), &store{}
		table := w.items(c)
		r := recording(t, client.Changes[item](c, "SELECT * FROM "+table, client.WithCheckpoints(saved, "billing")))
		w.exec(c, inserting(table, 1, 1))
		all := r.until(loaded)
		last := all[len(all)-1]
		full := errors.New("disk full")
		saved.set(func(context.Context) error { return full })
		is.True(errors.Is(last.Ack(t.Context()), full))
		saved.set(hangs)
		slow, stop := context.WithCancel(t.Context())
		var first sync.WaitGroup
		first.Go(func() { is.True(errors.Is(last.Ack(slow), context.Canceled)) })
		synctest.Wait() // it is in the store
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		is.True(errors.Is(last.Ack(short), context.DeadlineExceeded)) // behind the first
		stop()
		first.Wait()
		saved.set(nil)
		is.NoErr(last.Ack(t.Context()))
		is.Equal(len(saved.saves), 1)
		plain := recording(t, client.Changes[item](c, "SELECT * FROM "+table)).until(loaded)
		is.True(errors.Is(plain[0].Ack(t.Context()), client.ErrConfig))
		is.True(errors.Is(client.Change[item]{}.Ack(t.Context()), client.ErrConfig))
	})
}

func TestWithCheckpoints_OfSomethingElseAreRefused(t *testing.T) {
	lena := kalamtest.WithUser("lena", "Secret-lena-1", "user")
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c, saved := w.client(), &store{}
		table := w.items(c)
		sql := "SELECT * FROM " + table
		open := func(c *client.Client, sql string) *recorder[client.Change[item]] {
			return recording(t, client.Changes[item](c, sql, client.WithCheckpoints(saved, "billing")))
		}
		is.NoErr(open(c, sql).until(loaded)[0].Ack(t.Context()))
		good := saved.saved()
		keep := func(text string) {
			changed, err := client.ParseCheckpoint(text)
			is.NoErr(err)
			is.NoErr(saved.MemoryCheckpoints.Save(t.Context(), "billing", changed))
		}
		other := w.client(client.WithAuth(auth.Password("lena", "Secret-lena-1")))
		is.True(errors.Is(open(other, sql).ended(), client.ErrCheckpoint))
		is.True(errors.Is(open(c, sql+" WHERE id > 0").ended(), client.ErrCheckpoint))
		old := strconv.FormatInt(time.Now().Add(-145*time.Hour).UnixMilli(), 36)
		keep(regexp.MustCompile(`^(k1:\w+):\w+`).ReplaceAllString(good.String(), "${1}:"+old))
		is.True(errors.Is(open(c, sql).ended(), client.ErrCheckpoint))
		keep(good.String())
		open(c, sql).until(loaded) // what was refused has changed nothing
		w.exec(c, "DROP TABLE "+table)
		w.exec(c, "CREATE TABLE "+table+" ("+itemColumns+", extra INT) WITH (TYPE = 'USER')")
		is.True(errors.Is(open(c, sql).ended(), client.ErrCheckpoint))
	}, lena)
}

func TestWithCheckpoints_GoesOnlyWithWhatCanKeepThem(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		with := client.WithCheckpoints(&client.MemoryCheckpoints{}, "a")
		for _, opts := range [][]client.LiveOption{
			{client.WithCheckpoints(nil, "a")},
			{client.WithCheckpoints(&client.MemoryCheckpoints{}, "")},
			{with, client.LiveOnly()}, {with, client.LastRows(3)},
			{with, client.WithExactness(client.OnGap)}, {with, client.WithExactness(client.PushOnly)},
			{with, client.WithResume(client.FastResume)},
			{with, client.OnOverflow(client.Latest)}, {client.OnOverflow(client.DropOldest), with},
			{with, client.FromCheckpoint(someCheckpoint(t))},
		} {
			is.True(errors.Is(recording(t, client.Changes[item](c, "SELECT * FROM a.b", opts...)).ended(), client.ErrConfig))
		}
		is.True(errors.Is(recording(t, client.Live[item](c, "SELECT * FROM a.b", with)).ended(), client.ErrConfig))
		is.True(errors.Is(recording(t, client.LiveEvents(c, "SELECT * FROM a.b", with)).ended(), client.ErrConfig))
	})
}

func TestWithCheckpoints_StoreThatFailsHangsOrPanicsEndsItsStreamOnly(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c, saved := w.client(), &store{}
		table := w.items(c)
		open := func() *recorder[client.Change[item]] {
			return recording(t, client.Changes[item](c, "SELECT * FROM "+table, client.WithCheckpoints(saved, "billing")))
		}
		full := errors.New("no route to the store")
		saved.set(func(context.Context) error { return full })
		is.True(errors.Is(open().ended(), full))
		saved.set(func(context.Context) error { panic("of the store") })
		var panicked *rx.PanicError
		is.True(errors.As(open().ended(), &panicked))
		saved.set(hangs)
		left := open() // Subscribe does not wait for it
		left.sub.Unsubscribe()
		is.NoErr(left.ended())
		waiting := open()
		synctest.Wait()
		is.NoErr(c.Close(t.Context()))
		is.NoErr(waiting.ended()) // completed, as all streams of a closed client are
		<-c.Done()
	})
}

func ExampleWithCheckpoints() {
	example(func(ctx context.Context, c *client.Client) {
		var store client.MemoryCheckpoints // or NewFileCheckpoints("/var/lib/billing")
		messages := client.Changes[Message](c, "SELECT * FROM chat.messages", client.WithCheckpoints(&store, "billing"))
		for range 2 {
			for m, err := range rx.All(ctx, messages) {
				if err != nil {
					log.Fatal(err)
				}
				fmt.Println(m.Op, m.Row.ID)
				if err := m.Ack(ctx); err != nil { // once it is done with
					log.Fatal(err)
				}
				if m.Op == client.Loaded {
					break
				}
			}
		}
	})
	// Output:
	// insert 1
	// insert 2
	// loaded 0
	// loaded 0
}

// A store is anything that keeps text under a name.
func ExampleCheckpointStore() {
	var store client.CheckpointStore = &client.MemoryCheckpoints{}
	ctx := context.Background()
	c, err := client.ParseCheckpoint("k1:3w5e:mf3k2:290")
	fmt.Println(err, store.Save(ctx, "billing", c))
	again, err := store.Load(ctx, "billing")
	fmt.Println(again, err)
	// Output:
	// <nil> <nil>
	// k1:3w5e:mf3k2:290 <nil>
}

func ExampleMemoryCheckpoints() {
	var store client.MemoryCheckpoints
	c, err := store.Load(context.Background(), "billing")
	fmt.Println(c.IsZero(), err)
	// Output: true <nil>
}
