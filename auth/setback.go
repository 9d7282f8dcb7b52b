package auth

import (
	"errors"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

const (
	// firstPause is how long the first failure is shared; every further one in a row doubles it, up to longestPause.
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
	// firstBan and longestBan are the same where the server has refused the credentials: servers lock accounts.
	firstBan   = 30 * time.Second
	longestBan = 5 * time.Minute
	// longestWord is how long a server's Retry-After is followed.
	longestWord = 10 * time.Minute
)

// setback is what is remembered of renewals that failed in a row: the last error, until when it is shared by all who
// ask, and how many there were. The zero setback is none.
type setback struct {
	err   error
	until due
	count int
}

// after is the setback of one more failure. guarded credentials are those that a server locks when it is asked too often.
func (s setback) after(err error, guarded bool) setback {
	first, longest, word := firstPause, longestPause, time.Duration(0)
	e := said(err)
	if e != nil {
		word = min(e.RetryAfter, longestWord)
	}
	if guarded && e != nil && e.Class() == wire.ClassAuth && !errors.Is(err, ErrSetupRequired) {
		first, longest = firstBan, longestBan
	}
	pause := longest
	if s.count < 10 {
		pause = min(first<<s.count, longest)
	}
	pause = max(word, between(pause/10*8, pause/10*12))
	return setback{err: err, until: in(time.Now(), pause), count: s.count + 1}
}

// still is the error that is shared now, and for how long; 0 and nil if there is none.
func (s setback) still(now time.Time) (time.Duration, error) {
	if s.err == nil || s.until.come(now) {
		return 0, nil
	}
	return s.until.left(now), s.err
}
