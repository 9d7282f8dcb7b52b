package kalamtest_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func TestCostZZ(t *testing.T) {
	const n = 100
	begin := time.Now()
	for range n {
		synctest.Test(t, func(t *testing.T) {
			s, err := kalamtest.New(kalamtest.WithNetwork(rxtest.NewNetwork()))
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
		})
	}
	t.Logf("bubble New+Close %v", time.Since(begin)/n)
	begin = time.Now()
	for range n {
		synctest.Test(t, func(t *testing.T) {
			s, err := kalamtest.New(kalamtest.WithNetwork(rxtest.NewNetwork()), withUsers())
			if err != nil {
				t.Fatal(err)
			}
			setUp(t, s, messagesTable)
			s.Close()
		})
	}
	t.Logf("bubble New+user+table+Close %v", time.Since(begin)/n)
}

func benchHTTP(b *testing.B, sql func(i int) string) {
	s, err := kalamtest.New(kalamtest.WithNetwork(rxtest.NewNetwork()), withUsers(), kalamtest.WithQueryRate(1<<30))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if err := s.Exec(b.Context(), "root", messagesTable); err != nil {
		b.Fatal(err)
	}
	tr := &http.Transport{DialContext: s.Dial}
	defer tr.CloseIdleConnections()
	token := s.Token("lena")
	i := 0
	for b.Loop() {
		req, _ := http.NewRequest("POST", s.URL()+"/v1/api/sql", strings.NewReader(`{"sql":"`+sql(i)+`"}`))
		i++
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		r, err := tr.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode != 200 {
			b.Fatal(string(body))
		}
	}
}

func BenchmarkZZNewClose(b *testing.B) {
	for b.Loop() {
		s, err := kalamtest.New(kalamtest.WithNetwork(rxtest.NewNetwork()))
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
func BenchmarkZZTable(b *testing.B) {
	for b.Loop() {
		s, err := kalamtest.New(kalamtest.WithNetwork(rxtest.NewNetwork()), withUsers())
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Exec(b.Context(), "root", messagesTable); err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
func BenchmarkZZInsert(b *testing.B) {
	benchHTTP(b, func(i int) string {
		return "INSERT INTO chat.messages (id, room, body, n) VALUES (" + strconv.Itoa(i) + ", 'blue', 'x', 1)"
	})
}
func BenchmarkZZSelect(b *testing.B) {
	benchHTTP(b, func(i int) string { return "SELECT * FROM chat.messages WHERE id = 5" })
}
