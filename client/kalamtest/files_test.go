package kalamtest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

// filePart is one part of an upload: a field, or a file where it has a type.
type filePart struct{ name, file, kind, text string }

func sqlPart(sql string) filePart { return filePart{name: "sql", text: sql} }

// upload sends a form, and gives what the server answers.
func upload(t *testing.T, srv *kalamtest.Server, user string, parts ...filePart) (int, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		header := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf("form-data; name=%q", p.name)}}
		if p.kind != "" {
			header.Set("Content-Type", p.kind)
		}
		if p.file != "" {
			header.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q; filename=%q", p.name, p.file))
		}
		w, err := form.CreatePart(header)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(w, p.text)
	}
	_ = form.Close()
	return postForm(t, srv, user, form.FormDataContentType(), &body)
}

func postForm(t *testing.T, srv *kalamtest.Server, user, kind string, body io.Reader) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, srv.URL()+"/v1/api/sql", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	if user != "" {
		req.Header.Set("Authorization", "Bearer "+srv.Token(user))
	}
	tr := &http.Transport{DialContext: srv.Dial}
	defer tr.CloseIdleConnections()
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// withDocs makes a table of each kind that has a FILE column.
func withDocs(t *testing.T, opts ...kalamtest.Option) *kalamtest.Server {
	t.Helper()
	srv := kalamtest.Start(t, append(opts, withUsers())...)
	setUp(t, srv, `CREATE NAMESPACE docs;
		CREATE TABLE docs.own (id TEXT PRIMARY KEY, att FILE, two FILE) WITH (TYPE = 'USER');
		CREATE SHARED TABLE docs.shared (id TEXT PRIMARY KEY, att FILE) WITH (ACCESS_LEVEL = 'PUBLIC');
		CREATE STREAM TABLE docs.live (id TEXT PRIMARY KEY, att FILE) WITH (TTL_SECONDS = 60)`)
	return srv
}

const (
	intoOwn = `INSERT INTO docs.own (id, att) VALUES ('a', FILE("x"))`
	png     = "image/png"
)

func TestUpload_WhatIsWrongHasItsCode(t *testing.T) {
	x := filePart{"file:x", "a.png", png, "content"}
	for _, test := range []struct {
		name  string
		parts []filePart
		code  int
		want  string
	}{
		{"nothing", []filePart{x}, 400, "EMPTY_SQL"},
		{"blank SQL", []filePart{sqlPart("  "), x}, 400, "EMPTY_SQL"},
		{"too many files", []filePart{sqlPart(intoOwn), x, x, x}, 400, "TOO_MANY_FILES"},
		{"a large file", []filePart{sqlPart(intoOwn), {"file:x", "a.png", png, strings.Repeat("x", 101)}}, 400, "FILE_TOO_LARGE"},
		{"no such part", []filePart{sqlPart(intoOwn)}, 400, "SQL_EXECUTION_ERROR"},
		{"parameters that are none", []filePart{sqlPart(intoOwn), {name: "params", text: "{"}, x}, 400, "INVALID_INPUT"},
		{"parameters and more", []filePart{sqlPart(intoOwn), {name: "params", text: `[],"namespace_id":"x"`}, x}, 400, "INVALID_INPUT"},
		{"a type that is none", []filePart{sqlPart(intoOwn), {"file:x", "a.png", "png", "content"}}, 500, "INTERNAL_ERROR"},
		{"a stream table", []filePart{sqlPart(`INSERT INTO docs.live (id, att) VALUES ('a', FILE("x"))`), x}, 400, "INVALID_INPUT"},
		{"no namespace", []filePart{sqlPart(`INSERT INTO own (id, att) VALUES ('a', FILE("x"))`), {name: "namespace_id", text: "docs"}, x}, 400, "INVALID_INPUT"},
		{"no such table", []filePart{sqlPart(`INSERT INTO docs.nope (id, att) VALUES ('a', FILE("x"))`), x}, 400, "SQL_EXECUTION_ERROR"},
		{"two statements", []filePart{sqlPart(intoOwn + "; SELECT 1"), x}, 400, "INVALID_INPUT"},
		{"a query", []filePart{sqlPart(`SELECT FILE("x")`), x}, 400, "INVALID_INPUT"},
		{"a table that is not to be written", []filePart{sqlPart(`INSERT INTO docs.shared (id, att) VALUES ('a', FILE("x"))`), x}, 403, "PERMISSION_DENIED"},
		{"a user that is not to be acted for", []filePart{sqlPart(`EXECUTE AS USER 'root' (` + intoOwn + `)`), x}, 403, "PERMISSION_DENIED"},
	} {
		t.Run(test.name, func(t *testing.T) {
			is := is.New(t)
			srv := withDocs(t, kalamtest.WithFileLimits(2, 100))
			status, body := upload(t, srv, "lena", test.parts...)
			is.Equal(status, test.code)
			is.Equal(code(body), test.want)
			is.Equal(srv.Stats().FilesStored, 0)
		})
	}
	is := is.New(t)
	srv := withDocs(t)
	status, body := postForm(t, srv, "lena", "multipart/form-data; boundary=b1", strings.NewReader("--b1\r\nnonsense"))
	is.Equal(status, 400)
	is.Equal(code(body), "INVALID_INPUT")
	status, body = upload(t, srv, "", sqlPart(intoOwn), x)
	is.Equal(status, 401)
	is.Equal(code(body), "MISSING_AUTHORIZATION")
}

