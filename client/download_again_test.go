package client_test

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// A download only reads: what may pass is tried again until the bytes come, and not behind
// the first of them.
func TestDownload_IsAskedForAgainUntilItBegins(t *testing.T) {
	const missing = `{"error":"no such file","code":"FILE_NOT_FOUND"}`
	refuse := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for _, test := range []struct {
		name   string
		fails  int
		with   http.HandlerFunc
		opts   []client.Option
		asked  int
		least  time.Duration
		ok     bool
		failed error
	}{
		{"a busy server", 3, refuse(503, "busy"), nil, 4, 0, true, nil},
		{"one that is busy for ever", 99, refuse(503, "busy"), nil, 4, 0, false, wire.ClassRetryable},
		{"one that says how long", 1, refuse(429, busyBody), nil, 2, 7 * time.Second, true, nil},
		{"one that says too long", 99, refuse(429, busyBody), []client.Option{client.WithTimeout(5 * time.Second)}, 1, 5 * time.Second, false, client.ErrTimeout},
		{"a connection that is lost", 2, cut, nil, 3, 0, true, nil},
		{"no retries", 1, refuse(503, "busy"), []client.Option{client.WithMaxRetries(0)}, 1, 0, false, wire.ClassRetryable},
		{"no such file", 1, refuse(404, missing), nil, 1, 0, false, wire.CodeFileNotFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				asked := 0
				c := filesClient(t, func(w http.ResponseWriter, r *http.Request) {
					if asked++; asked <= test.fails {
						test.with(w, r)
						return
					}
					_, _ = io.WriteString(w, "content")
				}, test.opts...)
				began := time.Now()
				d, err := c.Download(t.Context(), downloadOf("content"))
				is.Equal(err == nil, test.ok)
				is.Equal(asked, test.asked)
				is.True(time.Since(began) >= test.least && time.Since(began) <= 30*time.Second)
				if !test.ok {
					is.True(errors.Is(err, test.failed))
					var said *client.ServerError
					is.True(errors.As(err, &said)) // also where it was time that ended it
					return
				}
				text, err := io.ReadAll(d)
				is.NoErr(err)
				is.Equal(string(text), "content")
				is.NoErr(d.Close())
			})
		})
	}
}
