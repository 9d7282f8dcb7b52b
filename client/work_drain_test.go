package client_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// startWorker runs a worker on the side; the returned function ends it, and gives how long
// that took and what Run returned.
func startWorker[T any](
	t *testing.T, records rx.Observable[client.Record[T]], handler func(context.Context, client.Record[T]) error, opts ...client.WorkOption,
) (w *client.Worker[T], end func() (time.Duration, error)) {
	t.Helper()
	w, err := client.NewWorker(records, handler, opts...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- w.Run(ctx) }() // owner: the test; ends with the worker
	return w, func() (time.Duration, error) {
		began := time.Now()
		cancel()
		err := <-result
		return time.Since(began), err
	}
}

// endlessRecords are records of one key each, without end; asked counts them.
func endlessRecords(asked *int) rx.Observable[client.Record[int]] {
	return rx.Create(func(_ context.Context, out rx.Emitter[client.Record[int]]) {
		for {
			r := client.Record[int]{Offset: int64(*asked), Key: time.Duration(*asked).String(), Value: *asked}
			*asked++
			if !out.Next(r) {
				return
			}
		}
	})
}

func TestWork_DrainLetsWhatRunsFinishAndBeginsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		asked, begun := 0, make(chan int, 1000)
		w, end := startWorker(t, endlessRecords(&asked), func(ctx context.Context, r client.Record[int]) error {
			begun <- r.Value
			time.Sleep(10 * time.Second)
			return ctx.Err()
		}, client.Parallel(4), client.InHand(10))
		synctest.Wait()
		took, err := end()
		is.NoErr(err)
		is.Equal(took, 10*time.Second)
		is.Equal(len(begun), 4)
		n := w.Stats()
		is.Equal(n.Handled, uint64(4))
		is.Equal(n.Abandoned, uint64(7)) // 10 in hand, and one that found no room
		is.Equal(asked, 11)              // the stream was not asked for more
	})
}

func TestWork_DrainIsBounded(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler func(ctx context.Context, free <-chan struct{}) error
		took    time.Duration
		cut     int
		running int
	}{
		{"a handler that heeds its context", func(ctx context.Context, _ <-chan struct{}) error {
			<-ctx.Done()
			return context.Cause(ctx)
		}, 3 * time.Second, 1, 0},
		{"one that does not", func(_ context.Context, free <-chan struct{}) error {
			<-free
			return nil
		}, 4 * time.Second, 1, 1},
		{"one that is done in time", func(context.Context, <-chan struct{}) error {
			time.Sleep(2 * time.Second)
			return errors.New("failed")
		}, 2 * time.Second, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				free, began := make(chan struct{}), make(chan struct{})
				w, end := startWorker(t, operators.From(workRecords("a", "a")), func(ctx context.Context, _ client.Record[int]) error {
					close(began)
					return c.handler(ctx, free)
				}, client.DrainTimeout(3*time.Second))
				<-began
				took, err := end()
				is.Equal(took, c.took)
				is.Equal(w.Stats().Abandoned, uint64(2))
				var drain *client.DrainError
				is.Equal(errors.As(err, &drain), c.cut > 0)
				if drain != nil {
					is.True(errors.Is(err, client.ErrDrain))
					is.Equal(drain.Cut, c.cut)
					is.Equal(drain.Running, c.running)
				}
				close(free)
			})
		})
	}
}

func TestWork_PauseBeginsNothingAndAsksForNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		asked := 0
		w, end := startWorker(t, endlessRecords(&asked), func(context.Context, client.Record[int]) error {
			time.Sleep(time.Second)
			return nil
		}, client.Parallel(2), client.InHand(2))
		time.Sleep(5500 * time.Millisecond)
		w.Pause()
		w.Pause()
		time.Sleep(time.Second)
		is.True(w.Stats().Paused)
		is.Equal(w.Stats().Running, 0)
		handled, before := w.Stats().Handled, asked
		time.Sleep(time.Hour)
		is.Equal(w.Stats().Handled, handled)
		is.Equal(asked, before)
		w.Resume()
		w.Resume()
		time.Sleep(3500 * time.Millisecond)
		is.True(w.Stats().Handled >= handled+6)
		w.Pause()
		took, err := end() // a paused worker ends, too
		is.NoErr(err)
		is.True(took <= time.Second)
	})
}

func TestWork_EndsWithItsStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		broken := errors.New("broken")
		begun := 0
		w, err := runWorker(t, operators.Concat(operators.From(workRecords("a", "a")), operators.Throw[client.Record[int]](broken)),
			func(context.Context, client.Record[int]) error {
				begun++
				time.Sleep(time.Second)
				return nil
			})
		is.True(errors.Is(err, broken))
		is.True(begun <= 1) // what is in hand is not begun: it could not be acknowledged
		is.Equal(w.Stats().Handled+w.Stats().Abandoned, uint64(2))
		is.True(errors.Is(w.Run(t.Context()), client.ErrWorking))
	})
}

func TestWork_OptionsAreHeldToTheirLaw(t *testing.T) {
	is := is.New(t)
	put := client.DeadLetter(func(context.Context, client.DeadRecord) error { return nil })
	c, err := client.New("http://localhost:2900")
	is.NoErr(err)
	defer func() { is.NoErr(c.Close(t.Context())) }()
	for _, opts := range [][]client.WorkOption{
		{nil}, {client.Parallel(0)}, {client.Parallel(10_001)}, {client.InHand(0)}, {client.InHand(1_000_001)},
		{client.InHand(3), client.Parallel(4)}, {client.Parallel(4), client.InHand(3)},
		{client.RetryRecords(0, time.Second)}, {client.RetryRecords(1, 0)}, {client.DrainTimeout(0)}, {client.LeaseMargin(-1)},
		{client.DeadLetter(nil)}, {client.DeadLetterTo(rx.Observer[client.DeadRecord]{})}, {put, put},
		{client.DeadLetterTable(nil, "a.b")}, {client.DeadLetterTable(c, "b")}, {client.DeadLetterTable(c, "a.b; DROP TABLE a.b")},
	} {
		_, err := client.NewWorker(operators.Empty[client.Record[int]](), func(context.Context, client.Record[int]) error { return nil }, opts...)
		is.True(errors.Is(err, client.ErrConfig))
	}
	_, err = client.NewWorker[int](operators.Empty[client.Record[int]](), nil)
	is.True(errors.Is(err, client.ErrConfig))
	is.True(errors.Is(client.Work(t.Context(), operators.Empty[client.Record[int]](), nil), client.ErrConfig))
	_, err = client.DeadLetterSchema("a.b.c")
	is.True(errors.Is(err, client.ErrConfig))
}
