package main

import (
	"go/ast"
	"go/token"
	"regexp"
)

// comments finds what lacks one, and what promises work instead of doing it.
func comments(t *tree) []finding {
	return []finding{undocumented(t), undocumentedValues(t), promises(t)}
}

func undocumented(t *tree) finding {
	bare := finding{what: "exported without a comment"}
	for _, s := range t.sources {
		for _, e := range s.exported() {
			if !e.documented {
				bare.places = append(bare.places, s.path+" "+e.name)
			}
		}
	}
	return bare
}

// undocumentedValues are constants and variables; the comment of their group, or one behind them, will do.
func undocumentedValues(t *tree) finding {
	bare := finding{what: "exported constants and variables without a comment"}
	for _, s := range t.sources {
		if s.test || s.program() {
			continue
		}
		look := func(g *ast.GenDecl, spec ast.Spec) {
			v := spec.(*ast.ValueSpec)
			if g.Doc != nil || v.Doc != nil || v.Comment != nil {
				return
			}
			for _, name := range v.Names {
				if name.IsExported() {
					bare.places = append(bare.places, s.path+" "+name.Name)
				}
			}
		}
		s.declared(token.CONST, look)
		s.declared(token.VAR, look)
	}
	return bare
}

func promises(t *tree) finding {
	found := finding{what: "TODO, FIXME"}
	promise := regexp.MustCompile(`\b(TODO|FIXME)\b`)
	for _, s := range t.sources {
		for _, g := range s.Comments {
			if promise.MatchString(g.Text()) {
				found.places = append(found.places, t.at(s, g))
			}
		}
	}
	return found
}
