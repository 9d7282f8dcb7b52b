package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/sethvargo/go-retry"
)

// Upload runs a statement with files over HTTP, and returns when the server has
// answered: each file goes where FILE("name") stands, with the name of its Placeholder,
// in one INSERT or UPDATE of a USER or SHARED table that is named with its namespace.
// Parameters are those of Query.
//
//	c.Upload(ctx, `INSERT INTO docs.items (id, att) VALUES ($1, FILE("scan"))`, []client.File{
//		{Placeholder: "scan", Name: "scan 1.pdf", MIME: "application/pdf", Body: f},
//	}, "d7")
//
// The bodies are streamed: memory does not depend on their size. What the server would
// refuse is an error before anything is sent, where it can be known:
// wire.CodeTooManyFiles, and a *FileError for a file that is too large, without a
// placeholder, missing, given twice, or badly named; see also WithMaxFiles and
// WithMaxFileSize. A body that fails, or is not of its size, is a *FileError, and
// breaks the request off.
//
// A refused token (401), a server that is not the leader of its cluster (NOT_LEADER) and
// one that is asked too often (429 with RATE_LIMIT_EXCEEDED) did nothing yet: the upload
// is sent again, the latter two as often as WithMaxRetries says (see also WithLeaders) and
// not sooner than Retry-After, unless that is longer than WithTimeout; if every body can
// be rewound or was not read yet, else it fails with ErrFileSpent and what the server
// said. Nothing else is sent twice, a 503 included, unless the connection had taken
// nothing of it. ctx bounds the whole; WithTimeout bounds the time before the first byte
// is sent, and from the last one to the answer, WithTransferTimeout the pauses between.
func (c *Client) Upload(ctx context.Context, sql string, files []File, params ...any) (Result, error) {
	return c.session().Upload(ctx, sql, files, params...)
}

// Upload is Client.Upload with the session's settings.
func (s *Session) Upload(ctx context.Context, sql string, files []File, params ...any) (Result, error) {
	up, err := s.begin(ctx, func() (*form, error) { return s.formOf(sql, files, params) }, &meter{})
	if err != nil {
		return Result{}, err
	}
	select {
	case o := <-up.over:
		return o.result, o.err
	case <-up.ctx.Done():
		return up.left()
	}
}

// upload is one upload, in whatever number of tries.
type upload struct {
	*Session
	ctx    context.Context
	form   *form
	meter  *meter
	late   *deadline
	at     *url.URL // of the leader, where a server has named it; else nil
	failed atomic.Pointer[error]
	over   chan uploaded // gets what became of it
}

type uploaded struct {
	result Result
	err    error
}

// begin checks, and sends on a goroutine of the upload's own: the HTTP client does not
// return, whatever its context says, while a body is in a Read. A form can be sent
// again, but not twice at a time.
func (s *Session) begin(ctx context.Context, check func() (*form, error), m *meter) (*upload, error) {
	if s.c.closed.Load() {
		return nil, ErrClosed
	}
	f, err := check()
	if err != nil {
		return nil, err
	}
	if !f.busy.CompareAndSwap(false, true) {
		return nil, fmt.Errorf("kalam: upload: %w: they are being sent", ErrFileSpent)
	}
	m.total.Store(f.content())
	ctx, end := s.c.transfer(ctx)
	up := &upload{Session: s, ctx: ctx, form: f, meter: m, late: newDeadline(end), over: make(chan uploaded, 1)}
	s.c.alive.add()
	go func() { // owner: the upload; ends when it does, or when ctx has ended and no body is being read
		defer s.c.alive.remove()
		defer end(nil)
		defer up.late.stop()
		result, err := up.run(ctx)
		up.late.set("upload", up.timeout)
		up.settled(ctx) // the bodies are the caller's again, unless ctx ends first
		f.busy.Store(false)
		up.over <- uploaded{result, err}
	}()
	return up, nil
}

// left is what became of an upload whose context has ended.
func (up *upload) left() (Result, error) {
	select {
	case o := <-up.over:
		return o.result, o.err
	default:
		return Result{}, given(up.ctx, "upload", nil)
	}
}

// transfer is ctx for as long as the client is open. Its end is the cause of the
// context's.
func (c *Client) transfer(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, end := context.WithCancelCause(ctx)
	stop := context.AfterFunc(c.life, func() { end(ErrClosed) })
	return ctx, func(cause error) {
		stop()
		end(cause)
	}
}

