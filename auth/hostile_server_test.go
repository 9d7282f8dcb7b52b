package auth

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// raw is a server that answers each connection's first request by bytes of its own.
type raw struct {
	network *rxtest.Network
	client  http.Client
	asked   int
	serving sync.WaitGroup
	stop    func()
}

// serve lets answer write to each connection, which is closed after it.
func serve(t *testing.T, answer func(w io.Writer) error) *raw {
	t.Helper()
	r := &raw{network: rxtest.NewNetwork()}
	l, err := r.network.Listen("db.localhost:80")
	if err != nil {
		t.Fatal(err)
	}
	r.serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			r.asked++
			r.serving.Go(func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					_ = answer(conn) // the client may have enough
				}
			})
		}
	})
	transport := &http.Transport{DialContext: r.network.DialContext}
	r.client.Transport = transport
	r.stop = func() {
		transport.CloseIdleConnections()
		_ = l.Close()
		r.serving.Wait()
	}
	return r
}

func (r *raw) login(t *testing.T) error {
	t.Helper()
	server := NewServer(address(t, "http://db.localhost"), &r.client)
	_, err := server.Login(context.Background(), testUser, testPassword)
	_, again := server.Refresh(context.Background(), refreshText)
	if fmt.Sprint(again) != strings.ReplaceAll(fmt.Sprint(err), "login", "refresh") {
		t.Errorf("login says %v, refresh says %v", err, again)
	}
	return err
}

// dripping writes text byte by byte, one a second, for ever.
func dripping(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		for n := 0; ; n++ {
			if _, err := w.Write([]byte{text[n%len(text)]}); err != nil {
				return err
			}
			time.Sleep(time.Second)
		}
	}
}

func TestHostileServer_DripsEndWithThePatience(t *testing.T) {
	body := dripping(" ")
	tests := map[string]func(io.Writer) error{
		"nothing":     func(w io.Writer) error { time.Sleep(time.Hour); return nil },
		"status line": dripping("HTTP/1.1 200 OK"),
		"header": func(w io.Writer) error {
			_, err := io.WriteString(w, "HTTP/1.1 401 Unauthorized\r\nX: ")
			return errors.Join(err, dripping("x")(w))
		},
		"body": func(w io.Writer) error {
			_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\n\r\n")
			return errors.Join(err, body(w))
		},
		"body of an error": func(w io.Writer) error {
			_, err := io.WriteString(w, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\n")
			return errors.Join(err, body(w))
		},
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				r := serve(t, answer)
				start := time.Now()
				err := r.login(t)
				is.True(errors.Is(err, context.DeadlineExceeded))
				is.Equal(time.Since(start), 2*patience) // a login and a refresh
				r.stop()
			})
		})
	}
}

// TestHostileServer_EndlessAnswersAreReadInPart counts what a server of endless answers gets rid of, network included.
func TestHostileServer_EndlessAnswersAreReadInPart(t *testing.T) {
	for status, want := range map[string]error{"200 OK": wire.ErrTooLarge, "502 Bad Gateway": wire.ClassRetryable, "401 Unauthorized": wire.ClassAuth} {
		t.Run(status, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				var written []int
				var mu sync.Mutex
				r := serve(t, func(w io.Writer) error {
					_, err := io.WriteString(w, "HTTP/1.1 "+status+"\r\n\r\n")
					n, page := 0, []byte(strings.Repeat("<html>", 1000))
					for ; err == nil; n += len(page) {
						_, err = w.Write(page)
					}
					mu.Lock()
					written = append(written, n)
					mu.Unlock()
					return err
				})
				err := r.login(t)
				is.True(errors.Is(err, want))
				is.True(len(err.Error()) < 500)
				r.stop()
				is.Equal(len(written), 2)
				for _, n := range written {
					is.True(n > maxAnswer && n < maxAnswer+(256<<10))
				}
			})
		})
	}
}

