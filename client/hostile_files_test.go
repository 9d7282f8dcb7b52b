package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

// hostileReader is a body that does whatever it likes.
type hostileReader func(p []byte) (int, error)

func (r hostileReader) Read(p []byte) (int, error) { return r(p) }

func hostileFile(r hostileReader) []client.File {
	return []client.File{{Placeholder: "x", Body: r, Size: 4 << 20}}
}

// A body that ends the goroutine of the HTTP client, as t.FailNow does, fails its upload
// and holds up neither it nor the client's end.
func TestHostile_ABodyThatEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		c := filesClient(t, filesTake)
		began := time.Now()
		reads := 0
		_, err := c.Upload(t.Context(), filesSQL, hostileFile(func(p []byte) (int, error) {
			if reads++; reads > 3 {
				runtime.Goexit()
			}
			return len(p), nil
		}))
		var file *client.FileError
		is.True(errors.As(err, &file))
		is.Equal(file.Placeholder, "x")
		is.True(time.Since(began) < time.Second)
		is.NoErr(c.Close(t.Context()))
		<-c.Done()
	})
}

// A server that answers before it has read the body has answered.
func TestHostile_AnAnswerBeforeTheBodyIsRead(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusTooManyRequests} {
		synctest.Test(t, func(t *testing.T) {
			is := is.New(t)
			c := filesClient(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Connection", "close")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, filesDone)
			})
			var inside sync.Mutex // nobody reads a body twice at a time, nor behind the end
			over := false
			_, err := c.Upload(t.Context(), filesSQL, hostileFile(func(p []byte) (int, error) {
				if !inside.TryLock() || over {
					t.Error("read when it must not be")
				}
				defer inside.Unlock()
				time.Sleep(time.Second)
				return min(len(p), 1000), nil
			}))
			inside.Lock()
			over = true
			inside.Unlock()
			if status == http.StatusOK {
				is.NoErr(err)
			} else {
				var said *client.ServerError
				is.True(errors.As(err, &said))
				is.Equal(said.HTTPStatus, status)
			}
			is.NoErr(c.Close(t.Context()))
			<-c.Done()
			time.Sleep(time.Minute)
		})
	}
}

// Downloads are closed, cancelled and read at the same time, on a client that closes.
func TestHostile_DownloadsAreClosedWhileTheyAreRead(t *testing.T) {
	srv := kalamtest.Start(t)
	w := newWorld(t, &world{t: t, url: srv.URL(), admin: root(), srv: srv})
	is := is.New(t)
	c := w.client()
	table := w.docs(c)
	_, err := c.Upload(t.Context(), "INSERT INTO "+table+` (id, att) VALUES ('a', FILE("x"))`,
		[]client.File{{Placeholder: "x", Body: strings.NewReader(strings.Repeat("x", 1<<20))}})
	is.NoErr(err)
	f := w.fileOf(c, table, "a")
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			d, err := c.Download(ctx, f)
			if err != nil {
				if !errors.Is(err, client.ErrClosed) {
					t.Error(err)
				}
				return
			}
			all.Go(func() {
				if i%2 == 0 {
					cancel()
				}
				_ = d.Close()
			})
			n, err := io.Copy(io.Discard, d)
			if err == nil && n != 1<<20 {
				t.Errorf("%d bytes are a whole file", n)
			}
			_ = d.Close()
		})
	}
	all.Go(func() { _ = c.Close(t.Context()) })
	all.Wait()
	<-c.Done()
}
