package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// counted is a function for Func that numbers its tokens, which last for life, and takes a second for each.
func counted(life time.Duration, runs *atomic.Int64) func(context.Context) (Token, error) {
	return func(ctx context.Context) (Token, error) {
		t := Token{Value: fmt.Sprint("run-", runs.Add(1))}
		if life > 0 {
			t.Expires = time.Now().Add(life)
		}
		return t, pause(ctx, time.Second)
	}
}

func TestFunc_BeforeEveryDialAndWhenRefusedAndKeptInBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		var runs atomic.Int64
		source := Func(counted(0, &runs))
		for _, step := range []struct {
			ask  Ask
			want string
		}{
			{Ask{}, "run-1"}, {Ask{}, "run-1"}, {Ask{Dial: true}, "run-2"}, {Ask{}, "run-2"}, {Ask{Dial: true}, "run-3"},
			{Ask{Refused: "run-2"}, "run-3"}, {Ask{Refused: "run-3"}, "run-4"}, {Ask{Dial: true, Refused: "run-4"}, "run-5"},
		} {
			got, err := source.Token(context.Background(), step.ask)
			is.NoErr(err)
			is.Equal(got.Value, step.want)
		}
		time.Sleep(365 * 24 * time.Hour)
		is.Equal(ask(t, source, nil), "run-5") // no expiry is known
	})
}

func TestFunc_ThousandCallersAndTwoDialsShareARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		var runs atomic.Int64
		source := Func(counted(0, &runs))
		tokens, errs := crowd(source, nil, "")
		is.NoErr(errors.Join(errs[:]...))
		is.Equal(tokens[callers-1].Value, "run-1")
		dialled := make(chan string, 2)
		for range 2 {
			go func() {
				got, _ := source.Token(context.Background(), Ask{Dial: true})
				dialled <- got.Value
			}()
		}
		synctest.Wait()
		start := time.Now()
		is.Equal(ask(t, source, nil), "run-1") // a request does not wait for what a dial wants
		is.Equal(time.Since(start), time.Duration(0))
		is.Equal([]string{<-dialled, <-dialled}, []string{"run-2", "run-2"})
		is.Equal(runs.Load(), int64(2))
	})
}

// TestFunc_ExpiryIsKnownFromWhatItSaysOrFromTheClaims has tokens that were made half an hour ago and last an hour, and one
// that is made to seem so by clocks that differ.
func TestFunc_ExpiryIsKnownFromWhatItSaysOrFromTheClaims(t *testing.T) {
	half := 30 * time.Minute
	tests := []struct {
		name  string
		make  func(now time.Time) Token
		early time.Duration // of the whole of which 85 % must pass, 0 is never
	}{
		{"says it", func(now time.Time) Token { return Token{Value: "opaque", Expires: now.Add(half)} }, half},
		{"claims", func(now time.Time) Token { return Token{Value: expiring(now.Add(-half), now.Add(half))} }, half},
		{"a clock behind", func(now time.Time) Token { return Token{Value: expiring(now.Add(24*time.Hour), now.Add(25*time.Hour))} }, time.Hour},
		{"a clock ahead", func(now time.Time) Token {
			return Token{Value: expiring(now.Add(-25*time.Hour), now.Add(-24*time.Hour))}
		}, 0},
		{"neither", func(time.Time) Token { return Token{Value: "opaque"} }, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				runs := 0
				source := Func(func(context.Context) (Token, error) { runs++; return tt.make(time.Now()), nil })
				first := ask(t, source, nil)
				time.Sleep(tt.early / 100 * 84)
				is.Equal(ask(t, source, nil), first)
				synctest.Wait()
				is.Equal(runs, 1)
				time.Sleep(tt.early/100*12 + 24*time.Hour*time.Duration(boolInt(tt.early == 0)))
				is.Equal(ask(t, source, nil), first)
				synctest.Wait()
				is.Equal(runs, 1+boolInt(tt.early != 0))
			})
		})
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestFunc_ItsErrorsAreGivenAsTheyAreAndSharedForAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		runs, gives := 0, error(io.ErrUnexpectedEOF)
		source := Func(func(context.Context) (Token, error) { runs++; return Token{Value: "t"}, gives })
		is.Equal(hammer(source, Ask{}, time.Second), gives)
		is.True(runs >= 4 && runs <= 5)
		time.Sleep(longestPause)
		gives = fmt.Errorf("signed out: %w", ErrUnauthenticated)
		_, err := source.Token(context.Background(), Ask{})
		is.Equal(err, gives)
		time.Sleep(6 * time.Second)
		runs, gives = 0, refusal("login") // a login of its own
		is.True(errors.Is(hammer(source, Ask{}, 20*time.Second), wire.CodeLoginUnauthorized))
		is.Equal(runs, 1)
		time.Sleep(longestBan * 2)
		gives = nil
		is.Equal(ask(t, source, nil), "t")
	})
}

func TestFunc_TokenThatIsRefusedAgain(t *testing.T) {
	is := is.New(t)
	runs := 0
	source := Func(func(context.Context) (Token, error) { runs++; return Token{Value: "t"}, nil })
	is.Equal(ask(t, source, nil), "t")
	_, err := source.Token(context.Background(), Ask{Refused: "t"})
	is.True(errors.Is(err, ErrUnauthenticated))
	is.Equal(runs, 2)
}

