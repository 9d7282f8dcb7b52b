package main

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/matryer/is"
)

// frame is a header and a payload of n bytes.
func frame(opcode byte, n int) []byte {
	b := []byte{0x80 | opcode}
	switch {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, make([]byte, n)...)
}

func TestFrameCount_WhereverReadsCut(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	stream := []byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
	want := 0
	for _, n := range []int{0, 1, 125, 126, 312, 65535, 65536, 70000, 5} {
		stream = append(stream, frame(1, n)...)
		stream = append(stream, frame(9, n%126)...) // a ping
		stream = append(stream, frame(2, n)...)
		stream = append(stream, frame(0, n)...) // the rest of a message
		want += 2
	}
	for range 100 {
		var f frameCount
		got := 0
		for rest := stream; len(rest) > 0; {
			n := min(len(rest), 1+random.IntN(1+random.IntN(5000)))
			got += f.feed(rest[:n])
			rest = rest[n:]
		}
		if got != want {
			t.Fatalf("%d frames, want %d", got, want)
		}
	}
}

func TestFrameCount_OtherBytesAreNotCounted(t *testing.T) {
	for _, text := range []string{"HTTP/1.1 200 OK\r\n\r\n\x81\x01a\x81\x01b", "\x16\x03\x01\x81\x01a", "H", "HTTP/1.1 101 x"} {
		var f frameCount
		is.New(t).Equal(f.feed([]byte(text))+f.feed([]byte("\x81\x01a")), 0)
	}
}

// server is the far end of a gated connection, that writes frames for as long as somebody reads.
func gated(t *testing.T, g *gate) (*gatedConn, net.Conn) {
	near, far := net.Pipe()
	c := &gatedConn{Conn: near, gate: g, closed: make(chan struct{})}
	go func() { // owner: the test; ends with far
		_, _ = far.Write([]byte("HTTP/1.1 101 Switching Protocols\r\n\r\n"))
		for {
			if _, err := far.Write(frame(1, 10)); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { _ = far.Close() })
	return c, far
}

func TestGate_TheReaderWaitsForObservers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		g := newGate()
		c, far := gated(t, g)
		go func() { // owner: the test; ends with c
			b := make([]byte, 1<<10)
			for {
				if _, err := c.Read(b); err != nil {
					return
				}
			}
		}()
		synctest.Wait()
		is.Equal(g.frames.Load(), int64(window+1))
		g.took(window/2 + 1)
		synctest.Wait()
		is.Equal(g.frames.Load(), int64(window+1+window/2+1))
		is.Equal(g.stalls.Load(), int64(0))
		time.Sleep(stall) // all that is ahead was no change: there is room again
		synctest.Wait()
		is.Equal(g.stalls.Load(), int64(1))
		is.Equal(g.ahead(), int64(window+1))
		is.NoErr(c.Close())
		_ = far.Close()
		synctest.Wait()
	})
}
