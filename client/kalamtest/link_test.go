package kalamtest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

// wireEnds is a link to a bare listener, with both ends of one connection over it.
type wireEnds struct {
	link           *kalamtest.Link
	client, server net.Conn
	addr           string
	listener       net.Listener
}

// over makes both ends; listen and dial are those of TCP or of a network in memory.
func over(t *testing.T, l net.Listener, dial kalamtest.DialFunc) wireEnds {
	t.Helper()
	link := kalamtest.NewLink(dial, 1)
	t.Cleanup(func() {
		link.Close()
		_ = l.Close()
	})
	w := wireEnds{link: link, addr: l.Addr().String(), listener: l}
	w.client, w.server = w.connect(t)
	return w
}

func (w wireEnds) connect(t *testing.T) (client, server net.Conn) {
	t.Helper()
	client, err := w.link.Dial(t.Context(), "tcp", w.addr)
	if err != nil {
		t.Fatal(err)
	}
	server, err = w.listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = client.Close(), server.Close() })
	return client, server
}

// onBoth runs a test in virtual time over a network in memory, and over loopback.
func onBoth(t *testing.T, run func(t *testing.T, w wireEnds)) {
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := rxtest.NewNetwork()
			l, err := n.Listen("server:1")
			if err != nil {
				t.Fatal(err)
			}
			run(t, over(t, l, n.DialContext))
		})
	})
	t.Run("tcp", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		run(t, over(t, l, nil))
	})
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatalf("writing %q: %v", text, err)
	}
}

func receive(t *testing.T, c net.Conn, n int) string {
	t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(c, b); err != nil {
		t.Fatalf("reading: %v", err)
	}
	return string(b)
}

// nothing checks that nothing can be read for a while.
func nothing(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
	n, err := c.Read(make([]byte, 1))
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read %d bytes, %v: want a deadline", n, err)
	}
	_ = c.SetReadDeadline(time.Time{})
}

func TestLink_HealthyCarriesBothWays(t *testing.T) {
	onBoth(t, func(t *testing.T, w wireEnds) {
		is := is.New(t)
		send(t, w.client, "up")
		is.Equal(receive(t, w.server, 2), "up")
		send(t, w.server, "down")
		is.Equal(receive(t, w.client, 4), "down")
		is.NoErr(w.client.Close())
		is.True(errors.Is(w.client.Close(), net.ErrClosed))
		_, err := w.server.Read(make([]byte, 1))
		is.Equal(err, io.EOF)
		is.Equal(w.link.Stats(), kalamtest.LinkStats{Dials: 1})
		is.Equal(w.link.Dials()[0].Addr, w.addr)
	})
}

func TestLink_RefuseConcernsNewDialsOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, w wireEnds) {
		is := is.New(t)
		w.link.Refuse(true)
		_, err := w.link.Dial(t.Context(), "tcp", w.addr)
		is.True(errors.Is(err, syscall.ECONNREFUSED))
		send(t, w.client, "x")
		is.Equal(receive(t, w.server, 1), "x")
		w.link.Refuse(false)
		w.connect(t)
		is.Equal(w.link.Stats(), kalamtest.LinkStats{Open: 2, Dials: 3, Refused: 1})
		is.True(errors.Is(w.link.Dials()[1].Err, syscall.ECONNREFUSED))
	})
}

func TestLink_CutResetsBothEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, w wireEnds) {
		is := is.New(t)
		got := make(chan error, 1)
		go func() { // owner: the test. ends when: the connection is cut
			_, err := w.client.Read(make([]byte, 1))
			got <- err
		}()
		if t.Name() == "TestLink_CutResetsBothEnds/memory" {
			synctest.Wait()
		}
		is.Equal(w.link.Cut(), 1)
		is.True(errors.Is(<-got, syscall.ECONNRESET))
		_, err := w.server.Read(make([]byte, 1))
		is.True(errors.Is(err, syscall.ECONNRESET))
		_, err = w.client.Write([]byte("x"))
		is.True(errors.Is(err, syscall.ECONNRESET))
		is.Equal(w.link.Stats(), kalamtest.LinkStats{Dials: 1, Cut: 1})
	})
}

func TestLink_ResetInTheMiddle(t *testing.T) {
	onBoth(t, func(t *testing.T, w wireEnds) {
		is := is.New(t)
		other, otherServer := w.connect(t)
		is.Equal(w.link.ResetAfter(kalamtest.Down, 3), 2)
		send(t, w.server, "downwards")
		is.Equal(receive(t, w.client, 3), "dow")
		_, err := w.client.Read(make([]byte, 1))
		is.True(errors.Is(err, syscall.ECONNRESET))
		is.Equal(w.link.Stats().Reset, 1)

		w.link.ResetAfter(kalamtest.Up, 2)
		n, err := other.Write([]byte("upwards"))
		is.Equal(n, 2)
		is.True(errors.Is(err, syscall.ECONNRESET))
		_, err = io.ReadAll(otherServer)
		is.True(errors.Is(err, syscall.ECONNRESET))
		is.Equal(w.link.Stats().Open, 0)
	})
}