// formOf checks all that can be known before anything is sent.
func (s *Session) formOf(sql string, files []File, params []any) (*form, error) {
	limits := s.c.cfg.transfers
	all, err := attachAll(files, limits)
	if err != nil {
		return nil, err
	}
	if err := matched(sql, all); err != nil {
		return nil, err
	}
	sql, encoded, err := s.statement(sql, params)
	if err != nil {
		return nil, err
	}
	text, err := jsonParams(encoded)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	f := newForm(sql, s.namespace, text, all)
	if limits.size > 0 && f.size > limits.size {
		return nil, fmt.Errorf("kalam: upload: %w: %d bytes, at most %d", wire.CodeBodyTooLarge, f.size, limits.size)
	}
	return f, nil
}

// run sends the form, and again as long as that is safe and may help.
func (up *upload) run(ctx context.Context) (result Result, err error) {
	ctx = up.c.as(ctx)
	again := &patience{next: queryBackoff(up.retries)}
	err = retry.Do(ctx, again, func(ctx context.Context) error {
		result, err = up.once(ctx)
		again.last = err
		if didNothing(err) && up.settled(ctx) {
			return up.again(err)
		}
		return err
	})
	if err != nil && ctx.Err() != nil {
		return Result{}, given(ctx, "upload", again.last)
	}
	return result, err
}

// given says why a transfer was given up, and what was the last thing that happened.
func given(ctx context.Context, op string, last error) error {
	cause := context.Cause(ctx)
	if last == nil || errors.Is(last, cause) {
		return fmt.Errorf("kalam: %s: %w", op, cause)
	}
	return fmt.Errorf("kalam: %s: %w: %w", op, cause, last)
}

// once makes one try. Where a body failed, that is the reason, whatever the HTTP client
// made of it.
func (up *upload) once(ctx context.Context) (Result, error) {
	up.late.set("upload", up.timeout)
	defer up.late.lift()
	a, err := up.c.fetch(ctx, request{
		op: "upload", at: up.at, method: http.MethodPost, path: "/v1/api/sql", kind: up.form.kind(), size: up.form.size,
		body: func() (io.Reader, error) { return up.open(ctx) }, again: up.form.rewindable(),
	})
	var said *ServerError
	if failed := up.failed.Load(); failed != nil && !errors.As(err, &said) {
		return Result{}, *failed
	}
	if err != nil {
		return Result{}, err
	}
	resp, err := a.results("upload")
	if err != nil {
		return Result{}, err
	}
	return effectOf(resp), nil
}

// open gives the form from its beginning.
func (up *upload) open(ctx context.Context) (io.Reader, error) {
	if !up.settled(ctx) {
		return nil, context.Cause(ctx)
	}
	if err := up.form.rewind(); err != nil {
		return nil, err
	}
	up.failed.Store(nil)
	up.meter.restart()
	up.late.set("upload", up.timeout)
	up.form.before = up.newBody()
	return up.form.before, nil
}

// settled waits until nobody reads the body of the try before: the HTTP client may do
// so for some time after the answer.
func (up *upload) settled(ctx context.Context) bool {
	if up.form.before == nil {
		return true
	}
	select {
	case <-up.form.before.over:
		return true
	case <-ctx.Done():
		return false
	}
}

// didNothing says whether an error is of a server that has not begun with an upload: one
// that is not the leader, or the guard and the rate limit that stand before it.
func didNothing(err error) bool {
	var said *ServerError
	if !errors.As(err, &said) {
		return false
	}
	return said.Code == wire.CodeNotLeader || said.Code == wire.CodeRateLimitExceeded && said.HTTPStatus == http.StatusTooManyRequests
}

// again has the next try go to the leader that an error names, or where this one went; if
// the form can be sent again, and the server does not ask for more patience than there is.
func (up *upload) again(refusal error) error {
	var said *ServerError
	if errors.As(refusal, &said) && said.RetryAfter > up.timeout {
		return refusal
	}
	if err := up.form.spent(); err != nil {
		return fmt.Errorf("%w: %w", refusal, err)
	}
	if !errors.Is(refusal, wire.CodeNotLeader) {
		return retry.RetryableError(refusal)
	}
	at, err := up.c.leader(refusal)
	if err != nil {
		return fmt.Errorf("%w: %w", err, refusal)
	}
	up.at = at
	return retry.RetryableError(refusal)
}

// fail keeps what a body failed with first.
func (up *upload) fail(err error) { up.failed.CompareAndSwap(nil, &err) }
