package wire

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
)

// levelled is ParseQueryResponse level by level: the oracle of the quick walk.
func levelled(body []byte) (*QueryResponse, error) {
	q := &QueryResponse{}
	if err := eachMember(body, q.member); err != nil {
		return nil, err
	}
	if q.Status == "" {
		return nil, missing("status", "string")
	}
	return q, nil
}

func TestParseQueryResponse_RandomBodiesAreReadAsLevelByLevel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	g := &generator{rand.New(rand.NewPCG(seed, 4))}
	read, refused := 0, 0
	for range 20_000 {
		body := []byte(g.response())
		if g.r.IntN(3) == 0 {
			body[g.r.IntN(len(body))] = `{}[]",:\0-+.eEu1 t`[g.r.IntN(18)]
		}
		want, wantErr := levelled(body)
		got, err := ParseQueryResponse(body)
		if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Fatalf("%v, level by level: %v, on %q", err, wantErr, body)
		}
		if err != nil {
			refused++
			continue
		}
		read++
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, level by level: %+v, on %q", got, want, body)
		}
	}
	if read < 3000 || refused < 1000 {
		t.Fatalf("%d bodies were read, %d refused", read, refused)
	}
}

// response writes an answer of SQL, now and then with members of the wrong kind, repeated or missing.
func (g *generator) response() string {
	var results []string
	for range g.r.IntN(3) {
		results = append(results, g.members(
			`"schema":`+g.pick(`[{"name":"id","data_type":"BigInt","index":0}]`, `[]`, `null`, `{}`),
			`"rows":`+g.space()+g.pick(`[`+g.space()+`]`, `[["1",2],[null,{"a":[1]}]]`, `[`+g.space()+`["x"]`+g.space()+`]`, `null`, `[1]`, `[{}]`),
			`"row_count":`+g.pick("3", `"3"`, "null", "0"), `"as_user":`+g.text(), `"message":`+g.pick("null", `"Inserted"`, "7"), `"rows":[]`, `"r\u006fws":[["2"]]`))
	}
	return g.members(`"status":`+g.pick(`"success"`, `"success"`, `"error"`, `""`, "1"), `"results":`+g.space()+"["+strings.Join(results, ",")+"]", `"took":`+g.pick("0.5", "1e2", `"x"`),
		`"error":`+g.pick("null", `{"code":"X","message":"m"}`), g.text()+":"+g.value(2), `"results":[]`)
}

// members writes an object of most of some members.
func (g *generator) members(of ...string) string {
	var some []string
	for i, m := range of {
		if i < 2 && g.r.IntN(20) > 0 || g.r.IntN(4) == 0 {
			some = append(some, m)
		}
	}
	g.r.Shuffle(len(some), func(i, k int) { some[i], some[k] = some[k], some[i] })
	return g.space() + "{" + strings.Join(some, g.space()+",") + "}" + g.space()
}

func TestParseQueryResponse_NestedTooDeeplyIsRefused(t *testing.T) {
	is := is.New(t)
	for levels := maxDepth - 6; levels < maxDepth; levels++ {
		body := []byte(`{"status":"success","results":[{"rows":[[` + strings.Repeat("[", levels) + strings.Repeat("]", levels) + `]]}]}`)
		_, wantErr := levelled(body)
		_, err := ParseQueryResponse(body)
		is.Equal(err == nil, wantErr == nil)
		frame := []byte(`{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"a":` + strings.Repeat("[", levels) + strings.Repeat("]", levels) + `,"id":1}]}`)
		_, wantErr = lexed(frame)
		var cells [1]Cell
		var m Change
		err = m.Parse(frame, cells[:], "id")
		is.Equal(err == nil, wantErr == nil)
		if err == nil {
			is.Equal(string(cells[0].Raw()), "1")
			row, _, err := m.After(nil)
			is.NoErr(err)
			is.Equal(string(row.Get("id").Raw()), "1")
		}
	}
}

func TestParseQueryResponse_RowsAreWalkedOnce(t *testing.T) {
	is := is.New(t)
	body := []byte(`{"status":"success","results":[{"rows":[` + strings.Repeat(`["286286413828194300","lena",0.5],`, 200) + `["1"]]}],"took":1}`)
	allocs := testing.AllocsPerRun(20, func() {
		if q, ok := quickResponse(body); !ok || len(q.Results[0].Rows) != 201 {
			t.Fatal("not read")
		}
	})
	is.True(allocs < 16) // the rows are not copied, only where they are
}
