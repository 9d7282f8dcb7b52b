package engine

import (
	"crypto/rand"
	bytesof "encoding/binary"
	"encoding/hex"
	"time"
)

// uuidV7 makes a UUID of version 7 (RFC 9562): 48 bits of Unix milliseconds, then the low bits of serial so that ids of one
// engine sort as they were made, then random bits.
func uuidV7(at time.Time, serial uint64) string {
	var b [16]byte
	bytesof.BigEndian.PutUint64(b[:], uint64(at.UnixMilli())<<16)
	_, _ = rand.Read(b[8:])
	bytesof.BigEndian.PutUint16(b[6:], uint16(serial)&0x0fff|0x7000)
	b[8] = b[8]&0x3f | 0x80
	text := hex.EncodeToString(b[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// ulid makes a ULID: 48 bits of Unix milliseconds, 16 bits of serial, 64 random bits, in Crockford's base 32.
func ulid(at time.Time, serial uint64) string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var b [16]byte
	bytesof.BigEndian.PutUint64(b[:], uint64(at.UnixMilli())<<16|serial&0xffff)
	_, _ = rand.Read(b[8:])
	high, low := bytesof.BigEndian.Uint64(b[:8]), bytesof.BigEndian.Uint64(b[8:])
	var out [26]byte
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = alphabet[low&31]
		low = low>>5 | high<<59
		high >>= 5
	}
	return string(out[:])
}
