package auth

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/matryer/is"
)

// home is who asks: a life, and the goroutines in it.
type home struct {
	life    context.Context
	close   context.CancelFunc
	running sync.WaitGroup
}

func newHome() *home {
	h := &home{}
	h.life, h.close = context.WithCancel(context.Background())
	return h
}

func (h *home) ask(server Server) Ask { return Ask{Server: server, Life: h.life, Go: h.running.Go} }

// TestLife_FlightEndsWithWhoBeganItAndTheOthersBeginAnother has two clients of one source: the first begins a login, both
// wait, and the first is closed.
func TestLife_FlightEndsWithWhoBeganItAndTheOthersBeginAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server, cancelled := &fakeServer{}, 0
		slow(server, &cancelled)
		source := Password(testUser, testPassword)
		one, two := newHome(), newHome()
		defer two.close()
		var errs [2]error
		var got Token
		var asked sync.WaitGroup
		asked.Go(func() { _, errs[0] = source.Token(context.Background(), one.ask(server)) })
		synctest.Wait()
		asked.Go(func() { got, errs[1] = source.Token(context.Background(), two.ask(server)) })
		time.Sleep(500 * time.Millisecond)
		start := time.Now()
		one.close()
		one.running.Wait() // nothing of the first is left, also while the second waits
		is.Equal(time.Since(start), time.Duration(0))
		asked.Wait()
		two.running.Wait()
		is.True(errors.Is(errs[0], errHomeless) && errors.Is(errs[0], context.Canceled)) // by the cause of the life's end
		is.NoErr(errs[1])
		is.Equal(got.Value, "login")
		is.Equal(time.Since(start), time.Second)
		is.Equal(cancelled, 1)
		is.Equal(server.logins.Load(), int64(2))
	})
}

func TestLife_EndedOneBeginsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{life: time.Hour}
		source, h := Password(testUser, testPassword), newHome()
		h.close()
		_, err := source.Token(context.Background(), h.ask(server))
		is.True(errors.Is(err, errHomeless))
		_, err = source.Token(context.Background(), Ask{Server: server, Life: h.life, Go: func(func()) {}}) // runs nothing any more
		is.True(errors.Is(err, errHomeless))
		is.Equal(server.logins.Load(), int64(0))
		is.Equal(ask(t, source, server), "login-1") // and others are not held up
		time.Sleep(58 * time.Minute)
		got, err := source.Token(context.Background(), h.ask(server))
		is.NoErr(err)
		is.Equal(got.Value, "login-1")
		synctest.Wait()
		is.Equal(server.refreshes.Load(), int64(0))
	})
}

// TestLife_GoSeesEveryRenewal counts what runs at the asker's, an early renewal included, and waits for its end.
func TestLife_GoSeesEveryRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{life: time.Hour}
		server.onRefresh = func(ctx context.Context, _ int64, _ string) (Grant, error) {
			return Grant{}, pause(ctx, time.Hour)
		}
		source, h := Password(testUser, testPassword), newHome()
		_, err := source.Token(context.Background(), h.ask(server))
		is.NoErr(err)
		time.Sleep(58 * time.Minute)
		_, err = source.Token(context.Background(), h.ask(server))
		is.NoErr(err)
		synctest.Wait()
		is.Equal(server.refreshes.Load(), int64(1))
		start := time.Now()
		h.close()
		h.running.Wait()
		is.Equal(time.Since(start), time.Duration(0))
		is.Equal(ask(t, source, server), "login-1") // what was given up is no failure: the pause of a minute aside
	})
}
