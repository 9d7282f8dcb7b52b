package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

// pooledConn takes nothing more once it is stale, as one that the server closes while it is taken from the pool.
type pooledConn struct {
	net.Conn
	stale *atomic.Bool
}

func (c pooledConn) Write(p []byte) (int, error) {
	if c.stale.Load() {
		return 0, errors.New("broken pipe")
	}
	return c.Conn.Write(p)
}

func TestUpload_APooledConnectionThatTakesNothingIsReplaced(t *testing.T) {
	for _, test := range []struct {
		name string
		body io.Reader
		ok   bool
	}{
		{"a body that can be rewound", bytes.NewReader(uploadBytes(1 << 20)), true},
		{"one that cannot", unseekable(bytes.NewReader(uploadBytes(1 << 20))), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				var came int64
				dial := filesServe(t, rxtest.NewNetwork(), func(w http.ResponseWriter, r *http.Request) {
					came, _ = io.Copy(io.Discard, r.Body)
					_, _ = io.WriteString(w, filesDone)
				})
				stale := &atomic.Bool{}
				c, err := client.New("http://localhost:80", client.WithDialer(func(ctx context.Context, network, addr string) (net.Conn, error) {
					conn, err := dial(ctx, network, addr)
					return pooledConn{conn, stale}, err
				}))
				is.NoErr(err)
				_, err = c.Exec(t.Context(), "SELECT 1")
				is.NoErr(err)
				stale.Store(true)
				stale = &atomic.Bool{} // of the next connection
				came = 0
				_, err = c.Upload(t.Context(), filesSQL, []client.File{{Placeholder: "x", Body: test.body}})
				is.Equal(err == nil, test.ok)
				is.Equal(came > 1<<20, test.ok)
				is.NoErr(c.Close(t.Context()))
				<-c.Done()
			})
		})
	}
}
