package main

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
)

// variables finds package-level variables outside tests: state, which is forbidden, and those nothing writes to (tables,
// say), which are listed. Sentinel errors, regular expressions and assertions to _ are neither.
func variables(t *tree) []finding {
	state := finding{what: "package-level state"}
	tables := finding{what: "package-level variables nothing writes to", listed: true}
	for _, files := range packages(t) {
		info := resolve(t, files)
		written := writes(info, files)
		for _, s := range files {
			s.declared(token.VAR, func(_ *ast.GenDecl, spec ast.Spec) {
				v := spec.(*ast.ValueSpec)
				for i, name := range v.Names {
					place := t.at(s, name) + " " + name.Name
					switch {
					case name.Name == "_":
					case written[info.Defs[name]] || stateful(v):
						state.places = append(state.places, place)
					case !sentinel(s, v, i):
						tables.places = append(tables.places, place)
					}
				}
			})
		}
	}
	return []finding{state, tables}
}

// packages groups the sources that are compiled together, in the order of their folders.
func packages(t *tree) [][]*source {
	all := map[string][]*source{}
	for _, s := range t.sources {
		if !s.test {
			all[s.dir()] = append(all[s.dir()], s)
		}
	}
	var groups [][]*source
	for _, dir := range slices.Sorted(maps.Keys(all)) {
		groups = append(groups, all[dir])
	}
	return groups
}

// absent imports nothing: names inside one package resolve without what it imports.
type absent struct{}

func (absent) Import(string) (*types.Package, error) { return nil, errors.New("not imported") }

// resolve tells which declaration every name in files means, scopes and all. Errors of type are not its matter.
func resolve(t *tree, files []*source) *types.Info {
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	var parsed []*ast.File
	for _, s := range files {
		parsed = append(parsed, s.File)
	}
	config := types.Config{Importer: absent{}, Error: func(error) {}}
	_, _ = config.Check(files[0].dir(), t.fset, parsed, info) // imports always fail; the names are in info all the same
	return info
}

// writes are the objects that a statement in files assigns to, in part or whole, or takes the address of.
func writes(info *types.Info, files []*source) map[types.Object]bool {
	written := map[types.Object]bool{}
	mark := func(targets ...ast.Expr) {
		for _, x := range targets {
			if name := base(x); name != nil {
				if o := info.Uses[name]; o != nil {
					written[o] = true
				}
			}
		}
	}
	for _, s := range files {
		ast.Inspect(s.File, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				mark(n.Lhs...)
			case *ast.IncDecStmt:
				mark(n.X)
			case *ast.RangeStmt:
				mark(n.Key, n.Value)
			case *ast.SendStmt:
				mark(n.Chan)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					mark(n.X)
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "delete" || f.Name == "clear" || f.Name == "close") {
					mark(n.Args...)
				}
			}
			return true
		})
	}
	return written
}

// base is x in x.f[i].g, (*x) and the like; nil where the expression begins with something else.
func base(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// stateful tells whether v is made to change: a channel, a type of sync or sync/atomic, the result of make or new.
func stateful(v *ast.ValueSpec) bool {
	for _, e := range append([]ast.Expr{v.Type}, v.Values...) {
		if c, ok := e.(*ast.CallExpr); ok {
			if f, ok := c.Fun.(*ast.Ident); ok && (f.Name == "make" || f.Name == "new") {
				return true
			}
			continue
		}
		if l, ok := e.(*ast.CompositeLit); ok {
			e = l.Type
		}
		if _, ok := e.(*ast.ChanType); ok {
			return true
		}
		if x, ok := generic(e).(*ast.SelectorExpr); ok {
			if p := base(x); p != nil && (p.Name == "sync" || p.Name == "atomic") {
				return true
			}
		}
	}
	return false
}

// sentinel tells whether the i-th name of v is an error made once, or a compiled regular expression.
func sentinel(s *source, v *ast.ValueSpec, i int) bool {
	if i >= len(v.Values) {
		return false
	}
	c, ok := v.Values[i].(*ast.CallExpr)
	if !ok {
		return false
	}
	on, name := selected(c)
	switch {
	case on == "":
		return false
	case on == s.imported("errors"):
		return name == "New"
	case on == s.imported("fmt"):
		return name == "Errorf"
	case on == s.imported("regexp"):
		return name == "MustCompile"
	}
	return false
}
