package kalamtest

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// filesPath begins the path of every download.
const filesPath = "/v1/files/"

// serveFile is GET /v1/files/{namespace}/{table}/{folder}/{stored name}[?user_id=]. The last part is the name under which
// the file is stored; the id alone is not found.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	u, err := s.caller(r)
	if err != nil {
		writeSQLError(w, err, 0)
		return
	}
	data, name, err := s.findFile(engine.Session{User: u.ID, Role: u.Role}, r.URL)
	if err != nil {
		var said *engine.Error
		if !errors.As(err, &said) {
			said = &engine.Error{Status: http.StatusInternalServerError, Code: wire.CodeInternalError, Message: err.Error()}
		}
		writeJSON(w, said.Status, map[string]string{"error": said.Message, "code": string(said.Code)})
		return
	}
	s.tally.add(func(n *Stats) { n.FilesServed++ })
	if s.faults.files.corrupt.Load() && len(data) > 0 {
		spoilt := append([]byte(nil), data...)
		spoilt[len(spoilt)-1] ^= 1
		data = spoilt
	}
	w.Header().Set("Content-Type", mimeOf(name))
	w.Header().Set("Content-Disposition", `inline; filename="`+name+`"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data)
}

func (s *Server) findFile(who engine.Session, at *url.URL) (data []byte, name string, err error) {
	missing := &engine.Error{Status: http.StatusNotFound, Code: wire.CodeFileNotFound, Message: "File not found"}
	parts := strings.Split(strings.TrimPrefix(at.EscapedPath(), filesPath), "/")
	if len(parts) != 4 {
		return nil, "", missing
	}
	for i := range parts {
		if parts[i], err = url.PathUnescape(parts[i]); err != nil {
			return nil, "", missing
		}
	}
	query := at.Query()
	home, ok, err := s.db.FileReader(who, engine.TableID{Namespace: parts[0], Name: parts[1]}, query.Get("user_id"))
	if err != nil {
		return nil, "", err
	}
	data, found := s.files.get(home, parts[3])
	if !ok || !found || parts[2] != fileFolder {
		return nil, "", missing
	}
	return data, parts[3], nil
}
