package kalamtest

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// refusals are the next requests that are not answered as they should be.
type refusals struct {
	mu     sync.Mutex
	busy   int // requests
	status int
	after  time.Duration
	tokens int // requests with a token
}

// RefuseRequests makes the server answer the next n HTTP requests, upgrades and logins included, as one that has too
// much to do, before it looks at them: status 429 as the connection guard, 503 as a cluster without a leader, any other
// in plain text. A retryAfter of a second or more is told, in whole seconds. 0 requests ends it.
func (s *Server) RefuseRequests(n, status int, retryAfter time.Duration) {
	f := &s.faults.refusals
	f.mu.Lock()
	f.busy, f.status, f.after = n, status, retryAfter
	f.mu.Unlock()
}

// RefuseTokens makes the server answer the next n HTTP requests that carry a token, upgrades aside, with 401
// TOKEN_EXPIRED, whatever the token says. 0 ends it.
func (s *Server) RefuseTokens(n int) {
	f := &s.faults.refusals
	f.mu.Lock()
	f.tokens = n
	f.mu.Unlock()
}

func (f *refusals) calm() {
	f.mu.Lock()
	f.busy, f.tokens = 0, 0
	f.mu.Unlock()
}

// refuses answers a request that is to be refused.
func (s *Server) refuses(w http.ResponseWriter, r *http.Request) bool {
	f := &s.faults.refusals
	f.mu.Lock()
	busy, status, after := f.busy > 0, f.status, f.after
	f.busy = max(0, f.busy-1)
	_, carries := bearer(r)
	token := !busy && carries && f.tokens > 0 && r.URL.Path != "/v1/ws"
	if token {
		f.tokens--
	}
	f.mu.Unlock()
	switch {
	case busy:
		s.tally.add(func(n *Stats) { n.RateLimited++ })
		writeBusy(w, status, after)
	case token:
		s.tally.add(func(n *Stats) { n.AuthFailures++ })
		writeObject(w, http.StatusUnauthorized, wire.CodeTokenExpired, "Invalid credentials")
	}
	return busy || token
}

func writeBusy(w http.ResponseWriter, status int, after time.Duration) {
	seconds := int64(after / time.Second)
	if seconds > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	switch status {
	case http.StatusTooManyRequests:
		writeJSON(w, status, wire.FlatError{
			Error: string(wire.CodeRateLimitExceeded), Message: "Too many requests", RetryAfterSeconds: seconds,
		})
	case http.StatusServiceUnavailable:
		writeObject(w, status, wire.CodeClusterUnavailable, "Cluster is not available")
	default:
		writeText(w, status, http.StatusText(status))
	}
}

// writeObject writes the error shape of the SQL route.
func writeObject(w http.ResponseWriter, status int, code wire.Code, message string) {
	writeJSON(w, status, map[string]any{
		"status": "error", "results": []any{}, "took": 0.01, "error": map[string]any{"code": code, "message": message},
	})
}
