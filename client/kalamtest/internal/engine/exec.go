package engine

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// prepared is one statement of a request, parsed and allowed for the session's role.
type prepared struct {
	sql  string // without EXECUTE AS around it
	as   string // user of EXECUTE AS, "" = none
	stmt statement
}

// Exec runs one request text, a statement or a batch separated by semicolons, for the session. params are what $1, $2, … stand
// for: nil, bool, integers, float64, json.Number or string; a map or slice is the server's INVALID_PARAMETER. Results come in
// the server's odd order: of a batch first those of queries and DDL as they were sent, then one each for all inserted, updated
// and deleted rows. When a statement of a batch fails, what ran before stays committed and its results are lost; a transaction
// left open is rolled back. Every error is an *Error, except ErrClosed and that of an ended ctx.
func (e *Engine) Exec(ctx context.Context, s Session, sql string, params []any) (*Outcome, error) {
	if err := e.take(ctx); err != nil {
		return nil, err
	}
	defer e.give()
	e.purge()
	list, err := prepare(sql, s)
	if err == nil {
		params, err = checkParams(params, len(list))
	}
	var r *refusal
	if errors.As(err, &r) {
		return nil, refused(r, s.Role)
	}
	if err != nil {
		return nil, err
	}
	run := &request{e: e, session: s, params: params, w: &writing{e: e}}
	defer run.w.rollback()
	return run.all(ctx, list)
}

// prepare splits, parses and authorizes all statements before any of them runs.
func prepare(sql string, s Session) ([]prepared, error) {
	parts, err := splitStatements(sql)
	if err != nil {
		if strings.Contains(strings.TrimRight(sql, "; \t\r\n"), ";") {
			return nil, refuse(http.StatusBadRequest, wire.CodeBatchParseError, err.Error())
		}
		return nil, invalidSQL(err.Error())
	}
	if len(parts) == 0 {
		return nil, refuse(http.StatusBadRequest, wire.CodeEmptySQL, "No SQL statements provided")
	}
	list := make([]prepared, len(parts))
	for i, part := range parts {
		if list[i], err = prepareOne(part, s.Role); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func prepareOne(sql string, role Role) (prepared, error) {
	as, inner, ok, err := executeAs(sql)
	if ok && err != nil {
		return prepared{}, refuse(http.StatusBadRequest, wire.CodeInvalidInput, err.Error())
	}
	if err := allowed(inner, role); err != nil {
		return prepared{}, err
	}
	stmt, err := parseStatement(inner)
	if err != nil {
		var r *refusal
		if errors.As(err, &r) {
			return prepared{}, err
		}
		return prepared{}, invalidSQL(describedError(inner, err))
	}
	return prepared{sql: strings.TrimSpace(inner), as: as, stmt: stmt}, nil
}

func describedError(sql string, err error) string {
	p, _ := newParser(sql)
	if p != nil && p.peek().is("CREATE") && (p.ahead(1).is("TABLE") || p.ahead(2).is("TABLE")) {
		return "Invalid CREATE TABLE statement: " + err.Error()
	}
	return err.Error()
}

// allowed refuses by the first words what needs an administrator, before the statement is even parsed.
func allowed(sql string, role Role) error {
	p, err := newParser(sql)
	if err != nil || role.Admin() {
		return nil
	}
	const admin = "Admin privileges (DBA or System role) required for "
	if topicVerb(p.peek()) && p.ahead(1).is("TOPIC") {
		return refuse(http.StatusForbidden, wire.CodePermissionDenied, admin, "topic management")
	}
	verb := p.peek().is("CREATE") || p.peek().is("ALTER") || p.peek().is("DROP")
	switch second := p.ahead(1); {
	case verb && second.is("NAMESPACE"):
		return refuse(http.StatusForbidden, wire.CodePermissionDenied, admin, "namespace operations")
	case verb && second.is("STORAGE"):
		return refuse(http.StatusForbidden, wire.CodePermissionDenied, admin, "storage operations")
	case verb && second.is("USER") && !p.ahead(2).is("TABLE") && !p.peek().is("ALTER"):
		return refuse(http.StatusForbidden, wire.CodePermissionDenied, admin, "user management")
	}
	return nil
}

// request is one Exec on its way.
type request struct {
	e        *Engine
	session  Session
	params   []any
	w        *writing
	results  []Result
	inserted int64
	updated  int64
	deleted  int64
}

func (q *request) all(ctx context.Context, list []prepared) (*Outcome, error) {
	batch := len(list) > 1
	for i, p := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := q.one(ctx, p, batch); err != nil {
			if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
				return nil, err
			}
			var asError *Error
			if errors.As(err, &asError) {
				return nil, asError
			}
			return nil, failed(err, i+1, p.sql, q.session.Role)
		}
	}
	if q.w.open {
		return nil, &Error{Status: http.StatusBadRequest, Code: wire.CodeSQLExecutionError,
			Message: "Transaction was not committed: it was rolled back at the end of the request"}
	}
	for _, total := range []struct {
		word string
		n    int64
	}{{"Inserted", q.inserted}, {"Updated", q.updated}, {"Deleted", q.deleted}} {
		if batch && total.n > 0 {
			q.results = append(q.results, touched(total.word, total.n, q.session.User))
		}
	}
	return &Outcome{Results: q.results, SingleSelect: !batch && q.results[0].Query}, nil
}