func TestLink_BlackHoleSwallowsAndStays(t *testing.T) {
	onBoth(t, func(t *testing.T, w wireEnds) {
		is := is.New(t)
		w.link.BlackHole(kalamtest.Up)
		send(t, w.client, "lost")
		send(t, w.server, "seen")
		is.Equal(receive(t, w.client, 4), "seen")
		nothing(t, w.server)
		w.link.BlackHole(kalamtest.Down)
		send(t, w.server, "gone")
		nothing(t, w.client)
		send(t, w.client, "here")
		is.Equal(receive(t, w.server, 4), "here")
		w.link.BlackHole(kalamtest.Neither)
		send(t, w.server, "again")
		is.Equal(receive(t, w.client, 5), "again")
		is.Equal(w.link.Stats(), kalamtest.LinkStats{Open: 1, Dials: 1, VanishedUp: 4, VanishedDown: 4})
	})
}

func TestLink_BlackHoleHidesTheEndOfAConnection(t *testing.T) {
	onBoth(t, func(t *testing.T, w wireEnds) {
		is := is.New(t)
		second, secondServer := w.connect(t)
		w.link.BlackHole(kalamtest.Both)
		is.NoErr(w.server.Close())
		nothing(t, w.client) // the server's FIN vanished
		is.NoErr(second.Close())
		nothing(t, secondServer) // and so did the client's
		is.Equal(w.link.Stats().Open, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := w.link.Dial(ctx, "tcp", w.addr)
		is.True(errors.Is(err, context.DeadlineExceeded))
		w.link.Calm()
		_, err = secondServer.Read(make([]byte, 1))
		is.True(errors.Is(err, syscall.ECONNRESET))
		_, err = w.client.Read(make([]byte, 1))
		is.Equal(err, io.EOF)
	})
}

func TestLink_StallLosesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, w wireEnds) {
		is := is.New(t)
		w.link.Stall(kalamtest.Both)
		send(t, w.client, "up")
		send(t, w.server, "down")
		nothing(t, w.server)
		nothing(t, w.client)
		_ = w.client.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
		n, err := w.client.Write(make([]byte, 1<<20)) // more than waits on the link
		is.True(errors.Is(err, os.ErrDeadlineExceeded))
		is.Equal(n, 64<<10-2)
		w.link.Stall(kalamtest.Neither)
		is.Equal(receive(t, w.client, 4), "down")
		is.Equal(receive(t, w.server, 2), "up")
		is.Equal(len(receive(t, w.server, n)), n)
	})
}

func TestLink_LatencyKeepsOrderAndOverlaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		n := rxtest.NewNetwork()
		l, err := n.Listen("server:1")
		is.NoErr(err)
		w := over(t, l, n.DialContext)
		w.link.Latency(100*time.Millisecond, 50*time.Millisecond)
		begin := time.Now()
		for i := range 20 {
			send(t, w.client, string(rune('a'+i)))
		}
		is.Equal(receive(t, w.server, 20), "abcdefghijklmnopqrst")
		took := time.Since(begin)
		is.True(took >= 100*time.Millisecond && took <= 150*time.Millisecond) // not twenty times that
		begin = time.Now()
		send(t, w.server, "answer")
		is.Equal(receive(t, w.client, 6), "answer")
		took = time.Since(begin)
		is.True(took >= 100*time.Millisecond && took <= 150*time.Millisecond)
		w.link.Calm()
		begin = time.Now()
		send(t, w.server, "now")
		is.Equal(receive(t, w.client, 3), "now")
		is.Equal(time.Since(begin), time.Duration(0))
	})
}

func TestLink_BandwidthIsBytesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		n := rxtest.NewNetwork()
		l, err := n.Listen("server:1")
		is.NoErr(err)
		w := over(t, l, n.DialContext)
		w.link.Bandwidth(1000)
		begin := time.Now()
		send(t, w.client, string(make([]byte, 5000)))
		_ = receive(t, w.server, 1000)
		is.Equal(time.Since(begin), time.Second)
		_ = receive(t, w.server, 4000)
		is.Equal(time.Since(begin), 5*time.Second)
		send(t, w.server, string(make([]byte, 2000)))
		_ = receive(t, w.client, 2000)
		is.Equal(time.Since(begin), 7*time.Second)
	})
}

func TestLink_CloseFlushesWhatLatencyHeldBack(t *testing.T) {
	onBoth(t, func(t *testing.T, w wireEnds) {
		is := is.New(t)
		w.link.Latency(time.Hour, 0)
		send(t, w.client, "farewell")
		is.NoErr(w.client.Close())
		all, err := io.ReadAll(w.server)
		is.NoErr(err)
		is.Equal(string(all), "farewell")
	})
}

