package client_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"math/big"
	"net/netip"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

type rowID [16]byte

// upper is a sql.Scanner, as types of the application are.
type upper struct {
	text string
	null bool
}

func (u *upper) Scan(v any) error {
	u.null = v == nil
	u.text, _ = v.(string)
	return nil
}

type audited struct {
	Seq     wire.Seq `kalam:"_seq"`
	Deleted bool     `kalam:"_deleted"`
}

// Located is exported, since a pointer to it is embedded.
type Located struct {
	Host *netip.Addr `kalam:"host"`
}

const typedColumns = `id BIGINT PRIMARY KEY, n INT, price DECIMAL(12,3), amount DECIMAL(12,3), u UUID, v UUID, w UUID,
	doc JSON, raw JSON, free JSON, data BYTES, vec EMBEDDING(3), att FILE, at TIMESTAMP, day DATE, clock TIME, host TEXT, word TEXT, big TEXT`

// Everything that a column can become, over HTTP.
func TestQuery_TypesOfFields(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.table(c, "typed", typedColumns, "TYPE = 'USER'")
		insert, err := client.SQL("INSERT INTO "+table+` (id, n, price, amount, u, v, w, doc, raw, free, data, vec, att, at, day, clock, host, word, big)
			VALUES (1, -7, 200.75, -12.5, ?, ?, ?, '{"a":[1,2]}', '{"b": 1}', '[true,null]', 'bytes', '[0.5,-1,2]', ?, ?, '2026-11-23', '12:34:56', '::1', 'hello', '123456789012345678901234567890')`,
			rowID{15: 1}, rowID{15: 2}, rowID{15: 3},
			json.RawMessage(`{"id":"7","sub":"f0001","name":"a.png","size":3,"mime":"image/png","sha256":"00"}`), time.UnixMicro(1772323200123456))
		is.NoErr(err)
		w.exec(c, insert)
		w.exec(c, "INSERT INTO "+table+" (id) VALUES (2)")
		type row struct {
			audited
			*Located
			ID     int64
			N      sql.Null[int32]
			Price  *big.Rat
			Amount string
			U      rowID
			V      [16]byte
			W      string
			Doc    struct {
				A []int `json:"a"`
			}
			Raw   json.RawMessage
			Free  any
			Data  []byte
			Vec   []float32
			Att   wire.FileRef
			At    time.Time
			Day   *time.Time
			Clock time.Duration
			Word  upper
			Big   *big.Int
		}
		rows, err := client.Query[row](t.Context(), c, "SELECT * FROM "+table+" ORDER BY id")
		is.NoErr(err)
		is.Equal(len(rows), 2)
		got := rows[0]
		is.True(!got.Seq.IsZero() && !got.Deleted)
		is.Equal(*got.Host, netip.MustParseAddr("::1"))
		is.Equal(got.N, sql.Null[int32]{V: -7, Valid: true})
		is.Equal(got.Price.Cmp(big.NewRat(803, 4)), 0)
		is.Equal(got.Amount, "-12.500")
		is.Equal(got.U, rowID{15: 1})
		is.Equal(got.V, [16]byte{15: 2})
		is.Equal(got.W, "00000000-0000-0000-0000-000000000003")
		is.Equal(got.Doc.A, []int{1, 2})
		is.Equal(string(got.Raw), `{"b": 1}`)
		is.Equal(got.Free, []any{true, nil})
		is.Equal(string(got.Data), "bytes")
		is.Equal(got.Vec, []float32{0.5, -1, 2})
		is.Equal(got.Att.StoredName(), "7-a.png")
		is.True(got.At.Equal(time.UnixMicro(1772323200123456)))
		is.Equal(got.Day.Format(time.DateOnly), "2026-11-23")
		is.Equal(got.Clock, 12*time.Hour+34*time.Minute+56*time.Second)
		is.Equal(got.Word, upper{text: "hello"})
		is.Equal(got.Big.String(), "123456789012345678901234567890")
		none := rows[1]
		is.True(none.Located == nil && none.Price == nil && none.Raw == nil && none.Free == nil && none.Data == nil && none.Day == nil && none.Big == nil)
		is.True(!none.N.Valid && none.At.IsZero() && none.Word.null && none.U == rowID{})
	})
}

func TestQuery_ShapesOfRows(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		ctx := t.Context()
		const sql = "SELECT 1 AS n, 'x' AS s, NULL AS nothing, true AS b, 1.5 AS f"
		byName, err := client.QueryOne[map[string]any](ctx, c, sql)
		is.NoErr(err)
		is.Equal(byName, map[string]any{"n": int64(1), "s": "x", "nothing": nil, "b": true, "f": 1.5})
		byPlace, err := client.QueryOne[[]any](ctx, c, sql)
		is.NoErr(err)
		is.Equal(byPlace, []any{int64(1), "x", nil, true, 1.5})
		row, err := client.QueryOne[wire.Row](ctx, c, sql)
		is.NoErr(err)
		is.Equal(row.Names(), []string{"n", "s", "nothing", "b", "f"})
		at, err := client.QueryOne[time.Time](ctx, c, "SELECT CAST('2026-03-01T00:00:00Z' AS TIMESTAMP) AS t")
		is.NoErr(err)
		is.True(at.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)))
		_, err = client.QueryOne[int64](ctx, c, "SELECT 1 AS a, 2 AS b")
		is.True(errors.Is(err, wire.ErrCell)) // which of the two
	})
}

func TestQuery_NumbersOutOfRangeAreErrors(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		c := w.client()
		ctx := t.Context()
		is := is.New(t)
		for sql, query := range map[string]func(sql string) error{
			"SELECT 128 AS n":                 func(sql string) error { _, err := client.Query[int8](ctx, c, sql); return err },
			"SELECT -1 AS n":                  func(sql string) error { _, err := client.Query[uint64](ctx, c, sql); return err },
			"SELECT 70000 AS n":               func(sql string) error { _, err := client.Query[uint16](ctx, c, sql); return err },
			"SELECT 1e300 AS n":               func(sql string) error { _, err := client.Query[float32](ctx, c, sql); return err },
			"SELECT 1.5 AS n":                 func(sql string) error { _, err := client.Query[int64](ctx, c, sql); return err },
			"SELECT 'x' AS n":                 func(sql string) error { _, err := client.Query[[16]byte](ctx, c, sql); return err },
			"SELECT 9007199254740993 AS n, 1": func(sql string) error { _, err := client.Query[struct{ N int32 }](ctx, c, sql); return err },
		} {
			err := query(sql)
			var cell *wire.CellError
			is.True(errors.As(err, &cell))
			is.Equal(cell.Column, "n")
		}
	})
}
