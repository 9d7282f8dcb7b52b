package kalamtest

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// maxSQL is the longest SQL text that is looked at.
const maxSQL = 1 << 20

// serveSQL is POST /v1/api/sql. What is checked comes in the real server's order: token, rate, body, length, SQL.
func (s *Server) serveSQL(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	out, single, err := s.query(r)
	took := math.Round(float64(time.Since(start).Nanoseconds())/1e3) / 1e3
	if err != nil {
		writeSQLError(w, err, took)
		return
	}
	answer := &wire.QueryResponse{Status: "success", Results: out, Took: took, HasError: single}
	if !single {
		writeJSON(w, http.StatusOK, answer)
		return
	}
	stream(w, answer)
}

// stream writes the answer of one SELECT as the real server does: chunked, without a length.
func stream(w http.ResponseWriter, answer *wire.QueryResponse) {
	body, err := answer.MarshalJSON()
	if err != nil {
		writeText(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = http.NewResponseController(w).Flush()
	_, _ = w.Write(body)
}

func (s *Server) query(r *http.Request) (results []wire.Result, single bool, err error) {
	u, err := s.caller(r)
	if err != nil {
		return nil, false, err
	}
	if !s.queries.take(u.ID) {
		s.tally.add(func(n *Stats) { n.RateLimited++ })
		return nil, false, &engine.Error{Status: http.StatusTooManyRequests, Code: wire.CodeRateLimitExceeded, Message: "Too many queries per second"}
	}
	q, files, err := s.readStatement(r)
	if err != nil {
		return nil, false, err
	}
	s.tally.add(func(n *Stats) { n.Queries++ })
	who := engine.Session{User: u.ID, Role: u.Role, Namespace: q.NamespaceID}
	keep, err := s.place(r.Context(), who, q, files)
	if err != nil {
		return nil, false, err
	}
	out, err := s.db.Exec(r.Context(), who, q.SQL, engineParams(q.Params))
	if err != nil {
		return nil, false, err
	}
	keep()
	for _, res := range out.Results {
		results = append(results, result(res))
	}
	return results, out.SingleSelect, nil
}

// caller gives the user of the request's access token, or the 401 to answer with.
func (s *Server) caller(r *http.Request) (engine.User, error) {
	token, ok := bearer(r)
	if !ok {
		return engine.User{}, &engine.Error{Status: http.StatusUnauthorized, Code: wire.CodeMissingAuthorization, Message: "Authentication required"}
	}
	u, err := s.verify(token, accessToken)
	if err != nil {
		code := wire.CodeInvalidCredentials
		switch {
		case errors.Is(err, errExpiredToken):
			code = wire.CodeTokenExpired
		case errors.Is(err, errSetup):
			code = wire.CodeSetupRequired
		}
		return engine.User{}, &engine.Error{Status: http.StatusUnauthorized, Code: code, Message: "Invalid credentials"}
	}
	return u, nil
}

func readQuery(r *http.Request) (*wire.QueryRequest, error) {
	body, complaint := readJSON(r)
	if complaint != "" {
		return nil, errors.New("Invalid JSON payload: " + complaint)
	}
	q, err := wire.ParseQueryRequest(body)
	if err != nil {
		return nil, errors.New("Invalid JSON payload: " + deserializeError(body, err).Error())
	}
	if len(q.SQL) > maxSQL {
		return nil, errors.New("SQL query too long")
	}
	return q, nil
}

// engineParams turns what the wire keeps as text into what the engine knows.
func engineParams(in []any) []any {
	out := make([]any, len(in))
	for i, p := range in {
		raw, ok := p.(wire.Raw)
		switch {
		case !ok:
			out[i] = p
		case strings.HasPrefix(string(raw), "{"):
			out[i] = map[string]any{}
		case strings.HasPrefix(string(raw), "["):
			out[i] = []any{}
		default:
			out[i] = json.Number(raw)
		}
	}
	return out
}

func result(r engine.Result) wire.Result {
	out := wire.Result{RowCount: r.RowCount, AsUser: r.AsUser, Message: r.Message}
	if !r.Query {
		return out
	}
	out.HasRows = true
	if len(r.Schema) > 0 {
		out.Schema = r.Schema
	}
	for _, cells := range r.Rows {
		row := []byte{'['}
		for i, cell := range cells {
			if i > 0 {
				row = append(row, ',')
			}
			row = append(row, cell...)
		}
		out.Rows = append(out.Rows, append(row, ']'))
	}
	return out
}

func writeSQLError(w http.ResponseWriter, err error, took float64) {
	var said *engine.Error
	if !errors.As(err, &said) {
		said = &engine.Error{Status: http.StatusInternalServerError, Code: wire.CodeInternalError, Message: err.Error()}
	}
	writeJSON(w, said.Status, &wire.QueryResponse{
		Status: "error", Results: []wire.Result{}, Took: took,
		Error: &wire.ErrorBody{Code: said.Code, Message: said.Message, Details: said.Details},
	})
}
