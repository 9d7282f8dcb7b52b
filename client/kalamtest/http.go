package kalamtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// maxBody is the real server's limit of a JSON body.
const maxBody = 2 << 20

// ServeHTTP answers every request: the hook first, then the routes. A wrong verb or path is 404 with an empty body.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.tally.add(func(n *Stats) { n.HTTPRequests++ })
	if s.cfg.hook != nil {
		if status, body, handled := s.cfg.hook(r); handled {
			writeText(w, status, body)
			return
		}
	}
	if s.guard(w, r) {
		return
	}
	if s.refuses(w, r) {
		return
	}
	if serve := s.route(r); serve != nil {
		serve(w, r)
		return
	}
	w.WriteHeader(http.StatusNotFound)
}

func (s *Server) route(r *http.Request) http.HandlerFunc {
	switch r.Method + " " + r.URL.Path {
	case "GET /v1/ws":
		return s.serveSocket
	case "POST /v1/api/sql":
		return s.serveSQL
	case "POST /v1/api/auth/login":
		return s.serveLogin
	case "POST /v1/api/auth/refresh":
		return s.serveRefresh
	case "GET /v1/api/auth/me":
		return s.serveMe
	case "POST /v1/api/auth/logout":
		return s.serveLogout
	case "GET /v1/api/auth/status":
		return s.serveStatus
	case "POST /v1/api/auth/setup":
		return s.serveSetup
	case "GET /health", "GET /v1/api/healthcheck":
		return s.serveHealth
	case "GET /v1/api/cluster/health":
		return s.serveClusterHealth
	}
	if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, filesPath) {
		return s.serveFile
	}
	return s.topicRoute(r)
}

// writeJSON writes a body as the server does: compact, without escaping what JSON does not need escaped.
func writeJSON(w http.ResponseWriter, status int, body any) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		writeText(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(bytes.TrimRight(buf.Bytes(), "\n"))
}

func writeText(w http.ResponseWriter, status int, body string) {
	kind := "text/plain; charset=utf-8"
	if strings.HasPrefix(body, "{") {
		kind = "application/json"
	}
	if body != "" {
		w.Header().Set("Content-Type", kind)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// writeFlat writes the error shape of the auth routes.
func writeFlat(w http.ResponseWriter, status int, code wire.Code, message string) {
	writeJSON(w, status, wire.FlatError{Error: string(code), Message: message})
}

// readJSON reads a body that must be JSON by its header too; complaint is what the real server says if it is not.
func readJSON(r *http.Request) (body []byte, complaint string) {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/json" {
		return nil, "Content type error"
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, "Error that occur during reading payload: " + err.Error()
	}
	if len(body) > maxBody {
		return nil, "JSON payload has exceeded limit (2097152 bytes)."
	}
	if text := syntaxError(body); text != "" {
		return nil, "Json deserialize error: " + text
	}
	return body, ""
}

// deserializeError puts a well-formed body that is not what was wanted into the words of the real server's parser.
func deserializeError(body []byte, err error) error {
	var field *wire.FieldError
	if !errors.As(err, &field) {
		return errors.New("Json deserialize error: " + strings.TrimPrefix(err.Error(), "kalam: "))
	}
	where := position(bytes.TrimRight(body, " \t\r\n"))
	switch {
	case field.Unknown:
		return errors.New("Json deserialize error: unknown field `" + field.Field + "`, expected `user` or `password`" + where)
	case field.Got == wire.KindAbsent:
		return errors.New("Json deserialize error: missing field `" + field.Field + "`" + where)
	}
	return errors.New("Json deserialize error: invalid type: " + field.Got.String() + ", expected " + field.Want + where)
}

// bearer gives the token of an Authorization header. The prefix is matched exactly, as on the real server.
func bearer(r *http.Request) (string, bool) {
	return strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// verify gives the user of a good token: signed here, of the wanted kind, not over, and its role still the user's.
func (s *Server) verify(token, kind string) (engine.User, error) {
	c, err := s.signer.check(token, kind, time.Now())
	if err == nil && s.bare.Load() {
		err = errSetup
	}
	if err == nil && s.faults.refuseAuth.Load() {
		err = errBadToken
	}
	u, ok := s.db.User(c.Subject)
	if err == nil && (!ok || string(u.Role) != c.Role) {
		err = errBadToken
	}
	if err != nil {
		s.tally.add(func(n *Stats) { n.AuthFailures++ })
		return engine.User{}, err
	}
	return u, nil
}
