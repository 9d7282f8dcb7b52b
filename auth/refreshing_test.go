package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// TestRefreshing_CourseOfTokens has what replaces the first token, which was refused, by what the refresher says to it.
func TestRefreshing_CourseOfTokens(t *testing.T) {
	tests := []struct {
		name    string
		gives   string
		fails   error
		want    string
		wantErr error
		firsts  int
	}{
		{"refreshed", "new", nil, "new", nil, 1},
		{"refused", "", fmt.Errorf("no: %w", ErrUnauthenticated), "first-2", nil, 2},
		{"refused by the server", "", &wire.ServerError{HTTPStatus: 401}, "first-2", nil, 2},
		{"the same", "first-1", nil, "first-2", nil, 2},
		{"nothing", "", nil, "first-2", nil, 2},
		{"no network", "", io.ErrUnexpectedEOF, "", io.ErrUnexpectedEOF, 1},
		{"limited", "", &wire.ServerError{HTTPStatus: 429}, "", wire.ClassRetryable, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			firsts, old := 0, ""
			source := Refreshing(Func(func(context.Context) (Token, error) {
				firsts++
				return Token{Value: fmt.Sprint("first-", firsts)}, nil
			}), func(_ context.Context, last Token) (Token, error) {
				old = last.Value
				return Token{Value: tt.gives}, tt.fails
			})
			is.Equal(ask(t, source, nil), "first-1")
			is.Equal(old, "") // the first token is not refreshed
			got, err := source.Token(context.Background(), Ask{Refused: "first-1"})
			is.Equal(got.Value, tt.want)
			is.True(errors.Is(err, tt.wantErr))
			is.Equal(old, "first-1")
			is.Equal(firsts, tt.firsts)
		})
	}
}

func TestRefreshing_StaticTokenThatIsRefusedForGood(t *testing.T) {
	is := is.New(t)
	first, err := JWT(signed(`{}`))
	is.NoErr(err)
	refusing := false
	source := Refreshing(first, func(_ context.Context, old Token) (Token, error) {
		if refusing {
			return Token{}, ErrUnauthenticated
		}
		return Token{Value: old.Value + "+"}, nil
	})
	refused := ask(t, source, nil)
	got, err := source.Token(context.Background(), Ask{Refused: refused})
	is.NoErr(err)
	is.Equal(got.Value, refused+"+")
	refusing = true
	_, err = source.Token(context.Background(), Ask{Refused: got.Value})
	is.True(errors.Is(err, ErrUnauthenticated))
}

func TestRefreshing_EarlyAndPerServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		one, two := &fakeServer{life: time.Hour}, &fakeServer{life: time.Hour}
		one.onLogin = func(context.Context, int64) (Grant, error) { return one.grant("one"), nil }
		two.onLogin = func(context.Context, int64) (Grant, error) { return two.grant("two"), nil }
		var olds []string
		source := Refreshing(Password(testUser, testPassword), func(_ context.Context, old Token) (Token, error) {
			olds = append(olds, old.Value)
			return Token{Value: old.Value + "+", Expires: time.Now().Add(time.Hour)}, nil
		})
		is.Equal(ask(t, source, one), "one")
		is.Equal(ask(t, source, two), "two")
		time.Sleep(58 * time.Minute)
		is.Equal(ask(t, source, two), "two")
		synctest.Wait()
		is.Equal(ask(t, source, two), "two+")
		time.Sleep(3 * time.Minute)
		is.Equal(ask(t, source, one), "one+") // expired
		is.Equal(olds, []string{"two", "one"})
		_, err := source.Token(context.Background(), Ask{Server: unhashable{}})
		is.True(errors.Is(err, ErrConfig))
	})
}

func TestRefreshing_PanicOfTheRefresherWedgesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		runs := 0
		source := Refreshing(Func(func(context.Context) (Token, error) { return Token{Value: "first"}, nil }),
			func(context.Context, Token) (Token, error) {
				if runs++; runs == 1 {
					panic("once")
				}
				return Token{Value: "second"}, nil
			})
		is.Equal(ask(t, source, nil), "first")
		_, err := source.Token(context.Background(), Ask{Refused: "first"})
		var p *PanicError
		is.True(errors.As(err, &p))
		time.Sleep(time.Second)
		got, err := source.Token(context.Background(), Ask{Refused: "first"})
		is.NoErr(err)
		is.Equal(got.Value, "second")
	})
}
