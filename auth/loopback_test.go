package auth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// kalam is the login and refresh of a server on a loopback port. It sets the cookies that the real one sets and, as the
// real one, would prefer them.
type kalam struct {
	logins, refreshes, cookies atomic.Int64
}

func (k *kalam) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.cookies.Add(int64(len(r.Cookies())))
	http.SetCookie(w, &http.Cookie{Name: "kalamdb_refresh", Value: "of the cookie", Path: "/"})
	switch {
	case r.Method == "POST" && r.URL.Path == loginPath:
		body := make([]byte, 1024)
		n, _ := r.Body.Read(body)
		in, err := wire.ParseLoginRequest(body[:n])
		if err != nil || in.Password != testPassword {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error":"unauthorized","message":"Invalid credentials"}`)
			return
		}
		k.grant(w, fmt.Sprintf("login-%d", k.logins.Add(1)))
	case r.Method == "POST" && r.URL.Path == refreshPath && r.Header.Get("Authorization") == "Bearer r-login-1":
		k.grant(w, fmt.Sprintf("refresh-%d", k.refreshes.Add(1)))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (k *kalam) grant(w http.ResponseWriter, name string) {
	fmt.Fprintf(w, `{"user":{"id":"lena","role":"user","email":null,"created_at":"","updated_at":""},"admin_ui_access":false,`+
		`"expires_at":%q,"access_token":%q,"refresh_token":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339Nano), name, "r-"+name)
}

func TestLoopback_LoginRefreshRefusalAndNobodyThere(t *testing.T) {
	is := is.New(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	is.NoErr(err)
	k := &kalam{}
	srv := &http.Server{Handler: k}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	transport := &http.Transport{}
	server := NewServer(address(t, "http://"+listener.Addr().String()), &http.Client{Transport: transport})
	ctx := context.Background()

	source := Password(testUser, testPassword)
	_, errs := crowd(source, server, "")
	is.NoErr(errors.Join(errs[:]...))
	tokens, errs := crowd(source, server, "login-1")
	is.NoErr(errors.Join(errs[:]...))
	is.Equal(tokens[0].Value, "refresh-1")
	is.Equal(k.logins.Load(), int64(1))
	is.Equal(k.refreshes.Load(), int64(1))
	is.Equal(k.cookies.Load(), int64(0))
	_, err = Password(testUser, "Wrong-lena-1").Token(ctx, Ask{Server: server})
	is.True(errors.Is(err, ErrUnauthenticated))
	is.True(errors.Is(err, wire.CodeLoginUnauthorized))

	transport.CloseIdleConnections()
	is.NoErr(srv.Close())
	is.True(errors.Is(<-served, http.ErrServerClosed))
	_, err = Password(testUser, testPassword).Token(ctx, Ask{Server: server})
	is.True(errors.Is(err, syscall.ECONNREFUSED))
	is.True(!errors.Is(err, ErrUnauthenticated)) // nobody refused the password
}
