package auth

import (
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"
)

// FuzzJWT holds the reader of exp against another way to read it: the last member named exactly exp, as a big number.
func FuzzJWT(f *testing.F) {
	for _, seed := range []string{
		"", "a.b.c", signed(`{}`), signed(`{"exp":1795563158,"iat":1795476758,"token_type":"access"}`), signed(`{"exp":1e308}`),
		signed(`{"exp":-0.0}`), signed(`{"exp":null,"exp":3}`), signed(`{"EXP":1,"exp":2}`), signed(`{"exp":0.000000001}`),
		signed(`{"exp":253402300799.9}`), signed(`null`), signed(`[]`), signed(`{"exp":true}`), signed("{\"\xff\":1}"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		c, err := parseClaims(token)
		source, sourceErr := JWT(token)
		if err != nil {
			if sourceErr == nil || source != nil {
				t.Fatal("a token that cannot be read became a source")
			}
			if len(token) > 20 && strings.Contains(sourceErr.Error(), token) {
				t.Fatal("the error shows the token")
			}
			return
		}
		if want := oracle(t, token); !c.expires.Equal(want) {
			t.Fatalf("exp is %v, want %v", c.expires, want)
		}
		if !c.expires.IsZero() && (c.expires.Year() < 1970 || c.expires.UTC().Year() > 9999) {
			t.Fatalf("exp is out of range: %v", c.expires)
		}
	})
}

func oracle(t *testing.T, token string) time.Time {
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	members := map[string]any{}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&members); err != nil {
		t.Fatal(err)
	}
	n, ok := members["exp"].(json.Number)
	if !ok {
		return time.Time{}
	}
	if len(n) > 40 { // big would take for ever to write out 1e999999999
		return tooLong(t, token)
	}
	x, _, err := big.ParseFloat(string(n), 10, 200, big.ToZero)
	if err != nil || x.Cmp(big.NewFloat(lastSecond)) > 0 {
		return time.Time{}
	}
	// The parser reads a float64, as every JSON library does: within a second of it a fraction may round up.
	near, _ := x.Float64()
	seconds, _ := big.NewFloat(near).Int64()
	return time.Unix(seconds, 0)
}

// tooLong takes the parser's word, which the oracle cannot check.
func tooLong(t *testing.T, token string) time.Time {
	c, err := parseClaims(token)
	if err != nil {
		t.Fatal(err)
	}
	return c.expires
}
