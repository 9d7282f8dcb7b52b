// Command form holds a Go tree to the form its project asks for. It prints one line of figures, then what it found, and
// exits 1 when a limit is passed, 2 when the tree cannot be read:
//
//	go -C .ci/form run . "$PWD"
//
// Limits: functions of 70 lines (120 in tests), files of 400 (600 in tests), every exported name documented, no sleep in a
// test outside virtual time, no skip without a reason, no promise of work to do (see promises), no func init, no
// package-level state, and no file or package called utils, manager, impl, helpers or common.
package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	ok, err := check(os.DirFS(root), os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "form:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// finding is a kind of thing looked for, and the places where it stands.
type finding struct {
	what   string
	places []string
	listed bool // shown for the reader's judgement; passes no limit
}

// check reports whether the tree keeps within every limit, and writes what it saw to out.
func check(root fs.FS, out io.Writer) (bool, error) {
	t, err := read(root)
	if err != nil {
		return false, err
	}
	found := slices.Concat(lengths(t), comments(t), names(t), waits(t), variables(t))
	found = append(found, finding{what: "cannot be parsed", places: t.broken})
	fmt.Fprintln(out, figures(t))
	ok := true
	for _, f := range found {
		if len(f.places) == 0 {
			continue
		}
		ok = ok && f.listed
		fmt.Fprintf(out, "%s: %s (%d): %s\n", verdict(f), f.what, len(f.places), strings.Join(f.places, ", "))
	}
	return ok, nil
}

func verdict(f finding) string {
	if f.listed {
		return "listed"
	}
	return "LIMIT"
}
