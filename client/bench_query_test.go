package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// queryRows is an answer of 1,000 rows, as the server writes them.
func queryRows() string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"status":"success","results":[{"schema":%s,"rows":[`, benchSchema)
	for i := range 1000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `["%d","%d","user-%d","message number %d, of some length and \"quoted\"",%d.5,"%d","%d",false]`,
			i, i%7, i%13, i, i, 1772323200123456+i, firstSeq+i)
	}
	b.WriteString(`],"row_count":1000,"as_user":"root"}],"took":12.5,"error":null}`)
	return b.String()
}

// plainQuery is what one writes without a client library.
func plainQuery(hc *http.Client, url string) ([]chatRow, error) {
	resp, err := hc.Post(url+"/v1/api/sql", "application/json", bytes.NewReader([]byte(`{"sql":"SELECT * FROM chat.messages LIMIT 1000"}`)))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		Results []struct{ Rows [][]any }
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, err
	}
	rows := make([]chatRow, len(answer.Results[0].Rows))
	for i, cells := range answer.Results[0].Rows {
		r := &rows[i]
		r.Sender, r.Content, r.Score = cells[2].(string), cells[3].(string), cells[4].(float64)
		for at, n := range map[int]*int64{0: &r.ID, 1: &r.ConversationID, 5: &r.CreatedAt} {
			if *n, err = strconv.ParseInt(cells[at].(string), 10, 64); err != nil {
				return nil, err
			}
		}
	}
	return rows, nil
}

// BenchmarkQuery is 1,000 rows of 6 typed columns over loopback, by Query and by
// net/http with encoding/json, in one run.
func BenchmarkQuery(b *testing.B) {
	body := queryRows()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, body)
	}))
	b.Cleanup(srv.Close)
	c, err := New(srv.URL)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = c.Close(context.Background())
		<-c.Done()
	})
	hc := &http.Client{Transport: &http.Transport{}}
	b.Cleanup(hc.CloseIdleConnections)
	for name, ask := range map[string]func() ([]chatRow, error){
		"ours": func() ([]chatRow, error) {
			return Query[chatRow](b.Context(), c, "SELECT * FROM chat.messages LIMIT 1000")
		},
		"plain": func() ([]chatRow, error) { return plainQuery(hc, srv.URL) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				rows, err := ask()
				if err != nil || len(rows) != 1000 || rows[999].ID != 999 {
					b.Fatal(len(rows), err)
				}
			}
		})
	}
}