func TestLink_SliceHandsOverSingleBytes(t *testing.T) {
	onBoth(t, func(t *testing.T, w wireEnds) {
		is := is.New(t)
		w.link.Slice(true)
		send(t, w.server, "abc")
		b := make([]byte, 8)
		for _, want := range "abc" {
			n, err := w.client.Read(b)
			is.NoErr(err)
			is.Equal(string(b[:n]), string(want))
		}
		send(t, w.client, "def")
		is.Equal(receive(t, w.server, 3), "def")
	})
}

func TestLink_HalfCloseLeavesTheOtherWay(t *testing.T) {
	onBoth(t, func(t *testing.T, w wireEnds) {
		is := is.New(t)
		other, otherServer := w.connect(t)
		is.Equal(w.link.HalfClose(kalamtest.Up), 2)
		_, err := w.server.Read(make([]byte, 1))
		is.Equal(err, io.EOF)
		_, err = w.client.Write([]byte("x"))
		is.True(errors.Is(err, syscall.EPIPE))
		send(t, w.server, "still")
		is.Equal(receive(t, w.client, 5), "still")
		w.link.HalfClose(kalamtest.Down)
		_, err = w.client.Read(make([]byte, 1))
		is.Equal(err, io.EOF)
		_, _ = other, otherServer
	})
}

func TestLink_SlowAcceptDelaysTheDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		n := rxtest.NewNetwork()
		l, err := n.Listen("server:1")
		is.NoErr(err)
		w := over(t, l, n.DialContext)
		w.link.SlowAccept(3 * time.Second)
		begin := time.Now()
		w.connect(t)
		is.Equal(time.Since(begin), 3*time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = w.link.Dial(ctx, "tcp", w.addr)
		is.True(errors.Is(err, context.DeadlineExceeded))
	})
}

// Deadlines and Close end every wait, whatever the weather.
func TestLink_WaitsEndUnderEveryFault(t *testing.T) {
	faults := map[string]func(*kalamtest.Link){
		"none":      func(*kalamtest.Link) {},
		"hole":      func(l *kalamtest.Link) { l.BlackHole(kalamtest.Both) },
		"stall":     func(l *kalamtest.Link) { l.Stall(kalamtest.Both) },
		"latency":   func(l *kalamtest.Link) { l.Latency(time.Hour, 0) },
		"bandwidth": func(l *kalamtest.Link) { l.Bandwidth(1) },
		"slice":     func(l *kalamtest.Link) { l.Slice(true) },
	}
	for name, on := range faults {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, w wireEnds) {
				is := is.New(t)
				on(w.link)
				nothing(t, w.client)
				ended := make(chan error, 1)
				go func() { // owner: the test. ends when: the connection is closed
					_, err := w.client.Read(make([]byte, 1))
					ended <- err
				}()
				_ = w.client.SetReadDeadline(time.Now().Add(10 * time.Millisecond)) // for a read under way
				is.True(errors.Is(<-ended, os.ErrDeadlineExceeded))
				_ = w.client.SetReadDeadline(time.Time{})
				go func() { // owner: the test. ends when: the connection is closed
					_, err := w.client.Read(make([]byte, 1))
					ended <- err
				}()
				is.NoErr(w.client.Close())
				is.True(errors.Is(<-ended, net.ErrClosed))
			})
		})
	}
}

func TestLink_CloseEndsDialsThatWait(t *testing.T) {
	onBoth(t, func(t *testing.T, w wireEnds) {
		is := is.New(t)
		w.link.BlackHole(kalamtest.Both)
		got := make(chan error, 1)
		go func() { // owner: the test. ends when: the link is closed
			_, err := w.link.Dial(context.Background(), "tcp", w.addr)
			got <- err
		}()
		w.link.Close()
		is.True(errors.Is(<-got, net.ErrClosed))
		_, err := w.client.Read(make([]byte, 1))
		is.True(errors.Is(err, syscall.ECONNRESET))
		w.link.Close()
		_, err = w.link.Await(t.Context(), func(n kalamtest.LinkStats) bool { return n.Dials == 2 && n.Open == 0 })
		is.True(err == nil || errors.Is(err, kalamtest.ErrClosed))
	})
}

// The protocol itself over a link with everything that may be on at a time and loses nothing.
func TestLink_CarriesTheProtocolInBadWeather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t)
		link := kalamtest.NewLink(srv.Dial, 7)
		defer link.Close()
		link.Latency(10*time.Millisecond, 30*time.Millisecond)
		link.Bandwidth(20_000)
		link.Slice(true)
		link.SlowAccept(time.Second)
		insert(t, srv, 0, 50)
		p := dialOver(t, srv, link.Dial, "/v1/ws", srv.Token("lena"))
		p.expect("auth_success")
		is.Equal(len(p.subscribe("all", "", "{}").Rows), 50)
		insert(t, srv, 50, 150)
		for range 100 {
			p.expect("change")
		}
		p.silent()
		is.Equal(srv.Stats().Dropped, 0)
	})
}