func TestHostileServer_RedirectLoopIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		r := serve(t, func(w io.Writer) error {
			_, err := io.WriteString(w, "HTTP/1.1 307 Temporary Redirect\r\nLocation: /v1/api/auth/login\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			return err
		})
		var e *wire.ServerError
		is.True(errors.As(r.login(t), &e))
		is.Equal(e.HTTPStatus, 307)
		r.stop()
		is.Equal(r.asked, 2) // a login and a refresh
	})
}

// TestHostileServer_AnswerCutAtEveryByte has a grant of which the connection brings less each time: it is an error, which
// shows nothing of it, until the last byte is there.
func TestHostileServer_AnswerCutAtEveryByte(t *testing.T) {
	whole := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(granted), granted)
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		for n := range len(whole) + 1 {
			r := serve(t, func(w io.Writer) error { _, err := io.WriteString(w, whole[:n]); return err })
			err := r.login(t)
			is.Equal(err == nil, n == len(whole))
			is.True(err == nil || !errors.Is(err, ErrUnauthenticated) && shownless(err))
			r.stop()
		}
		for n := range granted { // without a length nothing says that it was cut
			_, err := parseGrant([]byte(granted[:n]))
			is.True(errors.Is(err, wire.ErrSyntax) && shownless(err))
		}
	})
}

func shownless(err error) bool {
	return !strings.Contains(err.Error(), accessText) && !strings.Contains(err.Error(), refreshText) && !strings.Contains(err.Error(), testPassword)
}

func TestServer_PlaintextOnlyToThisMachineUnlessAllowed(t *testing.T) {
	for text, secure := range map[string]bool{"http://db": false, "http://10.0.0.1:2900": false, "http://db.localhost": true, "http://[::1]:2900": true, "https://db": true} {
		t.Run(text, func(t *testing.T) {
			is, ctx := is.New(t), context.Background()
			hc, asked := answer(200, nil, granted)
			server := NewServer(address(t, text), hc)
			_, err := server.Login(ctx, testUser, testPassword)
			_, again := server.Refresh(ctx, refreshText)
			is.Equal(errors.Is(err, ErrConfig), !secure)
			is.Equal(errors.Is(again, ErrConfig), !secure)
			is.Equal(len(*asked) == 0, !secure)
			_, err = NewServer(address(t, text), hc, AllowPlaintext()).Login(ctx, testUser, testPassword)
			is.NoErr(err)
			_, err = NewServer(address(t, text), hc, nil).Login(ctx, testUser, testPassword)
			is.True(errors.Is(err, ErrConfig))
		})
	}
}

// TestHostileServer_NobodyIsThere is a refused connection, which is nobody's refusal.
func TestHostileServer_NobodyIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		network := rxtest.NewNetwork()
		hc := &http.Client{Transport: &http.Transport{DialContext: network.DialContext}}
		_, err := Password(testUser, testPassword).Token(context.Background(), Ask{Server: NewServer(address(t, "http://db.localhost"), hc)})
		var op *net.OpError
		is.True(errors.As(err, &op))
		is.True(!errors.Is(err, ErrUnauthenticated))
	})
}

// TestHostileServer_CallersDeadlineIsItsOwn has callers who give as much time as a request takes at most: what ends it is
// theirs, with their cause.
func TestHostileServer_CallersDeadlineIsItsOwn(t *testing.T) {
	for _, long := range []time.Duration{patience - 1, patience, patience + 1} {
		synctest.Test(t, func(t *testing.T) {
			is, mine := is.New(t), errors.New("mine")
			ctx, cancel := context.WithTimeoutCause(context.Background(), long, mine)
			defer cancel()
			ended := error(nil)
			silent := roundTripper(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				ended = context.Cause(r.Context())
				return nil, ended
			})
			_, err := NewServer(address(t, "https://db"), &http.Client{Transport: silent}).Login(ctx, testUser, testPassword)
			is.True(err != nil)
			is.Equal(errors.Is(ended, mine), long <= patience)
		})
	}
}
