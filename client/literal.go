package client

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kalamdb/kalamrx/client/internal/livesql"
)

// SQL puts values into a text of SQL, each in place of a question mark, as literals
// that are safe: what is in a value stays one value. It is for live queries, for which
// the protocol has no parameters; Query and Exec have some. Question marks inside of
// strings, quoted names and comments are left alone.
//
//	sql, err := client.SQL("SELECT * FROM chat.messages WHERE room = ?", room)
//
// Values are those of Query's parameters, and unsigned integers of 64 bits. Strings
// are quoted; floats written so that they are read as the same float; a time.Time is
// text in RFC 3339, UTC, to the microsecond, as TIMESTAMP is written; nil is NULL,
// which equals nothing. There must be as many values as question marks.
//
// What cannot be a literal exactly is ErrParam: text that is not UTF-8 or has a NUL,
// bytes, numbers that are not finite. So is a question mark right beside a name,
// number or quote, with which the literal would become something else, and the text
// is ErrConfig if servers may read its quotes in different ways (backquotes, dollar
// quotes, E'\”, nested comments). It goes to no server.
//
// The live filter of server 0.4.3 compares text for equality only and orders numbers
// only, and it knows neither negative literals nor points in time: of a live query
// with one of these it pushes no change at all. Changes and Live tell them all the
// same, as their audits find them; LiveEvents does not.
func SQL(text string, values ...any) (string, error) {
	if !livesql.Certain(text) {
		return "", fmt.Errorf("%w: SQL: a text whose strings and comments cannot be told for sure", ErrConfig)
	}
	var out []byte
	used := 0
	for i := 0; i < len(text); {
		word := text[i : i+livesql.Token(text[i:])]
		i += len(word)
		if word != "?" {
			out = append(out, word...)
			continue
		}
		used++
		if used > len(values) {
			continue
		}
		if !standsAlone(text, i-1) {
			return "", fmt.Errorf("%w: value %d: its question mark touches what it is not part of", ErrParam, used)
		}
		start := len(out)
		var err error
		if out, err = appendLiteral(out, values[used-1]); err != nil {
			return "", fmt.Errorf("%w: value %d: %w", ErrParam, used, err)
		}
		if strings.HasPrefix(strings.TrimLeft(text[i:], " \t\r\n"), "::") { // binds closer than a minus
			out = enclosed(out, start)
		}
	}
	if used != len(values) {
		return "", fmt.Errorf("%w: %d values for %d question marks", ErrParam, len(values), used)
	}
	return string(out), nil
}

// standsAlone says whether what is at i in text does not touch what it could become
// one token with.
func standsAlone(text string, i int) bool {
	const around = " \t\r\n(),=<>!+-*/%|[]"
	before := i == 0 || strings.IndexByte(around, text[i-1]) >= 0
	behind := i+1 == len(text) || strings.IndexByte(around+";:", text[i+1]) >= 0
	return before && behind
}

// enclosed puts parentheses around a negative number that begins at start.
func enclosed(dst []byte, start int) []byte {
	if trimmed := bytes.TrimLeft(dst[start:], " "); trimmed[0] != '-' {
		return dst
	}
	return append(slices.Insert(dst, start, '('), ')')
}

// appendLiteral writes a value as a literal behind dst.
func appendLiteral(dst []byte, value any) ([]byte, error) {
	v, err := plainOf(value, 0)
	if err != nil {
		return nil, err
	}
	start := len(dst)
	switch v := v.(type) {
	case nil:
		dst = append(dst, "NULL"...)
	case bool:
		dst = strconv.AppendBool(dst, v)
	case int64:
		dst = strconv.AppendInt(dst, v, 10)
	case uint64:
		dst = strconv.AppendUint(dst, v, 10)
	case float64:
		dst = appendFloat(dst, v)
	case time.Time:
		return appendTime(dst, v)
	case string:
		return appendText(dst, v)
	}
	if dst[start] == '-' && start > 0 && dst[start-1] == '-' { // two would begin a comment
		dst = append(dst[:start], append([]byte{' '}, dst[start:]...)...)
	}
	return dst, nil
}

// appendFloat writes a float so that it stays one, and is the same again: with a
// point, or an exponent without plus.
func appendFloat(dst []byte, f float64) []byte {
	if f == 0 {
		return append(dst, "0.0"...)
	}
	text := strconv.FormatFloat(f, 'g', -1, 64)
	mantissa, exponent, scaled := strings.Cut(text, "e")
	dst = append(dst, mantissa...)
	if !strings.Contains(mantissa, ".") {
		dst = append(dst, ".0"...)
	}
	if scaled {
		dst = append(append(dst, 'e'), strings.TrimPrefix(exponent, "+")...)
	}
	return dst
}

func appendTime(dst []byte, t time.Time) ([]byte, error) {
	if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 {
		return nil, fmt.Errorf("time is not in the years 0 to 9999")
	}
	return t.AppendFormat(dst, "'2006-01-02T15:04:05.999999Z'"), nil
}

func appendText(dst []byte, text string) ([]byte, error) {
	if !utf8.ValidString(text) {
		return nil, errNoText
	}
	if strings.IndexByte(text, 0) >= 0 {
		return nil, fmt.Errorf("text has a NUL")
	}
	return append(dst, quoted(text)...), nil
}
