package client

import (
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strings"
	"testing"

	"github.com/matryer/is"
)

// formPart is one part of a form as another parser reads it.
type formPart struct{ name, file, kind, text string }

// formParts reads a form by the standard library.
func formParts(f *form) ([]formPart, int64, error) {
	var length int64
	text := f.read(func(i int) io.Reader { return f.files[i].Body })
	_, params, err := mime.ParseMediaType(f.kind())
	if err != nil {
		return nil, 0, err
	}
	whole, err := io.ReadAll(text)
	if err != nil {
		return nil, 0, err
	}
	length = int64(len(whole))
	parts := multipart.NewReader(strings.NewReader(string(whole)), params["boundary"])
	var all []formPart
	for {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			return all, length, nil
		}
		if err != nil {
			return nil, 0, err
		}
		_, fields, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		if err != nil {
			return nil, 0, err
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, formPart{fields["name"], fields["filename"], p.Header.Get("Content-Type"), string(content)})
	}
}

func TestForm_IsReadBackByAnotherParser(t *testing.T) {
	is := is.New(t)
	var files []*attachment
	for _, f := range []File{
		{Placeholder: "one", Name: `Größe "x" \ y.PNG`, MIME: "image/png", Body: strings.NewReader("\r\n--not the boundary\r\n")},
		{Placeholder: "t'w\"o", Body: strings.NewReader("")},
	} {
		a, err := attach(f)
		is.NoErr(err)
		files = append(files, a)
	}
	f := newForm("INSERT …", "chat", []byte(`[1,"a"]`), files)
	parts, length, err := formParts(f)
	is.NoErr(err)
	is.Equal(length, f.size)
	is.Equal(parts, []formPart{
		{"sql", "", "", "INSERT …"}, {"namespace_id", "", "", "chat"}, {"params", "", "", `[1,"a"]`},
		{"file:one", `Größe "x" \ y.PNG`, "image/png", "\r\n--not the boundary\r\n"},
		{"file:t'w\"o", "t'w\"o", "application/octet-stream", ""},
	})
	f = newForm("SELECT 1", "", nil, nil)
	parts, length, err = formParts(f)
	is.NoErr(err)
	is.Equal(length, f.size)
	is.Equal(parts, []formPart{{"sql", "", "", "SELECT 1"}})
}

func TestPlaceholders_AreFoundOutsideOfStringsAndComments(t *testing.T) {
	for _, test := range []struct {
		sql  string
		want []string
	}{
		{`INSERT INTO a.b VALUES (FILE("x"), File('y'), file ( /* no */ "z" ))`, []string{"x", "y", "z"}},
		{`VALUES (FILE("x"), FILE("x"))`, []string{"x"}},
		{`VALUES (FILE("a""b"), FILE('it''s'))`, []string{`a"b`, "it's"}},
		{`VALUES ('FILE("x")', "FILE('y')") -- FILE("z")`, nil},
		{`VALUES (fILE("x"), PROFILE("y"), FILE(z), FILE("w", 1), FILE "v")`, nil},
		{`FILE("unfinished`, nil},
		{`FILE("x"`, nil},
		{`FILE(FILE("x"))`, []string{"x"}},
		{``, nil},
	} {
		if got := placeholders(test.sql); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q", test.sql, got)
		}
	}
}

func FuzzForm_NamesStayWhereTheyBelong(f *testing.F) {
	f.Add("scan", "scan 1.pdf", "application/pdf", "content")
	f.Add("a\"; name=\"sql", "x\r\nContent-Type: text/html\r\n\r\n", "text/plain; charset=utf-8", "\r\n--")
	f.Add("a\\", "\\\"", "a/b; c=\"d\r\n\"", "")
	f.Add("ünïcode", "\xff\xfe", "image/\x00", "\x00")
	f.Fuzz(func(t *testing.T, placeholder, name, kind, content string) {
		a, err := attach(File{Placeholder: placeholder, Name: name, MIME: kind, Body: strings.NewReader(content)})
		if err != nil {
			return
		}
		made := newForm("SQL", "", nil, []*attachment{a})
		parts, length, err := formParts(made)
		if err != nil || len(parts) != 2 || length != made.size {
			t.Fatalf("%v %d of %d: %q", err, length, made.size, parts)
		}
		if want := (formPart{"file:" + placeholder, a.Name, a.MIME, content}); parts[1] != want {
			t.Fatalf("%q, want %q", parts[1], want)
		}
		if name != "" && a.Name != name {
			t.Fatalf("the name %q became %q", name, a.Name)
		}
	})
}
