package rxtest

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Measures of a picture, in pixels.
const (
	frameWidth = 26 // of a frame, where marbles leave it that
	radius     = 11
	rowHeight  = 38
	boxHeight  = 34
	margin     = 18
	fontSize   = 13
	charWidth  = 7.9 // of the font, in marbles and boxes
)

// SVG draws what [Play] gives, as marble diagrams are drawn in books: the sources,
// a box with the title, and below it what is shown. A marble's colour is its name's.
// What a source tells nobody is pale; one that is subscribed to several times has a
// line for each, drawn from when that was. The picture is readable on light and on
// dark backgrounds, and equal lines make equal bytes.
func SVG(title string, lines []Line) string {
	d := newDrawing(lines)
	y := margin
	boxed := false
	for _, r := range d.rows {
		if !r.source && !boxed {
			d.box(title, y)
			y += boxHeight + margin/2
			boxed = true
		}
		y += d.print(r, y)
		d.row(r, y+rowHeight/2)
		y += rowHeight
	}
	return d.finish(title, y+margin/2)
}

// row is one axis of a picture.
type row struct {
	source   bool
	from, to time.Duration // of the axis; to is negative if it goes on
	heard    Life          // outside of it the row is pale
	several  bool          // subscriptions, of which heard is the whole
	events   []Event
	label    string
	note     string
}

type drawing struct {
	rows    []row
	moments []time.Duration
	at      []float64 // where they are
	colours []string  // values, in the order they came in
	width   float64
	body    strings.Builder
}

func newDrawing(lines []Line) *drawing {
	d := &drawing{}
	for _, l := range lines {
		d.rows = append(d.rows, rowsOf(l)...)
	}
	for _, r := range d.rows {
		d.moments = append(d.moments, 0, r.from, max(0, r.heard.To))
		for _, e := range r.events {
			d.moments = append(d.moments, e.At)
			if e.Kind == Next && !slices.Contains(d.colours, e.Value) {
				d.colours = append(d.colours, e.Value)
			}
		}
	}
	slices.Sort(d.moments)
	d.moments = slices.Compact(d.moments)
	d.place()
	return d
}

// rowsOf is one row, or for a cold source one for each subscription: that is when
// its diagram was played.
func rowsOf(l Line) []row {
	if !l.Source || l.Label != "cold" {
		return []row{rowOf(l)}
	}
	if len(l.Lives) == 0 {
		l.Lives = []Life{{}}
	}
	var rows []row
	for _, life := range l.Lives {
		events := slices.Clone(l.Events)
		for i := range events {
			events[i].At += life.From
		}
		rows = append(rows, row{source: true, from: life.From, heard: life, events: events}.ended())
	}
	return rows
}

func rowOf(l Line) row {
	r := row{source: l.Source, events: l.Events, note: l.Note, several: len(l.Lives) > 1}
	for i, life := range l.Lives {
		if i == 0 {
			r.heard = life
		}
		r.heard.To = life.To
	}
	if !l.Source {
		r.from, r.label = r.heard.From, strings.TrimSpace(l.Label)
	}
	return r.ended()
}

// ended has the axis end at the terminal.
func (r row) ended() row {
	r.to = -1
	if n := len(r.events); n > 0 && r.events[n-1].Kind != Next {
		r.to = r.events[n-1].At
	}
	return r
}

// together are the events of a row at one moment.
func (r row) together(at time.Duration) (events []Event) {
	for _, e := range r.events {
		if e.At == at {
			events = append(events, e)
		}
	}
	return events
}

// place gives each moment its place: as many frames behind the one before as time
// passes, and more where marbles need it.
func (d *drawing) place() {
	x, last, half := float64(margin+radius), time.Duration(0), 0.0
	for _, at := range d.moments {
		need := 0.0
		for _, r := range d.rows {
			need = max(need, extent(r.together(at))/2)
		}
		frames := float64((at - last) / Frame)
		x += max(min(frames, 24)*frameWidth, half+need+4*min(frames, 1))
		d.at = append(d.at, x)
		last, half = at, need
	}
	d.width = max(x+half+2*frameWidth+margin, 360)
}

// extent is how wide the events of one moment are.
func extent(events []Event) (width float64) {
	for _, e := range events {
		width += wide(e)
	}
	return width
}

// wide is the width of one event.
func wide(e Event) float64 {
	if e.Kind != Next {
		return radius
	}
	return max(2*radius, charWidth*float64(utf8.RuneCountInString(e.Value))+12) + 2
}

func (d *drawing) x(at time.Duration) float64 {
	i, _ := slices.BinarySearch(d.moments, at)
	return d.at[i]
}

func (d *drawing) add(format string, args ...any) { fmt.Fprintf(&d.body, format+"\n", args...) }

func (d *drawing) box(title string, y int) {
	d.add(`<rect class="box" x="%d" y="%d" width="%.1f" height="%d" rx="6" fill="#eef1f5" stroke="#8b96a5"/>`,
		margin, y, d.width-2*margin, boxHeight)
	d.add(`<text class="ink" x="%.1f" y="%d" text-anchor="middle" fill="#1f2328">%s</text>`,
		d.width/2, y+boxHeight/2+5, html.EscapeString(title))
}

