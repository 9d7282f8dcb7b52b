package wire

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/matryer/is"
)

// sameDecoded holds Decoder.Change against what it is in one: Parse, After, Into.
func sameDecoded[T any](t *testing.T, d *Decoder[T], frame []byte, schema Schema) (decoded bool) {
	t.Helper()
	var m, want Change
	var v, row T
	version, decoded, err := d.Change(&v, &m, frame, schema)
	wantErr := want.Parse(frame, nil)
	if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		t.Fatalf("Change: %v, Parse: %v, on %q", err, wantErr, frame)
	}
	if err != nil {
		return false
	}
	if !reflect.DeepEqual(m, want) {
		t.Fatalf("%+v, Parse: %+v, on %q", m, want, frame)
	}
	if !decoded {
		if !reflect.ValueOf(&v).Elem().IsZero() || !version.IsZero() {
			t.Fatalf("not decoded, but %+v, version %v, on %q", v, version, frame)
		}
		return false
	}
	after, ok, err := want.After(schema)
	if err != nil || !ok {
		t.Fatalf("decoded, but After has no row: %v, on %q", err, frame)
	}
	if err := d.Into(&row, after, schema); err != nil {
		t.Fatalf("decoded, but Into: %v, on %q", err, frame)
	}
	if !reflect.DeepEqual(v, row) {
		t.Fatalf("%+v, Into: %+v, on %q", v, row, frame)
	}
	if _, has := schema.Find(schema.VersionColumn()); has && version != after.Seq() {
		t.Fatalf("version %v, of the row %v, on %q", version, after.Seq(), frame)
	}
	return true
}

func TestChange_IsDecodedInOneWalk(t *testing.T) {
	schema := Schema{
		{Name: "id", Type: BigInt, Flags: []string{"pk"}}, {Name: "body", Type: Text}, {Name: "ok", Type: Boolean},
		{Name: "_seq", Type: BigInt}, {Name: "_deleted", Type: Boolean},
	}
	type row struct {
		ID      int64   `kalam:"id"`
		Body    *string `kalam:"body"`
		Deleted *bool   `kalam:"_deleted"`
	}
	d, err := NewDecoder[row]()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, frame string
		decoded     bool
	}{
		{"insert", `{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"body":"hi","_deleted":false,"id":"7","_seq":"9"}]}`, true},
		{"update without what is NULL", `{"type":"change","subscription_id":"s","change_type":"update","rows":[{"_seq":"9","id":"7"}],"old_values":[{"id":"7","body":"x","_seq":"8"}]}`, true},
		{"members in another order", `{"old_values":[{"id":"7"}],"rows":[{"id":"7","_seq":3}],"change_type":"update","subscription_id":"s","type":"change"}`, true},
		{"white space", "{ \"type\" : \"change\" , \"subscription_id\" : \"s\" , \"change_type\" : \"insert\" , \"rows\" : [ { \"id\" : 7 } ] } ", true},
		{"escapes in a text", `{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"id":"7","body":"a\n\u00e9"}]}`, true},
		{"escapes in a name", `{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"\u0069d":"7"}]}`, false},
		{"a name twice", `{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"id":"7","id":"8"}]}`, false},
		{"delete", `{"type":"change","subscription_id":"s","change_type":"delete","old_values":[{"id":"7","_seq":"8"}]}`, false},
		{"two rows", `{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"id":"7"},{"id":"8"}]}`, false},
		{"no rows", `{"type":"change","subscription_id":"s","change_type":"insert","rows":[]}`, false},
		{"rows twice", `{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"id":"7"}],"rows":[{"id":"8"}]}`, false},
		{"a cell that does not fit", `{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"id":"seven"}]}`, false},
		{"another kind of change", `{"type":"change","subscription_id":"s","change_type":"merge","rows":[{"id":"7"}]}`, false},
		{"broken behind the row", `{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"id":"7"}]`, false},
		{"another message", `{"type":"error","subscription_id":"s","code":"X","message":"y"}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			is.Equal(sameDecoded(t, d, []byte(tt.frame), schema), tt.decoded)
			sameDecoded(t, d, []byte(tt.frame), schema[:2]) // without a version
			for n := range tt.frame {
				sameDecoded(t, d, []byte(tt.frame[:n]), schema)
			}
		})
	}
}

func TestChange_DecodingAllocatesTheStringsOnly(t *testing.T) {
	is := is.New(t)
	d, err := NewDecoder[chatMessage]()
	is.NoErr(err)
	frames, schema := chatFrames(), chatSchema()
	var m Change
	var v chatMessage
	n := 0
	each := testing.AllocsPerRun(1000, func() {
		_, decoded, err := d.Change(&v, &m, frames[n%len(frames)], schema)
		if err != nil || !decoded || v.Content == "" {
			t.Fatal(decoded, err)
		}
		n++
	})
	is.True(each <= 1)
}

func FuzzDecodeChange(f *testing.F) {
	d, err := NewDecoder[chatMessage]()
	if err != nil {
		f.Fatal(err)
	}
	schema := chatSchema()
	for _, frame := range chatFrames() {
		f.Add(frame, uint64(0))
	}
	for _, seed := range frameSeeds {
		f.Add([]byte(seed), uint64(1))
	}
	f.Fuzz(func(t *testing.T, frame []byte, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 1))
		some := append(Schema(nil), schema...)
		random.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		sameDecoded(t, d, frame, some[:random.IntN(len(some)+1)])
	})
}
