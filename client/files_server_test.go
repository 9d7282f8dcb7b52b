package client_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

const filesDone = `{"status":"success","results":[{"row_count":1,"message":"Inserted 1 row(s)","as_user":"lena"}],"took":1}`

// filesSQL is a statement with one place for a file.
const filesSQL = `INSERT INTO a.b (id, att) VALUES ('a', FILE("x"))`

// filesClient is a client of a server that does what handle does, in a bubble.
func filesClient(t *testing.T, handle http.HandlerFunc, opts ...client.Option) *client.Client {
	t.Helper()
	network := rxtest.NewNetwork()
	c, err := client.New("http://localhost:80", append([]client.Option{client.WithDialer(filesServe(t, network, handle))}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Close(context.Background())
		<-c.Done()
	})
	return c
}

// filesServe serves on localhost:80 of a network, and gives what dials there.
func filesServe(t *testing.T, network *rxtest.Network, handle http.HandlerFunc) client.DialFunc {
	t.Helper()
	l, err := network.Listen("localhost:80")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	srv := &http.Server{Handler: handle, ConnState: func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			running.Add(1)
		case http.StateClosed:
			running.Done()
		}
	}}
	running.Go(func() { _ = srv.Serve(l) }) // owner: the test; ends when its cleanup closes the server
	t.Cleanup(func() {
		_ = srv.Close()
		running.Wait()
	})
	return network.DialContext
}

// filesTake answers an upload when all of it has come.
func filesTake(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	_, _ = io.WriteString(w, filesDone)
}

// filesToken is a source of one user's tokens.
func filesToken(t *testing.T, srv *kalamtest.Server, user string) auth.Source {
	t.Helper()
	source, err := auth.JWT(srv.Token(user))
	if err != nil {
		t.Fatal(err)
	}
	return source
}
