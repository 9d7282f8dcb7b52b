package auth

import "time"

// lease is a grant and how old it may be.
type lease struct {
	grant Grant
	aged  bool // the access token may have been made long ago, rather than just now
}

// life is how long its access token is good from now on, 0 if unknown. One that was made just now may go by the server's
// clock alone. Of an older one there is only this side's, and what the token says it lasts is the limit: whoever's clock
// is behind keeps it too long by no more.
func (l lease) life(now time.Time) time.Duration {
	whole := lifetime(l.grant.Access, now)
	if !l.aged {
		return whole
	}
	expires := expiry(l.grant.Access)
	if expires.IsZero() {
		return 0
	}
	return min(whole, max(0, expires.Sub(now)))
}

// expiry is when a token expires, by what came with it or by its own claim; zero if unknown.
func expiry(t Token) time.Time {
	if !t.Expires.IsZero() {
		return t.Expires
	}
	c, err := parseClaims(t.Value)
	if err != nil {
		return time.Time{}
	}
	return c.expires
}
