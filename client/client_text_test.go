package client_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/kalamdb/kalamrx/client"
	"github.com/matryer/is"
)

// A client that somebody prints, in use or not, shows where the server is.
func TestClient_PrintedFormsShowTheServerAlone(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		const key, password = "Key-4711-of-a-gateway", "Proxy-4712-password"
		proxy := http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.localhost:1", User: url.UserPassword("lena", password)})
		secretive, err := client.New("https://db.example", client.WithHeader("X-Api-Key", key), client.WithProxy(proxy))
		is.NoErr(err)
		for _, c := range []*client.Client{w.client(client.WithHeader("X-Api-Key", key)), secretive} {
			var busy sync.WaitGroup
			busy.Go(func() { _, _ = c.Exec(t.Context(), "SELECT 1") })
			want := "kalam client of " + c.URL()
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
				is.Equal(fmt.Sprintf(verb, c), want)
			}
			is.Equal(fmt.Sprintf("%+v", []any{c}), "["+want+"]")
			for _, handler := range []func(*strings.Builder) slog.Handler{
				func(b *strings.Builder) slog.Handler { return slog.NewTextHandler(b, nil) },
				func(b *strings.Builder) slog.Handler { return slog.NewJSONHandler(b, nil) },
			} {
				var text strings.Builder
				slog.New(handler(&text)).Info("x", "client", c)
				is.True(strings.Contains(text.String(), want))
				is.True(!strings.Contains(text.String(), key) && !strings.Contains(text.String(), password))
			}
			_ = c.Close(t.Context())
			busy.Wait()
			<-c.Done()
		}
		var none *client.Client
		is.Equal(fmt.Sprint(none), "<nil>")
	})
}