func TestFunc_AnonymousIsAToken(t *testing.T) {
	is := is.New(t)
	runs := 0
	source := Func(func(context.Context) (Token, error) { runs++; return Token{}, nil })
	for range 3 {
		is.Equal(ask(t, source, nil), "")
	}
	is.Equal(runs, 1)
}

func TestFunc_BadInput(t *testing.T) {
	is := is.New(t)
	for _, source := range []Source{Func(nil), Refreshing(None(), nil), Refreshing(nil, func(context.Context, Token) (Token, error) { return Token{}, nil }),
		Refreshing(Password("", ""), func(context.Context, Token) (Token, error) { return Token{}, nil })} {
		is.True(errors.Is(Check(source), ErrConfig))
		_, err := source.Token(context.Background(), Ask{})
		is.True(errors.Is(err, ErrConfig))
	}
}

func TestFunc_PanicIsAnErrorOfAllWhoWaitAndTheNextRunsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		token := expiring(time.Now(), time.Now().Add(time.Hour))
		runs := 0
		values := []any{fmt.Errorf("holds %s: %w", token, io.ErrNoProgress), token, nil}
		source := Func(func(context.Context) (Token, error) {
			time.Sleep(time.Second)
			if runs++; runs <= len(values) {
				panic(values[runs-1])
			}
			return Token{Value: "t"}, nil
		})
		for i := range values {
			_, errs := crowd(source, nil, "")
			var p *PanicError
			for _, err := range errs {
				is.True(errors.As(err, &p))
			}
			is.Equal(shows(p, token), "")
			is.Equal(errors.Is(p, io.ErrNoProgress), i == 0)
			is.True(strings.Contains(string(p.Stack()), "func_test.go"))
			if i < 2 {
				is.Equal(p.Value(), values[i])
			}
			time.Sleep(time.Second)
		}
		is.Equal(ask(t, source, nil), "t")
		is.Equal(runs, len(values)+1)
	})
}

func TestFunc_PanicInAnEarlyRenewalHurtsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		runs := 0
		source := Func(func(context.Context) (Token, error) {
			if runs++; runs > 1 {
				var none []Token
				return none[runs], nil
			}
			return Token{Value: "t", Expires: time.Now().Add(time.Hour)}, nil
		})
		ask(t, source, nil)
		time.Sleep(58 * time.Minute)
		is.Equal(ask(t, source, nil), "t")
		synctest.Wait()
		is.Equal(runs, 2)
		time.Sleep(time.Hour)
		_, err := source.Token(context.Background(), Ask{})
		is.Equal(err.Error(), "kalam: panic while making a token: runtime error: index out of range [3] with length 0")
	})
}

// TestFunc_ThatIgnoresItsCtxHoldsUpNobodyElse has runs that never end: the first is left by its caller, the second is an
// early one past its deadline.
func TestFunc_ThatIgnoresItsCtxHoldsUpNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		var runs atomic.Int64
		release := make(chan struct{})
		defer close(release)
		source := Func(func(context.Context) (Token, error) {
			if n := runs.Add(1); n != 2 {
				<-release
				return Token{Value: fmt.Sprint("late-", n)}, nil
			}
			return Token{Value: "good", Expires: time.Now().Add(time.Hour)}, nil
		})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := source.Token(ctx, Ask{})
		is.True(errors.Is(err, context.DeadlineExceeded))
		is.Equal(ask(t, source, nil), "good")
		time.Sleep(58 * time.Minute)
		is.Equal(ask(t, source, nil), "good") // begins the third
		time.Sleep(3 * time.Minute)
		start := time.Now()
		ctx, cancel = context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, err = source.Token(ctx, Ask{}) // has a fourth of its own
		is.True(errors.Is(err, context.DeadlineExceeded))
		is.Equal(time.Since(start), 5*time.Second)
		is.Equal(runs.Load(), int64(4))
	})
}

func TestFunc_LateOutcomeIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		var runs atomic.Int64
		source := Func(func(context.Context) (Token, error) {
			n := runs.Add(1)
			if n == 1 {
				time.Sleep(time.Minute)
			}
			return Token{Value: fmt.Sprint(n)}, nil
		})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := source.Token(ctx, Ask{})
		is.True(errors.Is(err, context.DeadlineExceeded))
		is.Equal(ask(t, source, nil), "2")
		time.Sleep(time.Hour)
		is.Equal(ask(t, source, nil), "2")
	})
}

// TestFunc_ThatAsksItsOwnSource has both ways: with the ctx it was given, which is found out, and with another, where only
// the end of all runs helps.
func TestFunc_ThatAsksItsOwnSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		var source Source
		source = Func(func(ctx context.Context) (Token, error) { return source.Token(ctx, Ask{}) })
		_, err := source.Token(context.Background(), Ask{})
		is.True(errors.Is(err, errItself))

		start := time.Now()
		source = Func(func(context.Context) (Token, error) { return source.Token(context.Background(), Ask{}) })
		_, err = source.Token(context.Background(), Ask{})
		is.True(errors.Is(err, context.DeadlineExceeded))
		is.Equal(time.Since(start), longestFlight)
	})
}

func TestFunc_ThatEndsItsGoroutine(t *testing.T) {
	is := is.New(t)
	source := Func(func(context.Context) (Token, error) { runtime.Goexit(); return Token{}, nil })
	_, err := source.Token(context.Background(), Ask{})
	is.True(errors.Is(err, errAborted))
}
