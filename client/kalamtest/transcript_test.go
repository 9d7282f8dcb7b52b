package kalamtest_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// transcripts is where the recordings of a real server lie, beside the repository.
const transcripts = "../../../shared/kalamdb/transcripts"

// entry is one line of a transcript: something the client sent ("out") or the server said ("in").
type entry struct {
	Via, Dir, Frame, Conn string
	Body, Base64          string
	Method, Path          string
	Header                map[string]string
	Status, Code, Times   int
	Reason                string
	T                     int // milliseconds since the recording began
}

func (e entry) out() bool { return e.Dir == "out" }

func readTranscript(t *testing.T, name string) []entry {
	t.Helper()
	f, err := os.Open(filepath.Join(transcripts, name+".jsonl"))
	if os.IsNotExist(err) {
		t.Skip("the recordings of a real server are not beside this repository: " + transcripts)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []entry
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, e)
	}
	return all
}

// comparer holds what is known so far about the two servers' answers: which sequence id of the recording stands for
// which of ours. The renaming must be one to one and keep the order.
type comparer struct {
	t        *testing.T
	file     string
	theirs   map[string]string // recorded seq -> ours
	ours     map[string]string
	compared int
	accepted []string
	accept   []exception
	used     map[string]bool
}

// exception is a difference that is accepted: where (a suffix of the path), and why.
type exception struct {
	path, why string
}

func newComparer(t *testing.T, file string, accept []exception) *comparer {
	return &comparer{t: t, file: file, theirs: map[string]string{}, ours: map[string]string{}, accept: accept, used: map[string]bool{}}
}

