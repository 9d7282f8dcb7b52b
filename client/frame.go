package client

import (
	"errors"
	"io"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/wire"
)

// keepBuffer is the largest buffer kept for the next frame.
const keepBuffer = 1 << 20

// frameReader reads frames of one connection into buffers it uses again. What it
// returns is good until the next read.
type frameReader struct {
	limit       int // bytes of a frame as it comes
	unpackLimit int // bytes of a frame unpacked
	raw         []byte
	unpacked    []byte
	unpacker    wire.Unpacker
}

// frame is what was read: the JSON text, or as much of it as could be had when
// problem says why there is not all.
type frame struct {
	text    []byte
	size    int // bytes on the wire
	problem error
}

// read reads one message to its end, into room if that is enough. An error is one of the
// connection; a frame that is too large or cannot be unpacked is skipped and has a
// problem.
func (f *frameReader) read(kind int, r io.Reader, room []byte) (frame, error) {
	text, skipped, err := f.fill(r, room[:0])
	if err != nil {
		return frame{}, err
	}
	fr := frame{text: text, size: len(text) + skipped}
	if skipped > 0 {
		fr.problem = &wire.SizeError{Limit: f.limit}
	}
	if kind == websocket.BinaryMessage {
		f.unpack(&fr)
	}
	return fr, nil
}

// trim lets large buffers go once the frame in them is done with: the next one may
// be long in coming.
func (f *frameReader) trim() {
	if cap(f.raw) > keepBuffer {
		f.raw = nil
	}
	if cap(f.unpacked) > keepBuffer {
		f.unpacked = nil
	}
}

// unpack replaces a gzip frame's text. Of one that was cut off it gets the
// beginning, to learn whose frame it was.
func (f *frameReader) unpack(fr *frame) {
	if len(fr.text) < 2 || fr.text[0] != 0x1f || fr.text[1] != 0x8b {
		return
	}
	text, err := f.unpacker.Unpack(f.unpacked[:0], fr.text, f.unpackLimit)
	f.unpacked, fr.text = text, text
	if fr.problem == nil {
		fr.problem = err
	}
}

// fill reads the message, up to the limit, and counts what is beyond.
func (f *frameReader) fill(r io.Reader, buf []byte) (text []byte, skipped int, err error) {
	for {
		if len(buf) == cap(buf) {
			buf = f.larger(buf)
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) && len(buf) <= f.limit {
			return buf, 0, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, 0, err
		}
		if len(buf) > f.limit {
			rest, err := io.Copy(io.Discard, r)
			return buf[:f.limit], len(buf) - f.limit + int(rest), err
		}
	}
}

// larger moves what was read into memory with more room: our own, which may be what is
// full.
func (f *frameReader) larger(full []byte) []byte {
	if cap(f.raw) <= len(full) {
		f.raw = make([]byte, 0, max(4<<10, 2*len(full)))
	}
	f.raw = append(f.raw[:0], full...)
	return f.raw
}