func (d *drawing) row(r row, y int) {
	d.axis(r, y)
	for i := 0; i < len(r.events); {
		at := r.events[i].At
		events := r.together(at)
		x := d.x(at) - extent(events)/2
		if len(events) == 2 && events[1].Kind != Next { // the value stands where it would alone
			x = d.x(at) - wide(events[0])/2
		}
		for j, e := range events {
			d.event(e, x+wide(e)/2, y, r.pale(i+j))
			x += wide(e)
		}
		i += len(events)
	}
}

// print has the label and the note of a row in small print above it, and says how
// high that is.
func (d *drawing) print(r row, y int) (height int) {
	for _, p := range []struct {
		text, anchor string
		x            float64
	}{{r.label, "start", margin}, {r.note, "end", d.width - margin}} {
		if p.text == "" {
			continue
		}
		height = fontSize
		d.add(`<text class="ink" x="%.1f" y="%d" text-anchor="%s" font-size="11" fill="#1f2328">%s</text>`,
			p.x, y+height, p.anchor, html.EscapeString(p.text))
	}
	return height
}

// pale says that nobody was told of the i-th event.
func (r row) pale(i int) bool {
	at := r.events[i].At
	if r.several {
		return at < r.heard.From || r.heard.To >= 0 && at > r.heard.To
	}
	first := 0 // that could be told
	for first < len(r.events) && (r.events[first].At < r.heard.From || r.events[first].Kind == Subscribe) {
		first++
	}
	return r.events[i].Kind != Subscribe && (i < first || i >= first+r.heard.Told)
}

// axis draws the line: dashed where nobody listens, with an arrow where it goes on.
func (d *drawing) axis(r row, y int) {
	from, to := d.x(r.from)-radius, d.width-margin
	if r.to >= 0 {
		to = d.x(r.to)
	}
	heardFrom, heardTo := from, to
	if r.heard.From > r.from {
		heardFrom = d.x(r.heard.From) - radius
	}
	if r.heard.To >= 0 {
		heardTo = min(to, d.x(r.heard.To))
	}
	line := func(style string, a, b float64) {
		if b > a {
			d.add(`<line class="axis" x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#6e7781" stroke-width="1.5"%s/>`, a, y, b, y, style)
		}
	}
	const unheard = ` stroke-dasharray="2 4" opacity="0.6"`
	line(unheard, from, heardFrom)
	line("", heardFrom, heardTo)
	line(unheard, heardTo, to)
	if r.to < 0 {
		d.add(`<path class="axis" d="M%.1f %dl6 5l-6 5" fill="none" stroke="#6e7781" stroke-width="1.5"/>`, to-6, y-5)
	}
}

func (d *drawing) event(e Event, x float64, y int, pale bool) {
	opacity := ""
	if pale {
		opacity = ` opacity="0.3"`
	}
	switch e.Kind {
	case Next:
		w := wide(e) - 2
		d.add(`<g%s><rect x="%.1f" y="%d" width="%.1f" height="%d" rx="%d" fill="%s"/>`,
			opacity, x-w/2, y-radius, w, 2*radius, radius, d.colour(e.Value))
		d.add(`<text x="%.1f" y="%.1f" text-anchor="middle" fill="#ffffff">%s</text></g>`, x, float64(y)+4.5, html.EscapeString(e.Value))
	case Error:
		d.add(`<path class="error" d="M%.1f %dl14 14m0 -14l-14 14" fill="none" stroke="#cf222e" stroke-width="2.5"%s/>`, x-7, y-7, opacity)
	case Complete:
		d.add(`<line class="end" x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#1f2328" stroke-width="2.5"%s/>`, x, y-12, x, y+12, opacity)
	default: // the beginning of the test in a hot source
		d.add(`<path class="axis" d="M%.1f %dl5 8h-10z" fill="#6e7781"/>`, x, y+4)
	}
}

// colour is that of a value: one of eight that carry white letters, by the order in
// which the values come.
func (d *drawing) colour(value string) string {
	colours := [...]string{"#2f6fb3", "#b5591c", "#2f7d4f", "#a03c7b", "#6c4fb8", "#1f7f86", "#8a6414", "#b03a3a"}
	return colours[slices.Index(d.colours, value)%len(colours)]
}

// finish puts the picture on a card of its own. Colours are attributes, for readers
// without style sheets; the sheet has those of a dark card.
func (d *drawing) finish(title string, height int) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" role="img"`+
		` font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="%[3]d">
<title>%[4]s</title>
<style>@media (prefers-color-scheme: dark) {
.card { fill: #161b22; stroke: #30363d } .box { fill: #21262d; stroke: #6e7681 } .ink { fill: #e6edf3 }
.axis, .end { stroke: #b1bac4 } .error { stroke: #ff6a69 }
}</style>
<rect class="card" x="0.5" y="0.5" width="%[5]d" height="%[6]d" rx="8" fill="#ffffff" stroke="#d0d7de"/>
%[7]s</svg>
`, int(d.width), height, fontSize, html.EscapeString(title), int(d.width)-1, height-1, d.body.String())
}
