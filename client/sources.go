package client

import (
	"strings"
	"sync"

	"github.com/kalamdb/kalamrx/client/internal/livesql"
)

// identity is what two live streams must have in common to share one live query
// of the server.
type identity struct {
	sql       string
	batchSize int
	exactness Exactness
	resume    Resumption
	keys      string
}

func identityOf(st livesql.Statement, o liveOptions) identity {
	return identity{
		sql: st.Text, batchSize: o.batchSize,
		exactness: o.exactness, resume: o.resume, keys: strings.Join(o.keys, "\x00"),
	}
}

// isShareable says whether a stream may share its live query: not one that makes it
// wait, nor one that begins at a time or place of its own.
func (o *liveOptions) isShareable() bool {
	return o.overflow != Block && o.from == nil && !o.liveOnly && o.lastRows == 0
}

// sources are the live queries that streams share, each as long as somebody
// observes it. The mutex is a leaf lock.
type sources struct {
	mu   sync.Mutex
	open map[identity]*source
}

// join gives the source of a live query to one more observer; a new one has to be
// started. o decides for the first observer how it is read.
func (all *sources) join(c *Client, st livesql.Statement, o liveOptions) (s *source, isNew bool) {
	if !o.isShareable() {
		s = newSource(c, st, o)
		s.observers = 1
		return s, true
	}
	id := identityOf(st, o)
	all.mu.Lock()
	defer all.mu.Unlock()
	if s = all.open[id]; s != nil {
		s.observers++
		return s, false
	}
	s = newSource(c, st, o)
	s.id, s.shared, s.observers = id, true, 1
	if all.open == nil {
		all.open = map[identity]*source{}
	}
	all.open[id] = s
	return s, true
}

// leave takes an observer away, and says whether it was the last.
func (all *sources) leave(s *source) (last bool) {
	all.mu.Lock()
	defer all.mu.Unlock()
	s.observers--
	if s.observers > 0 {
		return false
	}
	all.forget(s)
	return true
}

// retire has new observers get a source of their own: s has ended.
func (all *sources) retire(s *source) {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.forget(s)
}

// forget is retire; all.mu is held.
func (all *sources) forget(s *source) {
	if s.shared && all.open[s.id] == s {
		delete(all.open, s.id)
	}
}
