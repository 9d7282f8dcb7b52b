package rxtest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

// ends is a connected pair: what dialled and what was accepted.
func ends(t *testing.T) (client, server net.Conn) {
	t.Helper()
	n := rxtest.NewNetwork()
	l, err := n.Listen("host:80")
	if err != nil {
		t.Fatal(err)
	}
	client, err = n.DialContext(t.Context(), "tcp", "host:80")
	if err != nil {
		t.Fatal(err)
	}
	server, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	return client, server
}

func timedOut(err error) bool {
	var ne net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) && errors.As(err, &ne) && ne.Timeout()
}

// TestConn_Rules is what TCP on a host does, one rule a line.
func TestConn_Rules(t *testing.T) {
	for name, rule := range map[string]func(is *is.I, a, b net.Conn){
		"what is buffered is read before EOF": func(is *is.I, a, b net.Conn) {
			_, err := a.Write([]byte("last words"))
			is.NoErr(err)
			is.NoErr(a.Close())
			got, err := io.ReadAll(b)
			is.NoErr(err)
			is.Equal(string(got), "last words")
			_, err = b.Read(make([]byte, 1))
			is.Equal(err, io.EOF)
		},
		"writing to a closed peer fails": func(is *is.I, a, b net.Conn) {
			is.NoErr(b.Close())
			_, err := a.Write([]byte("x"))
			is.True(errors.Is(err, syscall.EPIPE))
		},
		"own close is net.ErrClosed everywhere": func(is *is.I, a, b net.Conn) {
			is.NoErr(a.Close())
			_, err := a.Read(make([]byte, 1))
			is.True(errors.Is(err, net.ErrClosed))
			_, err = a.Write([]byte("x"))
			is.True(errors.Is(err, net.ErrClosed))
			for _, err := range []error{a.Close(), a.SetDeadline(time.Now()), a.SetReadDeadline(time.Now()), a.SetWriteDeadline(time.Now())} {
				is.True(errors.Is(err, net.ErrClosed))
			}
		},
		"half close leaves the other direction": func(is *is.I, a, b net.Conn) {
			half := a.(interface{ CloseWrite() error })
			is.NoErr(half.CloseWrite())
			_, err := a.Write([]byte("x"))
			is.True(errors.Is(err, syscall.EPIPE))
			_, err = b.Read(make([]byte, 1))
			is.Equal(err, io.EOF)
			_, err = b.Write([]byte("still here"))
			is.NoErr(err)
			is.NoErr(b.Close())
			got, err := io.ReadAll(a)
			is.NoErr(err)
			is.Equal(string(got), "still here")
			is.NoErr(a.Close())
			is.True(errors.Is(half.CloseWrite(), net.ErrClosed))
			_, err = a.Write(nil)
			is.True(errors.Is(err, net.ErrClosed))
		},
		"a passed deadline beats waiting data, and can be lifted": func(is *is.I, a, b net.Conn) {
			_, err := a.Write([]byte("x"))
			is.NoErr(err)
			is.NoErr(b.SetReadDeadline(time.Now().Add(-time.Second)))
			_, err = b.Read(make([]byte, 1))
			is.True(timedOut(err))
			is.NoErr(b.SetReadDeadline(time.Time{}))
			n, err := b.Read(make([]byte, 9))
			is.NoErr(err)
			is.Equal(n, 1)
		},
		"empty reads and writes wait for nothing": func(is *is.I, a, b net.Conn) {
			n, err := a.Read(nil)
			is.Equal(n, 0)
			is.NoErr(err)
			n, err = a.Write(nil)
			is.Equal(n, 0)
			is.NoErr(err)
		},
		"addresses": func(is *is.I, a, b net.Conn) {
			is.Equal(a.RemoteAddr().String(), "host:80")
			is.Equal(b.LocalAddr().String(), "host:80")
			is.Equal(a.LocalAddr().String(), b.RemoteAddr().String())
			is.Equal(a.LocalAddr().Network(), "mem")
			host, _, err := net.SplitHostPort(b.RemoteAddr().String())
			is.NoErr(err)
			is.True(net.ParseIP(host) != nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := ends(t)
			rule(is.New(t), a, b)
		})
		t.Run(name+", the other way", func(t *testing.T) {
			if name == "addresses" {
				return // they are not symmetric
			}
			a, b := ends(t)
			rule(is.New(t), b, a)
		})
	}
}

