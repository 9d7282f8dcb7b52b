package main

import (
	"path"
	"slices"
	"strings"
)

// vague tells whether a word of a file's, folder's or package's name says nothing of what is inside.
func vague(word string) bool {
	switch word {
	case "util", "utils", "manager", "managers", "impl", "helper", "helpers", "common":
		return true
	}
	return false
}

func names(t *tree) []finding {
	bad := finding{what: "named utils, manager, impl, helpers or common"}
	inits := finding{what: "func init"}
	for _, s := range t.sources {
		file := strings.TrimSuffix(path.Base(s.path), ".go")
		words := slices.Concat(strings.Split(file, "_"), strings.Split(s.Name.Name, "_"), strings.Split(s.dir(), "/"))
		if slices.ContainsFunc(words, vague) {
			bad.places = append(bad.places, s.path+" (package "+s.Name.Name+")")
		}
		for _, f := range s.functions() {
			if f.Recv == nil && f.Name.Name == "init" {
				inits.places = append(inits.places, t.at(s, f))
			}
		}
	}
	return []finding{bad, inits}
}
