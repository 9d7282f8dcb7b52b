package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
)

// updateFrame is a change of 312 bytes, the size of an ordinary update.
var updateFrame = func() []byte {
	frame := `{"type":"change","subscription_id":"all-messages-of-the-room","change_type":"update","rows":[{"id":"286286413828194300","room":"blue","body":"BODY","n":12,"_seq":"286286413832388609"}],"old_values":[{"id":"286286413828194300","body":"yo","_seq":"286286413828194305"}]}`
	return []byte(strings.Replace(frame, "BODY", strings.Repeat("b", 312-len(frame)+len("BODY")), 1))
}()

func TestScan_DoesNotAllocate(t *testing.T) {
	is := is.New(t)
	is.Equal(len(updateFrame), 312)
	wide := []byte(`{"rows":[` + strings.Repeat(`{"a":[1,2,{"b":"c\n"}],"d":-1.5e3},`, 200) + `{}],"subscription_id":"s","type":"initial_data_batch"}`)
	for _, frame := range [][]byte{updateFrame, wide} {
		allocs := testing.AllocsPerRun(100, func() {
			if env, err := Scan(frame); err != nil || env.SubscriptionID == nil {
				t.Fatal(err)
			}
			ScanPrefix(frame)
		})
		is.Equal(allocs, 0.0)
	}
}

func TestScan_ReadsEveryLegalSpelling(t *testing.T) {
	tests := []struct{ name, frame, id, typ string }{
		{"type last", `{"rows":[{"type":"ping"}],"subscription_id":"a","type":"change"}`, "a", "change"},
		{"white space", " {\t\"type\" :\r\n\"change\" , \"subscription_id\":\"a\" } \n", "a", "change"},
		{"escapes in names and values", `{"\u0074ype":"cha\u006ege","subscription_id":"\u0061\/\ud83d\ude00"}`, "a/😀", "change"},
		{"repeated names: the last counts", `{"type":"ping","type":"change","subscription_id":"x","subscription_id":"a"}`, "a", "change"},
		{"nested look-alikes", `{"x":{"type":"error","subscription_id":"b"},"type":"change","subscription_id":"a"}`, "a", "change"},
		{"quotes in strings", `{"x":"\\\",\"type\":\"error\"","type":"change","subscription_id":"a"}`, "a", "change"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			env, err := Scan([]byte(tt.frame))
			is.NoErr(err)
			is.Equal(string(env.SubscriptionID), tt.id)
			is.Equal(string(env.TypeName), tt.typ)
			is.Equal(env.Type, TypeChange)
		})
	}
}

func TestScan_DeepNestingIsAnErrorNotAStackOverflow(t *testing.T) {
	is := is.New(t)
	defer debug.SetMaxStack(debug.SetMaxStack(1 << 20)) // a walk that recursed would end the test here
	for _, open := range []string{"[", `{"a":`, `[{"b":`} {
		deep := []byte(`{"type":"change","rows":` + strings.Repeat(open, 1_000_000))
		_, err := Scan(deep)
		var syntax *SyntaxError
		is.True(errors.As(err, &syntax))
		is.Equal(syntax.Reason, "nested too deeply")
		_, err = ParseServer(deep)
		is.True(errors.Is(err, ErrSyntax))
		_, err = ParseRows(deep[len(`{"type":"change","rows":`):])
		is.True(errors.Is(err, ErrSyntax) || errors.Is(err, ErrField))
		is.Equal(ParseError(500, deep).Code, Code(""))
	}
	// The limit is that of encoding/json, to the level.
	for _, levels := range []int{maxDepth - 1, maxDepth} {
		text := []byte(`{"a":` + strings.Repeat("[", levels) + strings.Repeat("]", levels) + "}")
		_, err := Scan(text)
		is.Equal(err == nil, json.Valid(text))
	}
}

