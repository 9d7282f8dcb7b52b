package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client/internal/livesql"
	"github.com/kalamdb/kalamrx/wire"
)

// load reads the rows that are there for the first time. A stream that begins at a
// checkpoint has them.
func (s *source) load() {
	if from := s.opts.from; from != nil {
		s.marks.reset(from.at, from.mark)
		s.read = true
		s.begin()
		return
	}
	s.list()
}

// list reads all rows over HTTP. Those that are no more go at its end.
func (s *source) list() {
	if s.listing != nil {
		return
	}
	s.listing = newReading(time.Now())
	var ctx context.Context
	ctx, s.cancel = context.WithCancel(s.ctx)
	s.c.alive.add()
	go s.lister(ctx, s.listing) // owner: the source; ends when all rows are read, or with ctx
}

// unlist ends the listing, if there is one.
func (s *source) unlist() {
	s.listing = nil
	if s.cancel != nil {
		s.cancel()
		s.cancel = nil
	}
}

// lister asks for page after page of rows, and goes on after each as soon as the
// source has taken it in. Before them it asks how new the table is: what changes
// while it reads is what an audit from there finds.
func (s *source) lister(ctx context.Context, r *reading) {
	defer s.c.alive.remove()
	limit := s.opts.batchSize
	if limit == 0 {
		limit = maxBatch
	}
	sql := livesql.Newest(s.st.Table)
	page := livesql.Page(s.st, wire.Seq{}, limit)
	if s.opts.lastRows > 0 {
		page = livesql.Last(s.st, s.opts.lastRows)
	}
	if !s.opts.liveOnly {
		sql += "; " + page
	}
	results, err := s.c.ask(ctx, "list", sql)
	newest := newestOf(results)
	for err == nil && len(results) > 1 {
		rows := results[1]
		ends := s.c.pages.isLast(len(rows.Rows), limit)
		var last wire.Seq
		if last, err = s.pass(ctx, r, rows); err != nil || ends || s.opts.lastRows > 0 || reaches(last, newestOf(results)) {
			break
		}
		results, err = s.c.ask(ctx, "list", livesql.Newest(s.st.Table)+"; "+livesql.Page(s.st, last, limit))
	}
	if ctx.Err() != nil {
		return
	}
	s.inbox.post(func() { s.listed(r, newest, err) })
}

// pass hands a page to the source, waits until it is taken in, and says which
// version is the last of it.
func (s *source) pass(ctx context.Context, r *reading, page wire.Result) (last wire.Seq, err error) {
	page.Schema = s.c.schemas.same(page.Schema)
	rows := make([]wire.Row, len(page.Rows))
	for i, raw := range page.Rows {
		if rows[i], err = raw.Row(page.Schema); err != nil {
			return last, err
		}
		if seq := rows[i].Seq(); last.Less(seq) {
			last = seq
		}
	}
	if len(rows) > 0 && last.IsZero() {
		return last, errVersions
	}
	taken := make(chan error, 1)
	s.inbox.post(func() { taken <- s.listedRows(r, page, rows) })
	select {
	case err = <-taken:
	case <-ctx.Done():
		err = ctx.Err()
	}
	return last, err
}

// errVersions is the cause of rows without versions: the server is of another
// generation.
var errVersions = errors.New("kalam: rows without a version")

// errNotAsked is the outcome of a page that nobody waits for any more.
var errNotAsked = errors.New("kalam: listing was given up")

func (s *source) listedRows(r *reading, page wire.Result, rows []wire.Row) error {
	if s.listing != r {
		return errNotAsked
	}
	s.readAs = page.AsUser
	if s.keys == nil { // the acknowledgement is still on its way
		keys, err := keyColumns(page.Schema, s.opts.keys)
		if err != nil {
			return err
		}
		s.keys = keys
	}
	for _, row := range rows {
		r.rows++
		if err := s.readRow(row); err != nil {
			return err
		}
	}
	return nil
}

// listed is the end of a listing.
func (s *source) listed(r *reading, newest wire.Seq, err error) {
	if s.listing != r {
		return
	}
	s.unlist()
	s.answerRereads(time.Since(r.began))
	if s.noKey != nil {
		s.fail(errors.Join(s.noKey, err))
		return
	}
	if err != nil {
		s.unlisted(err)
		return
	}
	s.marks.reset(r.began, newest)
	r.newest = newest
	s.rough = false
	s.swept(r)
	if !s.read {
		s.base = newest
	}
	s.recounted(r)
	s.read = true
	s.begin()
	s.publish()
	switch {
	case s.mode == byListing:
		if s.acked && s.loaded {
			s.confirmed(r.began)
		}
	case s.audits != nil && s.acked:
		s.audits.demand()
	}
}

// unlisted: HTTP does not give the rows. Who is refused altogether ends; else the
// socket is asked for them.
func (s *source) unlisted(err error) {
	if errors.Is(err, auth.ErrUnauthenticated) {
		s.fail(err)
		return
	}
	s.c.report(err)
	s.unlistable = err
	if s.opts.from != nil {
		s.fail(fmt.Errorf("%w: %w", ErrCheckpoint, err))
		return
	}
	s.mode = bySnapshot
	s.read = s.loaded || s.opts.liveOnly
	s.begin()
	s.publish()
	s.again()
}

// reaches says whether a page that ends with a version has all rows up to the one that was
// the newest just before. That is not known of a table without rows.
func reaches(last, newest wire.Seq) bool { return !newest.IsZero() && !last.Less(newest) }

// newestOf reads the answer of livesql.Newest.
func newestOf(results []wire.Result) wire.Seq {
	if len(results) == 0 || len(results[0].Rows) == 0 {
		return wire.Seq{}
	}
	row, err := results[0].Rows[0].Row(results[0].Schema)
	if err != nil {
		return wire.Seq{}
	}
	seq, _ := row.Get(livesql.NewestColumn).Seq()
	return seq
}
