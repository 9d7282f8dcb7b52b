// Command chaos shows a live view on a faulty network: after every fault, chosen on
// the keyboard or drawn from a seed, it waits until the view says that it is exact,
// and compares it with what SELECT gives. A view that is not the same fails it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
)

func main() {
	seed := flag.Uint64("schedule", 0, "play the faults in the order of this `seed`, without a keyboard; 0 draws one")
	timeout := flag.Duration("timeout", time.Minute, "give up a schedule after this `time`")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), "chaos breaks the network under a live view and prints when the view is what SELECT gives\n"+
			"again. Keys, each with Enter:\n"+keys()+".\n"+
			"Where stdin is no terminal, or with -schedule, it plays each once, and ends. It runs on an\n"+
			"embedded server, or on a real one if KALAMDB_URL is set (with KALAMDB_USER and\n"+
			"KALAMDB_PASSWORD, or KALAMDB_TOKEN); that one it never restarts.\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	play := atKeyboard
	if *seed != 0 || !isTerminal(os.Stdin) {
		if *seed == 0 {
			*seed = 1 + uint64(rand.Uint32())
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, *timeout, fmt.Errorf("not finished after %v", *timeout))
		defer cancel()
		play = bySchedule
	}
	if err := run(ctx, *seed, play); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// run sets the stage, has the play played on it, and clears up.
func run(ctx context.Context, seed uint64, play func(context.Context, *stage) error) error {
	srv, err := connectTo()
	if err != nil {
		return err
	}
	defer srv.close()
	link := kalamtest.NewLink(srv.dial, seed)
	defer link.Close()
	c, err := client.New(srv.url, client.WithAuth(srv.source), client.WithDialer(link.Dial),
		client.WithBackoff(100*time.Millisecond, time.Second), client.WithAuditInterval(2*time.Second))
	if err != nil {
		return err
	}
	aside, err := client.New(srv.url, client.WithAuth(srv.source)) // past the faults
	if err != nil {
		return err
	}
	s := &stage{srv: srv, link: link, c: c, table: &table{c: aside, random: rand.New(rand.NewPCG(seed, 1))}, screen: newScreen()}
	fmt.Println("seed     ", seed)
	err = s.open(ctx, play)
	closing, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err = errors.Join(err, c.Close(closing), aside.Close(closing))
	<-c.Done()
	<-aside.Done()
	return err
}

// open fills the table, shows the live view of it, and plays.
func (s *stage) open(ctx context.Context, play func(context.Context, *stage) error) error {
	if err := s.table.prepare(ctx); err != nil {
		return err
	}
	s.c.State().Subscribe(ctx, rx.OnNext(func(x client.State) { fmt.Println("state    ", x) }))
	sub := client.Live[item](s.c, live).Subscribe(ctx, s.screen.observer())
	defer sub.Unsubscribe()
	if err := s.settle(ctx, "the live query", func(context.Context) error { return nil }); err != nil {
		return err
	}
	if err := play(ctx, s); err != nil {
		return err
	}
	fmt.Printf("passed    %d views, %d faults; %s\n", s.screen.count(), s.faults, s.costs())
	return nil
}

// bySchedule plays every fault once, in an order that the seed gives, and looks once
// more when all is at rest.
func bySchedule(ctx context.Context, s *stage) error {
	for _, i := range s.table.random.Perm(len(repertoire())) {
		if err := s.play(ctx, repertoire()[i]); err != nil {
			return err
		}
	}
	return s.settle(ctx, "the rest", func(ctx context.Context) error { return pass(ctx, time.Second) })
}
