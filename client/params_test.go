package client

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

type endless *endless

type valued struct{ v any }

func (v valued) Value() (driver.Value, error) { return v.v, nil }

type again struct{}

func (a again) Value() (driver.Value, error) { return a, nil }

type failingText struct{}

func (failingText) MarshalText() ([]byte, error) { return nil, errors.New("no") }

type doc struct{ A int }

func (d doc) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]int{"a": d.A}) }

type namedID [16]byte

func TestParams_WhatTypesSayOfThemselves(t *testing.T) {
	id := namedID{0xb0, 0xe6, 0xf6, 0xa4, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}
	at := time.UnixMicro(1772323200123456)
	for _, test := range []struct{ in, want any }{
		{&at, int64(1772323200123456)}, {valued{at}, int64(1772323200123456)}, {at.Add(999), int64(1772323200123456)},
		{valued{"x"}, "x"}, {&valued{int64(3)}, int64(3)}, {(*valued)(nil), nil}, {valued{nil}, nil},
		{big.NewInt(-5), "-5"}, {*big.NewInt(7), "7"}, {(*big.Int)(nil), nil},
		{big.NewRat(803, 4), "200.75"}, {big.NewRat(-1, 8), "-0.125"}, {big.NewFloat(1.5), "1.5"},
		{netip.MustParseAddr("::1"), "::1"},
		{json.RawMessage(`{"a":[1]}`), `{"a":[1]}`}, {json.RawMessage(nil), nil}, {json.RawMessage("null"), "null"},
		{doc{A: 1}, `{"a":1}`}, {&doc{A: 1}, `{"a":1}`}, {wire.Raw(`[1]`), "[1]"}, {wire.Raw(nil), nil},
		{wire.SeqOf(9007199254740993), int64(9007199254740993)}, {wire.Seq{}, nil},
		{[16]byte(id), "b0e6f6a4-0000-4000-8000-000000000001"}, {id, "b0e6f6a4-0000-4000-8000-000000000001"},
		{&id, "b0e6f6a4-0000-4000-8000-000000000001"},
		{strings.Repeat("x", 512<<10), strings.Repeat("x", 512<<10)}, {"a\x00b", "a\x00b"},
	} {
		got, err := encodeParam(test.in)
		is := is.New(t)
		is.NoErr(err)
		is.Equal(got, test.want)
	}
}

func TestParams_WhatCannotBeSentExactlyIsRefused(t *testing.T) {
	var loop endless
	loop = &loop
	for _, bad := range []any{
		loop, again{}, failingText{}, valued{[]byte("x")}, valued{make(chan int)}, json.RawMessage("{"), wire.Raw("{"),
		big.NewRat(1, 3), new(big.Float).SetInf(true), [4]byte{}, [][16]byte{}, []float32{1}, struct{ A int }{},
		strings.Repeat("x", 512<<10+1), "\xff", wire.SeqOf(1).String() + "\xc0",
		time.Date(300000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-300000, 1, 1, 0, 0, 0, 0, time.UTC), complex(1, 1), uintptr(1),
	} {
		_, err := encodeParams([]any{bad})
		is := is.New(t)
		is.True(errors.Is(err, ErrParam))
		is.True(strings.Contains(err.Error(), "$1"))
		is.True(len(err.Error()) < 200) // the value is not shown
	}
	_, err := encodeParams([]any{[]byte("x")})
	is.New(t).True(strings.Contains(err.Error(), "base64")) // what to do instead
	_, err = encodeParams([]any{map[string]int{}})
	is.New(t).True(strings.Contains(err.Error(), "json.RawMessage"))
}

func TestEncode_TheServersLimitsAreKept(t *testing.T) {
	is := is.New(t)
	s := &Session{}
	_, err := s.encode(strings.Repeat("x", 1<<20), nil)
	is.NoErr(err)
	_, err = s.encode(strings.Repeat("x", 1<<20+1), nil)
	is.True(errors.Is(err, ErrConfig))
	_, err = s.encode("\xff", nil)
	is.True(errors.Is(err, ErrConfig))
	half := strings.Repeat("x", 512<<10)
	_, err = s.encode("SELECT $1", []any{half, half, half})
	is.NoErr(err)
	_, err = s.encode("SELECT $1", []any{half, half, half, half})
	is.True(errors.Is(err, ErrParam)) // each may be, all together may not
	s.user = "o'hara"
	body, err := s.encode("SELECT 1;", nil)
	is.NoErr(err)
	is.Equal(string(body), `{"sql":"EXECUTE AS USER 'o''hara' (SELECT 1)"}`)
}