func TestAny_DeepJSONTakesLinearTime(t *testing.T) {
	is := is.New(t)
	deep := strings.Repeat("[", maxDepth-1) + strings.Repeat("]", maxDepth-1)
	quoted, err := json.Marshal(deep + strings.Repeat(" ", 1<<20))
	is.NoErr(err)
	c, err := ParseCell(quoted)
	is.NoErr(err)
	begun := time.Now()
	_, err = c.Any(JSON)
	is.NoErr(err)
	is.True(time.Since(begun) < 20*time.Second) // reading every level again at each level would take hours
}

func TestScanPrefix_RoutesWhatWasCutOff(t *testing.T) {
	is := is.New(t)
	for n := range len(updateFrame) {
		env, ok := ScanPrefix(updateFrame[:n])
		_, err := Scan(updateFrame[:n])
		is.True(errors.Is(err, ErrSyntax)) // never whole
		if ok {
			is.Equal(string(env.SubscriptionID), "all-messages-of-the-room")
			is.Equal(env.Type, TypeChange)
		}
	}
	_, ok := ScanPrefix(updateFrame[:80])
	is.True(ok) // both come first in what servers write
	_, ok = ScanPrefix([]byte("garbage"))
	is.True(!ok)
}

// TestScan_RandomTextsAgreeWithEncodingJSON makes legal JSON in odd spellings, and the same with one byte changed.
func TestScan_RandomTextsAgreeWithEncodingJSON(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	g := &generator{rand.New(rand.NewPCG(seed, 3))}
	accepted := 0
	for range 20000 {
		text := []byte(g.object(3))
		if g.r.IntN(2) == 0 {
			at := g.r.IntN(len(text))
			text[at] = `{}[]",:\0-+.eEu1 t`[g.r.IntN(18)]
		}
		var want map[string]json.RawMessage
		valid := json.Unmarshal(text, &want) == nil
		row, err := ParseRow(text)
		if _, scanErr := Scan(text); (scanErr == nil) != valid || (err == nil) != valid {
			t.Fatalf("Scan: %v, ParseRow: %v, encoding/json: %v, on %q", scanErr, err, valid, text)
		}
		if valid {
			accepted++
			sameRow(t, row, want)
		}
	}
	if accepted < 10000 {
		t.Fatalf("only %d texts were JSON", accepted)
	}
}

// generator writes random JSON.
type generator struct{ r *rand.Rand }

func (g *generator) pick(of ...string) string { return of[g.r.IntN(len(of))] }

func (g *generator) space() string { return g.pick("", "", "", " ", "\n\t", " \r ") }

func (g *generator) object(depth int) string {
	var b strings.Builder
	b.WriteString(g.space() + "{")
	for i := range g.r.IntN(5) {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(g.space() + g.text() + g.space() + ":" + g.value(depth))
	}
	b.WriteString(g.space() + "}" + g.space())
	return b.String()
}

func (g *generator) value(depth int) string {
	kind := g.r.IntN(7)
	if depth == 0 {
		kind = g.r.IntN(5)
	}
	switch kind {
	case 0, 1:
		return g.space() + g.text() + g.space()
	case 2, 3:
		return g.space() + g.pick("0", "-0", "7", "-12", "9007199254740993", "18446744073709551616", "1.50", "-0.5e-3", "1E+9", "2e400") + g.space()
	case 4:
		return g.space() + g.pick("true", "false", "null") + g.space()
	case 5:
		return g.object(depth - 1)
	}
	items := make([]string, g.r.IntN(4))
	for i := range items {
		items[i] = g.value(depth - 1)
	}
	if len(items) == 0 {
		return "[" + g.space() + "]"
	}
	return g.space() + "[" + strings.Join(items, ",") + "]" + g.space()
}

func (g *generator) text() string {
	var b bytes.Buffer
	b.WriteByte('"')
	for range g.r.IntN(6) {
		b.WriteString(g.pick("a", "type", "_seq", "bcdefghijk", `\"`, `\\`, `\/`, `\n`, `\u0061`, `\u00e9`, `\ud83d\ude00`, `\ud800`, `\udc00x`, "é", "😀", "\xff", "\xc3", " "))
	}
	b.WriteByte('"')
	return b.String()
}
