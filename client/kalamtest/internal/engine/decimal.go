package engine

import (
	"errors"
	"math/big"
	"strings"
)

// decimalCollation is the SQLite collation that compares decimal texts as numbers.
const decimalCollation = "kalam_decimal"

var errNotDecimal = errors.New("not a decimal number")

// fixDecimal writes a decimal text with exactly scale digits behind the point, rounded half away from zero.
func fixDecimal(text string, precision, scale int) (string, error) {
	r, ok := parseRat(text)
	if !ok {
		return "", errNotDecimal
	}
	fixed := r.FloatString(scale)
	whole, _, _ := strings.Cut(strings.TrimPrefix(fixed, "-"), ".")
	if len(strings.TrimLeft(whole, "0")) > precision-scale {
		return "", errors.New("value out of range for its precision")
	}
	if strings.HasPrefix(fixed, "-") && strings.Trim(fixed, "-0.") == "" {
		return fixed[1:], nil
	}
	return fixed, nil
}

// parseRat reads a decimal number with an optional small exponent.
func parseRat(text string) (*big.Rat, bool) {
	text = strings.TrimSpace(text)
	if len(text) == 0 || len(text) > 400 || strings.Trim(text, "0123456789.eE+-") != "" {
		return nil, false
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 && len(strings.Trim(text[i+1:], "+-")) > 3 {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// compareDecimal is the collation: numbers by value, before all other texts.
func compareDecimal(a, b string) int {
	if a == b {
		return 0
	}
	x, okX := parseRat(a)
	y, okY := parseRat(b)
	switch {
	case okX && okY:
		return x.Cmp(y)
	case okX:
		return -1
	case okY:
		return 1
	}
	return strings.Compare(a, b)
}
