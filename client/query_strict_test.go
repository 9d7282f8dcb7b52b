package client_test

import (
	"errors"
	"testing"

	"github.com/kalamdb/kalamrx/client"
	"github.com/matryer/is"
)

func TestStrictRows_ColumnsAndFieldsMustMatch(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		s, err := c.With(client.StrictRows())
		is.NoErr(err)
		type odd struct {
			ID    int64 `kalam:"id"`
			Shade string
		}
		ctx := t.Context()
		_, err = client.Query[item](ctx, s, "SELECT * FROM "+table) // _seq and _deleted need no field
		is.NoErr(err)
		_, err = client.Query[map[string]any](ctx, s, "SELECT * FROM "+table)
		is.NoErr(err)
		_, err = client.Query[odd](ctx, c, "SELECT * FROM "+table)
		is.NoErr(err)
		_, err = s.Exec(ctx, "SELECT * FROM "+table)
		is.NoErr(err)
		check := func(err error) {
			var told *client.MismatchError
			is.True(errors.As(err, &told))
			is.True(errors.Is(err, client.ErrMismatch))
			is.Equal(told.Columns, []string{"color", "note", "qty"})
			is.Equal(told.Fields, []string{"Shade"})
		}
		_, err = client.Query[odd](ctx, s, "SELECT * FROM "+table) // of no rows, too
		check(err)
		_, err = client.QueryOne[odd](ctx, s, "SELECT * FROM "+table)
		check(err)
		for _, err := range client.QueryEach[odd](ctx, s, "SELECT * FROM "+table) {
			check(err)
		}
		results, err := client.Batch(ctx, s, "SELECT * FROM "+table+"; SELECT 1 AS id")
		is.NoErr(err)
		_, err = client.ResultRows[odd](results[0])
		check(err)
		_, err = collect(t, client.QueryAll[odd](s, "SELECT * FROM "+table))
		check(err)
		_, err = collect(t, client.QueryAll[item](s, "SELECT * FROM "+table)) // the key that rides along is ours
		is.NoErr(err)
		lax, err := s.With(client.Retries(0))
		is.NoErr(err)
		_, err = client.Query[odd](ctx, lax, "SELECT * FROM "+table)
		check(err) // what it was made from
	})
}
