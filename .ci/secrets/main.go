// Command secrets looks for secrets in the output of a test run:
//
//	go -C .ci/secrets run . "$PWD" log…
//
// It harvests every password that the tree's Go files give to a login, a user or a setup, as a literal or a constant, and
// looks for each of them, and for whatever has the shape of a JSON Web Token, in the logs. It prints where it found one,
// not what, and exits 1; 2 when something cannot be read. Passwords of fewer than 8 bytes are words, and counted only.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: secrets tree log…")
		os.Exit(2)
	}
	found, err := run(os.DirFS(os.Args[1]), os.Args[2:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "secrets:", err)
		os.Exit(2)
	}
	if found > 0 {
		os.Exit(1)
	}
}

// tokens is what a JSON Web Token looks like: base64 of {"…, twice, and a signature.
func tokens() *regexp.Regexp {
	return regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{8,}`)
}

// search tells on which lines of a log there is a secret.
func search(log io.Reader, name string, passwords []string, out io.Writer) (found, lines int, err error) {
	shape := tokens()
	in := bufio.NewReader(log)
	for {
		line, err := in.ReadString('\n')
		if line != "" {
			lines++
		}
		if shape.MatchString(line) {
			found++
			fmt.Fprintf(out, "%s:%d: a token\n", name, lines)
		}
		for i, password := range passwords {
			if strings.Contains(line, password) {
				found++
				fmt.Fprintf(out, "%s:%d: password %d\n", name, lines, i)
			}
		}
		if err == io.EOF {
			return found, lines, nil
		}
		if err != nil {
			return found, lines, err
		}
	}
}
