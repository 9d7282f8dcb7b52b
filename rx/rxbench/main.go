// Command rxbench measures package rx and the operators against a plain loop or
// channels, samber/ro and RxGo, all in one run, and prints a table of ratios, the
// targets that are held or missed, and the works in which samber/ro is less than 8
// times slower:
//
//	cd rx/rxbench && go run . [-rounds 9] [-only regexp]
//
// Ratios are the result, nanoseconds are the machine's. It is a module of its own,
// so that who uses kalamrx does not download what it is measured against.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strings"
)

// kept is how many subscriptions are held to weigh one.
const kept = 10_000

func main() {
	rounds := flag.Int("rounds", 9, "how often each way of each work is run; the median counts")
	only := flag.String("only", "", "measure only works whose group/name matches this regular expression")
	flag.Parse()
	pattern, err := regexp.Compile(*only)
	if err != nil || *rounds < 1 {
		fmt.Fprintln(os.Stderr, "rxbench: bad -only or -rounds:", err)
		os.Exit(2)
	}
	report(os.Stdout, pattern, *rounds, *only == "")
}

// report measures and prints; targets only where everything was measured.
func report(w io.Writer, pattern *regexp.Regexp, rounds int, complete bool) {
	fmt.Fprintf(w, "%s %s/%s, %d CPUs, load average %s\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), load())
	r := results{works: map[string]figures{}, held: map[string]held{}}
	var all []work
	for _, each := range works() {
		if key := each.group + "/" + each.name; pattern.MatchString(key) {
			r.works[key] = measure(each, rounds)
			all = append(all, each)
			row(w, each, r)
		}
	}
	if complete {
		weighAll(w, r)
		fmt.Fprintf(w, "\ntargets:\n")
		for _, t := range targets(r) {
			fmt.Fprintln(w, " ", t)
		}
	}
	slower(w, all, r)
	fmt.Fprintf(w, "\nload average at the end: %s\n", load())
}

// row prints a work: what ours costs, and how much more the others do.
func row(w io.Writer, each work, r results) {
	key := each.group + "/" + each.name
	mine := r.of(key, ours)
	fmt.Fprintf(w, "%-42s %9.1f ns %5.2f allocs", key, mine.ns, mine.allocs)
	for _, way := range each.ways {
		if way.who != ours {
			fmt.Fprintf(w, "   %s %.1f ns = %.2f ×", way.who, r.of(key, way.who).ns, r.times(key, way.who))
		}
	}
	fmt.Fprintln(w)
}

func weighAll(w io.Writer, r results) {
	fmt.Fprintf(w, "\none idle subscription of 3 operators, of %d:\n", kept)
	for _, h := range holdings() {
		got := weigh(h, kept)
		r.held[h.who] = got
		fmt.Fprintf(w, "  %-20s %7.0f bytes %5.2f goroutines\n", h.who, got.bytes, got.goroutines)
	}
}

// load is the machine's, where it says.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}
