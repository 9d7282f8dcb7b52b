package wire

import (
	"strconv"
)

// QueryRequest is the body of POST /v1/api/sql.
type QueryRequest struct {
	SQL         string
	Params      []any  // for $1, $2, …: nil, bool, integers, floats, string; read back as int64, float64 or Raw
	NamespaceID string // where unqualified tables are; empty for "default"
}

// QueryResponse is the answer of POST /v1/api/sql, its error answers included.
type QueryResponse struct {
	Status   string // "success" or "error"
	Results  []Result
	Took     float64    // milliseconds
	Error    *ErrorBody // nil on success
	HasError bool       // the member was there although null, as a single SELECT has it
}

// Result is the outcome of one statement, or of all inserts, updates or deletes of a batch.
type Result struct {
	Schema   Schema   // nil when the statement gives no rows
	Rows     []RawRow // cells in the order of Schema
	HasRows  bool     // "rows" was there, if only empty
	RowCount int64
	AsUser   string
	Message  string // of DDL and DML; for people
}

// RawRow is one positional row: a JSON array as text, for Decoder.Array.
type RawRow []byte

// ErrorBody is the error object of the SQL routes.
type ErrorBody struct {
	Code    Code
	Message string
	Details string // the offending SQL; only for roles dba and system
}

// ParseQueryResponse reads the body of POST /v1/api/sql. The rows alias body.
func ParseQueryResponse(body []byte) (*QueryResponse, error) {
	if q, ok := quickResponse(body); ok {
		return q, nil
	}
	q := &QueryResponse{}
	if err := eachMember(body, q.member); err != nil {
		return nil, err
	}
	if q.Status == "" {
		return nil, missing("status", "string")
	}
	return q, nil
}

// quickResponse checks and reads a body in one walk: each level by itself would read the rows once more. What it does
// not take is read again, level by level, to say what is wrong.
func quickResponse(body []byte) (*QueryResponse, bool) {
	q := &QueryResponse{}
	end := inObject(body, space(body, 0), func(name []byte, i int) int {
		if string(name) == "results" {
			q.Results = nil
			return inArray(body, i, func(i int) int { return q.result(body, i) })
		}
		return oneMember(body, name, i, q.member)
	})
	return q, end >= 0 && space(body, end) == len(body) && q.Status != ""
}

func (q *QueryResponse) result(body []byte, i int) int {
	var r Result
	end := inObject(body, i, func(name []byte, i int) int {
		if string(name) != "rows" || i >= len(body) || body[i] != '[' {
			return oneMember(body, name, i, r.member)
		}
		r.Rows, r.HasRows = nil, true
		return inArray(body, i, func(i int) int {
			end, _ := valueEnd(body, i, fresh)
			if end < 0 || body[i] != '[' {
				return -1
			}
			r.Rows = append(r.Rows, RawRow(body[i:end:end]))
			return end
		})
	})
	q.Results = append(q.Results, r)
	return end
}

// oneMember reads the value at i and returns the offset behind it, -1 where there is none or read has an error.
func oneMember(body, name []byte, i int, read func(key, value []byte) error) int {
	end, _ := valueEnd(body, i, fresh)
	if end < 0 || read(name, body[i:end:end]) != nil {
		return -1
	}
	return end
}

func (q *QueryResponse) member(key, value []byte) error {
	switch string(key) {
	case "status":
		return readString(value, &q.Status)
	case "results":
		return q.readResults(value)
	case "took":
		return readFloat(value, &q.Took)
	case "error":
		q.HasError = true
		if kindOf(value) == KindNull {
			q.Error = nil
			return nil
		}
		q.Error = &ErrorBody{}
		return q.Error.read(value)
	}
	return nil
}

func (q *QueryResponse) readResults(raw []byte) error {
	q.Results = nil
	return eachElement(raw, func(value []byte) error {
		var r Result
		err := r.read(value)
		q.Results = append(q.Results, r)
		return err
	})
}

func (r *Result) read(raw []byte) error { return eachMember(raw, r.member) }

