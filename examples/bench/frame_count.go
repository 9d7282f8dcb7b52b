package main

import (
	"bytes"
	"encoding/binary"
)

// frameCount counts the data frames in what a server sends (RFC 6455): by their headers, wherever a read cuts them. Of
// what is no WebSocket it counts nothing.
type frameCount struct {
	answer []byte // to the upgrade, as far as it came
	phase  framePhase
	head   [10]byte // of the frame that begins
	have   int
	left   uint64 // of the frame's payload
}

type framePhase uint8

const (
	inAnswer framePhase = iota
	inFrames
	notFrames
)

// feed takes in what was read, and says how many frames began in it.
func (f *frameCount) feed(p []byte) (begun int) {
	if f.phase == inAnswer {
		p = f.upgraded(p)
	}
	if f.phase != inFrames {
		return 0
	}
	for len(p) > 0 {
		if f.left > 0 {
			n := min(f.left, uint64(len(p)))
			f.left -= n
			p = p[n:]
			continue
		}
		if size, ok := f.whole(p); ok {
			begun += isData(p[0])
			f.left = size
			p = p[4:]
			continue
		}
		f.head[f.have] = p[0]
		f.have++
		p = p[1:]
		if f.have == headLength(f.head[1], f.have) {
			begun += f.begin()
		}
	}
	return begun
}

// whole reads a header of the usual length, where all of it is there.
func (f *frameCount) whole(p []byte) (size uint64, ok bool) {
	if f.have > 0 || len(p) < 4 || p[1]&0x7f != 126 {
		return 0, false
	}
	return uint64(p[2])<<8 | uint64(p[3]), true
}

// isData is 1 for a frame that is neither a control frame nor the rest of a message.
func isData(first byte) int {
	if opcode := first & 0x0f; opcode == 1 || opcode == 2 {
		return 1
	}
	return 0
}

// headLength is how long a header is whose second byte is known, if have is above 1. Servers do not mask.
func headLength(second byte, have int) int {
	switch {
	case have < 2:
		return 2
	case second&0x7f == 126:
		return 4
	case second&0x7f == 127:
		return 10
	}
	return 2
}

// begin takes in a header that was read byte by byte, and says whether a message begins.
func (f *frameCount) begin() (begun int) {
	f.have = 0
	switch size := f.head[1] & 0x7f; size {
	case 126:
		f.left = uint64(binary.BigEndian.Uint16(f.head[2:]))
	case 127:
		f.left = binary.BigEndian.Uint64(f.head[2:])
	default:
		f.left = uint64(size)
	}
	return isData(f.head[0])
}

// upgraded reads the answer to the upgrade, and gives what is behind it.
func (f *frameCount) upgraded(p []byte) []byte {
	const most = 64 << 10
	f.answer = append(f.answer, p...)
	if n := min(len(f.answer), len(switching)); string(f.answer[:n]) != switching[:n] || len(f.answer) > most {
		f.phase, f.answer = notFrames, nil
		return nil
	}
	end := bytes.Index(f.answer, []byte("\r\n\r\n"))
	if end < 0 {
		return nil
	}
	rest := f.answer[end+4:]
	f.phase, f.answer = inFrames, nil
	return rest
}

const switching = "HTTP/1.1 101"
