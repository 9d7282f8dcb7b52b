package wire

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// DefaultUnpackLimit is the size of JSON text that Unpack allows when its limit is 0: 64 MiB.
const DefaultUnpackLimit = 64 << 20

// PackThreshold is the size of JSON text in bytes from which a server sends gzip.
const PackThreshold = 512

// Unpacker unpacks frames. It keeps one gzip reader and serves one goroutine. The zero value is ready.
type Unpacker struct {
	zr  *gzip.Reader
	src bytes.Reader
}

// Unpack appends the JSON text of a frame to dst: gunzipped when it begins with 1f 8b, else as it is. The result never
// aliases frame. Text over limit bytes (0 for DefaultUnpackLimit) is ErrTooLarge and a damaged frame ErrBadGzip; with
// both, what could be unpacked, at most limit bytes, is appended all the same, for ScanPrefix.
func (u *Unpacker) Unpack(dst, frame []byte, limit int) ([]byte, error) {
	if limit <= 0 {
		limit = DefaultUnpackLimit
	}
	if !IsGzip(frame) {
		if len(frame) > limit {
			return append(dst, frame[:limit]...), &SizeError{Limit: limit}
		}
		return append(dst, frame...), nil
	}
	u.src.Reset(frame)
	defer u.src.Reset(nil)
	if err := u.reset(); err != nil {
		return dst, badGzip(err)
	}
	return u.inflate(grow(dst, frame, limit), limit)
}

// IsGzip reports whether a frame is gzip by its first two bytes. JSON never begins so.
func IsGzip(frame []byte) bool { return len(frame) >= 2 && frame[0] == 0x1f && frame[1] == 0x8b }

func (u *Unpacker) reset() error {
	if u.zr != nil {
		return u.zr.Reset(&u.src)
	}
	zr, err := gzip.NewReader(&u.src)
	u.zr = zr
	return err
}

// inflate reads up to limit bytes behind dst, and one more to see whether that was all.
func (u *Unpacker) inflate(dst []byte, limit int) ([]byte, error) {
	start := len(dst)
	for {
		room := min(cap(dst)-len(dst), limit-(len(dst)-start))
		if len(dst)-start == limit {
			return dst, u.atLimit(limit)
		}
		if room == 0 {
			dst = append(dst, 0)[:len(dst)]
			continue
		}
		n, err := u.zr.Read(dst[len(dst) : len(dst)+room])
		dst = dst[:len(dst)+n]
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, badGzip(err)
		}
	}
}

// atLimit tells a text of exactly limit bytes from a longer one.
func (u *Unpacker) atLimit(limit int) error {
	var one [1]byte
	n, err := io.ReadFull(u.zr, one[:])
	switch {
	case n > 0:
		return &SizeError{Limit: limit}
	case err == io.EOF:
		return nil
	}
	return badGzip(err)
}

// grow makes room for what the frame's trailer says it holds, as far as that is believable.
func grow(dst, frame []byte, limit int) []byte {
	const ratio = 16 // believed; more is found by growing
	if len(frame) < 18 {
		return dst
	}
	said := int64(binary.LittleEndian.Uint32(frame[len(frame)-4:]))
	room := int(min(said, int64(limit), int64(len(frame))*ratio)) + 1
	if cap(dst)-len(dst) >= room {
		return dst
	}
	out := make([]byte, len(dst), len(dst)+room)
	copy(out, dst)
	return out
}

func badGzip(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%w: %w", ErrBadGzip, err)
}

// Packer packs frames as a server does. It keeps one gzip writer and serves one goroutine. The zero value is ready.
type Packer struct {
	zw  *gzip.Writer
	out bytes.Buffer
}

// Pack appends a frame for JSON text to dst. From PackThreshold bytes it is gzip, to be sent as a binary message, unless
// that is not smaller; else the text itself, to be sent as a text message.
func (p *Packer) Pack(dst, text []byte) (frame []byte, binary bool) {
	if len(text) < PackThreshold {
		return append(dst, text...), false
	}
	p.out.Reset()
	if p.zw == nil {
		p.zw = gzip.NewWriter(&p.out)
	} else {
		p.zw.Reset(&p.out)
	}
	_, err := p.zw.Write(text)
	if closed := p.zw.Close(); err != nil || closed != nil || p.out.Len() >= len(text) {
		return append(dst, text...), false
	}
	return append(dst, p.out.Bytes()...), true
}
