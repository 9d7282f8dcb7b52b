package kalamtest_test

import (
	"io"
	"net"
	"testing"

	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// BenchmarkLink writes 1 KiB over loopback and reads it at the other end: what a healthy link costs beside a bare dial.
func BenchmarkLink(b *testing.B) {
	bare := (&net.Dialer{}).DialContext
	link := kalamtest.NewLink(bare, 1)
	defer link.Close()
	for name, dial := range map[string]kalamtest.DialFunc{"bare": bare, "healthy": link.Dial} {
		b.Run(name, func(b *testing.B) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = l.Close() }()
			near, err := dial(b.Context(), "tcp", l.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = near.Close() }()
			far, err := l.Accept()
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = far.Close() }()
			buf := make([]byte, 1<<10)
			for b.Loop() {
				if _, err := near.Write(buf); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(far, buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
