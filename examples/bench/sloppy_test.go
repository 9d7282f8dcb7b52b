package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// sloppy is a server that keeps to the protocol as far as it must: any token will do, it has no HTTP, and pushes what the
// comment in the query asks for.
type sloppy struct {
	always, never bool // a page of rows before the changes, whatever was asked for
	edit          func(frame string) string
	gzip          bool
	cut           int           // it hangs up after so many
	pause         time.Duration // after each write of 200
	sql           string        // of the last live query
}

func (s *sloppy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v1/ws" || r.Header.Get("Authorization") != "Bearer x.y.z" {
		http.NotFound(w, r)
		return
	}
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	say := func(text string) { _ = ws.WriteMessage(websocket.TextMessage, []byte(text)) }
	say(`{"type":"auth_success","user":"u","role":"user"}`)
	_, text, err := ws.ReadMessage()
	if err != nil {
		return
	}
	m, _ := wire.ParseClient(text)
	sub := m.(*wire.Subscribe)
	s.sql = sub.SQL
	n := 0
	_, _ = fmt.Sscanf(sub.SQL[strings.Index(sub.SQL, "n="):], "n=%d", &n)
	say(fmt.Sprintf(`{"type":"subscription_ack","subscription_id":%q,"total_rows":0,%s,"schema":%s}`, sub.ID, control, schema))
	if s.always || sub.Options != nil && !s.never {
		say(fmt.Sprintf(`{"type":"initial_data_batch","subscription_id":%q,"rows":[],%s}`, sub.ID, control))
	}
	s.push(ws, sub.ID, n)
	_, _, _ = ws.ReadMessage() // until the client has gone
}

func (s *sloppy) push(ws *websocket.Conn, id string, n int) {
	for i := range n {
		if s.cut > 0 && i == s.cut {
			_ = ws.Close()
			return
		}
		frame := fmt.Sprintf(`{"type":"change","subscription_id":%q,"change_type":"insert","rows":[%s]}`, id, row(i, firstSeq+i))
		if s.edit != nil {
			frame = s.edit(frame)
		}
		kind, text := websocket.TextMessage, []byte(frame)
		if s.gzip {
			kind, text = websocket.BinaryMessage, packed(text)
		}
		if ws.WriteMessage(kind, text) != nil {
			return
		}
		if s.pause > 0 && i%200 == 0 {
			<-time.After(s.pause)
		}
	}
}

func (s *sloppy) args(t *testing.T, mode string) []string {
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	sql := fmt.Sprintf("SELECT * FROM chat.messages /* n=%d */", testEvents)
	return []string{"-url", srv.URL, "-token", "x.y.z", "-sql", sql, "-mode", mode}
}

// Whatever a server leaves out or adds, as far as it can be understood, every change is counted.
func TestBench_SloppyServersAreUnderstood(t *testing.T) {
	replace := func(old, with string) func(string) string {
		return func(frame string) string { return strings.Replace(frame, old, with, 1) }
	}
	for name, s := range map[string]*sloppy{
		"a page if asked for":  {},
		"a page always":        {always: true},
		"a page never":         {never: true},
		"slow":                 {pause: 5 * time.Millisecond},
		"gzip":                 {gzip: true},
		"a time as a number":   {edit: func(f string) string { return number(f) }},
		"a time as RFC 3339":   {edit: func(f string) string { return instant(f, "2026-03-01T00:00:00.000123Z") }},
		"a time as other text": {edit: func(f string) string { return instant(f, "2026-03-01 00:00:00") }},
		"no version":           {edit: replace(`"_seq"`, `"other"`)},
		"updates":              {edit: replace(`"insert"`, `"update"`)},
	} {
		for _, mode := range modes() {
			t.Run(name+"/"+mode, func(t *testing.T) {
				is := is.New(t)
				f := bench(t, s.args(t, mode)...)
				is.Equal(f.Events, testEvents)
				is.Equal(f.Ignored, 0)
				is.True(strings.Contains(s.sql, "/* n=2000 */")) // as it was given
			})
		}
	}
}

// number has created_at be no text.
func number(frame string) string {
	before, rest, _ := strings.Cut(frame, `"created_at":"`)
	digits, rest, _ := strings.Cut(rest, `"`)
	return before + `"created_at":` + digits + rest
}

func instant(frame, as string) string {
	before, rest, _ := strings.Cut(frame, `"created_at":"`)
	_, rest, _ = strings.Cut(rest, `"`)
	return before + `"created_at":"` + as + `"` + rest
}

// A view knows a row in one version. What comes in the same again is no change of it: it is counted, and said.
func TestBench_VersionsThatAreKnownAreIgnoredByAView(t *testing.T) {
	is := is.New(t)
	s := &sloppy{edit: func(f string) string {
		before, rest, _ := strings.Cut(f, `"id":"`)
		_, rest, _ = strings.Cut(rest, `"`)
		return strings.Replace(before+`"id":"1"`+rest, `"_seq":"`+fmt.Sprint(firstSeq)[:9], `"_seq":"1","other":"`, 1)
	}}
	f := bench(t, s.args(t, modeView)...)
	is.Equal(f.Events, testEvents)
	is.Equal(f.Ignored, testEvents-1)
	is.Equal(bench(t, s.args(t, modeTyped)...).Ignored, 0)
}

func TestBench_AStreamThatEndsEarlyIsAnError(t *testing.T) {
	for _, mode := range modes() {
		t.Run(mode, func(t *testing.T) {
			is := is.New(t)
			s := &sloppy{cut: 640} // whole batches for RxGo
			err := run(append(s.args(t, mode), "-n", fmt.Sprint(testEvents)), io.Discard, io.Discard)
			is.True(err != nil)
			is.True(strings.HasPrefix(err.Error(), "640 of 2000 changes: "))
		})
	}
}

func TestBench_SilenceIsAnError(t *testing.T) {
	is := is.New(t)
	s := &sloppy{}
	err := run(append(s.args(t, modeTyped), "-n", fmt.Sprint(testEvents+1), "-timeout", "200ms"), io.Discard, io.Discard)
	is.True(err != nil)
	is.Equal(err.Error(), "2000 of 2001 changes: nothing came for 200ms")
}
