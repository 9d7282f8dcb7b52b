package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Limits in lines.
const (
	funcLines     = 70
	testFuncLines = 120
	fileLines     = 400
	testFileLines = 600
)

func lengths(t *tree) []finding {
	long := finding{what: fmt.Sprintf("functions over %d lines (tests %d)", funcLines, testFuncLines)}
	big := finding{what: fmt.Sprintf("files over %d lines (tests %d)", fileLines, testFileLines)}
	for _, s := range t.sources {
		inFunc, inFile := funcLines, fileLines
		if s.test {
			inFunc, inFile = testFuncLines, testFileLines
		}
		if n := t.line(s.End()); n > inFile {
			big.places = append(big.places, fmt.Sprintf("%s %d", s.path, n))
		}
		for _, f := range s.functions() {
			if n := t.length(f); n > inFunc {
				long.places = append(long.places, fmt.Sprintf("%s %s %d", s.path, f.Name.Name, n))
			}
		}
	}
	return []finding{long, big}
}

// length counts from func to the closing brace; the comment before it is not part of it.
func (t *tree) length(f *ast.FuncDecl) int { return t.line(f.End()) - t.line(f.Pos()) + 1 }

// figures is the one line that sums the tree up.
func figures(t *tree) string {
	var lines []int
	files, exported := 0, 0
	kinds := map[string]int{}
	for _, s := range t.sources {
		if s.test {
			countKinds(s, kinds)
			continue
		}
		files++
		exported += len(s.exported())
		for _, f := range s.functions() {
			lines = append(lines, t.length(f))
		}
	}
	if len(lines) == 0 {
		return "no Go code"
	}
	slices.Sort(lines)
	n := len(lines)
	return fmt.Sprintf("files %d · functions %d, lines median %d p90 %d max %d · exported %d, undocumented %d · tests %d examples %d fuzz %d benchmarks %d",
		files, n, lines[n/2], lines[n*9/10], lines[n-1], exported, len(undocumented(t).places),
		kinds["Test"], kinds["Example"], kinds["Fuzz"], kinds["Benchmark"])
}

func countKinds(s *source, kinds map[string]int) {
	for _, f := range s.functions() {
		for _, kind := range []string{"Test", "Example", "Fuzz", "Benchmark"} {
			if strings.HasPrefix(f.Name.Name, kind) {
				kinds[kind]++
			}
		}
	}
}

// export is an exported function, method or type, and whether a comment stands before it.
type export struct {
	name       string
	documented bool
}

// exported lists those of s; a test or a program has none that anybody could import.
func (s *source) exported() []export {
	if s.test || s.program() {
		return nil
	}
	var all []export
	for _, f := range s.functions() {
		if f.Name.IsExported() {
			all = append(all, export{f.Name.Name, f.Doc != nil})
		}
	}
	s.declared(token.TYPE, func(g *ast.GenDecl, spec ast.Spec) {
		if d := spec.(*ast.TypeSpec); d.Name.IsExported() {
			all = append(all, export{d.Name.Name, g.Doc != nil || d.Doc != nil})
		}
	})
	return all
}
