package client

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kalamdb/kalamrx/client/internal/livesql"
	"github.com/kalamdb/kalamrx/wire"
)

// placeholders are the names in FILE("name") of a statement, outside of strings and
// comments, each once.
func placeholders(sql string) []string {
	var names []string
	var last [3]string // the tokens before, without blanks
	for i := 0; i < len(sql); {
		n := livesql.Token(sql[i:])
		word := sql[i : i+n]
		i += n
		if livesql.IsBlank(word) {
			continue
		}
		name, ok := unquoted(last[2])
		if ok && isFileWord(last[0]) && last[1] == "(" && word == ")" && !slices.Contains(names, name) {
			names = append(names, name)
		}
		last = [3]string{last[1], last[2], word}
	}
	return names
}

// isFileWord knows the three spellings that the server knows.
func isFileWord(word string) bool { return word == "FILE" || word == "File" || word == "file" }

// unquoted is the text of a token in quotes of either kind.
func unquoted(token string) (text string, ok bool) {
	if len(token) < 2 || token[0] != '"' && token[0] != '\'' || token[len(token)-1] != token[0] {
		return "", false
	}
	quote := token[:1]
	return strings.ReplaceAll(token[1:len(token)-1], quote+quote, quote), true
}

// matched checks that the statement has a place for each file, and a file for each
// place.
func matched(sql string, files []*attachment) error {
	wanted := placeholders(sql)
	var given []string
	for _, f := range files {
		switch {
		case slices.Contains(given, f.Placeholder):
			return &FileError{Placeholder: f.Placeholder, Err: ErrFileTwice}
		case !slices.Contains(wanted, f.Placeholder):
			return &FileError{Placeholder: f.Placeholder, Err: fmt.Errorf("%w: not in the statement", wire.CodeExtraFile)}
		}
		given = append(given, f.Placeholder)
	}
	for _, name := range wanted {
		if !slices.Contains(given, name) {
			return &FileError{Placeholder: name, Err: wire.CodeMissingFile}
		}
	}
	return nil
}
