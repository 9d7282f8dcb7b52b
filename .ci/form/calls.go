package main

import (
	"go/ast"
	"path"
	"strconv"
	"strings"
)

// calls are all calls inside f, those in its function literals too.
func calls(f *ast.FuncDecl) []*ast.CallExpr {
	var all []*ast.CallExpr
	ast.Inspect(f, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			all = append(all, c)
		}
		return true
	})
	return all
}

// generic takes the type arguments off a called expression.
func generic(fun ast.Expr) ast.Expr {
	switch f := fun.(type) {
	case *ast.IndexExpr:
		return f.X
	case *ast.IndexListExpr:
		return f.X
	}
	return fun
}

// selected are x and y where c is x.y(…), and empty otherwise.
func selected(c *ast.CallExpr) (on, name string) {
	s, ok := generic(c.Fun).(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	x, ok := s.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	return x.Name, s.Sel.Name
}

// imported is the name under which s imports p, empty where it does not.
func (s *source) imported(p string) string {
	for _, i := range s.Imports {
		if got, _ := strconv.Unquote(i.Path.Value); got != p {
			continue
		}
		if i.Name != nil {
			return i.Name.Name
		}
		return path.Base(p)
	}
	return ""
}

// folder is the folder of the tree that import path p means: the longest that p ends in, p itself where none does.
func (t *tree) folder(p string) string {
	best := ""
	for _, s := range t.sources {
		if d := s.dir(); len(d) > len(best) && strings.HasSuffix(p, "/"+d) {
			best = d
		}
	}
	if best == "" {
		return p
	}
	return best
}

// testers are the names in s of parameters of type *testing.T, B, F or testing.TB: who can skip a test.
func (s *source) testers() []string {
	var all []string
	pkg := s.imported("testing")
	ast.Inspect(s.File, func(n ast.Node) bool {
		f, ok := n.(*ast.Field)
		if !ok {
			return true
		}
		kind := f.Type
		if p, ok := kind.(*ast.StarExpr); ok {
			kind = p.X
		}
		sel, ok := kind.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == pkg {
			for _, name := range f.Names {
				all = append(all, name.Name)
			}
		}
		return true
	})
	return all
}
