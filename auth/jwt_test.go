package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/matryer/is"
)

func TestJWT_BadShapeIsAnErrorAtOnceAndShowsNothing(t *testing.T) {
	part := base64.RawURLEncoding.EncodeToString
	object := part([]byte(`{"alg":"HS256"}`))
	tests := []struct {
		name, token string
		want        error
	}{
		{"empty", "", errParts},
		{"a password", "Secret-lena-1", errParts},
		{"bearer", "Bearer " + signed(`{}`), errBearer},
		{"newline of a file", signed(`{}`) + "\n", errSpace},
		{"line break for a header", object + ".\r\nX: y." + object, errSpace},
		{"beyond ASCII", object + "." + object + ".é", errSpace},
		{"two parts", object + "." + object, errParts},
		{"five parts, encrypted", strings.Repeat(object+".", 4) + object, errParts},
		{"not signed", object + "." + object + ".", errSignature},
		{"padding", object + "=." + object + ".c2ln", errHeader},
		{"header is no JSON", part([]byte("alg")) + "." + object + ".c2ln", errHeader},
		{"header is null", part([]byte("null")) + "." + object + ".c2ln", errHeader},
		{"payload is an array", object + "." + part([]byte("[1]")) + ".c2ln", errPayload},
		{"payload is cut", object + "." + part([]byte(`{"exp":1`)) + ".c2ln", errPayload},
		{"exp is text", signed(`{"exp":"1795563158"}`), errMoment},
		{"exp is an object", signed(`{"exp":{}}`), errMoment},
		{"exp is negative", signed(`{"exp":-1}`), errMoment},
		{"iat is text", signed(`{"exp":1,"iat":"x"}`), errMoment},
		{"longer than a header may be", signed(`{"a":"` + strings.Repeat("x", maxToken) + `"}`), errLength},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			source, err := JWT(tt.token)
			is.True(source == nil)
			is.True(errors.Is(err, ErrConfig))
			is.True(errors.Is(err, tt.want))
			is.True(strings.HasPrefix(err.Error(), "kalam: "))
			is.True(len(tt.token) == 0 || !strings.Contains(err.Error(), strings.TrimSpace(tt.token)))
		})
	}
}

func TestJWT_RefreshTokenIsRefusedHere(t *testing.T) {
	is := is.New(t)
	_, err := JWT(signed(`{"exp":1796081558,"token_type":"refresh"}`))
	is.True(errors.Is(err, ErrConfig))
}

func TestJWT_ReadsTheExpiryWithoutVerifying(t *testing.T) {
	recorded := "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJsZW5hIiwiaXNzIjoia2FsYW1kYiIsImV4cCI6MTc5NTU2MzE1OCwiaWF0IjoxNzk1NDc2NzU4LCJlbWFpbCI6bnVsbCwicm9sZSI6InVzZXIiLCJ0b2tlbl90eXBlIjoiYWNjZXNzIn0.YR7TeHfmGIhhIcuKsuZZzpvbLis3t1vxwJnRpgbNgxc"
	tests := []struct {
		name, token string
		want        time.Time
	}{
		{"recorded from a server", recorded, time.Unix(1795563158, 0)},
		{"no exp", signed(`{}`), time.Time{}},
		{"null", signed(`{"exp":null}`), time.Time{}},
		{"fraction", signed(`{"exp":1795563158.75}`), time.Unix(1795563158, 0)},
		{"exponent", signed(`{"exp":1.5e9}`), time.Unix(1500000000, 0)},
		{"another case is another claim", signed(`{"EXP":1}`), time.Time{}},
		{"the year 9999", signed(`{"exp":253402300799}`), time.Unix(253402300799, 0)},
		{"for ever", signed(`{"exp":9223372036854775807}`), time.Time{}},
		{"beyond any number", signed(`{"exp":1e999}`), time.Time{}},
		{"token_type of another kind", signed(`{"exp":7,"token_type":3}`), time.Unix(7, 0)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			source, err := JWT(tt.token)
			is.NoErr(err)
			is.True(source.(*static).expires.Equal(tt.want))
		})
	}
}

func TestJWT_RefusedOrExpiredHasNoSuccessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		ctx := context.Background()
		token := expiring(time.Now(), time.Now().Add(time.Hour))
		source, err := JWT(token)
		is.NoErr(err)

		got, err := source.Token(ctx, Ask{})
		is.NoErr(err)
		is.Equal(got.Value, token)
		_, err = source.Token(ctx, Ask{Refused: "another token"})
		is.NoErr(err)
		got, err = source.Token(ctx, Ask{Refused: token})
		is.True(errors.Is(err, ErrUnauthenticated))
		is.Equal(got.Value, "")

		time.Sleep(time.Hour + leeway)
		_, err = source.Token(ctx, Ask{})
		is.NoErr(err) // servers take it for a minute more
		time.Sleep(time.Nanosecond)
		_, err = source.Token(ctx, Ask{})
		is.True(errors.Is(err, ErrUnauthenticated))
		is.True(!strings.Contains(err.Error(), token))
	})
}

func TestNone_IsAnonymousForEver(t *testing.T) {
	is := is.New(t)
	got, err := None().Token(context.Background(), Ask{Refused: "whatever"})
	is.NoErr(err)
	is.Equal(got, Token{})
}
