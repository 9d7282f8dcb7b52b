package client_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// filesDoc is a row of the table that the tests of files have.
type filesDoc struct {
	ID  string         `kalam:"id"`
	Att client.FileRef `kalam:"att"`
}

const filesColumns = "id TEXT PRIMARY KEY, att FILE"

func (w *world) docs(c *client.Client) string {
	return w.table(c, "docs", filesColumns, "TYPE = 'USER'")
}

// fileOf reads the one reference of a table.
func (w *world) fileOf(c *client.Client, table, id string) client.StoredFile {
	w.t.Helper()
	rows, err := client.Query[filesDoc](w.t.Context(), c, "SELECT id, att FROM "+table+" WHERE id = $1", id)
	if err != nil || len(rows) != 1 {
		w.t.Fatalf("%d rows: %v", len(rows), err)
	}
	return client.StoredFile{Table: table, Ref: rows[0].Att}
}

func TestFiles_WhatIsUploadedComesBack(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.docs(c)
		content := bytes.Repeat([]byte("not really a picture\x00\r\n--"), 10_000)
		r, err := c.Upload(t.Context(), "INSERT INTO "+table+` (id, att) VALUES ($1, FILE("scan"))`, []client.File{
			{Placeholder: "scan", Name: `Holiday "Pic" \ Größe.PNG`, MIME: "image/png", Body: bytes.NewReader(content)},
		}, "d'1")
		is.NoErr(err)
		is.Equal(r.RowsAffected, int64(1))
		f := w.fileOf(c, table, "d'1")
		is.Equal(f.Ref.Name, `Holiday "Pic" \ Größe.PNG`)
		is.Equal(f.Ref.MIME, "image/png")
		is.Equal(f.Ref.Size, int64(len(content)))
		d, err := c.Download(t.Context(), f)
		is.NoErr(err)
		is.Equal(d.Size, int64(len(content)))
		is.Equal(d.MIME, "image/png")
		got, err := io.ReadAll(d)
		is.NoErr(err)
		is.True(bytes.Equal(got, content))
		is.NoErr(d.Close())
		is.NoErr(d.Close())
	})
}

func TestFiles_SeveralOfUnknownSizeAndAnEmptyOne(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.table(c, "pairs", "id TEXT PRIMARY KEY, att FILE, other FILE", "TYPE = 'USER'")
		_, err := c.Upload(t.Context(), "INSERT INTO "+table+` (id, att, other) VALUES ('a', FILE('one'), File ( "two" ))`, []client.File{
			{Placeholder: "two", Body: strings.NewReader("")},
			{Placeholder: "one", Body: io.MultiReader(strings.NewReader("un"), strings.NewReader("known"))},
		})
		is.NoErr(err)
		f := w.fileOf(c, table, "a")
		is.Equal(f.Ref.Size, int64(7))
		is.Equal(f.Ref.Name, "one")
		is.Equal(f.Ref.MIME, "application/octet-stream")
		d, err := c.Download(t.Context(), f)
		is.NoErr(err)
		got, err := io.ReadAll(d)
		is.NoErr(err)
		is.Equal(string(got), "unknown")
		is.NoErr(d.Close())
	})
}

