// Command bench is a load client: it subscribes live queries, counts their changes from the first on, and says what one
// costs. It works against any server that speaks the protocol; without -url it starts one that only pushes, reads the same
// frames with a bare WebSocket as well, and prints the ratio to that.
//
//	go run ./examples/bench -n 300000
//	go run ./examples/bench -url http://127.0.0.1:29000 -token x.y.z -sql "SELECT * FROM chat.messages /* n=300000 */" -n 300000 -mode typed -json
//	go run ./examples/bench -report client
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
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
	switch {
	case o.report != "":
		return report(ctx, o, out)
	case o.url != "":
		return against(ctx, o, out)
	}
	return alone(ctx, o, out)
}

// against measures one mode on the server that the options name.
func against(ctx context.Context, o options, out io.Writer) error {
	best, err := lowest(ctx, o)
	if err != nil {
		return err
	}
	return o.print(out, best)
}

// alone measures on a pusher of its own, with a bare read of the same frames in each round: the mode that was asked for,
// or all.
func alone(ctx context.Context, o options, out io.Writer) error {
	modes := modes()
	if o.mode != "" {
		modes = []string{o.mode}
	}
	var works []work
	for _, mode := range modes {
		works = append(works, work{name: mode, mode: mode, push: pushing{n: o.n, update: mode == modeView}})
	}
	all, err := rounds(ctx, o, works)
	if err != nil {
		return err
	}
	return o.print(out, all...)
}

// lowest is the quickest of the runs.
func lowest(ctx context.Context, o options) (best figures, err error) {
	for range o.runs {
		f, err := measure(ctx, o)
		if err != nil {
			return best, err
		}
		best = best.orBetter(f)
	}
	return best, nil
}
