package wire

import (
	"math"
	"time"
)

// nanoFrom is where a timestamp is taken for nanoseconds: 1e17 microseconds is the year 5138, 1e17 nanoseconds is 1973.
const nanoFrom = 100_000_000_000_000_000

// dayMicros is a day in microseconds.
const dayMicros = 24 * 60 * 60 * 1_000_000

// Time reads a point in time, in UTC. For Timestamp, DateTime and unknown types the cell is microseconds since 1970, a
// number or a numeric string; from 1e17 on (18 digits or more) nanoseconds, as 0.4.3 writes them for expressions such as
// NOW(). For Date it is days since 1970. RFC 3339 text is taken too. Use TimeIn where the unit is known to be another.
func (c Cell) Time(t DataType) (time.Time, error) {
	if t == Date {
		return c.Date()
	}
	n, err := c.Int64()
	if err != nil {
		return c.timeText("time", time.RFC3339Nano)
	}
	if n >= nanoFrom || n <= -nanoFrom {
		return time.Unix(0, n).UTC(), nil
	}
	return time.UnixMicro(n).UTC(), nil
}

// TimeIn reads a count of units since 1970, such as time.Millisecond, which some system tables of 0.4.3 use.
func (c Cell) TimeIn(unit time.Duration) (time.Time, error) {
	n, err := c.Int64()
	if err != nil {
		return time.Time{}, c.fail("time", "")
	}
	if unit <= 0 {
		return time.Time{}, c.fail("time", "unit of time not positive")
	}
	if unit%time.Second == 0 {
		seconds, ok := multiply(n, int64(unit/time.Second))
		if !ok {
			return time.Time{}, c.fail("time", "out of range")
		}
		return time.Unix(seconds, 0).UTC(), nil
	}
	perSecond := int64(time.Second / unit)
	if time.Second%unit != 0 {
		nanos, ok := multiply(n, int64(unit))
		if !ok {
			return time.Time{}, c.fail("time", "out of range")
		}
		return time.Unix(0, nanos).UTC(), nil
	}
	return time.Unix(n/perSecond, n%perSecond*int64(unit)).UTC(), nil
}

// multiply gives a*b, b positive, and whether it fits.
func multiply(a, b int64) (int64, bool) {
	if a > math.MaxInt64/b || a < math.MinInt64/b {
		return 0, false
	}
	return a * b, true
}

// Date reads days since 1970 as midnight UTC; text such as "2026-11-23" is taken too.
func (c Cell) Date() (time.Time, error) {
	n, err := c.Int64()
	if err != nil {
		return c.timeText("date", time.DateOnly)
	}
	if n < math.MinInt32 || n > math.MaxInt32 {
		return time.Time{}, c.fail("date", "out of range")
	}
	return time.Unix(n*24*60*60, 0).UTC(), nil
}

func (c Cell) timeText(want, layout string) (time.Time, error) {
	text, err := c.Text()
	if err != nil {
		return time.Time{}, c.fail(want, "")
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		return time.Time{}, c.fail(want, "not a "+want)
	}
	return t.UTC(), nil
}

// Duration reads a TIME, microseconds since midnight; from 24 hours on the number is taken for nanoseconds. Text such as
// "12:34:56.5" is taken too.
func (c Cell) Duration() (time.Duration, error) {
	n, err := c.Int64()
	if err != nil {
		t, err := c.timeText("time of day", "15:04:05.999999999")
		if err != nil {
			return 0, err
		}
		return t.Sub(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)), nil
	}
	switch {
	case 0 <= n && n <= dayMicros:
		return time.Duration(n) * time.Microsecond, nil
	case 0 < n && n <= dayMicros*1000:
		return time.Duration(n), nil
	}
	return 0, c.fail("time of day", "out of range")
}

// dayTime writes a time of day as text.
func dayTime(d time.Duration) string {
	text := time.Unix(0, int64(d)).UTC().Format("15:04:05.999999999")
	if d == 24*time.Hour {
		return "24:00:00"
	}
	return text
}

// microsOf gives a time as microseconds since 1970, and whether it fits.
func microsOf(t time.Time) (int64, bool) {
	s, ok := multiply(t.Unix(), 1_000_000)
	if !ok || s > math.MaxInt64-1_000_000 {
		return 0, false
	}
	return s + int64(t.Nanosecond()/1000), true
}
