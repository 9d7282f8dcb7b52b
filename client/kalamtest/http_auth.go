package kalamtest

import (
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// Cookies that login and refresh set beside the body. The refresh cookie wins over the header, as on the real server.
const (
	accessCookie  = "kalamdb_auth"
	refreshCookie = "kalamdb_refresh"
)

// limitAuth counts one sign-in attempt of the caller's address; beyond the rate it answers 429.
func (s *Server) limitAuth(w http.ResponseWriter, r *http.Request) bool {
	if s.auths.take(host(r.RemoteAddr)) {
		return s.linger(r, &s.faults.auth)
	}
	s.tally.add(func(n *Stats) { n.RateLimited++ })
	writeFlat(w, http.StatusTooManyRequests, wire.CodeLoginRateLimited, "Too many authentication attempts. Please retry shortly.")
	return false
}

// serveLogin is POST /v1/api/auth/login. A body that cannot be read is answered in plain text.
func (s *Server) serveLogin(w http.ResponseWriter, r *http.Request) {
	body, complaint := readJSON(r)
	if complaint != "" {
		writeText(w, http.StatusBadRequest, complaint)
		return
	}
	in, err := wire.ParseLoginRequest(body)
	if err != nil {
		writeText(w, http.StatusBadRequest, deserializeError(body, err).Error())
		return
	}
	if !s.limitAuth(w, r) {
		return
	}
	if s.bare.Load() {
		s.tally.add(func(n *Stats) { n.LoginFailures++ })
		writeFlat(w, http.StatusPreconditionRequired, wire.CodeLoginSetupRequired, setupMessage)
		return
	}
	u, ok := engine.User{}, false
	if utf8.RuneCountInString(in.User) <= 128 && utf8.RuneCountInString(in.Password) <= 256 && !s.faults.refuseAuth.Load() {
		u, ok = s.db.CheckPassword(in.User, in.Password)
	}
	if !ok {
		s.tally.add(func(n *Stats) { n.LoginFailures++ })
		writeFlat(w, http.StatusUnauthorized, wire.CodeLoginUnauthorized, "Invalid credentials")
		return
	}
	s.tally.add(func(n *Stats) { n.Logins++ })
	s.grant(w, u)
}

// serveRefresh is POST /v1/api/auth/refresh: a new pair for a refresh token. The old one stays good until its end.
func (s *Server) serveRefresh(w http.ResponseWriter, r *http.Request) {
	if !s.limitAuth(w, r) {
		return
	}
	token, ok := bearer(r)
	if c, err := r.Cookie(refreshCookie); err == nil {
		token, ok = c.Value, true
	}
	if !ok {
		writeFlat(w, http.StatusUnauthorized, wire.CodeLoginUnauthorized, "Authentication required")
		return
	}
	u, err := s.verify(token, refreshToken)
	if err != nil {
		message := "Invalid credentials"
		if _, isAccess := s.signer.check(token, accessToken, time.Now()); isAccess == nil && !s.faults.refuseAuth.Load() {
			message = "Refresh endpoint requires a refresh token"
		}
		writeFlat(w, http.StatusUnauthorized, wire.CodeLoginUnauthorized, message)
		return
	}
	s.tally.add(func(n *Stats) { n.Refreshes++ })
	s.grant(w, u)
}

// grant answers with a fresh pair of tokens.
func (s *Server) grant(w http.ResponseWriter, u engine.User) {
	now := time.Now()
	out := wire.LoginResponse{
		User: accountOf(u), AdminUIAccess: u.Role.Admin(),
		ExpiresAt: stamp(now.Add(s.cfg.access), nanos), AccessToken: s.mint(u, accessToken, now, s.cfg.access),
		RefreshExpiresAt: stamp(now.Add(s.cfg.refresh), nanos), RefreshToken: s.mint(u, refreshToken, now, s.cfg.refresh),
	}
	setCookie(w, accessCookie, out.AccessToken, s.cfg.access)
	setCookie(w, refreshCookie, out.RefreshToken, s.cfg.refresh)
	writeJSON(w, http.StatusOK, out)
}

func setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: max(-1, int(life.Seconds())), HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// serveMe is GET /v1/api/auth/me: who the access token, in the header or the cookie, belongs to.
func (s *Server) serveMe(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(accessCookie); err == nil {
		r.Header.Set("Authorization", "Bearer "+c.Value)
	}
	u, err := s.caller(r)
	if err != nil {
		message := "Invalid credentials"
		if _, ok := bearer(r); !ok {
			message = "Authentication required"
		}
		writeFlat(w, http.StatusUnauthorized, wire.CodeLoginUnauthorized, message)
		return
	}
	writeJSON(w, http.StatusOK, wire.MeResponse{User: accountOf(u), AdminUIAccess: u.Role.Admin()})
}

// serveLogout is POST /v1/api/auth/logout: it clears the cookies and nothing else.
func (s *Server) serveLogout(w http.ResponseWriter, _ *http.Request) {
	setCookie(w, accessCookie, "", -time.Second)
	setCookie(w, refreshCookie, "", -time.Second)
	writeJSON(w, http.StatusOK, wire.MessageResponse{Message: "Logged out successfully"})
}

// Layouts of the two kinds of time that the auth routes write.
const (
	millis = "2006-01-02T15:04:05.000-07:00"
	nanos  = "2006-01-02T15:04:05.000000000-07:00"
)

func stamp(t time.Time, layout string) wire.Stamp { return wire.Stamp(t.UTC().Format(layout)) }

func accountOf(u engine.User) wire.User {
	out := wire.User{ID: u.ID, Role: string(u.Role), CreatedAt: stamp(u.Created, millis), UpdatedAt: stamp(u.Updated, millis)}
	if u.Email != "" {
		out.Email = &u.Email
	}
	return out
}
