package kalamtest_test

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/matryer/is"
)

// A connection that comes in just as the door is closed must not keep the server from stopping, as it would until the
// patience for its first header ends.
func TestStop_DoesNotWaitForAConnectionThatComesInMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t)
		for range 100 {
			var conns []net.Conn
			dialled := make(chan struct{})
			go func() { // owner: the test. ends when: nobody listens
				defer close(dialled)
				for {
					c, err := srv.Dial(t.Context(), "tcp", srv.Addr())
					if err != nil {
						return
					}
					conns = append(conns, c)
				}
			}()
			begin := time.Now()
			srv.Stop()
			is.True(time.Since(begin) < time.Second)
			<-dialled
			for _, c := range conns {
				_ = c.Close()
			}
			is.NoErr(srv.Restart())
		}
	})
}
