package auth

import (
	"errors"
	"testing"

	"github.com/matryer/is"
)

// FuzzStoredFile has any bytes for a file of credentials: they are ErrCorrupt, or something that is written and read again
// as it is.
func FuzzStoredFile(f *testing.F) {
	whole, err := encodeStored(testKey(), storedAs("x"))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(whole), "", "null", "{}", `{"version":1,"server":"s","user":"u","grant":{"access_token":"a"}}`,
		`{"version":1,"server":"s","user":"u","grant":{"access_token":"a","expires_at":"tomorrow"}}`, `{"version":1e0,"server":"\ud800","user":"u","grant":null}`,
		`{"version":1,"server":"s","user":"u","grant":{"access_token":"a","expires_at":"9999-12-31T23:59:59.999999999-23:59"}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		key, g, err := decodeStored(text)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("%v is not ErrCorrupt", err)
			}
			return
		}
		again, err := encodeStored(key, g)
		if errors.Is(err, ErrConfig) { // longer as written, or an expiry beyond the year 9999 in UTC
			return
		}
		sameKey, same, err := decodeStored(again)
		if err != nil || sameKey != key || same.Access.Value != g.Access.Value || same.Refresh.Value != g.Refresh.Value || same.User.ID != g.User.ID {
			t.Fatalf("%q became %q: %v", text, again, err)
		}
	})
}

func TestStoredFile_CutAtEveryByte(t *testing.T) {
	is := is.New(t)
	whole, err := encodeStored(testKey(), storedAs("x"))
	is.NoErr(err)
	for n := range whole {
		key, g, err := decodeStored(whole[:n])
		is.True(errors.Is(err, ErrCorrupt))
		is.Equal(key, Key{})
		is.Equal(g, Grant{})
	}
	key, g, err := decodeStored(whole)
	is.NoErr(err)
	is.Equal(key, testKey())
	is.Equal(g, storedAs("x"))
}
