package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Defaults of Options, those of KalamDB 0.4.3.
const (
	defaultQueryLimit = 50
	maxQueryLimit     = 1000
	deletedRetention  = 168 * time.Hour
	visibility        = time.Minute // of records that a consumer group was given
	purgeInterval     = time.Minute // how often old tombstones and expired STREAM rows are removed
	maxNode           = 1<<10 - 1
)

// ErrClosed is what calls get after Close.
var ErrClosed = errors.New("kalamtest: engine is closed")

// Options tune an Engine. The zero value is KalamDB 0.4.3's configuration.
type Options struct {
	Now               func() time.Time // clock of NOW(), _seq, TTL and retention; default time.Now
	Node              uint16           // 10-bit node number inside every _seq; default 0
	DefaultQueryLimit int              // rows of a SELECT without LIMIT; default 50
	MaxQueryLimit     int              // most rows of any SELECT; default 1000
	DeletedRetention  time.Duration    // how long tombstones are kept where the table does not say; default 168 h
	VersionColumn     string           // name of the column of row versions; default _seq
	Visibility        time.Duration    // how long a claim of a consumer group holds; default 60 s
	Seed              uint64           // of the order of members in the payloads of topics
	StrictFilters     bool             // as from 0.7: live filters know IN, refuse what they do not know, and tell who leaves and enters
}

// withDefaults fills in what was not given.
func (o Options) withDefaults() (Options, error) {
	if o.Node > maxNode || o.DefaultQueryLimit < 0 || o.MaxQueryLimit < 0 || o.DeletedRetention < 0 || o.Visibility < 0 {
		return o, errors.New("kalamtest: engine options: node must be below 1024, limits and durations not negative")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.DefaultQueryLimit == 0 {
		o.DefaultQueryLimit = defaultQueryLimit
	}
	if o.MaxQueryLimit == 0 {
		o.MaxQueryLimit = maxQueryLimit
	}
	if o.VersionColumn == "" {
		o.VersionColumn = defaultVersion
	}
	if o.DeletedRetention == 0 {
		o.DeletedRetention = deletedRetention
	}
	if o.Visibility == 0 {
		o.Visibility = visibility
	}
	return o, nil
}

// Engine holds one private in-memory database. Its methods may be called from any goroutine; it starts none of its own
// besides those of database/sql, which end with Close.
type Engine struct {
	opts     Options
	catalog  *catalog
	users    *users
	topics   *topics
	turn     chan struct{} // holds one token: who took it has the database; closed is only read with it
	closed   atomic.Bool
	db       *database
	seq      *sequence // of row versions
	ids      *sequence // of SNOWFLAKE_ID(), so that versions stay dense
	purged   time.Time
	onChange func(RowChange)
}

// New opens an engine with the namespaces default and system, the tables of system.*, and no users.
func New(o Options) (*Engine, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	db, err := openDatabase()
	if err != nil {
		return nil, err
	}
	e := &Engine{
		opts:    o,
		catalog: newCatalog(),
		users:   newUsers(o.Now),
		topics:  newTopics(o),
		turn:    make(chan struct{}, 1),
		db:      db,
		seq:     &sequence{now: o.Now, node: uint64(o.Node)},
		ids:     &sequence{now: o.Now, node: uint64(o.Node)},
		purged:  o.Now(),
	}
	e.turn <- struct{}{}
	e.makeSystem()
	return e, nil
}

// Close ends the engine and frees its database, after the request that has the turn. Later calls fail with ErrClosed; a second
// Close does nothing.
func (e *Engine) Close() error {
	<-e.turn
	if !e.closed.Swap(true) {
		e.db.close()
	}
	e.turn <- struct{}{}
	return nil
}

// OnChange sets the function that is told of every committed row version, in commit order. It is called by the goroutine of
// Exec while the engine's turn is held: it must not block and must not call Exec, Page or Boundary (methods of LiveQuery are
// safe). Set it before the first Exec.
func (e *Engine) OnChange(f func(RowChange)) { e.onChange = f }

// take waits for the turn. Who gets it gives it back.
func (e *Engine) take(ctx context.Context) error {
	select {
	case <-e.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	if e.closed.Load() {
		e.give()
		return ErrClosed
	}
	return nil
}

func (e *Engine) give() { e.turn <- struct{}{} }

// renderer makes what one statement of a session needs.
func (e *Engine) renderer(s Session, params []any) *renderer {
	return &renderer{
		catalog: e.catalog,
		session: s,
		params:  params,
		now:     e.opts.Now(),
		unique:  e.ids.next,
		ctes:    make(map[string][]outColumn),
		system:  make(map[string]bool),
	}
}

// purge removes tombstones past their retention and expired STREAM rows, at most once a minute, and tells nobody.
func (e *Engine) purge() {
	now := e.opts.Now()
	if now.Sub(e.purged) < purgeInterval {
		return
	}
	e.purged = now
	_, tables := e.catalog.list()
	for _, t := range tables {
		switch t.kind {
		case StreamTable:
			_ = e.db.exec(context.Background(), "DELETE FROM "+t.store+" WHERE _seq < ?", int64(seqFloor(now.Add(-t.ttl))))
		case UserTable, SharedTable:
			_ = e.db.exec(context.Background(), "DELETE FROM "+t.store+" WHERE _deleted = 1 AND _seq < ?",
				int64(seqFloor(now.Add(-t.retention))))
		}
	}
}
