package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// maxToken is the length over which no server can take a token: that of its request headers.
const maxToken = 16 << 10

// lastSecond is the last second of the year 9999. Later expiries, and there are tokens made to last for ever, are read
// as unknown.
const lastSecond = 253402300799

// claims are what this package reads of a token. The zero times are unknown.
type claims struct {
	expires, issued time.Time
	kind            string // KalamDB's token_type: "access" or "refresh"; empty for other issuers
}

var (
	errLength    = errors.New("token is longer than 16 KiB")
	errBearer    = errors.New(`token begins with "Bearer ", which is not part of it`)
	errSpace     = errors.New("token holds white space or other characters that no token has")
	errParts     = errors.New("token is not three parts with a dot between each")
	errSignature = errors.New("token is not signed")
	errHeader    = errors.New("header of the token is not a JSON object in base64url")
	errPayload   = errors.New("payload of the token is not a JSON object in base64url")
	errMoment    = errors.New("exp or iat of the token is not a time")
)

// parseClaims reads a signed token in compact form (RFC 7515, RFC 7519) without verifying it. Its errors hold nothing of
// the token.
func parseClaims(token string) (claims, error) {
	if err := shape(token); err != nil {
		return claims{}, err
	}
	parts := strings.Split(token, ".")
	if _, err := object(parts[0]); err != nil {
		return claims{}, errHeader
	}
	payload, err := object(parts[1])
	if err != nil {
		return claims{}, errPayload
	}
	c := claims{}
	if c.expires, err = moment(payload["exp"]); err != nil {
		return claims{}, err
	}
	if c.issued, err = moment(payload["iat"]); err != nil {
		return claims{}, err
	}
	if json.Unmarshal(payload["token_type"], &c.kind) != nil {
		c.kind = ""
	}
	return c, nil
}

// shape tells what is wrong with the outside of a token.
func shape(token string) error {
	switch {
	case len(token) > maxToken:
		return errLength
	case strings.HasPrefix(token, "Bearer "):
		return errBearer
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errSpace
	case strings.Count(token, ".") != 2:
		return errParts
	case strings.HasSuffix(token, "."):
		return errSignature
	}
	return nil
}

// object reads a part of a token. Member names are kept exactly, which decoding into a struct would not do.
func object(part string) (map[string]json.RawMessage, error) {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, err
	}
	if members == nil { // null
		return nil, errPayload
	}
	return members, nil
}

// moment reads a NumericDate (RFC 7519, 2): seconds since 1970, maybe with a fraction, which is dropped.
func moment(raw json.RawMessage) (time.Time, error) {
	if raw == nil || string(raw) == "null" {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseFloat(string(raw), 64)
	switch {
	case errors.Is(err, strconv.ErrRange) && seconds > 0, err == nil && seconds > lastSecond:
		return time.Time{}, nil
	case err != nil, seconds < 0:
		return time.Time{}, errMoment
	}
	return time.Unix(int64(math.Floor(seconds)), 0), nil
}

// lifetime is how long a token that came just now is good, 0 if unknown. Where the token says when it was issued, both
// ends are by the server's clock, so that a wrong clock on this side does no harm. A token that seems to have expired
// before it came says that the clocks differ, and is taken as unknown: it is good until the server refuses it.
func lifetime(t Token, now time.Time) time.Duration {
	if c, err := parseClaims(t.Value); err == nil && !c.expires.IsZero() && !c.issued.IsZero() {
		return max(0, c.expires.Sub(c.issued))
	}
	if t.Expires.IsZero() {
		return 0
	}
	return max(0, t.Expires.Sub(now))
}
