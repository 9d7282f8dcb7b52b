package client

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
)

func TestSQL_WritesEachKindOfValue(t *testing.T) {
	at := time.Date(2026, 3, 1, 1, 2, 3, 123456789, time.FixedZone("", 3600))
	for _, test := range []struct {
		in   any
		want string
	}{
		{nil, "NULL"}, {(*int)(nil), "NULL"}, {true, "true"}, {false, "false"}, {7, "7"}, {named(-7), "-7"},
		{int64(math.MinInt64), "-9223372036854775808"}, {uint64(math.MaxUint64), "18446744073709551615"},
		{1.5, "1.5"}, {2.0, "2.0"}, {0.0, "0.0"}, {math.Copysign(0, -1), "0.0"}, {float32(0.1), "0.10000000149011612"},
		{1e300, "1.0e300"}, {-2.5e-9, "-2.5e-09"}, {math.MaxFloat64, "1.7976931348623157e308"}, {5e-324, "5.0e-324"},
		{"", "''"}, {"it's", "'it''s'"}, {`\'`, `'\'''`}, {"?", "'?'"}, {"a\nb -- /* ", "'a\nb -- /* '"},
		{at, "'2026-03-01T00:02:03.123456Z'"}, {&at, "'2026-03-01T00:02:03.123456Z'"}, {doc{A: 1}, `'{"a":1}'`},
		{[16]byte{15: 1}, "'00000000-0000-0000-0000-000000000001'"},
	} {
		is := is.New(t)
		got, err := SQL("?", test.in)
		is.NoErr(err)
		is.Equal(got, test.want)
	}
}

func TestSQL_PutsValuesWhereTheQuestionMarksAre(t *testing.T) {
	for _, test := range []struct {
		text   string
		values []any
		want   string
	}{
		{"SELECT * FROM a.b", nil, "SELECT * FROM a.b"},
		{"SELECT * FROM a.b WHERE x = ? AND y=?", []any{1, "it's"}, "SELECT * FROM a.b WHERE x = 1 AND y='it''s'"},
		{"x = '?' AND \"?\" = ? -- ?\n/* ? */ AND y = ?", []any{1, 2}, "x = '?' AND \"?\" = 1 -- ?\n/* ? */ AND y = 2"},
		{"x IN (?,?,?)", []any{1, "?", nil}, "x IN (1,'?',NULL)"},
		{"x - ? -?", []any{-1, -2}, "x - -1 - -2"}, // and no comment
		{"?::TEXT;", []any{1.5}, "1.5::TEXT;"},
		{"?::TEXT - ? ::INT -?::INT", []any{-1.5, -2, -3}, "(-1.5)::TEXT - (-2) ::INT -( -3)::INT"},
		{"?::TEXT", []any{"-1"}, "'-1'::TEXT"},
		{"'it''s ?' || ?", []any{"?"}, "'it''s ?' || '?'"},
	} {
		is := is.New(t)
		got, err := SQL(test.text, test.values...)
		is.NoErr(err)
		is.Equal(got, test.want)
	}
}

func TestSQL_WhatIsNotSafeIsRefused(t *testing.T) {
	for _, test := range []struct {
		text   string
		values []any
		as     error
	}{
		{"x = ?", nil, ErrParam}, {"x = ?", []any{1, 2}, ErrParam}, {"x = '?'", []any{1}, ErrParam},
		{"x?", []any{1}, ErrParam}, {"?x", []any{1}, ErrParam}, {"??", []any{1, 2}, ErrParam}, {"'a'?", []any{"b"}, ErrParam},
		{"?'a'", []any{"b"}, ErrParam}, {`?"a"`, []any{1}, ErrParam}, {"$?", []any{1}, ErrConfig}, {"1.?", []any{1}, ErrParam},
		{"é?", []any{1}, ErrParam}, {"?/**/x?", []any{1, 2}, ErrParam},
		{"?", []any{"a\x00b"}, ErrParam}, {"?", []any{"\xff"}, ErrParam}, {"?", []any{[]byte("x")}, ErrParam},
		{"?", []any{math.NaN()}, ErrParam}, {"?", []any{math.Inf(-1)}, ErrParam}, {"?", []any{[]int{1}}, ErrParam},
		{"?", []any{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, ErrParam}, {"?", []any{again{}}, ErrParam},
		{"x = 'open ?", []any{1}, ErrConfig}, {"`?`", []any{1}, ErrConfig}, {"$$ ? $$", []any{1}, ErrConfig},
		{`E'\' ? '`, []any{1}, ErrConfig}, {"/* /* */ ? */", []any{1}, ErrConfig}, {"/* ?", []any{1}, ErrConfig},
	} {
		got, err := SQL(test.text, test.values...)
		is := is.New(t)
		is.True(errors.Is(err, test.as))
		is.Equal(got, "")
		is.True(!strings.Contains(err.Error(), "open"))
	}
}
