package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// line is one line of a transcript.
type line struct {
	Via    string            `json:"via"`
	Dir    string            `json:"dir"`
	Body   string            `json:"body"`
	Path   string            `json:"path"`
	Method string            `json:"method"`
	Frame  string            `json:"frame"`
	Conn   string            `json:"conn"`
	Header map[string]string `json:"header"`
	Status int               `json:"status"`
}

// transcript reads a recorded conversation; the test is skipped where the recordings are not there.
func transcript(t *testing.T, name string) []line {
	t.Helper()
	raw, err := os.ReadFile("../../../../../shared/kalamdb/transcripts/" + name + ".jsonl")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no transcripts beside this repository")
	}
	if err != nil {
		t.Fatal(err)
	}
	var lines []line
	for text := range bytes.Lines(raw) {
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	return lines
}

// matcher compares recorded with own answers: versions and times must stand for each other one to one.
type matcher struct{ same map[string]string }

var (
	versionText = regexp.MustCompile(`38[0-9]{16}`)
	timeText    = regexp.MustCompile(`^1[0-9]{15}([0-9]{3})?$`)
	jobText     = regexp.MustCompile(`CL-[0-9a-f]{12}`)
)

// translate replaces recorded versions in what the client sends by our own.
func (m *matcher) translate(sql string) string {
	return versionText.ReplaceAllStringFunc(sql, func(v string) string {
		if own, ok := m.same[v]; ok {
			return own
		}
		return v
	})
}

func (m *matcher) diff(path string, want, got any) string {
	switch want := want.(type) {
	case map[string]any:
		other, ok := got.(map[string]any)
		if !ok || len(want) != len(other) {
			return fmt.Sprintf("%s: want %v, got %v", path, want, got)
		}
		for k, v := range want {
			if d := m.diff(path+"."+k, v, other[k]); d != "" {
				return d
			}
		}
		return ""
	case []any:
		other, ok := got.([]any)
		if !ok || len(want) != len(other) {
			return fmt.Sprintf("%s: want %v, got %v", path, want, got)
		}
		for i, v := range want {
			if d := m.diff(fmt.Sprintf("%s[%d]", path, i), v, other[i]); d != "" {
				return d
			}
		}
		return ""
	}
	a, b := fmt.Sprint(want), fmt.Sprint(got)
	a, b = jobText.ReplaceAllString(a, "CL"), jobText.ReplaceAllString(b, "CL")
	va, vb := versionText.FindString(a), regexp.MustCompile(`[0-9]{17,19}`).FindString(b)
	switch {
	case a == b && fmt.Sprintf("%T", want) == fmt.Sprintf("%T", got):
		return ""
	case va != "" && vb != "" && strings.Replace(a, va, vb, 1) == b && (m.same[va] == "" || m.same[va] == vb):
		m.same[va] = vb
		return ""
	case timeText.MatchString(a) && timeText.MatchString(b) && len(a) == len(b):
		return ""
	}
	return fmt.Sprintf("%s: want %v, got %v", path, a, b)
}

func (m *matcher) compare(want, got []byte) string {
	var a, b any
	for _, side := range []struct {
		raw  []byte
		into *any
	}{{want, &a}, {got, &b}} {
		d := json.NewDecoder(bytes.NewReader(side.raw))
		d.UseNumber()
		if err := d.Decode(side.into); err != nil {
			return err.Error() + ": " + string(side.raw)
		}
	}
	if o, ok := a.(map[string]any); ok {
		delete(o, "took")
	}
	return m.diff("", a, b)
}

// player plays the client's side against an engine.
type player struct {
	t        *testing.T
	e        *Engine
	m        *matcher
	sessions map[string]Session
}

func newPlayer(t *testing.T) *player {
	p := &player{t: t, e: open(t, Options{}), m: &matcher{make(map[string]string)}, sessions: map[string]Session{"root": root, "worker": worker}}
	for _, id := range []string{"lena", "max", "nia", "omar", "pia"} {
		p.sessions[id] = Session{User: id, Role: RoleUser}
	}
	return p
}

