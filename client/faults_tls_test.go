package client_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// secureSite is a server behind TLS, with a certificate of an authority of its own.
type secureSite struct {
	net    *rxtest.Network
	roots  *x509.CertPool
	token  string
	web    *http.Server
	served chan struct{}
	dialed atomic.Int64
}

const secureAddr = "kalamdb.localhost:443"

// newSecureSite serves a handler at kalamdb.localhost, under a certificate for a host
// that ended so long ago.
func newSecureSite(f *trial, host string, age time.Duration, handler http.Handler) *secureSite {
	f.t.Helper()
	cert, roots := certificate(f.t, host, time.Now().Add(-age))
	site := &secureSite{net: rxtest.NewNetwork(), roots: roots, token: f.srv.Token("root"), served: make(chan struct{})}
	ln, err := site.net.Listen(secureAddr)
	if err != nil {
		f.t.Fatal(err)
	}
	site.web = &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)} // it logs the handshakes that are to fail
	site.web.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}}
	go func() { // owner: the site; ends when it is closed
		defer close(site.served)
		_ = site.web.ServeTLS(ln, "", "")
	}()
	return site
}

func (s *secureSite) close() {
	_ = s.web.Close()
	<-s.served
}

func (s *secureSite) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	s.dialed.Add(1)
	return s.net.DialContext(ctx, network, addr)
}

func (s *secureSite) dials() int64 { return s.dialed.Load() }

// client is a client of the site; it may know its authority.
func (s *secureSite) client(f *trial, known bool, opts ...client.Option) *client.Client {
	f.t.Helper()
	conf := &tls.Config{RootCAs: x509.NewCertPool()}
	if known {
		conf.RootCAs = s.roots
	}
	source, err := auth.JWT(s.token)
	if err != nil {
		f.t.Fatal(err)
	}
	opts = append(opts, client.WithAuth(source), client.WithDialer(s.dial), client.WithTLSConfig(conf))
	return f.clientOf("https://"+secureAddr, opts...)
}

// certificate makes an authority, and a certificate of it.
func certificate(t *testing.T, host string, end time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "faults"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: end, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	signed, err := x509.CreateCertificate(rand.Reader, authority, authority, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(signed)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, root, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