func TestUpload_WhatCannotWorkIsRefusedBeforeAnythingIsSent(t *testing.T) {
	const sql = `INSERT INTO a.b (id, att) VALUES (1, FILE("x")) -- FILE("no")`
	body := func() io.Reader { return strings.NewReader("0123456789") }
	for _, test := range []struct {
		name, sql string
		files     []client.File
		want      error
		of        string // placeholder of the *FileError; empty for another error
	}{
		{"missing", sql, nil, wire.CodeMissingFile, "x"},
		{"extra", sql, []client.File{{Placeholder: "x", Body: body()}, {Placeholder: "no", Body: body()}}, wire.CodeExtraFile, "no"},
		{"in a string", `INSERT INTO a.b (id) VALUES ('FILE("x")')`, []client.File{{Placeholder: "x", Body: body()}}, wire.CodeExtraFile, "x"},
		{"twice", sql, []client.File{{Placeholder: "x", Body: body()}, {Placeholder: "x", Body: body()}}, client.ErrFileTwice, "x"},
		{"without a body", sql, []client.File{{Placeholder: "x"}}, client.ErrConfig, "x"},
		{"of a negative size", sql, []client.File{{Placeholder: "x", Body: body(), Size: -1}}, client.ErrConfig, "x"},
		{"too large", sql, []client.File{{Placeholder: "x", Body: strings.NewReader(strings.Repeat("x", 101))}}, wire.CodeFileTooLarge, "x"},
		{"too large by its word", sql, []client.File{{Placeholder: "x", Body: body(), Size: 101}}, wire.CodeFileTooLarge, "x"},
		{"too many", sql, make([]client.File, 4), wire.CodeTooManyFiles, ""},
		{"too large together", sql, []client.File{{Placeholder: "x", Body: strings.NewReader(strings.Repeat("x", 100))}}, wire.CodeBodyTooLarge, ""},
		{"a name that ends the header", sql, []client.File{{Placeholder: "x", Name: "a\r\nX-Evil: 1", Body: body()}}, client.ErrFileName, "x"},
		{"a name that is not UTF-8", sql, []client.File{{Placeholder: "x", Name: "\xff", Body: body()}}, client.ErrFileName, "x"},
		{"no placeholder", sql, []client.File{{Name: "x", Body: body()}}, client.ErrFileName, ""},
		{"a type that is none", sql, []client.File{{Placeholder: "x", MIME: "png", Body: body()}}, wire.CodeInvalidMIMEType, "x"},
		{"a type that ends the header", sql, []client.File{{Placeholder: "x", MIME: "a/b\r\nX-Evil: 1", Body: body()}}, wire.CodeInvalidMIMEType, "x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, w *world) {
				is := is.New(t)
				c := w.client(client.WithMaxFiles(3), client.WithMaxFileSize(100), client.WithMaxUploadSize(400))
				before := w.srv.Stats().HTTPRequests
				_, err := c.Upload(t.Context(), test.sql, test.files)
				is.True(errors.Is(err, test.want))
				var file *client.FileError
				if errors.As(err, &file); test.of != "" {
					is.Equal(file.Placeholder, test.of)
				}
				is.Equal(w.srv.Stats().HTTPRequests, before)
			})
		})
	}
}

func TestFiles_ASessionWorksInItsUsersName(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		is.NoErr(w.srv.AddUser("lena", "Secret-lena-1", "user"))
		c := w.client()
		table := w.docs(c)
		hers, err := c.With(client.Retries(0), client.ExecuteAs("lena"), client.Namespace(w.ns))
		is.NoErr(err)
		r, err := hers.Upload(t.Context(), "INSERT INTO "+table+` (id, att) VALUES ($1, FILE("x"));`,
			[]client.File{{Placeholder: "x", Body: strings.NewReader("hers")}}, "a")
		is.NoErr(err)
		is.Equal(r.User, "lena")
		row, err := client.QueryOne[filesDoc](t.Context(), hers, "SELECT id, att FROM docs")
		is.NoErr(err)
		f := client.StoredFile{Table: table, Ref: row.Att}
		_, err = c.Download(t.Context(), f)
		is.True(errors.Is(err, wire.CodeFileNotFound))
		d, err := hers.Download(t.Context(), f)
		is.NoErr(err)
		got, err := io.ReadAll(d)
		is.NoErr(err)
		is.Equal(string(got), "hers")
		is.NoErr(d.Close())

		told := recording(t, client.Upload(hers, "INSERT INTO "+table+` (id, att) VALUES ('b', FILE("x"))`,
			[]client.File{{Placeholder: "x", Body: strings.NewReader("hers, too")}}))
		is.NoErr(told.ended())
		is.Equal(told.all[len(told.all)-1].Result.User, "lena")
		_, err = hers.Upload(t.Context(), `SELECT FILE("x"); SELECT 1`, []client.File{{Placeholder: "x", Body: strings.NewReader("x")}})
		is.True(errors.Is(err, client.ErrConfig))
	})
}