// post answers one HTTP request of a transcript as the server does.
func (p *player) post(l line) (status int, body []byte) {
	user := strings.Trim(strings.TrimPrefix(l.Header["Authorization"], "Bearer "), "${}")
	var request struct {
		SQL    string `json:"sql"`
		Params []any  `json:"params"`
	}
	d := json.NewDecoder(strings.NewReader(l.Body))
	d.UseNumber()
	if err := d.Decode(&request); err != nil {
		p.t.Fatal(err)
	}
	out, err := p.e.Exec(context.Background(), p.sessions[user], p.m.translate(request.SQL), request.Params)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			p.t.Fatal(err)
		}
		detail := map[string]any{"code": e.Code, "message": e.Message}
		if e.Details != "" {
			detail["details"] = e.Details
		}
		body, _ = json.Marshal(map[string]any{"status": "error", "results": []any{}, "error": detail})
		return e.Status, body
	}
	return 200, successBody(p.t, out)
}

func successBody(t *testing.T, out *Outcome) []byte {
	var results []any
	for _, r := range out.Results {
		one := map[string]any{"row_count": r.RowCount, "as_user": r.AsUser}
		if r.Message != "" {
			one["message"] = r.Message
		}
		if r.Query {
			one["schema"] = r.Schema
			rows := [][]json.RawMessage{}
			for _, row := range r.Rows {
				var cells []json.RawMessage
				for _, c := range row {
					cells = append(cells, c)
				}
				rows = append(rows, cells)
			}
			one["rows"] = rows
		}
		results = append(results, one)
	}
	body := map[string]any{"status": "success", "results": results}
	if out.SingleSelect {
		body["error"] = nil
	}
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// replayHTTP plays all SQL requests of a transcript and compares every answer.
func (p *player) replayHTTP(name string) {
	lines := transcript(p.t, name)
	played := 0
	for i, l := range lines {
		var request struct {
			SQL *string `json:"sql"`
		}
		if l.Via != "http" || l.Dir != "out" || l.Method != "POST" || json.Unmarshal([]byte(l.Body), &request) != nil || request.SQL == nil {
			continue
		}
		status, body := p.post(l)
		answer := l
		for _, later := range lines[i+1:] {
			if answer = later; later.Via == "http" && later.Dir == "in" {
				break
			}
		}
		if answer.Status != status {
			p.t.Errorf("%s\nwant status %d, got %d: %s", l.Body, answer.Status, status, body)
			continue
		}
		if d := p.m.compare([]byte(answer.Body), body); d != "" {
			p.t.Errorf("%s\n%s", l.Body, d)
		}
		played++
	}
	p.t.Logf("%s: %d answers compared", name, played)
}

func TestTranscript_HTTPAnswersAreThoseOfTheServer(t *testing.T) {
	p := newPlayer(t)
	p.replayHTTP("http-sql-ddl-dml")
	p.replayHTTP("http-sql-errors")
	p.replayHTTP("http-sql-types")
}

func TestTranscript_AuditAnswersAreThoseOfTheServer(t *testing.T) {
	p := newPlayer(t)
	must(t, p.e, root, "CREATE NAMESPACE chat", "CREATE USER TABLE chat.audit (id BIGINT PRIMARY KEY, room TEXT, v TEXT)")
	p.replayHTTP("audit")
}

func TestTranscript_BurstChangesComeInTheOrderOfTheRows(t *testing.T) {
	p := newPlayer(t)
	must(t, p.e, root, "CREATE NAMESPACE chat", "CREATE USER TABLE chat.burst (id BIGINT PRIMARY KEY, v TEXT)")
	q, err := p.e.ParseLive(p.sessions["nia"], "SELECT * FROM chat.burst")
	if err != nil {
		t.Fatal(err)
	}
	var told [][]byte
	p.e.OnChange(func(c RowChange) {
		rows, _ := q.ChangeRows(c)
		told = append(told, rows)
	})
	p.replayHTTP("burst-loss")
	if len(told) != 1000 {
		t.Fatalf("told of %d changes", len(told))
	}
	next, recorded := 0, 0
	for _, l := range transcript(t, "burst-loss") { // the server lost some, so what it sent is a subsequence of ours
		var frame struct {
			Type string
			Rows json.RawMessage
		}
		if l.Via != "ws" || l.Dir != "in" || json.Unmarshal([]byte(l.Body), &frame) != nil || frame.Type != "change" {
			continue
		}
		recorded++
		for next < len(told) && (&matcher{map[string]string{}}).compare(frame.Rows, told[next]) != "" {
			next++
		}
		if next == len(told) {
			t.Fatalf("not among ours, or out of order: %s", frame.Rows)
		}
		next++
	}
	t.Logf("%d of the recorded frames are a subsequence of our 1000", recorded)
}
