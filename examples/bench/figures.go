package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"time"
)

// figures are what a count came to; an event is a change.
type figures struct {
	Mode            string  `json:"mode"`
	Subs            int     `json:"subs"`
	Events          int     `json:"events"`
	Seconds         float64 `json:"seconds"`
	EventsPerSecond float64 `json:"events_per_second"`
	NsPerEvent      float64 `json:"ns_per_event"`
	AllocsPerEvent  float64 `json:"allocs_per_event"`
	BytesPerEvent   float64 `json:"bytes_per_event"`
	CPUSeconds      float64 `json:"cpu_seconds"`
	RSSBytes        uint64  `json:"rss_bytes"`
	Gaps            int     `json:"gaps"`    // that were recovered, with -exact
	Ignored         int     `json:"ignored"` // events that were no news to a view

	BareNsPerEvent float64 `json:"bare_ns_per_event,omitempty"`
	Ratio          float64 `json:"ratio,omitempty"` // to the bare read

	bareCPU float64 // of the bare read, as cpu
	aside   bool    // as of the work
}

// cpu is the time of all CPUs that an event took, in nanoseconds; of a server in the process, too.
func (f figures) cpu() float64 { return f.CPUSeconds * 1e9 / float64(f.Events) }

func (r *running) figures() figures {
	f := r.meter.figures(r.o.n * r.o.subs)
	f.Mode, f.Subs, f.Gaps, f.Ignored = r.o.mode, r.o.subs, int(r.gaps.Load()), int(r.ignored.Load())
	return f
}

// figures are those of a clock that has been stopped.
func (m *meter) figures(events int) figures {
	n, elapsed := float64(events), max(m.elapsed, 1)
	return figures{
		Subs: 1, Events: events, Seconds: elapsed.Seconds(), EventsPerSecond: n / elapsed.Seconds(), NsPerEvent: float64(elapsed) / n,
		AllocsPerEvent: float64(m.allocs) / n, BytesPerEvent: float64(m.bytes) / n,
		CPUSeconds: m.cpu.Seconds(), RSSBytes: m.rss,
	}
}

// orBetter is the quicker of two; one without events is none.
func (f figures) orBetter(other figures) figures {
	if f.Events == 0 || other.Events > 0 && other.NsPerEvent < f.NsPerEvent {
		return other
	}
	return f
}

// print shows what was measured, as text or as one object of JSON.
func (o options) print(out io.Writer, all ...figures) error {
	if !o.json {
		return printText(out, all)
	}
	var v any = all[0]
	if o.mode == "" {
		v = struct {
			BareNsPerEvent float64   `json:"bare_ns_per_event"`
			Results        []figures `json:"results"`
		}{all[0].BareNsPerEvent, all}
	}
	return json.NewEncoder(out).Encode(v)
}

func printText(out io.Writer, all []figures) error {
	_, err := fmt.Fprintf(out, "%s %s/%s, %d CPUs\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	for _, f := range all {
		if err == nil {
			_, err = fmt.Fprintln(out, f)
		}
	}
	return err
}

// String is a line.
func (f figures) String() string {
	line := fmt.Sprintf("%-10s %8d events in %-8v %9.0f events/s %8.0f ns %6.2f allocs %6.0f B; CPU %.2f s, %.1f MB resident",
		f.Mode, f.Events, time.Duration(f.Seconds*float64(time.Second)).Round(time.Millisecond), f.EventsPerSecond, f.NsPerEvent, f.AllocsPerEvent, f.BytesPerEvent, f.CPUSeconds, float64(f.RSSBytes)/1e6)
	if f.Ratio > 0 {
		line += fmt.Sprintf("; %.2f x a bare read (%.0f ns)", f.Ratio, f.BareNsPerEvent)
	}
	if f.Gaps > 0 {
		line += fmt.Sprintf("; %d gaps, recovered", f.Gaps)
	}
	if f.Ignored > 0 {
		line += fmt.Sprintf("; %d were no news: the _seq of their row was known", f.Ignored)
	}
	return line
}