func TestConn_DeadlinesAreExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		a, b := ends(t)
		start := time.Now()
		is.NoErr(a.SetReadDeadline(start.Add(90 * time.Second)))
		_, err := a.Read(make([]byte, 1))
		is.True(timedOut(err))
		is.Equal(time.Since(start), 90*time.Second)

		// A deadline moved while a read waits holds for that read.
		is.NoErr(a.SetReadDeadline(start.Add(time.Hour)))
		time.AfterFunc(time.Minute, func() { _ = a.SetReadDeadline(start.Add(3 * time.Minute)) })
		_, err = a.Read(make([]byte, 1))
		is.True(timedOut(err))
		is.Equal(time.Since(start), 3*time.Minute)

		// A write gives what it got rid of.
		is.NoErr(b.SetWriteDeadline(time.Now().Add(time.Second)))
		start = time.Now()
		n, err := b.Write(make([]byte, rxtest.BufferSize+1))
		is.True(timedOut(err))
		is.Equal(n, rxtest.BufferSize)
		is.Equal(time.Since(start), time.Second)
	})
}

func TestConn_CloseWakesEveryWait(t *testing.T) {
	for name, wait := range map[string]func(c net.Conn) error{
		"read": func(c net.Conn) error {
			_, err := c.Read(make([]byte, 1))
			return err
		},
		"write": func(c net.Conn) error {
			_, err := c.Write(make([]byte, 2*rxtest.BufferSize))
			return err
		},
	} {
		t.Run("own "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, _ := ends(t)
				time.AfterFunc(time.Second, func() { _ = a.Close() })
				is.New(t).True(errors.Is(wait(a), net.ErrClosed))
			})
		})
		t.Run("peer's "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := ends(t)
				time.AfterFunc(time.Second, func() { _ = b.Close() })
				err := wait(a)
				is.New(t).True(err == io.EOF || errors.Is(err, syscall.EPIPE))
			})
		})
	}
}

// Both peers write more than one read takes, at once and in odd pieces: nothing
// is lost, doubled or out of order.
func TestConn_CarriesBothWaysAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		a, b := ends(t)
		data := make([]byte, 5*rxtest.BufferSize+7)
		for i := range data {
			data[i] = byte(i * 31 >> 3)
		}
		var wg sync.WaitGroup
		got := make([][]byte, 2)
		for i, c := range []net.Conn{a, b} {
			wg.Go(func() {
				for rest, k := data, 1; len(rest) > 0; k = k*3 + 1 {
					n, err := c.Write(rest[:min(k%70000+1, len(rest))])
					if err != nil {
						t.Error(err)
						return
					}
					rest = rest[n:]
				}
				_ = c.(interface{ CloseWrite() error }).CloseWrite()
			})
			wg.Go(func() { got[i], _ = io.ReadAll(c) })
		}
		wg.Wait()
		is.True(bytes.Equal(got[0], data))
		is.True(bytes.Equal(got[1], data))
	})
}

func TestConn_WritesDoNotMix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := ends(t)
		const size, writers = rxtest.BufferSize + 100, 4
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() { _, _ = a.Write(bytes.Repeat([]byte{byte(i)}, size)) })
		}
		block := make([]byte, size)
		for range writers {
			if _, err := io.ReadFull(b, block); err != nil {
				t.Fatal(err)
			}
			if bytes.Count(block, block[:1]) != size {
				t.Fatal("two writes are mixed")
			}
		}
		wg.Wait()
	})
}

