package kalamtest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/matryer/is"
)

func TestSyntaxError_SpeaksAsTheRealServer(t *testing.T) {
	for text, want := range map[string]string{
		`{"sql":"SELECT 1"}`: "",
		` [1, -2.5e+3, "\u00e4\n", true, false, null, {}] `: "",
		`not json`:               "expected ident at line 1 column 2",            // recorded
		`{"user":`:               "EOF while parsing a value at line 1 column 8", // recorded
		``:                       "EOF while parsing a value at line 1 column 0",
		`{"a":1,}`:               "trailing comma at line 1 column 8",
		`{"a" 1}`:                "expected `:` at line 1 column 6",
		`{a:1}`:                  "key must be a string at line 1 column 2",
		`{"a":1 "b":2}`:          "expected `,` or `}` at line 1 column 8",
		`[1 2]`:                  "expected `,` or `]` at line 1 column 4",
		"[1,\n 2,\n ?]":          "expected value at line 3 column 2",
		`"abc`:                   "EOF while parsing a string at line 1 column 4",
		`"\x"`:                   "invalid escape at line 1 column 3",
		`01`:                     "invalid number at line 1 column 2",
		`1 2`:                    "trailing characters at line 1 column 3",
		strings.Repeat("[", 200): "recursion limit exceeded at line 1 column 128",
	} {
		t.Run(want, func(t *testing.T) { is.New(t).Equal(syntaxError([]byte(text)), want) })
	}
}

func FuzzSyntaxError_AgreesWithEncodingJSON(f *testing.F) {
	for _, text := range []string{`{"a":[1,2.5e-3,"\u12aF"],"b":{}}`, `[`, `-`, `1e`, `"\`, `tru`, "{\"\x01\":0}", `[1,]`, ` null `} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		said := syntaxError(text)
		if strings.HasPrefix(said, "recursion limit") {
			return
		}
		if (said == "") != json.Valid(text) {
			t.Fatalf("%q: %q, encoding/json says %v", text, said, json.Valid(text))
		}
	})
}
