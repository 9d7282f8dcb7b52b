package client_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"testing"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

// Statements may speak HTTP/2; the socket cannot, and does not offer it.
func TestTLS_TheSocketIsHTTP1WhateverStatementsSpeak(t *testing.T) {
	is := is.New(t)
	web := httptest.NewUnstartedServer(kalamtest.Start(t))
	web.EnableHTTP2 = true
	web.StartTLS()
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	w := &world{t: t, url: web.URL, admin: root()}
	c := w.client(client.WithTLSConfig(&tls.Config{RootCAs: roots, NextProtos: []string{"h2", "http/1.1"}}), client.WithoutReconnect())
	_, err := client.Query[int64](t.Context(), c, "SELECT 1 AS n")
	is.NoErr(err)
	is.NoErr(c.Connect(t.Context()))
}
