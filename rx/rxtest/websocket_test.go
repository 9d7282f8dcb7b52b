package rxtest_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

// serveSocket runs an http.Server whose every request becomes a WebSocket that
// handle has. stop ends the server and waits for it.
func serveSocket(t *testing.T, handle func(*websocket.Conn)) (n *rxtest.Network, stop func()) {
	t.Helper()
	n = rxtest.NewNetwork()
	l, err := n.Listen(":80")
	if err != nil {
		t.Fatal(err)
	}
	var sockets sync.WaitGroup // a hijacked connection is not the server's any more
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sockets.Add(1) // before the client knows that it is connected
		defer sockets.Done()
		c, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		handle(c)
	})}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	return n, func() {
		_ = srv.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		sockets.Wait()
	}
}

func dialSocket(t *testing.T, n *rxtest.Network) *websocket.Conn {
	t.Helper()
	d := websocket.Dialer{NetDialContext: n.DialContext, HandshakeTimeout: 5 * time.Second}
	c, _, err := d.DialContext(t.Context(), "ws://kalamdb.test/v1/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func echo(c *websocket.Conn) {
	for {
		kind, p, err := c.ReadMessage()
		if err != nil {
			return
		}
		if err := c.WriteMessage(kind, p); err != nil {
			return
		}
	}
}

func TestWebSocket_EchoAndCloseHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		heard := make(chan error, 1)
		n, stop := serveSocket(t, func(c *websocket.Conn) {
			echo(c)
			_, _, err := c.ReadMessage()
			heard <- err
		})
		c := dialSocket(t, n)
		big := string(make([]byte, 3*rxtest.BufferSize))
		for _, text := range []string{"hi", "", big} {
			wrote := make(chan error, 1)
			go func() { wrote <- c.WriteMessage(websocket.TextMessage, []byte(text)) }()
			_, p, err := c.ReadMessage()
			is.NoErr(err)
			is.NoErr(<-wrote)
			is.Equal(len(p), len(text))
		}
		bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "bye")
		is.NoErr(c.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second)))
		_, _, err := c.ReadMessage()
		is.True(websocket.IsCloseError(err, websocket.CloseNormalClosure))
		is.True(websocket.IsCloseError(<-heard, websocket.CloseNormalClosure))
		is.NoErr(c.Close())
		stop()
	})
}

// With net.Pipe, which has no buffer, this is a deadlock.
func TestWebSocket_BothCloseAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		bye := websocket.FormatCloseMessage(websocket.CloseGoingAway, "")
		closeFirst := func(c *websocket.Conn) error {
			if err := c.WriteMessage(websocket.TextMessage, []byte("me first")); err != nil {
				return err
			}
			if err := c.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second)); err != nil {
				return err
			}
			for {
				if _, _, err := c.ReadMessage(); err != nil {
					return err
				}
			}
		}
		served := make(chan error, 1)
		n, stop := serveSocket(t, func(c *websocket.Conn) { served <- closeFirst(c) })
		c := dialSocket(t, n)
		is.True(websocket.IsCloseError(closeFirst(c), websocket.CloseGoingAway))
		is.True(websocket.IsCloseError(<-served, websocket.CloseGoingAway))
		is.NoErr(c.Close())
		stop()
	})
}

func TestWebSocket_AnHourOfPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		n, stop := serveSocket(t, echo)
		c := dialSocket(t, n)
		live := func(string) error { return c.SetReadDeadline(time.Now().Add(45 * time.Second)) }
		pongs := 0
		c.SetPongHandler(func(s string) error { pongs++; return live(s) })
		is.NoErr(live(""))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			tick := time.NewTicker(30 * time.Second)
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
					_ = c.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
				case <-ctx.Done():
					_ = c.Close()
					return
				}
			}
		})
		start := time.Now()
		_, _, err := c.ReadMessage()
		is.True(err != nil)
		is.Equal(time.Since(start), time.Hour) // no deadline came before
		wg.Wait()
		is.True(pongs == 119 || pongs == 120) // the last ping may meet the close
		stop()
	})
}

func TestWebSocket_SilentServerMeetsTheReadDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		gate := make(chan struct{})
		n, stop := serveSocket(t, func(*websocket.Conn) { <-gate })
		c := dialSocket(t, n)
		start := time.Now()
		is.NoErr(c.SetReadDeadline(start.Add(90 * time.Second)))
		_, _, err := c.ReadMessage()
		is.True(timeoutOf(err)) // gorilla hides the cause, not the timeout
		is.Equal(time.Since(start), 90*time.Second)
		close(gate)
		is.NoErr(c.Close())
		stop()
	})
}

func timeoutOf(err error) bool {
	var ne interface{ Timeout() bool }
	return errors.As(err, &ne) && ne.Timeout()
}
