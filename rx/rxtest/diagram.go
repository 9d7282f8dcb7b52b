package rxtest

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Frame is the time one character of a marble diagram stands for.
const Frame = time.Millisecond

// longest bounds a diagram, so that a typing error does not run for years.
const longest = 366 * 24 * time.Hour

// Kind is what happens at a place of a marble diagram.
type Kind byte

// The kinds, by the character that stands for them; a value stands for itself.
const (
	Next        Kind = 'n'
	Error       Kind = '#'
	Complete    Kind = '|'
	Subscribe   Kind = '^'
	Unsubscribe Kind = '!'
)

// Event is one thing that happens in a diagram, At after its beginning. Value is
// the name of a Next's value.
type Event struct {
	At    time.Duration
	Kind  Kind
	Value string
}

// ParseError says what is wrong with a diagram, and where: Pos counts runes.
type ParseError struct {
	Diagram string
	Pos     int
	Reason  string
}

// Error shows the place under the diagram.
func (e *ParseError) Error() string {
	return fmt.Sprintf("rxtest: %s\n\t%s\n\t%*s", e.Reason, e.Diagram, e.Pos+1, "^")
}

// Parse reads a marble diagram, written as in RxJS:
//
//   - one frame, a millisecond, passes
//     a 7 é  a value; any letter or digit; takes one frame
//     [ab]   a value whose name is longer; takes one frame
//     |  #   completion, error
//     (ab|)  events at once, at the frame of the parenthesis; takes as many frames
//     as it has events and parentheses
//     20ms   time that passes: a Go duration set apart by spaces
//     ^  !   subscription and unsubscription; in a hot diagram ^ is the beginning
//     of the test
//
// Spaces mean nothing. The result also says how long the diagram is. Errors are
// of type *ParseError.
func Parse(diagram string) (events []Event, length time.Duration, err error) {
	p := &parser{diagram: diagram, runes: []rune(diagram), group: -1}
	for p.pos < len(p.runes) && p.err == nil {
		p.step()
	}
	if p.group >= 0 {
		p.pos = p.group
		p.fail("group is not closed")
	}
	if p.err != nil {
		return nil, 0, p.err
	}
	return p.events, p.now, nil
}

type parser struct {
	diagram string
	runes   []rune
	pos     int
	now     time.Duration
	group   int // where the open parenthesis is, or -1
	inGroup int // events in it
	ended   bool
	events  []Event
	err     error
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = &ParseError{Diagram: p.diagram, Pos: p.pos, Reason: fmt.Sprintf(format, args...)}
	}
}

// step reads one thing.
func (p *parser) step() {
	if p.duration() {
		return
	}
	switch c := p.runes[p.pos]; {
	case c == ' ':
	case c == '-':
		p.pass()
	case c == '(':
		p.open()
	case c == ')':
		p.close()
	case c == '[':
		p.named()
	case strings.ContainsRune("|#^!", c):
		p.event(Kind(c), "")
	case unicode.IsLetter(c) || unicode.IsDigit(c):
		p.event(Next, string(c))
	default:
		p.fail("%q means nothing in a diagram", c)
	}
	p.pos++
}

func (p *parser) pass() {
	if p.group >= 0 {
		p.fail("time does not pass inside a group")
		return
	}
	p.advance(Frame)
}

func (p *parser) advance(d time.Duration) {
	if p.now += d; p.now > longest {
		p.fail("diagram is longer than %v", longest)
	}
}

// duration reads a word like 20ms, if one is here.
func (p *parser) duration() bool {
	if p.pos > 0 && p.runes[p.pos-1] != ' ' || !unicode.IsDigit(p.runes[p.pos]) {
		return false
	}
	end := p.pos
	for end < len(p.runes) && p.runes[end] != ' ' {
		end++
	}
	d, err := time.ParseDuration(string(p.runes[p.pos:end]))
	if err != nil || end-p.pos < 2 { // a lone 0 is a value
		return false
	}
	switch {
	case p.group >= 0:
		p.fail("time does not pass inside a group")
	case d%Frame != 0:
		p.fail("%v is not a number of frames of %v", d, Frame)
	case d > longest:
		p.fail("diagram is longer than %v", longest)
	}
	p.advance(min(d, longest))
	p.pos = end
	return true
}

func (p *parser) open() {
	if p.group >= 0 {
		p.fail("group inside a group")
		return
	}
	p.group, p.inGroup = p.pos, 0
}

func (p *parser) close() {
	switch {
	case p.group < 0:
		p.fail("no group is open")
	case p.inGroup == 0:
		p.fail("group is empty")
	}
	p.group = -1
	p.advance(time.Duration(p.inGroup+2) * Frame)
}

// named reads [name].
func (p *parser) named() {
	start := p.pos + 1
	end := start
	for end < len(p.runes) && p.runes[end] != ']' {
		end++
	}
	if end == len(p.runes) || end == start {
		p.fail("name is not closed, or empty")
		return
	}
	p.event(Next, string(p.runes[start:end]))
	p.pos = end
}

func (p *parser) event(kind Kind, value string) {
	if p.ended {
		p.fail("nothing comes after a terminal")
		return
	}
	if kind == Subscribe || kind == Unsubscribe {
		for _, e := range p.events {
			if e.Kind == kind || e.Kind == Unsubscribe {
				p.fail("%q comes too late", kind)
				return
			}
		}
	}
	p.ended = kind == Error || kind == Complete
	p.events = append(p.events, Event{At: p.now, Kind: kind, Value: value})
	if p.group >= 0 {
		p.inGroup++
		return
	}
	p.advance(Frame)
}
