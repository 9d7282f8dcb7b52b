package rxtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// compressed is the gap, in frames, from which a duration is written instead of
// dashes.
const compressed = 40

// Render writes events as a diagram that Parse reads back. Events that are closer
// behind a group than the group is long cannot be written so; they follow it at
// once.
func Render(events []Event) string { return align(events).lines[0] }

// sheet is several diagrams written below each other, with the same moment in
// the same column.
type sheet struct {
	lines   []string
	moments []time.Duration
	columns []int // of the moments
}

// cell is what happens at one moment of one line. span is how many frames its
// text takes when parsed.
type cell struct {
	text string
	span int
}

func align(lines ...[]Event) *sheet {
	quoted := make([]bool, len(lines)) // lines whose digits would be read as a duration
	for {
		s := &sheet{}
		again := s.draw(lines, quoted)
		if !again {
			return s
		}
	}
}

// draw writes the lines; it says whether some had to be quoted that were not.
func (s *sheet) draw(lines [][]Event, quoted []bool) (again bool) {
	cells := make([]map[time.Duration]cell, len(lines))
	for i, events := range lines {
		cells[i] = cellsOf(events, quoted[i])
		for at := range cells[i] {
			s.moments = append(s.moments, at)
		}
	}
	slices.Sort(s.moments)
	s.moments = slices.Compact(s.moments)
	pens := make([]pen, len(lines))
	last := time.Duration(0)
	for _, at := range s.moments {
		for i, events := range lines {
			if len(events) > 0 && events[len(events)-1].At >= at {
				pens[i].owed += int((at - last) / Frame)
			}
		}
		for i := range pens {
			pens[i].pay()
		}
		s.columns = append(s.columns, level(pens))
		for i := range pens {
			pens[i].write(cells[i][at])
		}
		last = at
	}
	for i := range pens {
		again = again || !quoted[i] && pens[i].ambiguous()
		quoted[i] = quoted[i] || pens[i].ambiguous()
		s.lines = append(s.lines, strings.TrimRight(pens[i].text.String(), " "))
	}
	return again
}

// pen writes one line. It owes time: frames until the next moment minus what its
// texts took; a text that took more than there was stays in debt.
type pen struct {
	text      strings.Builder
	owed      int
	durations int // written
}

func (p *pen) width() int { return utf8.RuneCountInString(p.text.String()) }

func (p *pen) write(c cell) {
	p.text.WriteString(c.text)
	p.owed -= c.span
}

// pay writes the time that is owed.
func (p *pen) pay() {
	switch {
	case p.owed > compressed:
		p.text.WriteString(" " + amount(p.owed) + " ")
		p.durations++
	case p.owed > 0:
		p.text.WriteString(strings.Repeat("-", p.owed))
	default:
		return
	}
	p.owed = 0
}

// ambiguous says that values were written which would be read as a duration.
func (p *pen) ambiguous() bool {
	n := 0
	for word := range strings.SplitSeq(p.text.String(), " ") {
		if _, err := time.ParseDuration(word); err == nil && len(word) > 1 {
			n++
		}
	}
	return n > p.durations
}

// level writes spaces to have all lines end in one column.
func level(pens []pen) (column int) {
	for i := range pens {
		column = max(column, pens[i].width())
	}
	for i := range pens {
		pens[i].text.WriteString(strings.Repeat(" ", column-pens[i].width()))
	}
	return column
}

// amount is a number of frames in the largest unit that has it whole.
func amount(frames int) string {
	switch d := time.Duration(frames) * Frame; {
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d%time.Second == 0:
		return fmt.Sprintf("%ds", d/time.Second)
	default:
		return fmt.Sprintf("%dms", d/time.Millisecond)
	}
}

func cellsOf(events []Event, quoted bool) map[time.Duration]cell {
	cells := map[time.Duration]cell{}
	for i := 0; i < len(events); {
		j := i
		var b strings.Builder
		for j < len(events) && events[j].At == events[i].At {
			b.WriteString(events[j].text(quoted))
			j++
		}
		c := cell{b.String(), 1}
		if j-i > 1 {
			c = cell{"(" + b.String() + ")", j - i + 2}
		}
		cells[events[i].At] = c
		i = j
	}
	return cells
}

// text is how the event is written; with quoted, digits are names.
func (e Event) text(quoted bool) string {
	c, size := utf8.DecodeRuneInString(e.Value)
	switch {
	case e.Kind != Next:
		return string(e.Kind)
	case size < len(e.Value) || quoted && unicode.IsDigit(c) || !unicode.IsLetter(c) && !unicode.IsDigit(c):
		return "[" + e.Value + "]"
	}
	return e.Value
}

// difference shows both diagrams, the first place where they differ marked; it is
// empty where they do not.
func difference(want, got []Event) string {
	i := 0
	for i < len(want) && i < len(got) && want[i] == got[i] {
		i++
	}
	if i == len(want) && i == len(got) {
		return ""
	}
	at := longest
	for _, events := range [][]Event{want, got} {
		if i < len(events) {
			at = min(at, events[i].At)
		}
	}
	s := align(want, got)
	column := s.columns[slices.Index(s.moments, at)]
	return fmt.Sprintf("differ at %v\n%s\n%s\n%*s", at, strings.TrimRight("  want  "+s.lines[0], " "),
		strings.TrimRight("  got   "+s.lines[1], " "), column+9, "^")
}
