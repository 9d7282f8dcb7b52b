package diagrams_test

import (
	"flag"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

var update = flag.Bool("update", false, "write the marble pictures and the readme that shows them")

// family is a part of the readme.
type family struct {
	title    string
	pictures []picture
}

// picture is a marble diagram of an operator: title is the call it shows.
type picture struct {
	operator, title string
	play            func(m *rxtest.Marbles)
}

// families are in the order of the readme.
func families() []family {
	return []family{
		{"Creation", creationPictures()},
		{"Transforming", transformPictures()},
		{"Buffers, windows and groups", windowPictures()},
		{"Filtering", filterPictures()},
		{"Combining", combinePictures()},
		{"Flattening", flattenPictures()},
		{"Time", timePictures()},
		{"Backpressure", backpressurePictures()},
		{"Multicast", multicastPictures()},
		{"Errors and repetition", errorPictures()},
		{"One value of many", aggregatePictures()},
		{"Utility", utilityPictures()},
	}
}

// of is the picture of an operator with one source.
func of[B any](operator, title, in string, o rx.Operator[string, B]) picture {
	return picture{operator, title, func(m *rxtest.Marbles) { rxtest.Show(m, "", o(m.Cold(in))) }}
}

// created is the picture of a stream without a source.
func created[T any](operator, title string, o rx.Observable[T], subscription ...string) picture {
	return picture{operator, title, func(m *rxtest.Marbles) { rxtest.Show(m, "", o, subscription...) }}
}

// file is the picture's place below diagrams: the operator's name, and the number
// of the picture from the second on.
func file(operator string, earlier int) string {
	if earlier == 0 {
		return operator + ".svg"
	}
	return operator + "-" + string(rune('1'+earlier)) + ".svg"
}

// TestPictures plays every picture and compares it with the file: a picture shows
// what the operator does, or the test fails. With -update it writes the files.
func TestPictures(t *testing.T) {
	wanted := map[string]string{}
	readme := &strings.Builder{}
	readme.WriteString(preface)
	docs := synopses(t)
	for _, f := range families() {
		readme.WriteString("\n## " + f.title + "\n")
		shown := map[string]int{}
		for _, p := range f.pictures {
			lines, err := rxtest.Play(p.play)
			if err != nil {
				t.Errorf("%s: %v", p.title, err)
			}
			name := file(p.operator, shown[p.operator])
			wanted[name] = rxtest.SVG(p.title, lines)
			if shown[p.operator] == 0 {
				readme.WriteString("\n### " + p.operator + "\n\n" + linked(docs[p.operator], docs) + "\n")
			}
			readme.WriteString("\n![" + p.title + "](diagrams/" + name + ")\n")
			shown[p.operator]++
		}
	}
	wanted[filepath.Join("..", "README.md")] = readme.String()
	for name, text := range wanted {
		compare(t, name, text)
	}
	noOthers(t, wanted)
}

const preface = `# Operators

What each operator does, as marble diagrams: time runs from left to right, a bar is completion, a cross an error, a pale
or dashed part is what nobody listens to. Above the box is the source, or several, below it what comes out.

The pictures are not drawn but played: ` + "`go generate ./operators`" + ` runs every operator in virtual time and draws what it
emitted, and a test fails when an operator no longer does what its picture shows.
`

// compare has the file hold text, or writes it.
func compare(t *testing.T, name, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Error(err)
		}
		return
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != text {
		t.Errorf("%s is not what the operators do (%v); go generate ./operators writes it anew", name, err)
	}
}

// linked makes of a doc comment's links those of the readme, to operators, and plain
// words of the others.
func linked(text string, docs map[string]string) string {
	return regexp.MustCompile(`\[([A-Z][\w.]*)\]`).ReplaceAllStringFunc(text, func(link string) string {
		name := strings.Trim(link, "[]")
		if _, ok := docs[name]; ok {
			return link + "(#" + strings.ToLower(name) + ")"
		}
		return name
	})
}

// noOthers finds pictures of operators that are no more, or removes them.
func noOthers(t *testing.T, wanted map[string]string) {
	t.Helper()
	files, err := filepath.Glob("*.svg")
	if err != nil {
		t.Error(err)
	}
	for _, name := range files {
		_, ok := wanted[name]
		switch {
		case ok:
		case !*update:
			t.Errorf("%s is no picture of any operator", name)
		case os.Remove(name) != nil:
			t.Errorf("%s cannot be removed", name)
		}
	}
}

// synopses are the first sentences of the documentation of all exported functions
// that make streams or operators; the functions that make options are left out.
func synopses(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Recv == nil && d.Name.IsExported() && !makesOption(d) {
				all[d.Name.Name] = new(doc.Package).Synopsis(d.Doc.Text())
			}
		}
	}
	return all
}

func makesOption(d *ast.FuncDecl) bool {
	if d.Type.Results == nil || len(d.Type.Results.List) != 1 {
		return false
	}
	result := d.Type.Results.List[0].Type
	if generic, ok := result.(*ast.IndexExpr); ok {
		result = generic.X
	}
	name, ok := result.(*ast.Ident)
	return ok && strings.HasSuffix(name.Name, "Option")
}
