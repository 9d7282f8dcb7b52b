package auth

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/matryer/is"
)

// ask gives what a source answers, and fails the test on an error.
func ask(t *testing.T, source Source, server Server) string {
	t.Helper()
	got, err := source.Token(context.Background(), Ask{Server: server})
	if err != nil {
		t.Fatal(err)
	}
	return got.Value
}

// TestRenewal_EarlyByTheNextCallerAndNobodyWaits has tokens of 100 s: before 85 s nobody renews, behind 95 s the first
// who asks begins a renewal, and has the old token at once.
func TestRenewal_EarlyByTheNextCallerAndNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{life: 100 * time.Second}
		source := Password(testUser, testPassword)
		is.Equal(ask(t, source, server), "login-1")
		time.Sleep(85*time.Second - time.Nanosecond)
		is.Equal(ask(t, source, server), "login-1")
		synctest.Wait()
		is.Equal(server.refreshes.Load(), int64(0))
		time.Sleep(10 * time.Second)
		is.Equal(server.refreshes.Load(), int64(0)) // nobody asked
		is.Equal(ask(t, source, server), "login-1")
		synctest.Wait()
		is.Equal(server.refreshes.Load(), int64(1))
		is.Equal(ask(t, source, server), "refresh-1")
		time.Sleep(time.Hour) // long expired, and nothing happened meanwhile
		is.Equal(server.refreshes.Load(), int64(1))
		is.Equal(ask(t, source, server), "refresh-2")
		is.Equal(server.logins.Load(), int64(1))
	})
}

// TestRenewal_FleetDoesNotRenewAtOnce has 1,000 processes that logged in at the same moment, with tokens of 1,000 s, and
// ask every second. Of the 100 s in which they may renew, no second should see more than a few.
func TestRenewal_FleetDoesNotRenewAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{life: 1000 * time.Second}
		fleet := make([]Source, 1000)
		for i := range fleet {
			fleet[i] = Password(testUser, testPassword)
			ask(t, fleet[i], server)
		}
		time.Sleep(849 * time.Second)
		before, most := int64(0), int64(0)
		for range 102 {
			for _, source := range fleet {
				ask(t, source, server)
			}
			synctest.Wait()
			now := server.refreshes.Load()
			before, most = now, max(most, now-before)
			time.Sleep(time.Second)
		}
		is.Equal(before, int64(len(fleet)))
		is.True(most > 0 && most < 50) // 10 on average: 50 has a chance of 1 to 10^18
		t.Logf("the busiest of 100 s saw %d of 1,000 renewals", most)
	})
}

func TestRenewal_UnknownExpiryIsGoodUntilRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{}
		source := Password(testUser, testPassword)
		is.Equal(ask(t, source, server), "login-1")
		time.Sleep(365 * 24 * time.Hour)
		is.Equal(ask(t, source, server), "login-1")
	})
}

// TestRenewal_ClockOfThisSideIsWrong has a server whose clock is a day behind ours: its tokens seem to have expired
// before they come.
func TestRenewal_ClockOfThisSideIsWrong(t *testing.T) {
	for _, says := range []string{"a token that says when it was issued", "a token that does not"} {
		t.Run(says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				server := &fakeServer{}
				server.onLogin = func(context.Context, int64) (Grant, error) {
					there := time.Now().Add(-24 * time.Hour)
					g := Grant{Access: Token{Value: "opaque", Expires: there.Add(time.Hour)}, Refresh: Token{Value: "r"}}
					if says == "a token that says when it was issued" {
						g.Access.Value = expiring(there, there.Add(time.Hour))
					}
					return g, nil
				}
				source := Password(testUser, testPassword)
				first := ask(t, source, server)
				time.Sleep(50 * time.Minute)
				is.Equal(ask(t, source, server), first) // no storm of renewals
				is.Equal(server.logins.Load()+server.refreshes.Load(), int64(1))
				time.Sleep(7 * time.Minute)
				ask(t, source, server)
				synctest.Wait()
				renewed := int64(0)
				if first != "opaque" {
					renewed = 1
				}
				is.Equal(server.refreshes.Load(), renewed)
			})
		})
	}
}

func TestRenewal_EarlyFailureKeepsTheGoodTokenAndPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{life: 1000 * time.Second}
		server.onRefresh = func(context.Context, int64, string) (Grant, error) { return Grant{}, io.ErrUnexpectedEOF }
		source := Password(testUser, testPassword)
		is.Equal(ask(t, source, server), "login-1")
		time.Sleep(849 * time.Second)
		for range 150 {
			is.Equal(ask(t, source, server), "login-1")
			time.Sleep(time.Second)
		}
		tried := server.refreshes.Load()
		is.True(tried >= 1 && tried <= 4) // one in 48 to 72 s, of the last 50 to 150, and not one a call
		time.Sleep(time.Second)
		_, err := source.Token(context.Background(), Ask{Server: server}) // expired now
		is.True(errors.Is(err, io.ErrUnexpectedEOF))
	})
}

