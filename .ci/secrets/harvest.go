package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// shortest is the length from which on a password is looked for.
const shortest = 8

// run harvests the tree and searches the logs.
func run(tree fs.FS, logs []string, out io.Writer) (found int, err error) {
	all, err := harvest(tree)
	if err != nil {
		return 0, err
	}
	long := slices.DeleteFunc(slices.Clone(all), func(p string) bool { return len(p) < shortest })
	lines := 0
	for _, name := range logs {
		log, err := os.Open(name)
		if err != nil {
			return found, err
		}
		f, n, err := search(log, name, long, out)
		_ = log.Close()
		if err != nil {
			return found, err
		}
		found, lines = found+f, lines+n
	}
	fmt.Fprintf(out, "%d passwords and any token, in %d lines: found %d times (%d passwords too short to look for)\n",
		len(long), lines, found, len(all)-len(long))
	if len(long) == 0 || lines == 0 {
		return found, fmt.Errorf("nothing to look for, or nothing to look in")
	}
	return found, nil
}

// places are the functions that take a password, and which of their arguments it is.
func places() map[string]int {
	return map[string]int{"Password": 1, "WithUser": 1, "AddUser": 1, "UserPassword": 1, "Login": 2}
}

// crop is what the files of a tree hold.
type crop struct {
	constants map[string]map[string]bool // values by name, whatever the package: too many do no harm
	passwords []ast.Expr
}

// harvest gives the passwords of a tree, sorted.
func harvest(tree fs.FS) ([]string, error) {
	c := crop{constants: map[string]map[string]bool{}}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, c.visit)
		return nil
	})
	if err != nil {
		return nil, err
	}
	values := map[string]bool{}
	for _, e := range c.passwords {
		maps.Copy(values, c.values(e))
	}
	delete(values, "")
	return slices.Sorted(maps.Keys(values)), nil
}

func (c *crop) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ValueSpec:
		for i, value := range n.Values {
			if text, ok := literal(value); ok && i < len(n.Names) {
				name := n.Names[i].Name
				if c.constants[name] == nil {
					c.constants[name] = map[string]bool{}
				}
				c.constants[name][text] = true
				if n.Type == nil { // else it is a code, or the like
					c.named(name, value)
				}
			}
		}
	case *ast.AssignStmt:
		for i, value := range n.Rhs {
			if len(n.Lhs) == len(n.Rhs) {
				c.named(nameOf(n.Lhs[i]), value)
			}
		}
	case *ast.CallExpr:
		if at, ok := places()[nameOf(n.Fun)]; ok && at < len(n.Args) {
			c.passwords = append(c.passwords, n.Args[at])
		}
	case *ast.KeyValueExpr:
		key := nameOf(n.Key)
		if text, ok := literal(n.Key); ok {
			key = text // of a map, such as one of the environment
		}
		if key == "Password" || key == "RootPassword" || key == "PASSWORD" {
			c.passwords = append(c.passwords, n.Value)
		}
	}
	return true
}

// named takes what has the name of a secret for one, wherever it goes.
func (c *crop) named(name string, value ast.Expr) {
	if _, ok := literal(value); ok && isSecret(name) {
		c.passwords = append(c.passwords, value)
	}
}

// isSecret says whether a name says that it is one's.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "password") || strings.Contains(name, "secret")
}

// values are what an expression may be: a literal, or a constant of that name.
func (c *crop) values(e ast.Expr) map[string]bool {
	if text, ok := literal(e); ok {
		return map[string]bool{text: true}
	}
	if name := nameOf(e); isSecret(name) {
		return c.constants[name]
	}
	return nil
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}
