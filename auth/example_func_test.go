package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/auth"
)

func ExampleFunc() {
	runs := 0
	source := auth.Func(func(context.Context) (auth.Token, error) {
		runs++
		return auth.Token{Value: fmt.Sprint("token-", runs), Expires: time.Now().Add(time.Hour)}, nil
	})
	for _, ask := range []auth.Ask{{Dial: true}, {}, {}, {Dial: true}, {Refused: "token-2"}} {
		got, err := source.Token(context.Background(), ask)
		fmt.Println(got.Value, err)
	}
	// Output:
	// token-1 <nil>
	// token-1 <nil>
	// token-1 <nil>
	// token-2 <nil>
	// token-3 <nil>
}

// login numbers its tokens.
func login() func(context.Context) (auth.Token, error) {
	runs := 0
	return func(context.Context) (auth.Token, error) {
		runs++
		return auth.Token{Value: fmt.Sprint("login-", runs)}, nil
	}
}

func ExampleRefreshing() {
	first := auth.Func(login())
	source := auth.Refreshing(first, func(_ context.Context, old auth.Token) (auth.Token, error) {
		if strings.HasSuffix(old.Value, "++") {
			return auth.Token{}, fmt.Errorf("too old: %w", auth.ErrUnauthenticated)
		}
		return auth.Token{Value: old.Value + "+"}, nil
	})
	fmt.Println(source)
	refused := ""
	for range 4 {
		got, err := source.Token(context.Background(), auth.Ask{Refused: refused})
		fmt.Println(got.Value, err)
		refused = got.Value
	}
	// Output:
	// refreshing(func)
	// login-1 <nil>
	// login-1+ <nil>
	// login-1++ <nil>
	// login-2 <nil>
}

func ExamplePanicError() {
	source := auth.Func(func(context.Context) (auth.Token, error) {
		var tokens []auth.Token
		return tokens[0], nil
	})
	_, err := source.Token(context.Background(), auth.Ask{})
	fmt.Println(err)
	var p *auth.PanicError
	fmt.Println(errors.As(err, &p), len(p.Stack()) > 0)

	_, err = auth.Func(func(context.Context) (auth.Token, error) { panic("Secret-lena-1") }).Token(context.Background(), auth.Ask{})
	fmt.Println(err)
	// Output:
	// kalam: panic while making a token: runtime error: index out of range [0] with length 0
	// true true
	// kalam: panic while making a token: a string
}
