package wire

import (
	"strconv"
	"time"
)

// RetryAfter reads the value of an HTTP header of that name (RFC 9110, 10.2.3): seconds, or a date in one of the three
// forms of RFC 9110, 5.6.7. What cannot be read, and a date that has passed, is 0; more than a day is not believed.
func RetryAfter(value string, now time.Time) time.Duration {
	const longest = 24 * time.Hour
	if s, err := strconv.ParseUint(value, 10, 31); err == nil {
		return min(time.Duration(s)*time.Second, longest)
	}
	for _, layout := range [...]string{"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC850, time.ANSIC} {
		if at, err := time.Parse(layout, value); err == nil {
			return min(max(at.Sub(now), 0), longest)
		}
	}
	return 0
}
