package client_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/matryer/is"
)

// Whoever forgets WithAuth is told so, and does not dial for ever.
func TestAuth_WithoutCredentialsAServerThatWantsThemIsFinal(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithAuth(auth.None()))
		said := func(err error) {
			t.Helper()
			is.True(errors.Is(err, auth.ErrUnauthenticated))
			is.True(strings.Contains(err.Error(), "no credentials, see WithAuth"))
		}
		_, err := client.Query[int64](t.Context(), c, "SELECT 1")
		said(err)
		said(c.Connect(t.Context()))
		r := recording(t, client.LiveEvents(c, "SELECT * FROM "+w.ns+".items"))
		<-r.sub.Done()
		said(r.sub.Err())
		sent := w.srv.Stats()
		time.Sleep(10 * time.Minute)
		is.Equal(w.srv.Stats().ConnectionsTotal, sent.ConnectionsTotal)
	})
}
