package client_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestStoredFile_PathIsEscapedOrRefused(t *testing.T) {
	ref := client.FileRef{ID: "383399686121193472", Sub: "f0001", Name: "Holiday Pic.PNG"}
	odd := ref
	odd.ID, odd.Sub = "3/8?#", "f 1"
	up, here, none := ref, ref, ref
	up.Sub, here.Sub, none.ID = "..", ".", ""
	for _, test := range []struct {
		file client.StoredFile
		want string // empty: it is refused
	}{
		{client.StoredFile{Table: "shop.docs", Ref: ref}, "/v1/files/shop/docs/f0001/383399686121193472-holiday-pic.png"},
		{client.StoredFile{Table: "shop.docs", Ref: ref, User: "a b&c=d/é"}, "/v1/files/shop/docs/f0001/383399686121193472-holiday-pic.png?user_id=a+b%26c%3Dd%2F%C3%A9"},
		{client.StoredFile{Table: "sh/op.do?cs", Ref: odd}, "/v1/files/sh%2Fop/do%3Fcs/f%201/3%2F8%3F%23-holiday-pic.png"},
		{client.StoredFile{Table: "shop.docs", Ref: up}, ""},
		{client.StoredFile{Table: "shop.docs", Ref: here}, ""},
		{client.StoredFile{Table: "shop.docs", Ref: none}, ""},
		{client.StoredFile{Table: "...", Ref: ref}, ""},
		{client.StoredFile{Table: "docs", Ref: ref}, ""},
		{client.StoredFile{Table: "shop.", Ref: ref}, ""},
		{client.StoredFile{}, ""},
	} {
		is := is.New(t)
		path, err := test.file.Path()
		is.Equal(path, test.want)
		is.Equal(errors.Is(err, client.ErrConfig), test.want == "")
	}
}

// What a real server stored, and under which path it gave it back.
func TestStoredFile_PathIsTheRecordedOne(t *testing.T) {
	f, err := os.Open("../../shared/kalamdb/transcripts/files.jsonl")
	if os.IsNotExist(err) {
		t.Skip("the recordings of a real server are not beside this repository")
	}
	is := is.New(t)
	is.NoErr(err)
	defer f.Close()
	var stored client.StoredFile
	found := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var e struct {
			Dir, Method, Path, Body string
		}
		is.NoErr(json.Unmarshal(lines.Bytes(), &e))
		if e.Dir == "in" && strings.Contains(e.Body, `"data_type":"File"`) {
			resp, err := wire.ParseQueryResponse([]byte(e.Body))
			is.NoErr(err)
			decoder, err := wire.NewDecoder[filesDoc]()
			is.NoErr(err)
			row, err := decoder.Array(resp.Results[0].Rows[0], resp.Results[0].Schema)
			is.NoErr(err)
			stored = client.StoredFile{Table: "shop.docs", Ref: row.Att}
		}
		if e.Method == "GET" && strings.Contains(e.Path, "-holiday") {
			path, err := stored.Path()
			is.NoErr(err)
			is.Equal(path, e.Path)
			found++
		}
	}
	is.Equal(found, 3)
}

func FuzzStoredFile_PathLeadsNowhereElse(f *testing.F) {
	f.Add("shop.docs", "7", "f0001", "Holiday Pic.PNG", "lena")
	f.Add("a.b", "..", "../..", "..", "&x=1")
	f.Add("a/b.c", "%2e%2e", "", "x.tar.gz", "%00")
	f.Fuzz(func(t *testing.T, table, id, sub, name, user string) {
		file := client.StoredFile{Table: table, User: user, Ref: client.FileRef{ID: id, Sub: sub, Name: name}}
		path, err := file.Path()
		if err != nil {
			return
		}
		u, err := url.Parse("http://localhost:2900" + path)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(u.EscapedPath(), "/")
		if len(parts) != 7 || u.Host != "localhost:2900" || u.Fragment != "" {
			t.Fatalf("%q", path)
		}
		for i, want := range append(strings.SplitN(table, ".", 2), sub, file.Ref.StoredName()) {
			got, err := url.PathUnescape(parts[3+i])
			if err != nil || got != want || got == "" || got == "." || got == ".." {
				t.Fatalf("%q: %q, %v", path, got, err)
			}
		}
		if query := u.Query(); query.Get("user_id") != user || len(query) > 1 {
			t.Fatalf("%q: %v", path, query)
		}
	})
}
