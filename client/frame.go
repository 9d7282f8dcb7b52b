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

// read reads one message to its end. An error is one of the connection; a frame
// that is too large or cannot be unpacked is skipped and has a problem.
func (f *frameReader) read(kind int, r io.Reader) (frame, error) {
	skipped, err := f.fill(r)
	if err != nil {
		return frame{}, err
	}
	fr := frame{text: f.raw, size: len(f.raw) + skipped}
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

// fill reads the message into f.raw, up to the limit, and counts what is beyond.
func (f *frameReader) fill(r io.Reader) (skipped int, err error) {
	if f.raw == nil {
		f.raw = make([]byte, 0, 4<<10)
	}
	f.raw = f.raw[:0]
	for {
		if len(f.raw) == cap(f.raw) {
			f.raw = append(f.raw, 0)[:len(f.raw)]
		}
		n, err := r.Read(f.raw[len(f.raw):cap(f.raw)])
		f.raw = f.raw[:len(f.raw)+n]
		if errors.Is(err, io.EOF) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		if len(f.raw) > f.limit {
			rest, err := io.Copy(io.Discard, r)
			skipped = len(f.raw) - f.limit + int(rest)
			f.raw = f.raw[:f.limit]
			return skipped, err
		}
	}
}
