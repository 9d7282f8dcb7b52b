package wire

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/matryer/is"
)

const transcripts = "../../shared/kalamdb/transcripts"

// line is one recorded event. random-workload.jsonl has Event instead of Via and Dir.
type line struct {
	Via    string            `json:"via"`
	Dir    string            `json:"dir"`
	Event  string            `json:"event"`
	Conn   string            `json:"conn"`
	Frame  string            `json:"frame"`
	Method string            `json:"method"`
	Path   string            `json:"path"`
	Status int               `json:"status"`
	Header map[string]string `json:"header"`
	Body   string            `json:"body"`
	Base64 string            `json:"base64"`
}

func readLines(t *testing.T, file string) []line {
	t.Helper()
	is := is.New(t)
	f, err := os.Open(file)
	is.NoErr(err)
	defer f.Close()
	var lines []line
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 16<<20)
	for scan.Scan() {
		var l line
		is.NoErr(json.Unmarshal(scan.Bytes(), &l))
		lines = append(lines, l)
	}
	is.NoErr(scan.Err())
	return lines
}

func transcriptFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(transcripts + "/*.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no transcripts: the folder " + transcripts + " is absent")
	}
	return files
}

// clientGarbage lists what the recorded client sent wrong on purpose, and the typed error that it must be.
var clientGarbage = map[string]error{
	`{"type":"authenticate","method":"jwt","token":"${lena}"}`: ErrField, // no protocol
	`{"type":"nonsense"}`:        ErrField, // unknown type
	`{"sq":"SELECT 1"}`:          ErrField, // no sql
	`{"user":`:                   ErrSyntax,
	`not json`:                   ErrSyntax,
	`SELECT 1`:                   ErrSyntax,
	`{"topic_id":"chat.events"}`: ErrField, // no group_id
}

// tally counts what one file held, by kind.
type tally map[string]int

// The kinds of what was recorded.
const (
	serverFrames = "server frames"
	gunzipped    = "of them gunzipped"
	clientFrames = "client frames"
	answers      = "JSON answers"
	requests     = "JSON requests"
	garbage      = "client garbage refused with its typed error"
	plainErrors  = "plain text errors"
	msgpackSkip  = "not JSON: MessagePack frames"
	multipart    = "not JSON: multipart bodies"
	downloads    = "not JSON: file downloads"
	empty        = "without a body"
	controls     = "upgrades, pings, pongs, closes, marks"
)

func (c tally) String() string {
	var parts []string
	for _, kind := range []string{serverFrames, gunzipped, clientFrames, answers, requests, garbage, plainErrors, msgpackSkip, multipart, downloads, empty, controls} {
		if c[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", kind, c[kind]))
		}
	}
	return strings.Join(parts, "; ")
}

func TestTranscripts_EverythingDecodesAndReencodes(t *testing.T) {
	all := tally{}
	for _, file := range transcriptFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c := tally{}
			lines := readLines(t, file)
			msgpack := map[string]bool{}
			var asked line // the last HTTP request: answers follow their requests, frames may come between
			for i, l := range lines {
				var err error
				switch {
				case l.Event == "frame":
					c[serverFrames]++
					err = serverFrame([]byte(l.Body))
				case l.Event == "select":
					c[answers]++
					err = sqlAnswer([]byte(l.Body))
				case l.Event == "connect" || l.Event == "drop":
					c[controls]++
				case l.Via == "ws":
					err = c.webSocket(l, msgpack)
				case l.Via == "http" && l.Dir == "out":
					asked = l
					err = c.request(l)
				case l.Via == "http":
					err = c.answer(asked, l)
				default:
					err = fmt.Errorf("line of an unknown kind")
				}
				if err != nil {
					t.Errorf("line %d: %v\n%.300s", i+1, err, l.Body)
				}
			}
			t.Log(c.String())
			for kind, n := range c {
				all[kind] += n
			}
		})
	}
	t.Log("all files: " + all.String())
	is := is.New(t)
	is.True(all[serverFrames] > 1500 && all[clientFrames] > 30 && all[answers] > 50 && all[requests] > 50) // the proof is not empty
	is.Equal(all[garbage], 8)                                                                              // "not json" was sent over both
	is.Equal(all[msgpackSkip], 7)                                                                          // six of the server, one of the client
}

// webSocket reads one frame. A connection speaks MessagePack when its auth_success says so: the binary frames after it
// are left alone, and counted. The one binary frame of a client is MessagePack too, sent to be refused.
func (c tally) webSocket(l line, msgpack map[string]bool) error {
	switch {
	case l.Frame != "text" && l.Frame != "binary":
		c[controls]++
		return nil
	case l.Frame == "binary" && (l.Dir == "out" || msgpack[l.Conn]):
		c[msgpackSkip]++
		return nil
	case l.Dir == "out":
		return c.clientFrame([]byte(l.Body))
	}
	body := []byte(l.Body)
	if l.Frame == "binary" {
		frame, err := base64.StdEncoding.DecodeString(l.Base64)
		if err != nil {
			return err
		}
		var u Unpacker
		if body, err = u.Unpack(nil, frame, 0); err != nil {
			return err
		}
		if string(body) != l.Body {
			return fmt.Errorf("unpacked text differs from the recorded one")
		}
		c[gunzipped]++
	}
	c[serverFrames]++
	m, err := ParseServer(body)
	if err != nil {
		return err
	}
	if ok, is := m.(*AuthSuccess); is {
		msgpack[l.Conn] = ok.Protocol.Serialization == "msgpack"
	}
	return serverFrame(body)
}

