package client

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
	"github.com/sethvargo/go-retry"
)

// everySecond repeats what fails, every second, also what will not pass.
func everySecond[T any]() rx.Operator[T, T] {
	return operators.Retry[T](func() retry.Backoff { return retry.NewConstant(time.Second) },
		operators.WithRetryIf(func(err error) bool { return !errors.Is(err, rx.ErrConfig) }))
}

// closeWhileItWaits closes a client whose stream waits to try again, and gives the end of
// the stream.
func closeWhileItWaits[T any](t *testing.T, c *Client, o rx.Observable[T]) error {
	t.Helper()
	is := is.New(t)
	r := recordOf(t.Context(), rx.Pipe1(o, everySecond[T]()))
	synctest.Wait()
	is.NoErr(c.Close(t.Context()))
	<-c.Done()
	_, end := r.seen()
	is.True(end != "complete")
	return r.sub.Err()
}

// pageOfOne is the page of a QueryAll with one row, by its key and its user.
const pageOfOne = `{"status":"success","results":[{"schema":[{"name":"id","data_type":"BigInt","index":0},{"name":"kalamrx_key","data_type":"BigInt","index":1}],"rows":[["7","%d"]],"row_count":1,"as_user":"%s"}],"took":1}`

// Half the rows are not all, and no answer is no success, whoever tries again.
func TestHostile_WhatIsTriedAgainOnAClosedClientDoesNotComplete(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		asked := 0
		s.sql = func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if asked++; asked > 1 {
				http.Error(w, "no", http.StatusBadRequest)
				return
			}
			_, _ = fmt.Fprintf(w, pageOfOne, 7, "lena")
		}
		c := s.client()
		rows := QueryAll[int64](c, "SELECT id FROM a.b", PageKey("id"), PageSize(1))
		is.New(t).True(errors.Is(closeWhileItWaits(t, c, rows), ErrClosed))
	})
	inScript(t, func(t *testing.T, s *scripted) {
		c := s.client()
		up := Upload(c, `INSERT INTO a.b (f) VALUES (FILE("x"))`, []File{{Placeholder: "x", Body: strings.NewReader("x")}})
		is.New(t).True(errors.Is(closeWhileItWaits(t, c, up), ErrClosed))
	})
}

// Rows of two users are no whole, whatever changed between the pages.
func TestHostile_PagesOfTwoUsersAreNotOneStream(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		asked := 0
		s.sql = func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			asked++
			_, _ = fmt.Fprintf(w, pageOfOne, asked, []string{"lena", "lena", "otto"}[asked-1])
		}
		r := recordOf(t.Context(), QueryAll[int64](s.client(), "SELECT id FROM a.b", PageKey("id"), PageSize(1)))
		<-r.sub.Done()
		is.True(errors.Is(r.sub.Err(), ErrIdentity))
		told, _ := r.seen()
		is.Equal(len(told), 2) // nothing of otto's
	})
}