func touched(word string, n int64, user string) Result {
	return Result{RowCount: n, Message: word + " " + utoa(uint64(n)) + " row(s)", AsUser: user}
}

// one runs one statement.
func (q *request) one(ctx context.Context, p prepared, batch bool) error {
	s := q.session
	if p.as != "" {
		target, err := q.e.impersonate(s, p.as)
		if err != nil {
			return err
		}
		s = target
	}
	r := q.e.renderer(s, q.params)
	r.as = p.as != ""
	word, n, err := q.write(ctx, p.stmt, r)
	if err != nil {
		return err
	}
	if word != "" {
		if !batch {
			q.results = append(q.results, touched(word, n, s.User))
		}
		return nil
	}
	result, err := q.other(ctx, p.stmt, r)
	result.AsUser = s.User
	q.results = append(q.results, result)
	return err
}

// write runs INSERT, UPDATE and DELETE; word is "" for other statements.
func (q *request) write(ctx context.Context, stmt statement, r *renderer) (word string, n int64, err error) {
	switch st := stmt.(type) {
	case *insertRows:
		n, err = q.w.atomically(ctx, func() (int64, error) { return q.w.insert(ctx, st, r) })
		q.inserted += n
		return "Inserted", n, err
	case *updateRows:
		n, err = q.w.atomically(ctx, func() (int64, error) { return q.w.update(ctx, st, r) })
		q.updated += n
		return "Updated", n, err
	case *deleteRows:
		n, err = q.w.atomically(ctx, func() (int64, error) { return q.w.delete(ctx, st, r) })
		q.deleted += n
		return "Deleted", n, err
	}
	return "", 0, nil
}

// other runs queries, DDL and the rest.
func (q *request) other(ctx context.Context, stmt statement, r *renderer) (Result, error) {
	switch st := stmt.(type) {
	case *selectRows:
		return q.e.selectRows(ctx, st.q, r)
	case *describeTable:
		return q.e.describe(st, r)
	case *showTables:
		return q.e.showTables(ctx, st, r)
	case *showSpaces:
		return q.e.selectText(ctx, "SELECT name FROM system.namespaces ORDER BY name", r)
	case *subscribeTo:
		return q.e.subscribeRow(st, r.session)
	case *consumeTopic:
		return q.e.consumeTopic(st, r.session)
	case *ackTopic:
		return q.e.ackTopic(st, r.session)
	case *transaction:
		return q.transact(ctx, st)
	case *useNamespace:
		q.session.Namespace = st.name
		return Result{Message: "Using namespace '" + st.name + "'"}, nil
	}
	if q.w.open {
		return Result{}, fail(classOperation, "DDL statements are not allowed inside a transaction")
	}
	message, err := q.e.define(stmt, r.session)
	return Result{Message: message}, err
}

// define runs statements that change namespaces, tables, users and topics.
func (e *Engine) define(stmt statement, s Session) (string, error) {
	switch st := stmt.(type) {
	case *createNamespace:
		return e.createNamespace(st)
	case *dropNamespace:
		return e.dropNamespace(st)
	case *createTable:
		return e.createTable(st, s)
	case *dropTable:
		return e.dropTable(st, s)
	case *createUser:
		return e.users.createUser(st)
	case *alterUser:
		return e.users.alterUser(st, s)
	case *dropUser:
		return e.users.dropUser(st)
	case *createTopic:
		return e.createTopic(st)
	case *dropTopic:
		return e.topics.drop(st.name)
	case *clearTopic:
		return e.topics.clear(st.name)
	case *addSource:
		return e.addSource(st, s)
	}
	return "", fail(classOperation, "Statement is not supported")
}

// transact begins and ends a transaction inside the request.
func (q *request) transact(ctx context.Context, st *transaction) (Result, error) {
	switch {
	case st.word == "BEGIN" && q.w.open:
		return Result{}, fail(classOperation, "A transaction is already open")
	case st.word == "BEGIN":
		return Result{Message: "Transaction started"}, q.w.begin(ctx)
	case !q.w.open:
		return Result{}, fail(classOperation, "No transaction is open")
	case st.word == "COMMIT":
		return Result{Message: "Transaction committed"}, q.w.commit()
	}
	q.w.rollback()
	q.inserted, q.updated, q.deleted = 0, 0, 0
	return Result{Message: "Transaction rolled back"}, nil
}
