package kalamtest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// inMemoryServer is a server as each run of a property test makes one.
func inMemoryServer(b *testing.B) *kalamtest.Server {
	b.Helper()
	srv, err := kalamtest.New(kalamtest.WithNetwork(rxtest.NewNetwork()), kalamtest.WithQueryRate(1<<30), withUsers())
	if err != nil {
		b.Fatal(err)
	}
	return srv
}

// BenchmarkStart is what a run pays before it begins and when it ends, its table included or not.
func BenchmarkStart(b *testing.B) {
	for name, sql := range map[string]string{"bare": "SELECT 1", "table": messagesTable} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				srv := inMemoryServer(b)
				if err := srv.Exec(b.Context(), kalamtest.RootUser, sql); err != nil {
					b.Fatal(err)
				}
				srv.Close()
			}
		})
	}
}

// BenchmarkHTTP is one statement over a connection that stays open.
func BenchmarkHTTP(b *testing.B) {
	for name, sql := range map[string]func(i int) string{
		"insert": func(i int) string {
			return fmt.Sprintf("INSERT INTO chat.messages (id, room, body, n) VALUES (%d, 'blue', 'x', 1)", i)
		},
		"select": func(int) string { return "SELECT * FROM chat.messages WHERE id = 5" },
		"audit":  func(i int) string { return fmt.Sprintf("SELECT * FROM chat.messages WHERE _seq > %d", 1<<62+i) },
	} {
		b.Run(name, func(b *testing.B) {
			srv := inMemoryServer(b)
			defer srv.Close()
			if err := srv.Exec(b.Context(), kalamtest.RootUser, messagesTable); err != nil {
				b.Fatal(err)
			}
			tr := &http.Transport{DialContext: srv.Dial}
			defer tr.CloseIdleConnections()
			token, i := srv.Token("lena"), 0
			for b.Loop() {
				post(b, tr, srv, token, sql(i))
				i++
			}
		})
	}
}

func post(b *testing.B, tr *http.Transport, srv *kalamtest.Server, token, sql string) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), "POST", srv.URL()+"/v1/api/sql", strings.NewReader(`{"sql":"`+sql+`"}`))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := tr.RoundTrip(req)
	if err != nil {
		b.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Fatalf("%s %s %v", resp.Status, body, err)
	}
	_ = resp.Body.Close()
}
