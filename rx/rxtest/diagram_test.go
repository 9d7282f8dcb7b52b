package rxtest_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

const ms = time.Millisecond

func val(at time.Duration, name string) rxtest.Event {
	return rxtest.Event{At: at, Kind: rxtest.Next, Value: name}
}

func mark(at time.Duration, kind rxtest.Kind) rxtest.Event {
	return rxtest.Event{At: at, Kind: kind}
}

func TestParse(t *testing.T) {
	for diagram, want := range map[string]struct {
		events []rxtest.Event
		length time.Duration
	}{
		"":                    {nil, 0},
		"   ":                 {nil, 0},
		"---":                 {nil, 3 * ms},
		"a":                   {[]rxtest.Event{val(0, "a")}, ms},
		"-a-b-|":              {[]rxtest.Event{val(ms, "a"), val(3*ms, "b"), mark(5*ms, '|')}, 6 * ms},
		" - a - # ":           {[]rxtest.Event{val(ms, "a"), mark(3*ms, '#')}, 4 * ms},
		"-(ab)c":              {[]rxtest.Event{val(ms, "a"), val(ms, "b"), val(5*ms, "c")}, 6 * ms},
		"-(a|)":               {[]rxtest.Event{val(ms, "a"), mark(ms, '|')}, 5 * ms},
		"10ms a 1m b":         {[]rxtest.Event{val(10*ms, "a"), val(time.Minute+11*ms, "b")}, time.Minute + 12*ms},
		"1.5s|":               {[]rxtest.Event{val(0, "1"), mark(1, '?')}[:0], -1},
		"1.5s |":              {[]rxtest.Event{mark(1500*ms, '|')}, 1501 * ms},
		"a10ms":               {[]rxtest.Event{val(0, "a"), val(ms, "1"), val(2*ms, "0"), val(3*ms, "m"), val(4*ms, "s")}, 5 * ms},
		"9 0":                 {[]rxtest.Event{val(0, "9"), val(ms, "0")}, 2 * ms},
		"-é-[two words]-[x]":  {[]rxtest.Event{val(ms, "é"), val(3*ms, "two words"), val(5*ms, "x")}, 6 * ms},
		"-([12][13]|)":        {[]rxtest.Event{val(ms, "12"), val(ms, "13"), mark(ms, '|')}, 6 * ms},
		"--^--!":              {[]rxtest.Event{mark(2*ms, '^'), mark(5*ms, '!')}, 6 * ms},
		"(^!)":                {[]rxtest.Event{mark(0, '^'), mark(0, '!')}, 4 * ms},
		"|---":                {[]rxtest.Event{mark(0, '|')}, 4 * ms},
		"8783h 59m 59s 999ms": {nil, 8783*time.Hour + 59*time.Minute + 59*time.Second + 999*ms},
	} {
		t.Run(diagram, func(t *testing.T) {
			is := is.New(t)
			events, length, err := rxtest.Parse(diagram)
			if want.length < 0 {
				is.True(err != nil)
				return
			}
			is.NoErr(err)
			is.Equal(len(events), len(want.events))
			for i := range events {
				is.Equal(events[i], want.events[i])
			}
			is.Equal(length, want.length)
		})
	}
}

func TestParse_Errors(t *testing.T) {
	for diagram, want := range map[string]struct {
		pos    int
		reason string
	}{
		"-a*":          {2, "means nothing"},
		"-a\t":         {2, "means nothing"},
		"(ab":          {0, "not closed"},
		"ab)":          {2, "no group"},
		"-()":          {2, "empty"},
		"(a(b))":       {2, "inside a group"},
		"(a-)":         {2, "inside a group"},
		"(a 10ms b)":   {3, "inside a group"},
		"-|a":          {2, "after a terminal"},
		"-#|":          {2, "after a terminal"},
		"(|a)":         {2, "after a terminal"},
		"^-^":          {2, "too late"},
		"!-^":          {2, "too late"},
		"^-!-!":        {4, "too late"},
		"-[ab":         {1, "not closed"},
		"-[]":          {1, "empty"},
		"15us a":       {0, "number of frames"},
		"1.5ms a":      {0, "number of frames"},
		"100000h":      {0, "longer than"},
		"8783h 8783h ": {6, "longer than"},
	} {
		t.Run(diagram, func(t *testing.T) {
			is := is.New(t)
			_, _, err := rxtest.Parse(diagram)
			var pe *rxtest.ParseError
			is.True(errors.As(err, &pe))
			is.Equal(pe.Diagram, diagram)
			is.Equal(pe.Pos, want.pos)
			is.True(strings.Contains(pe.Reason, want.reason))
			is.True(strings.HasPrefix(err.Error(), "rxtest: "))
		})
	}
}

func TestRender(t *testing.T) {
	is := is.New(t)
	for _, d := range []string{"", "-a-b-|", "[0]s", "1-2-3", "-(ab|)", "-(ab)c", "a 50ms b 2m c 3h #", "--^--!", "-[12]-[13]", "-a 41ms b", "é|"} {
		events, _, err := rxtest.Parse(d)
		is.NoErr(err)
		is.Equal(rxtest.Render(events), d)
	}
	// A group takes four frames, so this has no diagram of its own.
	is.Equal(rxtest.Render([]rxtest.Event{val(ms, "a"), val(ms, "b"), val(2*ms, "c")}), "-(ab)c")
}

func TestAlign_OneMomentIsOneColumn(t *testing.T) {
	is := is.New(t)
	parse := func(d string) []rxtest.Event {
		events, _, err := rxtest.Parse(d)
		is.NoErr(err)
		return events
	}
	is.Equal(rxtest.Align(parse("-a-b-c-|"), parse("-(xy)"), parse("-[12]-[13]-[14]-|"), parse("-- 100ms z")), []string{
		"-a-   b-   c-   |",
		"-(xy)",
		"-[12]-[13]-[14]-|",
		"---   --   --    95ms z",
	})
}

func FuzzParse(f *testing.F) {
	for _, d := range []string{"-a-b|", "(ab|)", "10ms a", "--^-!", "[ab]", "é#", "1h 1ms (a", "-)(", "0 1s"} {
		f.Add(d)
	}
	f.Fuzz(func(t *testing.T, diagram string) {
		events, length, err := rxtest.Parse(diagram)
		if err != nil {
			var pe *rxtest.ParseError
			if !errors.As(err, &pe) || pe.Pos < 0 || pe.Pos > len([]rune(diagram)) || pe.Error() == "" {
				t.Fatalf("%q: %v", diagram, err)
			}
			return
		}
		last := time.Duration(0)
		for _, e := range events {
			if e.At < last || e.At >= length || e.At%rxtest.Frame != 0 {
				t.Fatalf("%q: %v of length %v", diagram, events, length)
			}
			last = e.At
		}
		text := rxtest.Render(events)
		again, _, err := rxtest.Parse(text)
		if err != nil || !reflect.DeepEqual(events, again) {
			t.Fatalf("%q is rendered as %q: %v, %v, %v", diagram, text, err, events, again)
		}
	})
}
