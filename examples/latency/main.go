// Command latency measures how long it takes from a commit to the observer of a live query, at fixed rates, on a server in
// the process or on the one that KALAMDB_URL names:
//
//	cd examples/latency && go run . [-rates 100,1000,5000] [-for 5s]
//
// Rows are written when they are due, whatever became of those before, and what is late counts from when it was due: no
// omission is coordinated. It is a module of its own, so that who uses kalamrx does not download the histogram.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	rates   []int // rows a second
	span    time.Duration
	commits int // a second, at most; 0 for what the server stands
	writers int
	exact   bool
}

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "latency:", err)
		os.Exit(1)
	}
}

func parse(args []string, errOut io.Writer) (options, error) {
	o := options{}
	f := flag.NewFlagSet("latency", flag.ContinueOnError)
	f.SetOutput(errOut)
	rates := f.String("rates", "100,1000,5000", "rows a second, one measurement after the other")
	f.DurationVar(&o.span, "for", 2*time.Second, "how `long` each rate is kept up")
	f.IntVar(&o.commits, "commits", 0, "commits a second at most, the rows of each being due together; default 1000, of a real server 80: it allows 100")
	f.IntVar(&o.writers, "writers", 8, "commits under way at once at most")
	f.BoolVar(&o.exact, "exact", false, "compare with the table, as the client does by default; without it what the push loses is lost")
	f.Usage = func() {
		fmt.Fprint(errOut, "latency measures from commit to observer, on its own server or on the one that KALAMDB_URL names (with KALAMDB_USER\n"+
			"and KALAMDB_PASSWORD, or KALAMDB_TOKEN; the user must be allowed to create namespaces).\n\n")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return o, err
	}
	for _, text := range strings.Split(*rates, ",") {
		rate, err := strconv.Atoi(text)
		if err != nil || rate < 1 {
			return o, fmt.Errorf("-rates: %q is no number of rows", text)
		}
		o.rates = append(o.rates, rate)
	}
	if o.span <= 0 || o.commits < 0 || o.writers < 1 {
		return o, errors.New("-for and -writers must be positive, and -commits not negative")
	}
	return o, nil
}

func run(args []string, out, errOut io.Writer) error {
	o, err := parse(args, errOut)
	if err == flag.ErrHelp {
		return nil
	}
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	srv, err := connectTo()
	if err != nil {
		return err
	}
	defer srv.close()
	if o.commits == 0 {
		o.commits = srv.commits
	}
	fmt.Fprintf(out, "%s; µs from when a row was due, and from when its commit was answered, until it was observed\n\n", srv.name)
	fmt.Fprintf(out, "%8s %8s %6s   %-38s   %s\n", "rows/s", "rows", "lost", "due: p50, p99, p99.9, max", "answered: p50, p99, p99.9, max")
	for _, rate := range o.rates {
		r, err := measure(ctx, srv, o, rate)
		if err != nil {
			return fmt.Errorf("%d rows a second: %w", rate, err)
		}
		fmt.Fprintln(out, r)
	}
	return nil
}