func (r *Result) member(key, value []byte) error {
	switch string(key) {
	case "schema":
		return readSchema(value, &r.Schema)
	case "rows":
		return r.readRows(value)
	case "row_count":
		return readInt64(value, &r.RowCount)
	case "as_user":
		return readString(value, &r.AsUser)
	case "message":
		return readOptionalString(value, &r.Message)
	}
	return nil
}

func (r *Result) readRows(raw []byte) error {
	r.Rows, r.HasRows = nil, false
	if kindOf(raw) == KindNull {
		return nil
	}
	r.HasRows = true
	return eachElement(raw, func(value []byte) error {
		if kindOf(value) != KindArray {
			return &FieldError{Want: "array", Got: kindOf(value)}
		}
		r.Rows = append(r.Rows, RawRow(value))
		return nil
	})
}

func (b *ErrorBody) read(raw []byte) error {
	return eachMember(raw, func(key, value []byte) error {
		switch string(key) {
		case "code":
			return readOptionalString(value, (*string)(&b.Code))
		case "message":
			return readOptionalString(value, &b.Message)
		case "details":
			return readOptionalString(value, &b.Details)
		}
		return nil
	})
}

func readFloat(raw []byte, dst *float64) error {
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || kindOf(raw) != KindNumber {
		return &FieldError{Want: "number", Got: kindOf(raw)}
	}
	*dst = f
	return nil
}

// UnmarshalJSON is ParseQueryResponse on a copy of the text.
func (q *QueryResponse) UnmarshalJSON(text []byte) error {
	got, err := ParseQueryResponse(append([]byte(nil), text...))
	if err != nil {
		return err
	}
	*q = *got
	return nil
}

// MarshalJSON writes the server's shape: "error" only where there is one or HasError is set.
func (q *QueryResponse) MarshalJSON() ([]byte, error) {
	w := &writer{dst: append([]byte(nil), `{"status":`...)}
	w.value(q.Status)
	w.raw("results", []byte{'['})
	for i := range q.Results {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.result(&q.Results[i])
	}
	w.dst = append(w.dst, ']')
	w.float("took", q.Took)
	switch {
	case q.Error != nil:
		w.errorBody(q.Error)
	case q.HasError:
		w.raw("error", []byte("null"))
	}
	return w.end()
}

func (w *writer) result(r *Result) {
	w.dst = append(w.dst, '{')
	start := len(w.dst)
	if r.Schema != nil {
		w.schema(r.Schema)
	}
	if r.HasRows || len(r.Rows) > 0 {
		w.raw("rows", []byte{'['})
		for i, row := range r.Rows {
			if i > 0 {
				w.dst = append(w.dst, ',')
			}
			w.dst = append(w.dst, row...)
		}
		w.dst = append(w.dst, ']')
	}
	w.number("row_count", r.RowCount)
	if r.Message != "" {
		w.text("message", r.Message)
	}
	w.text("as_user", r.AsUser)
	w.dst = append(w.dst[:start], w.dst[start+1:]...)
	w.dst = append(w.dst, '}')
}

func (w *writer) errorBody(b *ErrorBody) {
	w.dst = append(w.dst, `,"error":{"code":`...)
	w.value(string(b.Code))
	w.text("message", b.Message)
	if b.Details != "" {
		w.text("details", b.Details)
	}
	w.dst = append(w.dst, '}')
}

func (w *writer) schema(s Schema) {
	w.name("schema")
	dst, err := s.appendJSON(w.dst)
	w.dst = dst
	if w.err == nil {
		w.err = err
	}
}

// Err gives the answer's error as a *ServerError, or nil.
func (q *QueryResponse) Err(httpStatus int) error {
	said := q.Error
	if said == nil {
		if q.Status != "error" {
			return nil
		}
		said = &ErrorBody{Message: "error without a reason"}
	}
	return &ServerError{
		HTTPStatus: httpStatus, Code: said.Code, Message: said.Message, Details: said.Details,
		Statement: failedStatement(said.Message),
	}
}
