package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

const oneRow = `{"status":"success","results":[{"schema":[{"name":"id","data_type":"BigInt","index":0},{"name":"s","data_type":"Text","index":1}],"rows":[["7","x\u00e9"]],"row_count":1,"as_user":"u"}],"took":1.5,"error":null}`

type faultRow struct {
	ID int64  `kalam:"id"`
	S  string `kalam:"s"`
}

// hangUp ends a request's connection without an answer, when the request is there.
func hangUp(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// What may have been received is not sent again, unless it reads only.
func TestFault_AWriteThatMayHaveArrivedIsSentOnce(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		var received atomic.Int64
		s.sql = func(w http.ResponseWriter, r *http.Request) {
			received.Add(1)
			hangUp(w, r)
		}
		c := s.client()
		for sql, sent := range map[string]int64{
			"SELECT 1": 4, "SELECT 1; SHOW TABLES": 4, "INSERT INTO a.b VALUES (1)": 1, "SELECT 1; DELETE FROM a.b": 1, "WITH x AS (SELECT 1) SELECT * FROM x": 1,
		} {
			is := is.New(t)
			received.Store(0)
			_, err := c.Exec(t.Context(), sql)
			is.True(err != nil)
			is.Equal(received.Load(), sent)
		}
		hers, err := c.With(ExecuteAs("lena"))
		is := is.New(t)
		is.NoErr(err)
		for sql, sent := range map[string]int64{"SELECT 1": 4, "DELETE FROM a.b": 1} { // what is inside counts
			received.Store(0)
			_, err := hers.Exec(t.Context(), sql)
			is.True(err != nil)
			is.Equal(received.Load(), sent)
		}
	})
}

// deaf is a transport that says nothing of its connections.
type deaf struct{ asked atomic.Int64 }

func (d *deaf) RoundTrip(*http.Request) (*http.Response, error) {
	d.asked.Add(1)
	return nil, errors.New("somewhere on the way")
}

func TestFault_ATransportThatSaysNothingMayHaveSentAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		d := &deaf{}
		c, err := New("http://localhost:2900", WithHTTPClient(&http.Client{Transport: d}))
		is.NoErr(err)
		for sql, asked := range map[string]int64{"SELECT 1": 4, "DELETE FROM a.b": 1} {
			d.asked.Store(0)
			_, err = c.Exec(t.Context(), sql)
			is.True(err != nil)
			is.Equal(d.asked.Load(), asked)
		}
		is.NoErr(c.Close(t.Context()))
		<-c.Done()
	})
}

// busybody is a token source that goes on with a renewal when it has given its token, as
// an early renewal does: it looks for a connection, with what its ctx had, when told.
type busybody struct{ when, done chan struct{} }

func (b *busybody) Token(ctx context.Context, _ auth.Ask) (auth.Token, error) {
	go func() { // owner: the test; ends when the one request of the token has been made
		<-b.when
		if trace := httptrace.ContextClientTrace(ctx); trace != nil {
			trace.GetConn("elsewhere:80")
		}
		b.done <- struct{}{}
	}()
	return auth.Token{Value: "t"}, nil
}

// wayside is a transport that says nothing of its connections.
type wayside func(*http.Request) (*http.Response, error)

func (w wayside) RoundTrip(r *http.Request) (*http.Response, error) { return w(r) }

// A renewal that looks for a connection while a write is under way says nothing about
// the write.
func TestFault_ARenewalMeanwhileDoesNotHaveAWriteSentTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		source := &busybody{when: make(chan struct{}), done: make(chan struct{})}
		received := 0
		way := wayside(func(*http.Request) (*http.Response, error) {
			received++
			source.when <- struct{}{}
			<-source.done
			return nil, errors.New("connection reset")
		})
		c, err := New("http://localhost:2900", WithAuth(source), WithHTTPClient(&http.Client{Transport: way}))
		is.NoErr(err)
		_, err = c.Exec(t.Context(), "INSERT INTO a.b VALUES (1)")
		is.True(err != nil)
		is.Equal(received, 1)
		is.NoErr(c.Close(t.Context()))
		<-c.Done()
	})
}

// flaky is a token source that fails a few times before it gives a token.
type flaky struct{ left int }

func (f *flaky) Token(context.Context, auth.Ask) (auth.Token, error) {
	if f.left--; f.left >= 0 {
		return auth.Token{}, errors.New("the vault is closed")
	}
	return auth.Token{Value: "t"}, nil
}

// Without a token nothing was sent, so that a write waits for one, too.
func TestFault_AWriteWaitsForItsToken(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		var received atomic.Int64
		s.sql = func(w http.ResponseWriter, r *http.Request) {
			received.Add(1)
			_, _ = io.WriteString(w, `{"status":"success","results":[{"row_count":1,"message":"Inserted 1 row(s)","as_user":"u"}],"took":1}`)
		}
		source := &flaky{left: 3}
		c := s.client(WithAuth(source))
		r, err := c.Exec(t.Context(), "INSERT INTO a.b VALUES (1)")
		is.NoErr(err)
		is.Equal(r.RowsAffected, int64(1))
		source.left = 4
		_, err = c.Exec(t.Context(), "INSERT INTO a.b VALUES (1)")
		is.True(err != nil && strings.Contains(err.Error(), "the vault is closed"))
		is.Equal(received.Load(), int64(1))
	})
}

