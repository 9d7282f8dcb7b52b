package main

import (
	"go/ast"
	"slices"
	"strconv"
)

// waits finds tests that sleep in real time, and tests that do not run.
func waits(t *tree) []finding {
	sleeps := finding{what: "time.Sleep in tests outside virtual time"}
	mute := finding{what: "tests skipped without a reason"}
	skips := finding{what: "tests skipped, with their reason", listed: true}
	virtual := virtualTime(t)
	for _, s := range t.sources {
		if !s.test {
			continue
		}
		testers := s.testers()
		for _, f := range s.functions() {
			for _, c := range calls(f) {
				switch on, name := selected(c); {
				case on == s.imported("time") && name == "Sleep":
					if s.imported("testing/synctest") == "" && !virtual[function{s.dir(), f.Name.Name}] {
						sleeps.places = append(sleeps.places, t.at(s, c))
					}
				case !slices.Contains(testers, on):
				case name == "SkipNow", name == "Skip" && len(c.Args) == 0:
					mute.places = append(mute.places, t.at(s, c))
				case name == "Skip", name == "Skipf":
					skips.places = append(skips.places, t.at(s, c))
				}
			}
		}
	}
	return []finding{sleeps, mute, skips}
}

// function names a declared function by its folder; methods are not looked at.
type function struct{ dir, name string }

// virtualTime are the functions that reach synctest.Test by the functions they call: what stands in them sleeps in a
// bubble. It is a fixpoint over the calls, by name, so a wrapper such as rxtest.Run counts for its callers too.
func virtualTime(t *tree) map[function]bool {
	type edge struct{ from, to function }
	var edges []edge
	reached := map[function]bool{{"testing/synctest", "Test"}: true}
	for _, s := range t.sources {
		for _, f := range s.functions() {
			if f.Recv != nil {
				continue
			}
			for _, c := range calls(f) {
				edges = append(edges, edge{function{s.dir(), f.Name.Name}, t.callee(s, c)})
			}
		}
	}
	for grown := true; grown; {
		grown = false
		for _, e := range edges {
			if reached[e.to] && !reached[e.from] {
				reached[e.from], grown = true, true
			}
		}
	}
	return reached
}

// callee is the function c calls, where it is one of a package; a zero name otherwise.
func (t *tree) callee(s *source, c *ast.CallExpr) function {
	if name, ok := generic(c.Fun).(*ast.Ident); ok {
		return function{s.dir(), name.Name}
	}
	on, name := selected(c)
	for _, i := range s.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		if on != "" && s.imported(p) == on {
			return function{t.folder(p), name}
		}
	}
	return function{}
}
