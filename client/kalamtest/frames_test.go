package kalamtest

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/matryer/is"
)

// clientFrame spells a masked frame; the mask does not matter here.
func clientFrame(fin bool, opcode byte, size int) []byte {
	head := opcode
	if fin {
		head |= 0x80
	}
	out := []byte{head}
	switch {
	case size < 126:
		out = append(out, 0x80|byte(size))
	case size < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, 0x80|126), uint16(size))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 0x80|127), uint64(size))
	}
	out = append(out, 1, 2, 3, 4)
	return append(out, bytes.Repeat([]byte{opcode}, size)...)
}

// chopped is a connection that gives its bytes in pieces of one size.
type chopped struct {
	net.Conn
	data  []byte
	piece int
}

func (c *chopped) Read(p []byte) (int, error) {
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), c.piece)], c.data)
	c.data = c.data[n:]
	return n, nil
}

func (c *chopped) Close() error { return nil }

func TestInboundConn_DropsFragmentsHoweverTheBytesCome(t *testing.T) {
	is := is.New(t)
	var sent, want []byte
	for _, size := range []int{0, 1, 125, 126, 1000, 65535, 65536} {
		whole := clientFrame(true, 1, size)
		ping := clientFrame(true, 9, min(size, 125))
		sent = append(sent, whole...)
		sent = append(sent, clientFrame(false, 1, size)...) // first fragment
		sent = append(sent, ping...)                        // control frames may stand between fragments
		sent = append(sent, clientFrame(false, 0, size)...)
		sent = append(sent, clientFrame(true, 0, size)...)
		want = append(append(want, whole...), ping...)
	}
	for _, piece := range []int{1, 2, 3, 7, 4096, 1 << 20} {
		frags := 0
		c := &inboundConn{Conn: &chopped{data: sent, piece: piece}, onFrag: func() { frags++ }}
		c.armed.Store(true)
		got, err := io.ReadAll(c)
		is.NoErr(err)
		is.True(bytes.Equal(got, want))
		is.Equal(frags, 21)
	}
}

func TestInboundConn_EndsAtAFrameOver64KiB(t *testing.T) {
	is := is.New(t)
	told := false
	data := append(clientFrame(true, 1, 10), clientFrame(true, 1, maxInboundFrame+1)...)
	c := &inboundConn{Conn: &chopped{data: data, piece: 100}, onTooLong: func() { told = true }}
	c.armed.Store(true)
	got, err := io.ReadAll(c)
	is.Equal(err, errOversized)
	is.Equal(len(got), 16)
	is.True(told)
}
