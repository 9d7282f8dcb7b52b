package auth

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// hammer asks every millisecond for the given time, and gives what the last call gave.
func hammer(source Source, ask Ask, long time.Duration) (last error) {
	for end := time.Now().Add(long); time.Now().Before(end); time.Sleep(time.Millisecond) {
		_, last = source.Token(context.Background(), ask)
	}
	return last
}

// failing is a server whose logins all fail alike.
func failing(err error) *fakeServer {
	return &fakeServer{onLogin: func(context.Context, int64) (Grant, error) { return Grant{}, err }}
}

// TestSetback_EndpointThatIsDownIsNotHammered asks 1,000 times a second for a minute. The pauses are 0.1, 0.2, 0.4, 0.8,
// 1.6, 3.2 s and then 5 s, each within a fifth: some 16 attempts rather than 60,000.
func TestSetback_EndpointThatIsDownIsNotHammered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := failing(io.ErrUnexpectedEOF)
		source := Password(testUser, testPassword)
		err := hammer(source, Ask{Server: server}, time.Second)
		is.Equal(err, io.ErrUnexpectedEOF) // as it came
		first := server.logins.Load()
		is.True(first >= 4 && first <= 5)
		hammer(source, Ask{Server: server}, 59*time.Second)
		all := server.logins.Load()
		is.True(all >= 14 && all <= 20)
		t.Logf("%d attempts in the first second, %d in the first minute", first, all)

		server.onLogin = nil
		time.Sleep(longestPause / 10 * 12)
		ask(t, source, server)
		server.onRefresh = func(context.Context, int64, string) (Grant, error) { return Grant{}, io.ErrUnexpectedEOF }
		login := server.logins.Load()
		hammer(source, Ask{Server: server, Refused: ask(t, source, server)}, 79*time.Millisecond)
		is.Equal(server.refreshes.Load(), int64(1)) // a success has made the pauses short again
		time.Sleep(41 * time.Millisecond)
		hammer(source, Ask{Server: server}, time.Millisecond)
		is.Equal(server.refreshes.Load(), int64(2))
		is.Equal(server.logins.Load(), login)
	})
}

// TestSetback_RefusedPasswordIsNotTriedAgainSoon asks 1,000 times a second: the attempts are 0, 30, 90 and 210 s in, each
// pause within a fifth, and then every 5 min.
func TestSetback_RefusedPasswordIsNotTriedAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{}
		source := Password(testUser, "Wrong-lena-1")
		for _, step := range []struct {
			long time.Duration
			want int64
		}{{23 * time.Second, 1}, {24 * time.Second, 2}, {70 * time.Second, 3}} {
			err := hammer(source, Ask{Server: server}, step.long)
			is.True(errors.Is(err, ErrUnauthenticated))
			is.True(errors.Is(err, wire.CodeLoginUnauthorized)) // what the server said comes with it
			is.Equal(server.logins.Load(), step.want)
		}
		hammer(source, Ask{Server: server, Dial: true}, time.Second) // a dial is no reason
		is.Equal(server.logins.Load(), int64(3))
		other, err := Password(testUser, testPassword).Token(context.Background(), Ask{Server: server})
		is.NoErr(err) // nothing is remembered of who has the right one
		is.True(other.Value != "")
	})
}

func TestSetback_RetryAfterIsLonger(t *testing.T) {
	tests := []struct {
		name string
		says time.Duration
		want time.Duration
	}{{"limited", 90 * time.Second, 90 * time.Second}, {"a day", 24 * time.Hour, longestWord}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				limited := &wire.ServerError{Op: "login", HTTPStatus: 429, RetryAfter: tt.says}
				server := failing(limited)
				source := Password(testUser, testPassword)
				for _, wait := range []time.Duration{0, tt.want / 2, tt.want/2 - time.Second} {
					time.Sleep(wait)
					_, err := source.Token(context.Background(), Ask{Server: server})
					is.Equal(err, limited)
				}
				is.Equal(server.logins.Load(), int64(1))
				time.Sleep(time.Second)
				_, _ = source.Token(context.Background(), Ask{Server: server})
				is.Equal(server.logins.Load(), int64(2))
			})
		})
	}
}

// TestSetback_DialWaitsThePauseOut has a request fail and a dial come right after it: the dial has its own attempt, a
// little later, and the request that comes with it the error at once.
func TestSetback_DialWaitsThePauseOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{}
		server.onLogin = func(_ context.Context, n int64) (Grant, error) {
			if n == 1 {
				return Grant{}, io.ErrUnexpectedEOF
			}
			return server.grant("second"), nil
		}
		source, start := Password(testUser, testPassword), time.Now()
		for range 2 {
			_, err := source.Token(context.Background(), Ask{Server: server})
			is.True(errors.Is(err, io.ErrUnexpectedEOF))
		}
		is.Equal(time.Since(start), time.Duration(0))
		gone, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		_, err := source.Token(gone, Ask{Server: server, Dial: true})
		is.True(errors.Is(err, context.DeadlineExceeded)) // no longer than its ctx
		got, err := source.Token(context.Background(), Ask{Server: server, Dial: true})
		is.NoErr(err)
		is.Equal(got.Value, "second")
		is.True(time.Since(start) >= 80*time.Millisecond && time.Since(start) <= 120*time.Millisecond)
	})
}

func TestSetback_SetupIsNoRefusalOfTheCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		source := Password(testUser, testPassword)
		server := failing(errors.Join(ErrSetupRequired, &wire.ServerError{Op: "login", HTTPStatus: 428}))
		_, err := source.Token(context.Background(), Ask{Server: server})
		is.True(errors.Is(err, ErrSetupRequired))
		server.onLogin = nil // somebody has set it up
		time.Sleep(120 * time.Millisecond)
		is.Equal(ask(t, source, server), "login-2")
	})
}

// TestDue_EitherClockWillDo has a machine that slept, so that the steady clock is behind, and a wall clock that was set,
// forwards and back.
func TestDue_EitherClockWillDo(t *testing.T) {
	is := is.New(t)
	now := time.Now()
	later := in(now, time.Hour)
	is.True(!due{}.come(now))
	is.True(!later.come(now.Add(time.Hour - 1)))
	is.True(later.come(now.Add(time.Hour)))
	is.Equal(later.left(now), time.Hour)

	slept := due{steady: later.steady, wall: later.wall.Add(-2 * time.Hour)} // as the wall sees it: an hour too late
	is.True(slept.come(now))
	is.Equal(slept.left(now), time.Duration(0))
	setBack := due{steady: later.steady, wall: later.wall.Add(24 * time.Hour)} // as the wall sees it: a day to go
	is.True(!setBack.come(now))
	is.True(setBack.come(now.Add(time.Hour)))
	is.Equal(setBack.left(now), time.Hour)
}