// A body that does not end is given up in time, and a client that closes does not wait
// for it.
func TestFault_ABodyByteByByteEndsByTheTimeout(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		s.sql = func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			for i := 0; r.Context().Err() == nil; i++ {
				_, _ = io.WriteString(w, oneRow[i%len(oneRow):][:1])
				_ = http.NewResponseController(w).Flush()
				time.Sleep(time.Second)
			}
		}
		c := s.client()
		start := time.Now()
		_, err := Query[faultRow](t.Context(), c, "SELECT 1")
		is.True(errors.Is(err, ErrTimeout))
		is.Equal(time.Since(start), 30*time.Second) // all tries together
		done := make(chan error, 1)
		go func() {
			_, err := Query[faultRow](t.Context(), c, "SELECT 1")
			done <- err
		}()
		time.Sleep(5 * time.Second)
		start = time.Now()
		is.NoErr(c.Close(t.Context()))
		is.True(errors.Is(<-done, ErrClosed))
		is.Equal(time.Since(start), time.Duration(0))
		time.Sleep(2 * time.Second) // the server finds out
	})
}

func TestFault_ARedirectIsNotFollowed(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		asked := 0
		s.sql = func(w http.ResponseWriter, r *http.Request) {
			asked++
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		}
		_, err := Query[faultRow](t.Context(), s.client(), "SELECT 1")
		var said *ServerError
		is.True(errors.As(err, &said))
		is.Equal(said.HTTPStatus, 307)
		is.Equal(asked, 1)
	})
}

// zeros is a body without end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// Of an error of 10 MB 64 KiB are read, and of an answer of 1 GB 64 MiB.
func TestFault_LargeBodiesAreNotKept(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		var size int64
		status := 500
		s.sql = func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			_, _ = io.CopyN(w, zeros{}, size)
		}
		c := s.client(WithMaxRetries(0))
		size = 10 << 20
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 10 {
			_, err := Query[faultRow](t.Context(), c, "SELECT 1")
			var said *ServerError
			is.True(errors.As(err, &said))
			is.True(len(said.Message) < 1100)
		}
		runtime.ReadMemStats(&after)
		each := (after.TotalAlloc - before.TotalAlloc) / 10
		t.Logf("%d KiB were allocated for an error of 10 MiB, server and network included", each>>10)
		is.True(each < 2<<20)
		status, size = 200, 1<<30
		_, err := Query[faultRow](t.Context(), c, "SELECT 1")
		is.True(errors.Is(err, wire.ErrTooLarge))
	})
}

// Whatever single byte of an answer is another, or missing with all behind it: rows or
// an error come of it, no panic, and half an answer is never taken for a whole one.
func TestFault_AnAnswerBrokenAtAnyByte(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		var body string
		s.sql = func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, body) }
		c := s.client(WithMaxRetries(0))
		ask := func() ([]faultRow, error) { return Query[faultRow](t.Context(), c, "SELECT 1") }
		body = oneRow
		rows, err := ask()
		is.NoErr(err)
		is.Equal(rows, []faultRow{{ID: 7, S: "xé"}})
		errs, asked := 0, 0
		for at := range oneRow {
			body = oneRow[:at]
			_, err := ask()
			is.True(err != nil)
			for _, b := range "\x00\x1f \"\\{}[]:,0e-x\xff" {
				body = oneRow[:at] + string(b) + oneRow[at+1:]
				asked++
				if _, err := ask(); err != nil {
					errs++
				}
			}
		}
		t.Logf("%d of %d answers with another byte are errors", errs, asked)
		is.True(errs > asked/2)
	})
}

// FuzzQuery_AnyAnswer has any bytes be the answer of a server.
func FuzzQuery_AnyAnswer(f *testing.F) {
	answer := &spoken200{}
	c, err := New("http://localhost:2900", WithHTTPClient(&http.Client{Transport: answer}), WithMaxRetries(0))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		_ = c.Close(context.Background())
		<-c.Done()
	})
	f.Add(oneRow)
	f.Add(`{"status":"error","results":[],"took":1,"error":{"code":"INVALID_SQL","message":"Statement 2 failed: no"}}`)
	f.Add(`{"status":"success","results":[{"row_count":2,"message":"Inserted 2 row(s)","as_user":"root"},{"rows":[[]]}],"took":9.2}`)
	f.Fuzz(func(t *testing.T, body string) {
		answer.body = body
		rows, err := Query[faultRow](context.Background(), c, "SELECT 1")
		if err != nil && rows != nil {
			t.Fatalf("%d rows and %v", len(rows), err)
		}
		results, err := Batch(context.Background(), c, "SELECT 1")
		if err == nil && strings.Contains(body, `"status":"error"`) && !strings.Contains(body, `"status":"success"`) {
			t.Fatalf("an error became %+v", results)
		}
		for _, r := range results {
			_, _ = ResultRows[map[string]any](r)
			_, _ = ResultRows[[]any](r)
		}
		_ = fmt.Sprint(err)
	})
}

// spoken200 is a transport whose every answer is one body.
type spoken200 struct{ body string }

func (a *spoken200) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}
