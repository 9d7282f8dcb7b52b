package kalamtest

import (
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// beginning is how a server is before somebody has set it up, and who may.
type beginning struct {
	bare   bool // root has no password yet
	remote bool // callers are on other machines
	open   bool // who may set it up all the same
}

// errSetup is what every token meets on a server that is not set up.
var errSetup = errors.New("kalam: server is not set up")

// WithoutRootPassword starts a server that nobody has set up: a login is answered 428 setup_required, and a token 401
// SETUP_REQUIRED, until POST /v1/api/auth/setup has made an administrator and given root its password.
func WithoutRootPassword() Option {
	return func(c *config) error {
		c.bare = true
		return nil
	}
}

// WithRemoteCallers has every caller count as one on another machine: health, cluster health, setup and its status
// answer 403. By default every caller is one on the server's own machine, which a test is.
func WithRemoteCallers() Option {
	return func(c *config) error {
		c.remote = true
		return nil
	}
}

// WithRemoteSetup lets callers on other machines set the server up, as allow_remote_setup of the real server does.
func WithRemoteSetup() Option {
	return func(c *config) error {
		c.open = true
		return nil
	}
}

// local says whether a caller of the routes that are for the server's own machine may have an answer, or answers 403.
func (s *Server) local(w http.ResponseWriter) bool {
	if s.cfg.remote {
		writeJSON(w, http.StatusForbidden, wire.FlatError{Error: "Access denied. This endpoint is only available from localhost."})
	}
	return !s.cfg.remote
}

// maySetUp is local for the setup routes.
func (s *Server) maySetUp(w http.ResponseWriter) bool {
	if s.cfg.remote && !s.cfg.open {
		writeFlat(w, http.StatusForbidden, wire.CodeLoginForbidden, "Server setup is only allowed from localhost")
		return false
	}
	return true
}

// serveStatus is GET /v1/api/auth/status.
func (s *Server) serveStatus(w http.ResponseWriter, _ *http.Request) {
	if !s.maySetUp(w) {
		return
	}
	status := wire.SetupStatus{Message: "Server is configured and ready."}
	if s.bare.Load() {
		status = wire.SetupStatus{NeedsSetup: true, Message: setupMessage}
	}
	writeJSON(w, http.StatusOK, status)
}

// setupMessage and the texts of serveSetup are this server's own: none of them was recorded of a real one.
const setupMessage = "Server requires initial setup. Root password is not configured."

// serveSetup is POST /v1/api/auth/setup: it makes an administrator with role dba, and gives root its password. It logs
// nobody in.
func (s *Server) serveSetup(w http.ResponseWriter, r *http.Request) {
	if !s.maySetUp(w) {
		return
	}
	body, complaint := readJSON(r)
	if complaint != "" {
		writeText(w, http.StatusBadRequest, complaint)
		return
	}
	var in wire.SetupRequest
	if err := wire.Unmarshal(body, &in); err != nil {
		writeText(w, http.StatusBadRequest, deserializeError(body, err).Error())
		return
	}
	if status, code, why := s.setupRefusal(in); code != "" {
		writeFlat(w, status, code, why)
		return
	}
	u, err := s.setUp(in)
	if err != nil {
		writeFlat(w, http.StatusInternalServerError, wire.CodeLoginInternalError, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, wire.SetupResponse{User: accountOf(u), Message: "Server setup complete. Please log in."})
}

// setupRefusal says what is wrong with a setup; an empty code is nothing.
func (s *Server) setupRefusal(in wire.SetupRequest) (status int, code wire.Code, why string) {
	weak := func(password string) bool { return len(password) < 8 || len(password) > 72 }
	_, taken := s.db.User(in.User)
	switch {
	case in.User == "" || utf8.RuneCountInString(in.User) > 128:
		return http.StatusBadRequest, wire.CodeLoginInvalidUser, "A user name has 1 to 128 characters"
	case weak(in.Password) || weak(in.RootPassword):
		return http.StatusBadRequest, wire.CodeLoginWeakPassword, "A password has 8 to 72 bytes"
	case taken && s.bare.Load():
		return http.StatusConflict, wire.CodeLoginUserExists, "User already exists"
	case !s.bare.CompareAndSwap(true, false): // the first of several wins
		return http.StatusConflict, wire.CodeLoginAlreadyConfigured, "Server is already configured"
	}
	return 0, "", ""
}

func (s *Server) setUp(in wire.SetupRequest) (engine.User, error) {
	err := s.AddUser(in.User, in.Password, string(engine.RoleDBA))
	if err == nil {
		err = s.AddUser(RootUser, in.RootPassword, string(engine.RoleSystem))
	}
	if err == nil && in.Email != "" {
		err = s.asRoot("ALTER USER " + quoted(in.User) + " SET EMAIL " + quoted(in.Email))
	}
	if err != nil {
		s.bare.Store(true)
	}
	u, _ := s.db.User(in.User)
	return u, err
}

// quoted is a string literal of SQL.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
