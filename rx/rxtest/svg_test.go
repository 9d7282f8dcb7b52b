package rxtest_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

// drawn plays a test and draws it.
func drawn(t *testing.T, title string, f func(m *rxtest.Marbles)) string {
	t.Helper()
	lines, err := rxtest.Play(f)
	if err != nil {
		t.Error(err)
	}
	return rxtest.SVG(title, lines)
}

func TestSVG_IsWellFormedAndTheSameEveryTime(t *testing.T) {
	is := is.New(t)
	awkward := func(m *rxtest.Marbles) {
		in := m.Hot("-[<&>]-^-(a[two words]b)- 3h c#")
		rxtest.Show(m, `"quoted" & <b>`, in)
		rxtest.Show(m, "", m.Cold("-a-b|"), "--^--!")
		rxtest.Show(m, "fails", rxtest.Failing(m.Cold("-#"), io.EOF))
		m.Cold("-z|") // nobody
		rxtest.ShowEach(m, "windows", windows(m.Cold("-ab-x--c-#")))
	}
	picture := drawn(t, "a < b & c", awkward)
	is.Equal(drawn(t, "a < b & c", awkward), picture)
	is.True(strings.Contains(picture, "<title>a &lt; b &amp; c</title>"))
	is.True(strings.Contains(picture, "# is EOF"))
	d := xml.NewDecoder(strings.NewReader(picture))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else {
			is.NoErr(err)
		}
	}
	is.True(strings.HasPrefix(rxtest.SVG("nothing", nil), "<svg "))
}

// What nobody is told is pale: the c and the end that come after take(2) has left.
func TestSVG_WhatNobodyHearsIsPale(t *testing.T) {
	is := is.New(t)
	pale := func(subscription ...string) int {
		return strings.Count(drawn(t, "", func(m *rxtest.Marbles) { rxtest.Show(m, "", m.Cold("-a-b-c-|"), subscription...) }), `opacity="0.3"`)
	}
	is.Equal(pale(), 0)
	is.Equal(pale("^---!"), 2) // told of b, at 3 ms
	is.Equal(pale("^--!"), 3)  // left before b, at 3 ms
}

func ExampleSVG() {
	lines, err := rxtest.Play(func(m *rxtest.Marbles) {
		rxtest.Show(m, "", rx.Pipe1(m.Hot("-a-b-|"), upper))
	})
	picture := rxtest.SVG("upper", lines)
	fmt.Println(strings.Count(picture, "<text"), "texts", err) // four marbles and the title
	// Output: 5 texts <nil>
}