// TestRenewal_SlowEarlyRenewalHoldsUpNobody has a refresh of 30 s: whoever asks meanwhile has the old token at once, and
// those who ask afterwards have its outcome although nobody has waited for it.
func TestRenewal_SlowEarlyRenewalHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{life: time.Hour}
		server.onRefresh = func(ctx context.Context, _ int64, _ string) (Grant, error) {
			select {
			case <-time.After(30 * time.Second):
				return server.grant("renewed"), nil
			case <-ctx.Done():
				return Grant{}, ctx.Err()
			}
		}
		source := Password(testUser, testPassword)
		ask(t, source, server)
		time.Sleep(58 * time.Minute)
		start := time.Now()
		for range 29 {
			ctx, cancel := context.WithCancel(context.Background())
			got, err := source.Token(ctx, Ask{Server: server})
			cancel() // they do not stay
			is.NoErr(err)
			is.Equal(got.Value, "login-1")
			time.Sleep(time.Second)
		}
		is.Equal(time.Since(start), 29*time.Second) // the largest delay was 0
		time.Sleep(2 * time.Second)
		is.Equal(ask(t, source, server), "renewed")
		is.Equal(server.refreshes.Load(), int64(1))
	})
}

func TestRenewal_EarlyOneEndsByItsOwnDeadlineOrWithTheLifeThatBeganIt(t *testing.T) {
	for _, by := range []string{"deadline", "life"} {
		synctest.Test(t, func(t *testing.T) {
			is := is.New(t)
			server := &fakeServer{life: time.Hour}
			ended := make(chan time.Time, 1)
			server.onRefresh = func(ctx context.Context, _ int64, _ string) (Grant, error) {
				<-ctx.Done()
				ended <- time.Now()
				return Grant{}, ctx.Err()
			}
			source := Password(testUser, testPassword)
			ask(t, source, server)
			time.Sleep(58 * time.Minute)
			life, end := context.WithCancel(context.Background())
			defer end()
			start := time.Now()
			_, err := source.Token(context.Background(), Ask{Server: server, Life: life})
			is.NoErr(err)
			want := earlyPatience
			if by == "life" {
				want = 7 * time.Second
				time.AfterFunc(want, end)
			}
			is.Equal((<-ended).Sub(start), want)
		})
	}
}

func TestRenewal_RefusedDuringEarlyRenewalJoinsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{life: time.Hour}
		server.onRefresh = func(_ context.Context, n int64, _ string) (Grant, error) {
			time.Sleep(3 * time.Second)
			if n == 1 {
				return Grant{Access: Token{Value: "login-1"}, Refresh: Token{Value: "r"}}, nil // of the same second
			}
			return Grant{Access: Token{Value: "new"}}, nil
		}
		source := Password(testUser, testPassword)
		ask(t, source, server)
		time.Sleep(58 * time.Minute)
		ask(t, source, server)
		got, err := source.Token(context.Background(), Ask{Server: server, Refused: "login-1"})
		is.NoErr(err)
		is.Equal(got.Value, "new")
		is.Equal(server.refreshes.Load(), int64(2))
	})
}

// TestRenewal_MachineThatSleptAndClockThatWasSet moves the wall clock under a kept token of an hour, which it does by moving
// what was noted of it the other way.
func TestRenewal_MachineThatSleptAndClockThatWasSet(t *testing.T) {
	for _, jump := range []time.Duration{2 * time.Hour, -24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			is := is.New(t)
			server := &fakeServer{life: time.Hour}
			source := Password(testUser, testPassword)
			ask(t, source, server)
			c := source.(*login).servers.at(server)
			c.early.wall, c.late.wall = c.early.wall.Add(-jump), c.late.wall.Add(-jump)
			time.Sleep(time.Minute)
			want := "refresh-1" // it slept for two hours, and the token with it
			if jump < 0 {
				want = "login-1"
			}
			is.Equal(ask(t, source, server), want)
			time.Sleep(time.Hour) // which passes though the wall says otherwise
			is.True(ask(t, source, server) != "login-1")
		})
	}
}

// BenchmarkToken_Kept is what every request pays for a token that is there.
func BenchmarkToken_Kept(b *testing.B) {
	server := &fakeServer{life: time.Hour}
	source, ctx := Password(testUser, testPassword), context.Background()
	for b.Loop() {
		if _, err := source.Token(ctx, Ask{Server: server}); err != nil {
			b.Fatal(err)
		}
	}
}
