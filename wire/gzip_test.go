package wire

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/matryer/is"
)

func TestPackAndUnpack(t *testing.T) {
	is := is.New(t)
	var p Packer
	var u Unpacker
	for _, text := range []string{"{}", strings.Repeat("a", PackThreshold-1), strings.Repeat("a", PackThreshold), strings.Repeat("abc", 1<<16)} {
		frame, binary := p.Pack(nil, []byte(text))
		is.Equal(binary, len(text) >= PackThreshold)
		is.Equal(IsGzip(frame), binary)
		out, err := u.Unpack([]byte("kept"), frame, 0)
		is.NoErr(err)
		is.Equal(string(out), "kept"+text)
	}
}

func TestUnpack_NeverAliasesTheFrame(t *testing.T) {
	is := is.New(t)
	frame := []byte(`{"a":1}`)
	var u Unpacker
	out, err := u.Unpack(nil, frame, 0)
	is.NoErr(err)
	clear(frame)
	is.Equal(string(out), `{"a":1}`)
}

func TestUnpack_LimitIsExactAndGivesThePrefix(t *testing.T) {
	is := is.New(t)
	text := []byte(`{"type":"change","subscription_id":"s","rows":[` + strings.Repeat("{},", 1000) + `{}]}`)
	var p Packer
	packed, binary := p.Pack(nil, text)
	is.True(binary)
	var u Unpacker
	for _, frame := range [][]byte{packed, text} {
		out, err := u.Unpack(nil, frame, len(text))
		is.NoErr(err)
		is.Equal(len(out), len(text))
		out, err = u.Unpack(nil, frame, 100)
		is.True(errors.Is(err, ErrTooLarge))
		is.Equal(string(out), string(text[:100]))
		env, ok := ScanPrefix(out)
		is.True(ok)
		is.Equal(string(env.SubscriptionID), "s") // so the right subscription is told
	}
}

func TestUnpack_BombTakesNoMoreThanTheLimit(t *testing.T) {
	is := is.New(t)
	var p Packer
	bomb, _ := p.Pack(nil, make([]byte, 64<<20))
	is.True(len(bomb) < 1<<20)
	var u Unpacker
	out, err := u.Unpack(nil, bomb, 1<<20)
	is.True(errors.Is(err, ErrTooLarge))
	is.True(cap(out) <= 2<<20)
	lying := append([]byte(nil), bomb[:1000]...) // its trailer is garbage: room is made by what comes, not by what is said
	copy(lying[996:], "\xff\xff\xff\xff")
	out, err = u.Unpack(nil, lying, 1<<30)
	is.True(errors.Is(err, ErrBadGzip))
	is.True(cap(out) < 8<<20)
}

func TestUnpack_DamagedFramesAndRecovery(t *testing.T) {
	is := is.New(t)
	var p Packer
	text := bytes.Repeat([]byte("abcdefgh"), 200)
	frame, _ := p.Pack(nil, text)
	frame = append([]byte(nil), frame...)
	var u Unpacker
	damaged := map[string][]byte{"cut": frame[:len(frame)-9], "head": frame[:5], "magic": frame[:2], "trailing": append(append([]byte(nil), frame...), "x"...)}
	flipped := append([]byte(nil), frame...)
	flipped[len(flipped)-6] ^= 1
	damaged["checksum"] = flipped
	for name, bad := range damaged {
		_, err := u.Unpack(nil, bad, 0)
		if !errors.Is(err, ErrBadGzip) {
			t.Errorf("%s: %v", name, err)
		}
		out, err := u.Unpack(nil, frame, 0) // the next frame is not hurt
		is.NoErr(err)
		is.True(bytes.Equal(out, text))
	}
}

func TestUnpack_ReusesItsReader(t *testing.T) {
	is := is.New(t)
	var p Packer
	frame, _ := p.Pack(nil, bytes.Repeat([]byte(`{"a":1}`), 200))
	frame = append([]byte(nil), frame...)
	var u Unpacker
	buf := make([]byte, 0, 1<<16)
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := u.Unpack(buf[:0], frame, 0); err != nil {
			t.Fatal(err)
		}
	})
	is.True(allocs <= 1)
}