var (
	seqText   = regexp.MustCompile(`\b\d{18}\b`)
	timeText  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d+)\+00:00$`)
	clockText = regexp.MustCompile(`^(\d{16}|\d{19})$`) // microseconds or, of NOW(), nanoseconds
	tokenText = regexp.MustCompile(`^eyJ[\w-]+\.[\w-]+\.[\w-]+$`)
	jobText   = regexp.MustCompile(`CL-[0-9a-f]{12}`)
)

// body compares two answers as JSON values, or as text where the recording is not JSON.
func (c *comparer) body(where, want, got string) {
	c.t.Helper()
	c.compared++
	w, errW := decodeJSON(want)
	g, errG := decodeJSON(got)
	if errW != nil || errG != nil {
		if want != got {
			c.differ(where, want, got)
		}
		return
	}
	c.value(where, w, g)
}

func decodeJSON(text string) (v any, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err = d.Decode(&v); err == nil && d.More() {
		err = fmt.Errorf("more than one value")
	}
	return v, err
}

func (c *comparer) value(path string, want, got any) {
	c.t.Helper()
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			c.object(path, w, g)
			return
		}
	case []any:
		if g, ok := got.([]any); ok && len(g) == len(w) {
			for i := range w {
				c.value(fmt.Sprintf("%s[%d]", path, i), w[i], g[i])
			}
			return
		}
	case json.Number:
		if g, ok := got.(json.Number); ok {
			if !strings.HasSuffix(path, ".took") {
				c.text(path, w.String(), g.String())
			}
			return
		}
	case string:
		if g, ok := got.(string); ok {
			c.text(path, w, g)
			return
		}
	default:
		if want == got {
			return
		}
	}
	c.differ(path, fmt.Sprint(want), fmt.Sprint(got))
}

func (c *comparer) object(path string, want, got map[string]any) {
	c.t.Helper()
	names := []string{}
	for name := range want {
		names = append(names, name)
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		w, inWant := want[name]
		g, inGot := got[name]
		at := path + "." + name
		if inWant != inGot {
			c.differ(at, fmt.Sprint(inWant), fmt.Sprint(inGot))
			continue
		}
		c.value(at, w, g)
	}
}

// text compares two scalars after taking out what cannot be equal: sequence ids (renamed), times, tokens, job ids.
func (c *comparer) text(path, want, got string) {
	c.t.Helper()
	switch {
	case want == got && !seqText.MatchString(want):
		return
	case strings.HasSuffix(path, ".payload"):
		c.payload(path, want, got)
		return
	case clockText.MatchString(want) && clockText.MatchString(got) && len(want) == len(got):
		return
	case tokenText.MatchString(want) || strings.HasPrefix(want, "${"):
		c.token(path, want, got)
		return
	}
	if w, g := timeText.FindStringSubmatch(want), timeText.FindStringSubmatch(got); w != nil && g != nil {
		if len(w[1]) != len(g[1]) {
			c.differ(path, want, got)
		}
		return
	}
	ws, gs := seqText.FindAllString(want, -1), seqText.FindAllString(got, -1)
	if len(ws) == len(gs) {
		for i := range ws {
			c.pair(path, ws[i], gs[i])
		}
		want, got = seqText.ReplaceAllString(want, "<seq>"), seqText.ReplaceAllString(got, "<seq>")
	}
	want, got = jobText.ReplaceAllString(want, "<job>"), jobText.ReplaceAllString(got, "<job>")
	if want != got {
		c.differ(path, want, got)
	}
}

// payload compares what two records of a topic hold.
func (c *comparer) payload(path, want, got string) {
	c.t.Helper()
	w, errW := base64.StdEncoding.DecodeString(want)
	g, errG := base64.StdEncoding.DecodeString(got)
	if errW != nil || errG != nil {
		c.differ(path, want, got)
		return
	}
	c.body(path, string(w), string(g))
}

// pair notes that a recorded sequence id and one of ours mean the same, and refuses a contradiction.
func (c *comparer) pair(path, want, got string) {
	c.t.Helper()
	w, known := c.ours[got]
	if g, ok := c.theirs[want]; ok && g != got || known && w != want {
		c.differ(path, fmt.Sprintf("%s = %s", want, c.theirs[want]), got)
		return
	}
	c.theirs[want], c.ours[got] = got, want
}

// token compares two JSON Web Tokens by their header, claims and lifetime.
func (c *comparer) token(path, want, got string) {
	c.t.Helper()
	g := claimsOf(got)
	if g == nil {
		c.differ(path, want, got)
		return
	}
	if w := claimsOf(want); w != nil && fmt.Sprint(w) != fmt.Sprint(g) {
		c.differ(path, fmt.Sprint(w), fmt.Sprint(g))
	}
}

// claimsOf returns header and claims of a token, times reduced to the lifetime; nil for a placeholder.
func claimsOf(token string) []map[string]any {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	var out []map[string]any
	for _, p := range parts[:2] {
		raw, err := base64.RawURLEncoding.DecodeString(p)
		var m map[string]any
		if err != nil || json.Unmarshal(raw, &m) != nil {
			return nil
		}
		if exp, ok := m["exp"].(float64); ok {
			m["exp"] = exp - m["iat"].(float64)
			delete(m, "iat")
		}
		out = append(out, m)
	}
	return out
}

// differ accepts a listed difference and fails on any other.
func (c *comparer) differ(path, want, got string) {
	c.t.Helper()
	for _, e := range c.accept {
		if strings.HasSuffix(path, e.path) {
			c.used[e.path] = true
			c.accepted = append(c.accepted, fmt.Sprintf("%s: recorded %s, ours %s: %s", path, short(want), short(got), e.why))
			return
		}
	}
	c.t.Errorf("%s %s\nrecorded %s\nours     %s", c.file, path, want, got)
}

func short(s string) string {
	if len(s) > 160 {
		return s[:160] + "…"
	}
	return s
}

// allUsed fails when a difference is listed that is not there any more.
func (c *comparer) allUsed() {
	c.t.Helper()
	for _, e := range c.accept {
		if !c.used[e.path] {
			c.t.Errorf("%s: the accepted difference %s (%s) did not occur: take it from the list", c.file, e.path, e.why)
		}
	}
}

// inOrder fails unless our sequence ids rise where the recorded ones do.
func (c *comparer) inOrder() {
	c.t.Helper()
	keys := make([]string, 0, len(c.theirs))
	for k := range c.theirs {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for i := 1; i < len(keys); i++ {
		if c.theirs[keys[i-1]] >= c.theirs[keys[i]] {
			c.t.Errorf("%s: seqs %s < %s are %s and %s here", c.file, keys[i-1], keys[i], c.theirs[keys[i-1]], c.theirs[keys[i]])
		}
	}
}

// translate puts our sequence ids in the place of the recorded ones in what the client sends.
func (c *comparer) translate(body string) string {
	return seqText.ReplaceAllStringFunc(body, func(s string) string {
		if g, ok := c.theirs[s]; ok {
			return g
		}
		return s
	})
}