func TestUpload_PlaceholdersBecomeReferences(t *testing.T) {
	is := is.New(t)
	srv := withDocs(t)
	status, body := upload(t, srv, "lena",
		sqlPart(`INSERT INTO docs.own (id, att, two) VALUES ($1, FILE("x"), file('y')) -- FILE("z")`), filePart{name: "params", text: `["it's"]`},
		filePart{"file:y", "", "", "no type"}, filePart{"file:x", "it's.png", png, "content"}, filePart{"file:extra", "a", png, "ignored"})
	is.Equal(status, 200)
	is.True(strings.Contains(body, "Inserted 1 row(s)"))
	is.Equal(srv.Stats().FilesStored, 2)
	status, body = query(t, srv, "SELECT id, att, two FROM docs.own")
	is.Equal(status, 200)
	for _, part := range []string{`it's`, `\"name\":\"it's.png\"`, `\"size\":7`, `\"mime\":\"image/png\"`, `\"mime\":\"application/octet-stream\"`,
		`\"sha256\":\"ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73\"`} {
		is.True(strings.Contains(body, part))
	}
	status, _ = upload(t, srv, "lena", sqlPart(`UPDATE docs.own SET att = FILE("x") WHERE id = 'it''s'`), filePart{"file:x", "new.txt", "text/plain", "new"})
	is.Equal(status, 200)
	_, body = query(t, srv, "SELECT att FROM docs.own")
	is.True(strings.Contains(body, `\"name\":\"new.txt\"`))
	status, _ = upload(t, srv, "root", sqlPart(`EXECUTE AS USER 'lena' (INSERT INTO docs.own (id, att) VALUES ('r', FILE("x")))`), filePart{"file:x", "r.txt", "text/plain", "hers"})
	is.Equal(status, 200)
	_, body = query(t, srv, "SELECT att FROM docs.own WHERE id = 'r'")
	is.True(strings.Contains(body, `\"name\":\"r.txt\"`))
}

func TestUpload_AFollowerAndAGuardRefuseIt(t *testing.T) {
	is := is.New(t)
	srv := withDocs(t, kalamtest.WithBodyLimit(1000))
	x := filePart{"file:x", "a.png", png, "content"}
	srv.FollowLeader("http://other.localhost:2900")
	status, body := upload(t, srv, "lena", sqlPart(intoOwn), x)
	is.Equal(status, 503)
	is.Equal(code(body), "NOT_LEADER")
	is.True(strings.Contains(body, "Leader: http://other.localhost:2900"))
	status, _ = query(t, srv, "SELECT 1") // it forwards what is no upload
	is.Equal(status, 200)
	is.NoErr(srv.Calm())
	status, _ = upload(t, srv, "lena", sqlPart(intoOwn), x)
	is.Equal(status, 200)
	status, body = upload(t, srv, "lena", sqlPart(intoOwn), filePart{"file:x", "a.png", png, strings.Repeat("x", 1000)})
	is.Equal(status, 413)
	is.True(strings.Contains(body, `"error":"BODY_TOO_LARGE"`) && strings.Contains(body, `"max_bytes":1000`))
}

func TestDownload_WrongPathsAndKindsOfTable(t *testing.T) {
	srv := withDocs(t)
	for path, want := range map[string]int{
		"/v1/files/docs/own/f0001/1-a.png":                 404,
		"/v1/files/docs/nope/f0001/1-a.png":                404,
		"/v1/files/docs/own/f0001":                         404,
		"/v1/files/docs/own/f0001/a/b":                     404,
		"/v1/files/docs/own/..%2f/1-a.png":                 404,
		"/v1/files/docs/live/f0001/1-a.png":                400,
		"/v1/files/docs/shared/f0001/1-a.png":              404,
		"/v1/files/docs/shared/f0001/1-a.png?user_id=lena": 400,
		"/v1/files/docs/own/f0001/1-a.png?user_id=root":    403,
		"/v1/files/docs/own/f0001/1-a.png?user_id=nobody":  403,
		"/v1/files/docs/own/f0001/1-a.png?user_id=lena":    404,
		"/v1/files/system/users/f0001/1-a.png":             400,
	} {
		is := is.New(t)
		status, body := call(t, srv, http.MethodGet, path, srv.Token("lena"), "")
		if status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
		is.True(strings.Contains(body, `"code":`))
	}
}

func TestFileOptions_RefuseBadValues(t *testing.T) {
	for _, o := range []kalamtest.Option{kalamtest.WithFileLimits(0, 1), kalamtest.WithFileLimits(1, 0), kalamtest.WithBodyLimit(0)} {
		_, err := kalamtest.New(o)
		is.New(t).True(errors.Is(err, kalamtest.ErrOption))
	}
}
