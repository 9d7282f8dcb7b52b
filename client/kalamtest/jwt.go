package kalamtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// issuer is the "iss" claim of every token that a KalamDB server signs itself.
const issuer = "kalamdb"

// The two kinds of token: an access token opens sockets and SQL, a refresh token buys a new pair.
const (
	accessToken  = "access"
	refreshToken = "refresh"
)

// Verdicts on a token. The HTTP answer differs between them only by its code.
var (
	errBadToken     = errors.New("kalam: token refused")
	errExpiredToken = errors.New("kalam: token expired")
)

// claims are the members of a token, in the order in which the real server writes them.
type claims struct {
	Subject   string  `json:"sub"`
	Issuer    string  `json:"iss"`
	Expires   int64   `json:"exp"`
	IssuedAt  int64   `json:"iat"`
	Email     *string `json:"email"`
	Role      string  `json:"role"`
	TokenType string  `json:"token_type"`
}

// jwtHeader is the only header accepted: HS256, as the real server writes it.
const jwtHeader = `{"typ":"JWT","alg":"HS256"}`

// signer makes and checks HS256 tokens (RFC 7519 over RFC 7515).
type signer struct {
	key    []byte
	leeway time.Duration
}

func (s signer) sign(c claims) (string, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	head := base64.RawURLEncoding.EncodeToString([]byte(jwtHeader)) + "." + base64.RawURLEncoding.EncodeToString(body)
	return head + "." + base64.RawURLEncoding.EncodeToString(s.mac(head)), nil
}

func (s signer) mac(text string) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// check returns the claims of a token of the wanted kind; the signature is looked at before anything that it covers.
func (s signer) check(token, kind string, now time.Time) (claims, error) {
	c, err := s.open(token)
	if err != nil {
		return claims{}, err
	}
	if c.Issuer != issuer || c.Subject == "" || c.TokenType != kind {
		return claims{}, errBadToken
	}
	if now.After(time.Unix(c.Expires, 0).Add(s.leeway)) {
		return claims{}, errExpiredToken
	}
	return c, nil
}

func (s signer) open(token string) (claims, error) {
	head, tail, ok := cutLast(token, ".")
	if !ok {
		return claims{}, errBadToken
	}
	mac, err := base64.RawURLEncoding.DecodeString(tail)
	if err != nil || !hmac.Equal(mac, s.mac(head)) {
		return claims{}, errBadToken
	}
	first, second, ok := strings.Cut(head, ".")
	if !ok {
		return claims{}, errBadToken
	}
	var h struct {
		Alg string `json:"alg"`
	}
	if err := decodePart(first, &h); err != nil || h.Alg != "HS256" {
		return claims{}, errBadToken
	}
	var c claims
	if err := decodePart(second, &c); err != nil {
		return claims{}, errBadToken
	}
	return c, nil
}

func decodePart(part string, into any) error {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
