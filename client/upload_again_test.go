package client_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// uploadRefusals refuses the first n uploads with a status and a body, of those that have been read as far as is said.
type uploadRefusals struct {
	n      int
	status int
	body   string
	read   int64
	seen   int
}

func (u *uploadRefusals) hook(r *http.Request) (int, string, bool) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return 0, "", false
	}
	if u.seen++; u.seen > u.n {
		return 0, "", false
	}
	_, _ = io.CopyN(io.Discard, r.Body, u.read)
	return u.status, u.body, true
}

func TestUpload_OnlyWhatDidNothingIsSentAgainAndOnlyIfItCanBe(t *testing.T) {
	expired := `{"status":"error","results":[],"took":1,"error":{"code":"TOKEN_EXPIRED","message":"Invalid credentials"}}`
	follower := `{"status":"error","results":[],"took":1,"error":{"code":"NOT_LEADER","message":"Not here. Leader: http://127.0.0.1:1"}}`
	content := uploadBytes(1 << 20)
	seekable := func() io.Reader { return bytes.NewReader(content) }
	for _, test := range []struct {
		name   string
		refuse uploadRefusals
		body   func() io.Reader
		sent   int
		want   []error // none: it succeeds
	}{
		{"a token that has expired", uploadRefusals{n: 1, status: 401, body: expired, read: 1 << 16}, seekable, 2, nil},
		{"two of them", uploadRefusals{n: 2, status: 401, body: expired, read: 1 << 16}, seekable, 2, []error{auth.ErrUnauthenticated}},
		{"a token, and a body that is spent", uploadRefusals{n: 1, status: 401, body: expired, read: 1 << 16},
			func() io.Reader { return unseekable(seekable()) }, 1, []error{client.ErrFileSpent, wire.CodeTokenExpired}},
		{"a follower", uploadRefusals{n: 2, status: 503, body: follower, read: 1 << 20}, seekable, 3, nil},
		{"a follower for ever", uploadRefusals{n: 99, status: 503, body: follower}, seekable, 4, []error{wire.CodeNotLeader}},
		{"a follower, and a body that is spent", uploadRefusals{n: 1, status: 503, body: follower},
			func() io.Reader { return unseekable(seekable()) }, 1, []error{client.ErrFileSpent, wire.CodeNotLeader}},
		{"a busy server", uploadRefusals{n: 3, status: 429, body: busyBody, read: 1 << 16}, seekable, 4, nil},
		{"a busy server for ever", uploadRefusals{n: 99, status: 429, body: busyBody}, seekable, 4, []error{wire.CodeRateLimitExceeded}},
		{"a busy server, and a body that is spent", uploadRefusals{n: 1, status: 429, body: busyBody},
			func() io.Reader { return unseekable(seekable()) }, 1, []error{client.ErrFileSpent, wire.CodeRateLimitExceeded}},
		{"a server that is busy for longer than a call", uploadRefusals{n: 1, status: 429, body: strings.Replace(busyBody, "7", "31", 1)},
			seekable, 1, []error{wire.CodeRateLimitExceeded}},
		{"a ban", uploadRefusals{n: 1, status: 429, body: `{"error":"IP_BANNED","message":"go","retry_after_seconds":300}`},
			seekable, 1, []error{wire.CodeIPBanned}},
		{"somebody on the way who is busy", uploadRefusals{n: 1, status: 429, body: "<h1>busy</h1>"}, seekable, 1, []error{wire.ClassRetryable}},
		{"a cluster that is busy", uploadRefusals{n: 1, status: 503, body: strings.Replace(busyBody, "RATE_LIMIT_EXCEEDED", "CLUSTER_UNAVAILABLE", 1)},
			seekable, 1, []error{wire.CodeClusterUnavailable}},
		{"a rate limit that is no guard's", uploadRefusals{n: 1, status: 500, body: busyBody}, seekable, 1, []error{wire.CodeRateLimitExceeded}},
		{"an unknown outcome", uploadRefusals{n: 1, status: 502, body: `{"error":"no","code":"FORWARD_FAILED"}`}, seekable, 1, []error{wire.CodeForwardFailed}},
		{"something large instead of JSON", uploadRefusals{n: 1, status: 500, body: strings.Repeat("<p>", 10<<20/3)}, seekable, 1, []error{wire.ClassRetryable}},
	} {
		t.Run(test.name, func(t *testing.T) {
			refuse := test.refuse
			inMemory(t, func(t *testing.T, w *world) {
				is := is.New(t)
				c := w.client()
				table := w.docs(c)
				time.Sleep(2 * time.Second) // in virtual time: tokens of one second are the same
				_, err := c.Upload(t.Context(), `INSERT INTO `+table+` (id, att) VALUES ('a', FILE("x"))`,
					[]client.File{{Placeholder: "x", Body: test.body()}})
				is.Equal(refuse.seen, test.sent)
				is.Equal(err == nil, test.want == nil)
				for _, want := range test.want {
					is.True(errors.Is(err, want))
				}
				if test.want != nil {
					is.True(len(err.Error()) < 2000)
					is.Equal(w.srv.Stats().FilesStored, 0)
					return
				}
				f := w.fileOf(c, table, "a") // the second try sent all of it, not what the first had left
				is.Equal(f.Ref.Size, int64(len(content)))
			}, kalamtest.WithHTTPHook(refuse.hook))
		})
	}
}

func TestUpload_ARateLimitIsWaitedForOrSaysHowLong(t *testing.T) {
	refuse := &uploadRefusals{status: 429, body: busyBody}
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.docs(c)
		upload := func(c *client.Client, id string) error {
			refuse.n, refuse.seen = 1, 0
			_, err := c.Upload(t.Context(), `INSERT INTO `+table+` (id, att) VALUES ($1, FILE("x"))`,
				[]client.File{{Placeholder: "x", Body: strings.NewReader("x")}}, id)
			return err
		}
		start := time.Now()
		is.NoErr(upload(c, "a"))
		is.Equal(time.Since(start), 7*time.Second)
		var said *client.ServerError
		is.True(errors.As(upload(w.client(client.WithMaxRetries(0)), "b"), &said))
		is.Equal(said.RetryAfter, 7*time.Second)
		is.Equal(said.Op, "upload")
		is.Equal(refuse.seen, 1)
	}, kalamtest.WithHTTPHook(refuse.hook))
}

// The guard of the emulator refuses before it looks at a body: what has been refused is
// stored once.
func TestUpload_AGuardThatRefusesStoresNothing(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.docs(c)
		w.srv.RefuseRequests(2, http.StatusTooManyRequests, 3*time.Second)
		r := recording(t, client.Upload(c, `INSERT INTO `+table+` (id, att) VALUES ('a', FILE("x"))`,
			[]client.File{{Placeholder: "x", Body: bytes.NewReader(uploadBytes(1 << 20))}}))
		is.NoErr(r.ended())
		last := r.all[len(r.all)-1]
		is.Equal(last.Attempt, 3)
		is.Equal(last.Sent, int64(1<<20))
		is.Equal(w.srv.Stats().FilesStored, 1)
	})
}
