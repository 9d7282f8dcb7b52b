package client

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/auth"
	"github.com/matryer/is"
)

func isNormalClose(err error) bool { return websocket.IsCloseError(err, websocket.CloseNormalClosure) }

func TestCarry_ATokenGoesOverPlainHTTPToThisMachineOnly(t *testing.T) {
	source := auth.Password("lena", "invented-carry-1")
	proxy := WithProxy(http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy:3128"}))
	for _, test := range []struct {
		url  string
		opts []Option
		ok   bool
	}{
		{"http://localhost:2900", nil, true},
		{"http://LOCALHOST.:2900", nil, true},
		{"http://kalamdb.localhost", nil, true},
		{"http://127.0.0.1:2900", nil, true},
		{"http://127.9.9.9", nil, true},
		{"http://[::1]:2900", nil, true},
		{"http://[::ffff:127.0.0.1]", nil, true},
		{"ws://localhost", nil, true},
		{"https://db.example", nil, true},
		{"wss://db.example", nil, true},
		{"http://db.example", nil, false},
		{"ws://db.example", nil, false},
		{"http://10.0.0.1:2900", nil, false},
		{"http://0.0.0.0:2900", nil, false},
		{"http://localhost.example", nil, false},
		{"http://notlocalhost", nil, false},
		{"http://[fe80::1]:2900", nil, false},
		{"http://db.example", []Option{WithInsecureToken()}, true},
		{"http://localhost", []Option{proxy}, false},
		{"https://localhost", []Option{proxy}, true},
		{"http://localhost", []Option{proxy, WithInsecureToken()}, true},
	} {
		t.Run(test.url, func(t *testing.T) {
			is := is.New(t)
			_, err := New(test.url, test.opts...) // of nobody
			is.NoErr(err)
			_, err = New(test.url, append(test.opts, WithAuth(source))...)
			is.Equal(err == nil, test.ok)
			if err != nil {
				is.True(errors.Is(err, ErrConfig))
				is.True(strings.Contains(err.Error(), "WithInsecureToken"))
			}
		})
	}
}
