package client_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

var rowCapLimit = regexp.MustCompile(`LIMIT ([0-9]+)`)

// rowCap makes a server give no more rows for a query than most, as one with a
// max_query_limit of that does.
func rowCap(most int) kalamtest.Option {
	return kalamtest.WithHTTPHook(func(r *http.Request) (int, string, bool) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return http.StatusBadRequest, err.Error(), true
		}
		body = rowCapLimit.ReplaceAllFunc(body, func(limit []byte) []byte {
			asked, _ := strconv.Atoi(string(limit[len("LIMIT "):]))
			return fmt.Appendf(nil, "LIMIT %d", min(asked, most))
		})
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return 0, "", false
	})
}

// What a server cuts off is neither the end of a table nor an exact view.
func TestRowCap_NoRowIsLeftUnreadHoweverFewTheServerGives(t *testing.T) {
	for _, most := range []int{1, 7, 49, 100} {
		for _, rows := range []int{most - 1, most, most + 1, 3 * most} {
			t.Run(fmt.Sprintf("%d of %d", most, rows), func(t *testing.T) {
				inMemory(t, func(t *testing.T, w *world) {
					is := is.New(t)
					table := w.items(w.client())
					if rows > 0 {
						w.fill(w.client(), table, 0, rows)
					}
					ids, err := collect(t, client.QueryAll[int64](w.client(), "SELECT id FROM "+table))
					is.NoErr(err)
					is.Equal(len(ids), rows)
					for _, where := range []string{"", " WHERE (id >= 0)"} {
						var view client.View[item]
						live := client.Live[item](w.client(), "SELECT * FROM "+table+where)
						live.Subscribe(t.Context(), rx.OnNext(func(v client.View[item]) { view = v }))
						time.Sleep(time.Second)
						synctest.Wait()
						is.True(view.Exact())
						is.Equal(view.Len(), rows)
					}
				}, rowCap(most), kalamtest.WithQueryRate(100000))
			})
		}
	}
}

// A view of a whole table that fits into a page is read by one query: the newest version,
// which is asked for with it, is on the page.
func TestRowCap_ASmallTableIsListedByOneQuery(t *testing.T) {
	var pages atomic.Int64
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		admin := w.client()
		table := w.items(admin)
		w.fill(admin, table, 0, 10)
		for n, where := range []string{"", " WHERE (id < 5)"} { // the newest may be behind those that match
			client.Live[item](w.client(), "SELECT * FROM "+table+where).Subscribe(t.Context(), rx.Observer[client.View[item]]{})
			time.Sleep(time.Second)
			synctest.Wait()
			is.Equal(pages.Swap(0), int64(1+n))
		}
	}, kalamtest.WithHTTPHook(func(r *http.Request) (int, string, bool) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return http.StatusBadRequest, err.Error(), true
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if bytes.Contains(body, []byte("kalamrx_newest")) && bytes.Contains(body, []byte("; SELECT * ")) {
			pages.Add(1)
		}
		return 0, "", false
	}))
}
