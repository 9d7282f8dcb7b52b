package client_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

// filesHTTP2 is a world whose server speaks HTTP/2 over TLS. refuse answers instead of it as long as it wants to.
func filesHTTP2(t *testing.T, refuse func(w http.ResponseWriter, r *http.Request) bool) (*world, *client.Client) {
	t.Helper()
	srv := kalamtest.Start(t)
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("%s %s over %s", r.Method, r.URL.Path, r.Proto)
		}
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") || !refuse(w, r) {
			srv.ServeHTTP(w, r)
		}
	}))
	web.EnableHTTP2 = true
	web.StartTLS()
	t.Cleanup(web.Close)
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	w := &world{t: t, url: web.URL, admin: root(), ns: "files2"}
	c := w.client(client.WithTLSConfig(&tls.Config{RootCAs: roots}))
	w.exec(c, "CREATE NAMESPACE "+w.ns)
	return w, c
}

func TestFiles_OverHTTP2TheyAreTheSame(t *testing.T) {
	is := is.New(t)
	var tries atomic.Int64
	w, c := filesHTTP2(t, func(w http.ResponseWriter, r *http.Request) bool {
		if tries.Add(1) > 1 {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable) // while the body is on its way
		_, _ = io.WriteString(w, `{"status":"error","results":[],"took":1,"error":{"code":"NOT_LEADER","message":"not here"}}`)
		return true
	})
	table := w.docs(c)
	content := uploadBytes(5 << 20)
	_, err := c.Upload(t.Context(), "INSERT INTO "+table+` (id, att) VALUES ('a', FILE("x"))`,
		[]client.File{{Placeholder: "x", Body: bytes.NewReader(content)}})
	is.NoErr(err)
	is.Equal(tries.Load(), int64(2))
	d, err := c.Download(t.Context(), w.fileOf(c, table, "a"))
	is.NoErr(err)
	got, err := io.ReadAll(d)
	is.NoErr(err)
	is.True(bytes.Equal(got, content))
	is.NoErr(d.Close())
}

func TestFiles_OverHTTP2ABlockedBodyHoldsOnlyDone(t *testing.T) {
	is := is.New(t)
	_, c := filesHTTP2(t, func(_ http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		return true
	})
	reading, release := make(chan struct{}), make(chan struct{})
	body := &uploadReader{func([]byte) (int, error) {
		close(reading)
		<-release
		return 0, io.EOF
	}}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { // owner: the test, which waits for it; ends when the upload does
		_, err := c.Upload(ctx, filesSQL, []client.File{{Placeholder: "x", Body: body}})
		ended <- err
	}()
	<-reading
	cancel()
	is.True(errors.Is(<-ended, context.Canceled))
	is.NoErr(c.Close(t.Context()))
	select {
	case <-c.Done():
		t.Fatal("the client is done while a body is being read")
	default:
	}
	close(release)
	<-c.Done()
}
