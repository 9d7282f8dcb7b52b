package kalamtest_test

import (
	"errors"
	"io"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

// overMemory gives a link over a network in memory, and what connects through it.
func overMemory(t *testing.T) wireEnds {
	t.Helper()
	network := rxtest.NewNetwork()
	l, err := network.Listen("far.test:1")
	if err != nil {
		t.Fatal(err)
	}
	return over(t, l, network.DialContext)
}

// The reader waits in the connection below, with a large buffer, when the allowance comes.
func TestLink_ResetAfterReachesAReaderThatWaits(t *testing.T) {
	for name, ready := range map[string]func(*kalamtest.Link){
		"straight": func(*kalamtest.Link) {},
		"queued":   func(l *kalamtest.Link) { l.Latency(time.Second, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				w := overMemory(t)
				ready(w.link)
				var got []byte
				var err error
				done := make(chan struct{})
				go func() { defer close(done); got, err = io.ReadAll(w.client) }() // owner: the test. ends when: the connection is reset
				synctest.Wait()
				w.link.ResetAfter(kalamtest.Both, 3)
				send(t, w.server, "hello")
				<-done
				is.Equal(string(got), "hel")
				is.True(errors.Is(err, syscall.ECONNRESET))
				is.Equal(w.link.Stats().Reset, 1)
				is.Equal(w.link.Stats().Open, 0)
			})
		})
	}
}