func TestNetwork_Dial(t *testing.T) {
	ctx := context.Background()
	t.Run("refused where nobody listens", func(t *testing.T) {
		_, err := rxtest.NewNetwork().DialContext(ctx, "tcp", "nobody:80")
		is.New(t).True(errors.Is(err, syscall.ECONNREFUSED))
	})
	t.Run("refused after the listener closed, and those it did not accept are reset", func(t *testing.T) {
		is := is.New(t)
		n := rxtest.NewNetwork()
		l, err := n.Listen("host:80")
		is.NoErr(err)
		c, err := n.DialContext(ctx, "tcp", "host:80")
		is.NoErr(err)
		is.NoErr(l.Close())
		is.True(errors.Is(l.Close(), net.ErrClosed))
		_, err = c.Read(make([]byte, 1))
		is.True(errors.Is(err, syscall.ECONNRESET))
		_, err = n.DialContext(ctx, "tcp", "host:80")
		is.True(errors.Is(err, syscall.ECONNREFUSED))
		_, err = n.Listen("host:80") // the address is free again
		is.NoErr(err)
	})
	t.Run("bad input", func(t *testing.T) {
		is := is.New(t)
		n := rxtest.NewNetwork()
		_, err := n.DialContext(ctx, "tcp", "no port")
		is.True(err != nil)
		_, err = n.DialContext(ctx, "udp", "host:80")
		var unknown net.UnknownNetworkError
		is.True(errors.As(err, &unknown))
		_, err = n.Listen("no port")
		is.True(err != nil)
		dead, cancel := context.WithCancel(ctx)
		cancel()
		_, err = n.DialContext(dead, "tcp", "host:80")
		is.True(errors.Is(err, context.Canceled))
	})
	t.Run("wildcards and free ports", func(t *testing.T) {
		is := is.New(t)
		n := rxtest.NewNetwork()
		any, err := n.Listen(":80")
		is.NoErr(err)
		one, err := n.Listen("one:80")
		is.NoErr(err)
		_, err = n.Listen("0.0.0.0:80")
		is.True(errors.Is(err, syscall.EADDRINUSE))
		for host, l := range map[string]net.Listener{"one:80": one, "other:80": any} {
			_, err = n.DialContext(ctx, "tcp", host)
			is.NoErr(err)
			c, err := l.Accept()
			is.NoErr(err)
			is.Equal(c.LocalAddr().String(), host)
		}
		a, err := n.Listen("host:0")
		is.NoErr(err)
		b, err := n.Listen("host:0")
		is.NoErr(err)
		is.True(a.Addr().String() != b.Addr().String())
		_, err = n.DialContext(ctx, "tcp", a.Addr().String())
		is.NoErr(err)
	})
}

func TestNetwork_DialWaitsForAFullBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		n := rxtest.NewNetwork()
		l, err := n.Listen("host:80")
		is.NoErr(err)
		for range rxtest.Backlog {
			_, err := n.DialContext(t.Context(), "tcp", "host:80")
			is.NoErr(err)
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = n.DialContext(ctx, "tcp", "host:80")
		is.True(errors.Is(err, context.DeadlineExceeded))
		is.Equal(time.Since(start), time.Minute)

		time.AfterFunc(time.Second, func() { _, _ = l.Accept() })
		_, err = n.DialContext(t.Context(), "tcp", "host:80")
		is.NoErr(err)
		time.AfterFunc(time.Second, func() { _ = l.Close() })
		_, err = n.DialContext(t.Context(), "tcp", "host:80")
		is.True(errors.Is(err, syscall.ECONNREFUSED))
		_, err = l.Accept()
		is.True(errors.Is(err, net.ErrClosed))
	})
}

func TestConn_SetLingerZeroResets(t *testing.T) {
	is := is.New(t)
	client, server := ends(t)
	_, err := client.Write([]byte("lost"))
	is.NoErr(err)
	is.NoErr(client.(interface{ SetLinger(sec int) error }).SetLinger(0))
	is.NoErr(client.Close())
	_, err = server.Read(make([]byte, 4))
	is.True(errors.Is(err, syscall.ECONNRESET))
	_, err = server.Write([]byte("x"))
	is.True(errors.Is(err, syscall.ECONNRESET))
	is.True(errors.Is(client.Close(), net.ErrClosed))
}
