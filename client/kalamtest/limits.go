package kalamtest

import (
	"sync"
	"time"
)

// bucket is a token bucket of `rate` tokens that refills at `rate` a second. Not for concurrent use.
type bucket struct {
	rate   float64
	tokens float64
	filled time.Time
}

func newBucket(rate int, now time.Time) *bucket {
	return &bucket{rate: float64(rate), tokens: float64(rate), filled: now}
}

// take spends one token, or reports that there is none.
func (b *bucket) take(now time.Time) bool {
	b.tokens = min(b.rate, b.tokens+b.rate*now.Sub(b.filled).Seconds())
	b.filled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// limiter keeps one bucket for each key: queries by user, sign-ins by address.
type limiter struct {
	mu      sync.Mutex
	rate    int
	buckets map[string]*bucket
}

func newLimiter(rate int) *limiter {
	return &limiter{rate: rate, buckets: make(map[string]*bucket)}
}

// forget fills every bucket.
func (l *limiter) forget() {
	l.mu.Lock()
	clear(l.buckets)
	l.mu.Unlock()
}

func (l *limiter) take(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	b := l.buckets[key]
	if b == nil {
		b = newBucket(l.rate, now)
		l.buckets[key] = b
	}
	return b.take(now)
}

// quota counts the subscriptions of each user over all connections.
// Like the real server it is a plain counter beside the subscriptions, so that a duplicate id inflates it and an
// unsubscribe of an unknown id deflates it (protocol.md 3.7).
type quota struct {
	mu    sync.Mutex
	limit int
	used  map[string]int
}

func newQuota(limit int) *quota { return &quota{limit: limit, used: make(map[string]int)} }

func (q *quota) take(user string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.used[user] >= q.limit {
		return false
	}
	q.used[user]++
	return true
}

// forget gives every place back.
func (q *quota) forget() {
	q.mu.Lock()
	clear(q.used)
	q.mu.Unlock()
}

// give returns n places; it never goes below none used.
func (q *quota) give(user string, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.used[user] = max(0, q.used[user]-n)
}
