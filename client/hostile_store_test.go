package client_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

// A store of credentials that cannot be used is shown, and keeps nobody from logging in.
func TestAuth_AStoreThatFailsIsShownByErrors(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "open")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	store, err := auth.NewFileStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		f := &trial{t: t, virtual: true}
		f.serve(kalamtest.WithUser("lena", switchPassword, "user"))
		c := f.client(client.WithAuth(auth.Password("lena", switchPassword, auth.WithStore(store))))
		errs := recording(t, c.Errors())
		is.NoErr(c.Connect(t.Context()))
		_, err := client.Query[item](context.Background(), c, "SELECT * FROM faults.items")
		is.NoErr(err)
		synctest.Wait()
		errs.mu.Lock()
		shown := slices.Clone(errs.all)
		errs.mu.Unlock()
		is.Equal(len(shown), 2) // one to read it, one to write it
		for _, err := range shown {
			is.True(errors.Is(err, auth.ErrStore) && errors.Is(err, auth.ErrExposed))
			is.True(!strings.Contains(err.Error(), switchPassword))
		}
		is.Equal(c.Stats().Errors, uint64(2))
		f.clear()
	})
}
