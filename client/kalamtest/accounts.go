package kalamtest

import (
	"context"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
)

// AddUser makes a user with role "user", "service", "dba" or "system"; passwords have 8 to 72 bytes. For root, who is
// always there, it sets another password.
func (s *Server) AddUser(name, password, role string) error {
	switch engine.Role(role) {
	case engine.RoleUser, engine.RoleService, engine.RoleDBA, engine.RoleSystem:
	default:
		return badOption("user %q: role %q is not user, service, dba or system", name, role)
	}
	if len(password) < 8 || len(password) > 72 {
		return badOption("user %q: a password has 8 to 72 bytes, this has %d", name, len(password))
	}
	if _, there := s.db.User(name); name != RootUser || !there {
		if err := s.db.AddUser(name, password, engine.Role(role)); err != nil {
			return fmt.Errorf("kalam: adding user %q: %w", name, err)
		}
		return nil
	}
	if engine.Role(role) != engine.RoleSystem {
		return badOption("root has role system, not %q", role)
	}
	return s.asRoot("ALTER USER 'root' SET PASSWORD " + quoted(password))
}

func (s *Server) asRoot(sql string) error {
	_, err := s.db.Exec(context.Background(), engine.Session{User: RootUser, Role: engine.RoleSystem}, sql, nil)
	return err
}

// Token gives a fresh access token of the configured lifetime, without a login. For a user who does not exist it is
// well signed, and refused.
func (s *Server) Token(user string) string { return s.TokenFor(user, s.cfg.access) }

// TokenFor gives an access token that ends in d; with d negative one that has ended already. The server takes it for
// another 60 s (WithTokenLeeway).
func (s *Server) TokenFor(user string, d time.Duration) string {
	return s.mint(s.holder(user), accessToken, time.Now(), d)
}

// RefreshToken gives a fresh refresh token, without a login.
func (s *Server) RefreshToken(user string) string {
	return s.mint(s.holder(user), refreshToken, time.Now(), s.cfg.refresh)
}

func (s *Server) holder(user string) engine.User {
	if u, ok := s.db.User(user); ok {
		return u
	}
	return engine.User{ID: user, Role: engine.RoleUser}
}

// mint signs a token. Its claims are strings and integers, which always encode.
func (s *Server) mint(u engine.User, kind string, now time.Time, life time.Duration) string {
	c := claims{Subject: u.ID, Issuer: issuer, Expires: now.Add(life).Unix(), IssuedAt: now.Unix(), Role: string(u.Role), TokenType: kind}
	if u.Email != "" {
		c.Email = &u.Email
	}
	token, _ := s.signer.sign(c)
	return token
}
