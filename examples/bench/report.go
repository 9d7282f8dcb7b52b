package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
)

// target is a ratio, or a time, that one of the works is to reach.
type target struct {
	what string
	got  float64
	most float64
	unit string
}

func (t target) held() bool { return t.got <= t.most }

// works are what the report measures. All ratios are of one run.
func (o options) works() []work {
	rows := pushing{n: o.n}
	packed := pushing{n: o.n, gzip: true}
	all := []work{
		{name: "raw", mode: modeRaw, push: rows},
		{name: "typed", mode: modeTyped, push: rows},
		{name: "typed, 3 operators", mode: modeOperators, push: rows},
		{name: "typed, RxGo", mode: modeRxGo, push: rows},
		{name: "view of 1,000 rows", mode: modeView, push: pushing{n: o.n, update: true}},
		{name: "view of 10,000 rows", mode: modeView, push: pushing{n: o.n, update: true, rows: 10_000}},
		{name: "gunzip", loop: unpacking(nil), push: packed},
		{name: "typed, gzip frames", mode: modeTyped, push: packed},
		{name: "typed, a write each", mode: modeTyped, push: pushing{n: o.n, each: 1}},
		{name: "json v2, whole frame", loop: decoding(func(text []byte, v any) error { return jsonv2.Unmarshal(text, v) }), push: rows},
		{name: "encoding/json", loop: decoding(json.Unmarshal), push: rows},
	}
	for _, each := range writes() {
		if each == framesAWrite {
			continue // is above
		}
		push := pushing{n: o.n, each: each}
		all = append(all,
			work{name: inWrites("raw", each), mode: modeRaw, push: push, aside: true},
			work{name: inWrites("typed", each), mode: modeTyped, push: push, aside: true},
		)
	}
	return all
}

// writes are how many frames the server writes in one piece, for the table of what that means.
func writes() []int { return []int{1, 2, 4, 8, 16, 64, framesAWrite} }

// inWrites is the name of a work that has so many.
func inWrites(mode string, each int) string {
	if each == framesAWrite {
		return mode
	}
	return fmt.Sprintf("%s, %d a write", mode, each)
}

// report measures everything and writes PERFORMANCE.md and its chart.
func report(ctx context.Context, o options, out io.Writer) error {
	began := load()
	all, err := rounds(ctx, o, o.works())
	if err != nil {
		return err
	}
	if err := printText(out, all); err != nil {
		return err
	}
	r := results{all: all, o: o, loads: began + " before, " + load() + " after", at: time.Now()}
	for name, text := range map[string]string{"PERFORMANCE.md": r.page(), "perf_ratios.svg": r.chart()} {
		if err := os.WriteFile(filepath.Join(o.report, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// results are what the report is written of.
type results struct {
	all   []figures
	o     options
	loads string
	at    time.Time
}

func (r results) of(name string) figures {
	for _, f := range r.all {
		if f.Mode == name {
			return f
		}
	}
	return figures{}
}

// targets are those of the project.
func (r results) targets() []target {
	typed, gunzip := r.of("typed"), r.of("gunzip")
	both := typed.NsPerEvent + gunzip.NsPerEvent - gunzip.BareNsPerEvent
	return []target{
		{"raw events ÷ bare read", r.of("raw").Ratio, 1.5, "x"},
		{"typed ÷ bare read", typed.Ratio, 2.5, "x"},
		{"typed through three operators ÷ bare read", r.of("typed, 3 operators").Ratio, 2.7, "x"},
		{"typed with gzip frames ÷ (gunzip + typed)", r.of("typed, gzip frames").NsPerEvent / both, 1.3, "x"},
		{"one change of a view of 10,000 rows", r.of("view of 10,000 rows").NsPerEvent / 1000, 10, "µs"},
		{"typed, one frame a write ÷ bare read of the same", r.of("typed, a write each").Ratio, 1.1, "x"},
	}
}

// page is PERFORMANCE.md.
func (r results) page() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# What one change costs\n\n")
	fmt.Fprintf(&b, "Written by `go run ./examples/bench -report client -n %d -runs %d`; do not edit: run it again.\n\n", r.o.n, r.o.runs)
	fmt.Fprintf(&b, "%s, %s %s/%s, %d CPUs, which the server shares, load average %s. Each figure is the lowest of %d runs of %d changes, all in turn in one\nprocess over loopback. "+
		"Ratios are the result, nanoseconds are the machine's.\n\n", r.at.UTC().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), r.loads, r.o.runs, r.o.n)
	fmt.Fprintf(&b, "![ratios to a bare read](perf_ratios.svg)\n\n| target | at most | here | |\n|---|---:|---:|---|\n")
	for _, t := range r.targets() {
		word := "held"
		if !t.held() {
			word = "**missed**"
		}
		fmt.Fprintf(&b, "| %s | %.1f %s | %.2f %s | %s |\n", t.what, t.most, t.unit, t.got, t.unit, word)
	}
	fmt.Fprintf(&b, "\n| from the socket to | ns a change | ÷ bare read of the same frames | CPU ns | ÷ bare | allocations | bytes |\n|---|---:|---:|---:|---:|---:|---:|\n")
	raw := r.of("raw")
	fmt.Fprintf(&b, "| nothing: gorilla's reader and one buffer | %.0f | 1 | %.0f | 1 | | |\n", raw.BareNsPerEvent, raw.bareCPU)
	for _, f := range r.main() {
		fmt.Fprintf(&b, "| %s | %.0f | %.2f | %.0f | %.2f | %.2f | %.0f |\n", meaning(f.Mode), f.NsPerEvent, f.Ratio, f.cpu(), f.cpu()/f.bareCPU, f.AllocsPerEvent, f.BytesPerEvent)
	}
	r.byWrites(&b)
	b.WriteString(notes)
	return b.String()
}

// byWrites is the table of what a change costs where the server writes more or fewer of them in one piece.
func (r results) byWrites(b *bytes.Buffer) {
	fmt.Fprintf(b, "\n| frames in a write of the server | bare read, ns | raw, ns | ÷ bare read | typed, ns | ÷ bare read |\n|---:|---:|---:|---:|---:|---:|\n")
	for _, each := range writes() {
		raw, typed := r.of(inWrites("raw", each)), r.of(inWrites("typed", each))
		fmt.Fprintf(b, "| %d | %.0f | %.0f | %.2f | %.0f | %.2f |\n", each, raw.BareNsPerEvent, raw.NsPerEvent, raw.Ratio, typed.NsPerEvent, typed.Ratio)
	}
}

// main are the figures of the main table and the chart.
func (r results) main() []figures {
	return slices.DeleteFunc(slices.Clone(r.all), func(f figures) bool { return f.aside })
}

// meaning says what a work ends in.
func meaning(name string) string {
	switch name {
	case "raw":
		return "`LiveEvents`: rows unread"
	case "typed":
		return "`Changes`, PushOnly: a struct"
	case "typed, 3 operators":
		return "the same through Filter, Map and Scan"
	case "typed, RxGo":
		return "the same in batches of 64 to RxGo"
	case "view of 1,000 rows", "view of 10,000 rows":
		return "`Live`, PushOnly: a " + name
	case "gunzip":
		return "gunzip of gzip frames, and nothing else"
	case "typed, gzip frames":
		return "`Changes` of gzip frames"
	case "typed, a write each":
		return "`Changes`, one write of the server a frame"
	}
	return "a loop with " + name + " into a struct"
}

// notes stand below the tables, whatever they say.
//
//go:embed notes.md
var notes string

// load is the machine's, where it says.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(text))[0]
}
