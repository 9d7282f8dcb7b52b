package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// source is one Go file a person wrote.
type source struct {
	*ast.File
	path string // slash-separated, below the root
	test bool
}

func (s *source) dir() string   { return path.Dir(s.path) }
func (s *source) program() bool { return s.Name.Name == "main" }

// tree is all of them, in the order of their paths.
type tree struct {
	fset    *token.FileSet
	sources []*source
	broken  []string
}

// read parses what is below root, but for testdata, vendor, folders that begin with a dot, and generated files.
func read(root fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && foreign(d.Name()) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		t.add(p, text)
		return nil
	})
	return t, err
}

func foreign(dir string) bool {
	return dir == "testdata" || dir == "vendor" || dir != "." && strings.HasPrefix(dir, ".")
}

func (t *tree) add(p string, text []byte) {
	f, err := parser.ParseFile(t.fset, p, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.broken = append(t.broken, err.Error())
		return
	}
	if !ast.IsGenerated(f) {
		t.sources = append(t.sources, &source{File: f, path: p, test: strings.HasSuffix(p, "_test.go")})
	}
}

func (t *tree) line(p token.Pos) int { return t.fset.Position(p).Line }

// at names the place of n for the reader.
func (t *tree) at(s *source, n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.path, t.line(n.Pos()))
}

// functions are the declared functions and methods of s; literals belong to the one they stand in.
func (s *source) functions() []*ast.FuncDecl {
	var all []*ast.FuncDecl
	for _, d := range s.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			all = append(all, f)
		}
	}
	return all
}

// declared are the specs of s under tok (type, var, const), each with the declaration that groups it.
func (s *source) declared(tok token.Token, each func(group *ast.GenDecl, spec ast.Spec)) {
	for _, d := range s.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != tok {
			continue
		}
		for _, spec := range g.Specs {
			each(g, spec)
		}
	}
}