func serverFrame(body []byte) error {
	m, err := ParseServer(body)
	if err != nil {
		return err
	}
	if _, unknown := m.(*Unknown); unknown {
		return fmt.Errorf("unknown message")
	}
	env, err := Scan(body)
	if err != nil || env.Type != m.MessageType() {
		return fmt.Errorf("scan says %v, %v", env.Type, err)
	}
	out, err := AppendMessage(nil, m)
	if err != nil {
		return err
	}
	if err := rowsSame(m); err != nil {
		return err
	}
	return sameJSON(body, out)
}

// rowsSame takes the rows of a message apart into cells and puts them together again.
func rowsSame(m ServerMessage) error {
	var all []Rows
	switch m := m.(type) {
	case *Change:
		all = []Rows{m.Rows, m.OldValues}
	case *InitialDataBatch:
		all = []Rows{m.Rows}
	}
	for _, rows := range all {
		if rows.IsAbsent() {
			continue
		}
		parsed, err := rows.Parse()
		if err != nil {
			return err
		}
		again, err := RowsOf(parsed...)
		if err != nil {
			return err
		}
		if err := sameJSON(rows.Raw(), again.Raw()); err != nil {
			return err
		}
	}
	return nil
}

func (c tally) clientFrame(body []byte) error {
	m, err := ParseClient(body)
	if want := clientGarbage[string(body)]; want != nil {
		c[garbage]++
		return wantError(err, want)
	}
	if err != nil {
		return err
	}
	c[clientFrames]++
	out, err := AppendMessage(nil, m)
	if err != nil {
		return err
	}
	return sameJSON(body, out)
}

func wantError(err, want error) error {
	if !errors.Is(err, want) {
		return fmt.Errorf("got %v, want %v", err, want)
	}
	return nil
}

// request decodes what the client posted, by route.
func (c tally) request(l line) error {
	switch {
	case strings.HasPrefix(l.Header["Content-Type"], "multipart/"):
		c[multipart]++
		return nil
	case l.Body == "":
		c[empty]++
		return nil
	}
	var v any
	switch l.Path {
	case "/v1/api/sql":
		v = &QueryRequest{}
	case "/v1/api/auth/login":
		v = &LoginRequest{}
	case "/v1/api/topics/consume":
		v = &ConsumeRequest{}
	case "/v1/api/topics/ack":
		v = &AckRequest{}
	default:
		return fmt.Errorf("no request type for %s", l.Path)
	}
	err := Unmarshal([]byte(l.Body), v)
	if _, consume := v.(*ConsumeRequest); consume && err == nil {
		_, err = ParseConsumeRequest([]byte(l.Body))
	}
	if want := clientGarbage[l.Body]; want != nil {
		c[garbage]++
		return wantError(err, want)
	}
	if err != nil {
		return err
	}
	c[requests]++
	return reencode([]byte(l.Body), v)
}

// answer decodes what the server answered to the request before it, by route and status.
func (c tally) answer(asked, l line) error {
	body := []byte(l.Body)
	path, _, _ := strings.Cut(asked.Path, "?")
	switch {
	case len(body) == 0:
		c[empty]++
		return nil
	case strings.HasPrefix(path, "/v1/files/") && l.Status == 200:
		c[downloads]++
		return nil
	case !strings.HasPrefix(l.Header["Content-Type"], "application/json"):
		c[plainErrors]++
		if e := ParseError(l.Status, body); e.Message != l.Body || e.Code != "" {
			return fmt.Errorf("plain text read as %v", e)
		}
		return nil
	}
	c[answers]++
	if l.Status >= 400 {
		return errorAnswer(l.Status, body)
	}
	if path == "/v1/api/sql" {
		return sqlAnswer(body)
	}
	v := answerOf(path)
	if v == nil {
		return fmt.Errorf("no answer type for %s", path)
	}
	if err := Unmarshal(body, v); err != nil {
		return err
	}
	return reencode(body, v)
}

func answerOf(path string) any {
	switch path {
	case "/health", "/v1/api/healthcheck":
		return &Health{}
	case "/v1/api/cluster/health":
		return &ClusterHealth{}
	case "/v1/api/auth/status":
		return &SetupStatus{}
	case "/v1/api/auth/login", "/v1/api/auth/refresh":
		return &LoginResponse{}
	case "/v1/api/auth/me":
		return &MeResponse{}
	case "/v1/api/auth/logout":
		return &MessageResponse{}
	case "/v1/api/topics/consume":
		return &ConsumeResponse{}
	case "/v1/api/topics/ack":
		return &AckResponse{}
	}
	return nil
}

// errorAnswer wants a code in every JSON error, and the whole body back from one of the two shapes.
func errorAnswer(status int, body []byte) error {
	e := ParseError(status, body)
	if e.Code == "" || !e.Code.Known() || e.Message == "" {
		return fmt.Errorf("error read as %#v", e)
	}
	q := &QueryResponse{}
	if Unmarshal(body, q) == nil && q.Error != nil {
		return reencode(body, q)
	}
	f := &FlatError{}
	if err := Unmarshal(body, f); err != nil {
		return err
	}
	return reencode(body, f)
}

func sqlAnswer(body []byte) error {
	q, err := ParseQueryResponse(body)
	if err != nil {
		return err
	}
	d, err := NewDecoder[map[string]any]()
	if err != nil {
		return err
	}
	for _, r := range q.Results {
		for _, row := range r.Rows {
			if _, err := d.Array(row, r.Schema); err != nil {
				return err
			}
		}
	}
	return reencode(body, q)
}

func reencode(body []byte, v any) error {
	out, err := Marshal(v)
	if err != nil {
		return err
	}
	return sameJSON(body, out)
}
