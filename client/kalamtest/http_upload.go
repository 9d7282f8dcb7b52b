package kalamtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

func badInput(code wire.Code, text string) *engine.Error {
	return &engine.Error{Status: http.StatusBadRequest, Code: code, Message: text}
}

// guard answers a request whose body is larger than the limit, and says whether it did.
func (s *Server) guard(w http.ResponseWriter, r *http.Request) bool {
	limit := s.cfg.files.bodySize
	if limit == 0 || r.ContentLength <= limit {
		return false
	}
	writeJSON(w, http.StatusRequestEntityTooLarge, map[string]any{
		"error": wire.CodeBodyTooLarge, "size_bytes": r.ContentLength, "max_bytes": limit,
	})
	return true
}

// readStatement reads the body of POST /v1/api/sql: JSON, or a form with files. Errors are *engine.Error.
func (s *Server) readStatement(r *http.Request) (*wire.QueryRequest, []part, error) {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		return s.readForm(multipart.NewReader(r.Body, params["boundary"]))
	}
	q, err := readQuery(r)
	if err != nil {
		return nil, nil, badInput(wire.CodeInvalidInput, err.Error())
	}
	if len(engine.Placeholders(q.SQL)) > 0 {
		return nil, nil, badInput(wire.CodeInvalidInput, "FILE placeholders require multipart/form-data")
	}
	return q, nil, nil
}

// form is a multipart request on its way.
type form struct {
	limits fileConfig
	q      wire.QueryRequest
	files  []part
}

func (s *Server) readForm(parts *multipart.Reader) (*wire.QueryRequest, []part, error) {
	if to := s.faults.files.leader.Load(); to != nil {
		return nil, nil, &engine.Error{Status: http.StatusServiceUnavailable, Code: wire.CodeNotLeader,
			Message: "This node is not the leader for the shard. Leader: " + *to}
	}
	f := &form{limits: s.cfg.files}
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, badInput(wire.CodeInvalidInput, "Invalid multipart payload: "+err.Error())
		}
		if err := f.add(p); err != nil {
			return nil, nil, err
		}
	}
	if strings.TrimSpace(f.q.SQL) == "" {
		return nil, nil, badInput(wire.CodeEmptySQL, "SQL statement is empty")
	}
	return &f.q, f.files, nil
}

func (f *form) add(p *multipart.Part) error {
	_, fields, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	if err != nil {
		return badInput(wire.CodeInvalidInput, "Invalid multipart payload: "+err.Error())
	}
	if name, ok := strings.CutPrefix(fields["name"], "file:"); ok {
		return f.addFile(p, name, fields["filename"])
	}
	text, err := io.ReadAll(io.LimitReader(p, maxSQL+1))
	switch {
	case err != nil:
		return badInput(wire.CodeInvalidInput, "Invalid multipart payload: "+err.Error())
	case len(text) > maxSQL:
		return badInput(wire.CodeInvalidInput, "SQL query too long")
	}
	switch fields["name"] {
	case "sql":
		f.q.SQL = string(text)
	case "namespace_id":
		f.q.NamespaceID = string(text)
	case "params":
		if f.q.Params, err = readParams(text); err != nil {
			return badInput(wire.CodeInvalidInput, "Invalid params: "+err.Error())
		}
	}
	return nil
}

// readParams reads the array of parameters, as it stands in a JSON request.
func readParams(text []byte) ([]any, error) {
	if !json.Valid(text) { // it could close what it stands in
		return nil, errors.New("not JSON")
	}
	q, err := wire.ParseQueryRequest([]byte(`{"sql":"","params":` + string(text) + `}`))
	if err != nil {
		return nil, err
	}
	return q.Params, nil
}

func (f *form) addFile(p *multipart.Part, name, filename string) error {
	if len(f.files) == f.limits.most {
		return badInput(wire.CodeTooManyFiles, "Too many files in the request")
	}
	data, err := io.ReadAll(io.LimitReader(p, f.limits.size+1))
	if err != nil {
		return badInput(wire.CodeInvalidInput, "Invalid multipart payload: "+err.Error())
	}
	if int64(len(data)) > f.limits.size {
		return badInput(wire.CodeFileTooLarge, "File '"+name+"' is too large")
	}
	kind := p.Header.Get("Content-Type")
	if kind == "" {
		kind = "application/octet-stream"
	}
	if _, _, err := mime.ParseMediaType(kind); err != nil || !strings.Contains(kind, "/") {
		return &engine.Error{Status: http.StatusInternalServerError, Code: wire.CodeInternalError, Message: "SQL request failed"}
	}
	f.files = append(f.files, part{name: name, data: data, ref: wire.FileRef{Name: filename, MIME: kind}})
	return nil
}

// place puts references in the place of the placeholders, and gives what keeps the files once the statement has succeeded.
// A placeholder without a file stays in the text, and files without a placeholder are ignored, as on the real server.
func (s *Server) place(ctx context.Context, who engine.Session, q *wire.QueryRequest, files []part) (keep func(), err error) {
	at := engine.Placeholders(q.SQL)
	if len(files) == 0 || len(at) == 0 {
		return func() {}, nil
	}
	home, err := s.db.FileHome(who, q.SQL)
	if err != nil {
		return nil, err
	}
	var used []part
	for _, p := range slices.Backward(at) {
		i := slices.IndexFunc(files, func(f part) bool { return f.name == p.Name })
		if i < 0 {
			continue
		}
		placed, text, err := s.refer(ctx, files[i])
		if err != nil {
			return nil, err
		}
		q.SQL = q.SQL[:p.Start] + text + q.SQL[p.End:]
		used = append(used, placed)
	}
	return func() {
		for _, p := range used {
			s.files.put(home, p)
		}
		s.tally.add(func(n *Stats) { n.FilesStored += len(used) })
	}, nil
}

// refer gives a file its id, and its reference as SQL text.
func (s *Server) refer(ctx context.Context, p part) (part, string, error) {
	id, err := s.db.NewFileID(ctx)
	if err != nil {
		return p, "", err
	}
	sum := sha256.Sum256(p.data)
	p.ref.ID, p.ref.Sub = id, fileFolder
	p.ref.Size, p.ref.SHA256 = int64(len(p.data)), hex.EncodeToString(sum[:])
	text, err := p.ref.MarshalJSON()
	return p, "'" + strings.ReplaceAll(string(text), "'", "''") + "'", err
}
