package auth

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/matryer/is"
)

const callers = 1000

// slow makes every login and refresh take a second, or until its ctx ends, and counts those that ended by ctx.
func slow(server *fakeServer, cancelled *int) {
	pause := func(ctx context.Context, name string) (Grant, error) {
		select {
		case <-time.After(time.Second):
			return server.grant(name), nil
		case <-ctx.Done():
			*cancelled++
			return Grant{}, ctx.Err()
		}
	}
	server.onLogin = func(ctx context.Context, _ int64) (Grant, error) { return pause(ctx, "login") }
	server.onRefresh = func(ctx context.Context, _ int64, _ string) (Grant, error) { return pause(ctx, "refresh") }
}

// crowd lets all callers ask at once and gives their tokens and errors.
func crowd(source Source, server Server, refused string) ([callers]Token, [callers]error) {
	var tokens [callers]Token
	var errs [callers]error
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			tokens[i], errs[i] = source.Token(context.Background(), Ask{Server: server, Refused: refused})
		})
	}
	wg.Wait()
	return tokens, errs
}

func TestFlight_ThousandCallersOneLoginThenOneRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server, cancelled := &fakeServer{}, 0
		slow(server, &cancelled)
		source := Password(testUser, testPassword)
		for _, step := range []struct{ refused, want string }{{"", "login"}, {"login", "refresh"}} {
			start := time.Now()
			tokens, errs := crowd(source, server, step.refused)
			is.Equal(time.Since(start), time.Second)
			for i := range callers {
				is.NoErr(errs[i])
				is.Equal(tokens[i].Value, step.want)
			}
		}
		is.Equal(server.logins.Load(), int64(1))
		is.Equal(server.refreshes.Load(), int64(1))
	})
}

// TestFlight_RealConcurrency is the same without a bubble, for the race detector: callers come while the login is over,
// under way or not begun.
func TestFlight_RealConcurrency(t *testing.T) {
	is := is.New(t)
	for range 20 {
		server := &fakeServer{onLogin: func(context.Context, int64) (Grant, error) {
			runtime.Gosched()
			return Grant{Access: Token{Value: "a"}, Refresh: Token{Value: "r"}}, nil
		}}
		source := Password(testUser, testPassword)
		for _, refused := range []string{"", "a"} {
			_, errs := crowd(source, server, refused)
			is.NoErr(errors.Join(errs[:]...))
		}
		is.Equal(server.logins.Load(), int64(1))
		is.Equal(server.refreshes.Load(), int64(1))
	}
}

func TestFlight_FailureIsSharedAndEveryCallerGetsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{onLogin: func(context.Context, int64) (Grant, error) {
			time.Sleep(time.Second)
			return Grant{}, refusal("login")
		}}
		tokens, errs := crowd(Password(testUser, testPassword), server, "")
		for i := range callers {
			is.True(errors.Is(errs[i], ErrUnauthenticated))
			is.Equal(tokens[i], Token{})
		}
		is.Equal(server.logins.Load(), int64(1))
	})
}

func TestFlight_EachCallerIsBoundedByItsOwnCtx(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server, cancelled := &fakeServer{}, 0
		slow(server, &cancelled)
		source := Password(testUser, testPassword)
		first, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		out, left := make(chan error, 1), time.Duration(0)
		go func() {
			_, err := source.Token(first, Ask{Server: server})
			left = time.Since(start)
			out <- err
		}()
		synctest.Wait()
		got, err := source.Token(context.Background(), Ask{Server: server}) // joined, and outlives the one who began
		is.NoErr(err)
		is.Equal(got.Value, "login")
		is.Equal(time.Since(start), time.Second)
		is.True(errors.Is(<-out, context.DeadlineExceeded))
		is.Equal(left, 100*time.Millisecond)
		is.Equal(cancelled, 0)
		is.Equal(server.logins.Load(), int64(1))
	})
}

func TestFlight_EndsWhenNobodyWaitsAndTheNextCallerStartsAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server, cancelled := &fakeServer{}, 0
		slow(server, &cancelled)
		source := Password(testUser, testPassword)
		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(context.Background())
		var wg sync.WaitGroup
		var errs [10]error
		for i := range errs {
			wg.Go(func() { _, errs[i] = source.Token(ctx, Ask{Server: server}) })
		}
		synctest.Wait()
		cancel(gone)
		wg.Wait()
		synctest.Wait()
		for _, err := range errs {
			is.True(errors.Is(err, gone))
		}
		is.Equal(cancelled, 1)
		got, err := source.Token(context.Background(), Ask{Server: server})
		is.NoErr(err)
		is.Equal(got.Value, "login")
		is.Equal(server.logins.Load(), int64(2))
	})
}

func TestFlight_NobodyJoinsOneThatIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{}
		server.onLogin = func(ctx context.Context, n int64) (Grant, error) {
			if n == 1 {
				<-ctx.Done()
				time.Sleep(time.Second) // it takes a while to give up
				return Grant{}, ctx.Err()
			}
			time.Sleep(2 * time.Second)
			return server.grant("second"), nil
		}
		source := Password(testUser, testPassword)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := source.Token(ctx, Ask{Server: server})
		is.True(errors.Is(err, context.DeadlineExceeded))
		third := make(chan string, 1)
		time.AfterFunc(1500*time.Millisecond, func() { // when the first has ended and the second has not
			got, _ := source.Token(context.Background(), Ask{Server: server})
			third <- got.Value
		})
		is.Equal(ask(t, source, server), "second")
		is.Equal(<-third, "second")
		is.Equal(server.logins.Load(), int64(2))
	})
}

func TestFlight_EndedCtxAsksNobody(t *testing.T) {
	is := is.New(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	server := &fakeServer{}
	_, err := Password(testUser, testPassword).Token(ctx, Ask{Server: server})
	is.True(errors.Is(err, context.Canceled))
	is.Equal(server.logins.Load(), int64(0))
}

func TestFlight_ServerThatEndsTheGoroutineIsAnError(t *testing.T) {
	is := is.New(t)
	server := &fakeServer{onLogin: func(context.Context, int64) (Grant, error) { runtime.Goexit(); return Grant{}, nil }}
	_, err := Password(testUser, testPassword).Token(context.Background(), Ask{Server: server})
	is.True(errors.Is(err, errAborted))
}
