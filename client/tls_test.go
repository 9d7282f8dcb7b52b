package client_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

func TestTLS_SocketAndHTTPGoOverIt(t *testing.T) {
	is := is.New(t)
	web := httptest.NewTLSServer(kalamtest.Start(t))
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	w := &world{t: t, url: web.URL, admin: root()}
	c := w.client(client.WithTLSConfig(&tls.Config{RootCAs: roots}))
	n, err := client.Query[int64](t.Context(), c, "SELECT 1 AS n")
	is.NoErr(err)
	is.Equal(n, []int64{1})
	is.NoErr(c.Connect(t.Context()))
	is.NoErr(c.Close(t.Context()))
}

func TestTLS_AnUnknownAuthorityIsNotTrusted(t *testing.T) {
	is := is.New(t)
	web := httptest.NewTLSServer(kalamtest.Start(t))
	defer web.Close()
	w := &world{t: t, url: web.URL, admin: root()}
	c := w.client(client.WithMaxRetries(0))
	var unknown x509.UnknownAuthorityError
	_, err := client.Query[int64](t.Context(), c, "SELECT 1")
	is.True(errors.As(err, &unknown))
	err = c.Connect(t.Context())
	is.True(errors.As(err, &unknown))
	is.True(errors.Is(err, client.ErrConnect))
}
