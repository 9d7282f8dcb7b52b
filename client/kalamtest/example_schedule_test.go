package kalamtest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// A schedule is played while a client works. A random one prints as the steps that it is made of.
func ExampleSchedule() {
	srv, err := kalamtest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	link := kalamtest.NewLink(srv.Dial, 1)
	defer link.Close()
	s := kalamtest.RandomSchedule(16, 50*time.Millisecond, kalamtest.FaultCut, kalamtest.FaultLatency)
	fmt.Println(s.Run(context.Background(), kalamtest.Rig{Link: link, Server: srv}))
	fmt.Println(s)
	// Output:
	// <nil>
	// seed 16
	// 	5ms latency 55ms+29ms
	// 	23ms cut
	// 	42ms latency off
	// 	42ms cut
	// 	50ms calm
}

// A schedule may be written by hand.
func ExampleStep() {
	for _, s := range []kalamtest.Step{
		{At: time.Second, Fault: kalamtest.FaultBlackHole, Dir: kalamtest.Up},
		{At: 2 * time.Second, Fault: kalamtest.FaultBlackHole},
		{At: 3 * time.Second, Fault: kalamtest.FaultLatency, For: 40 * time.Millisecond, Jitter: 10 * time.Millisecond},
		{At: 4 * time.Second, Fault: kalamtest.FaultCalm},
	} {
		fmt.Println(s)
	}
	// Output:
	// 1s black-hole up
	// 2s black-hole off
	// 3s latency 40ms+10ms
	// 4s calm
}

// Of a schedule that fails a test Shrink leaves what it takes to fail it.
func ExampleShrink() {
	s := kalamtest.RandomSchedule(1, 10*time.Second, kalamtest.FaultCut, kalamtest.FaultStall, kalamtest.FaultKill)
	small := kalamtest.Shrink(s, func(s kalamtest.Schedule) bool { // in earnest: play it on a fresh rig
		killed := false
		for _, step := range s.Steps {
			killed = killed || step.Fault == kalamtest.FaultKill
		}
		return killed
	})
	fmt.Println(len(s.Steps) > len(small.Steps))
	for _, step := range small.Steps {
		fmt.Println(step.Fault)
	}
	// Output:
	// true
	// kill
	// calm
}

// The faults of a link are those that can be played before a real server.
func ExampleFault() {
	fmt.Println(kalamtest.LinkFaults())
	// Output: [refuse cut reset black-hole stall latency bandwidth slice half-close slow-accept]
}

// A rig is calmed as a whole.
func ExampleRig() {
	srv, err := kalamtest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	rig := kalamtest.Rig{Link: kalamtest.NewLink(srv.Dial, 1), Server: srv}
	defer rig.Link.Close()
	rig.Link.Refuse(true)
	srv.Stop()
	fmt.Println(rig.Calm())
	c, err := rig.Link.Dial(context.Background(), "tcp", srv.Addr())
	fmt.Println(c != nil, err)
	// Output:
	// <nil>
	// true <nil>
}

// The next two change frames are not sent.
func ExampleFrameFault() {
	srv, err := kalamtest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.FaultFrames(kalamtest.DropFrame, 2)
	fmt.Println(kalamtest.DropFrame, srv.Stats().FramesDropped)
	// Output: drop 0
}

// A table goes back to an earlier state, and nobody is told.
func ExampleBackup() {
	ctx := context.Background()
	srv, err := kalamtest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	fmt.Println(srv.Exec(ctx, "root", "CREATE NAMESPACE shop; CREATE TABLE shop.orders (id BIGINT PRIMARY KEY) WITH (TYPE = 'USER')"))
	backup, err := srv.Backup(ctx, "shop.orders")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(srv.Exec(ctx, "root", "INSERT INTO shop.orders (id) VALUES (1)"))
	fmt.Println(srv.Restore(ctx, backup))
	fmt.Println(srv.Exec(ctx, "root", "INSERT INTO shop.orders (id) VALUES (1)")) // it is not there any more
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// <nil>
}
