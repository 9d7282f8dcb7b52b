package engine

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	minPassword  = 8 // bytes
	maxPassword  = 72
	maxUserID    = 128
	hashRounds   = 10 // of PBKDF2: few, since the passwords of a test server guard nothing and servers are started by the thousand
	hashedLength = 32
)

// User is a user as system.users has it, without the password.
type User struct {
	ID          string
	Role        Role
	Email       string // "" = NULL
	HasPassword bool   // can log in
	Created     time.Time
	Updated     time.Time
}

// users keeps the users of an engine. Safe for concurrent use.
type users struct {
	mu   sync.RWMutex
	now  func() time.Time
	byID map[string]*userRecord
}

type userRecord struct {
	User
	auth       string // as in CREATE USER
	salt, hash []byte
}

func newUsers(now func() time.Time) *users {
	return &users{now: now, byID: make(map[string]*userRecord)}
}

// User gives a user that exists and is not dropped.
func (e *Engine) User(id string) (User, bool) {
	e.users.mu.RLock()
	defer e.users.mu.RUnlock()
	u, ok := e.users.byID[id]
	if !ok {
		return User{}, false
	}
	return u.User, true
}

// Users gives all users that are not dropped, by id.
func (e *Engine) Users() []User {
	e.users.mu.RLock()
	defer e.users.mu.RUnlock()
	list := make([]User, 0, len(e.users.byID))
	for _, u := range e.users.byID {
		list = append(list, u.User)
	}
	slices.SortFunc(list, func(a, b User) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// AddUser creates a user as CREATE USER does, but takes any password: an empty one gives a user that cannot log in. An id that
// exists is an error.
func (e *Engine) AddUser(id, password string, role Role) error {
	if _, ok := parseRole(string(role)); !ok {
		return errors.New("kalamtest: unknown role " + string(role))
	}
	auth := "PASSWORD"
	if password == "" {
		auth = "INTERNAL"
	}
	return e.users.add(id, auth, password, role, "")
}

// CheckPassword reports whether the user exists and has this password.
func (e *Engine) CheckPassword(id, password string) (User, bool) {
	e.users.mu.RLock()
	u, ok := e.users.byID[id]
	var salt, want []byte
	var user User
	if ok {
		salt, want, user = u.salt, u.hash, u.User
	}
	e.users.mu.RUnlock()
	if len(want) == 0 {
		return User{}, false
	}
	got, err := hashPassword(password, salt)
	if err != nil || subtle.ConstantTimeCompare(got, want) != 1 {
		return User{}, false
	}
	return user, true
}

func hashPassword(password string, salt []byte) ([]byte, error) {
	return pbkdf2.Key(sha256.New, password, salt, hashRounds, hashedLength)
}

func (us *users) add(id, auth, password string, role Role, email string) error {
	if id == "" || len(id) > maxUserID || strings.Contains(id, "..") || strings.ContainsAny(id, "/\\\x00") {
		return fail(classOperation, "Invalid user id '", id, "'")
	}
	now := us.now()
	u := &userRecord{User: User{ID: id, Role: role, Email: email, Created: now, Updated: now}, auth: auth}
	if err := u.setPassword(password); err != nil {
		return err
	}
	us.mu.Lock()
	defer us.mu.Unlock()
	if _, ok := us.byID[id]; ok {
		return fail(classExists, "User '", id, "' already exists")
	}
	us.byID[id] = u
	return nil
}

func (u *userRecord) setPassword(password string) error {
	if password == "" {
		return nil
	}
	u.salt = make([]byte, 16)
	_, _ = rand.Read(u.salt)
	var err error
	u.hash, err = hashPassword(password, u.salt)
	u.HasPassword = err == nil
	return err
}

func checkPassword(password string) error {
	if len(password) < minPassword || len(password) > maxPassword {
		return fail(classOperation, "Password must be ", itoa(minPassword), " to ", itoa(maxPassword), " characters")
	}
	return nil
}

func (us *users) createUser(st *createUser) (string, error) {
	if st.auth == "PASSWORD" {
		if err := checkPassword(st.password); err != nil {
			return "", err
		}
	}
	err := us.add(st.user, st.auth, st.password, st.role, st.email)
	var f *failure
	if st.ifNotExistsToo && errors.As(err, &f) && f.class == classExists {
		return "User '" + st.user + "' already exists", nil
	}
	return "User '" + st.user + "' created", err
}

// alterUser lets everyone change the own password and email, and administrators everything.
func (us *users) alterUser(st *alterUser, s Session) (string, error) {
	if !s.Role.Admin() && (st.user != s.User || st.what == "ROLE") {
		return "", fail(classUnauthorized, "Admin privileges (DBA or System role) required for user management")
	}
	us.mu.Lock()
	defer us.mu.Unlock()
	old, ok := us.byID[st.user]
	if !ok {
		return "", fail(classNotFound, "User '", st.user, "' not found")
	}
	u := *old
	switch st.what {
	case "PASSWORD":
		if err := checkPassword(st.value); err != nil {
			return "", err
		}
		if err := u.setPassword(st.value); err != nil {
			return "", err
		}
	case "ROLE":
		role, ok := parseRole(st.value)
		if !ok {
			return "", fail(classOperation, "Invalid role '", st.value, "'")
		}
		u.Role = role
	case "EMAIL":
		u.Email = st.value
	}
	u.Updated = us.now()
	us.byID[st.user] = &u
	return "User '" + st.user + "' updated", nil
}

func (us *users) dropUser(st *dropUser) (string, error) {
	us.mu.Lock()
	defer us.mu.Unlock()
	if _, ok := us.byID[st.user]; !ok {
		if st.ifExists {
			return "User '" + st.user + "' does not exist (skipped)", nil
		}
		return "", fail(classNotFound, "User '", st.user, "' not found")
	}
	delete(us.byID, st.user)
	return "User '" + st.user + "' dropped (soft delete)", nil
}

// impersonate gives the session of EXECUTE AS USER: a system user may be anyone, others only who has not more rights than they,
// role user only itself.
func (e *Engine) impersonate(s Session, target string) (Session, error) {
	u, ok := e.User(target)
	if !ok && target != s.User {
		return s, e.refuseAs(fail(classNotFound, "User '", target, "' not found"), s.Role)
	}
	if !ok {
		return s, nil
	}
	if target != s.User && !mayImpersonate(s.Role, u.Role) {
		return s, e.refuseAs(fail(classUnauthorized, "EXECUTE AS USER is not authorized: actor '", s.User, "' with role ",
			shownRole(s.Role), " cannot target '", target, "' with role ", shownRole(u.Role)), s.Role)
	}
	return Session{User: u.ID, Role: u.Role, Namespace: s.Namespace}, nil
}

// refuseAs turns a failure into an answer that does not name the statement.
func (e *Engine) refuseAs(err error, role Role) error {
	var f *failure
	if !errors.As(err, &f) {
		return err
	}
	status, code, _ := f.answer()
	return refused(&refusal{status, code, f.Error()}, role)
}

func mayImpersonate(actor, target Role) bool {
	switch actor {
	case RoleSystem:
		return true
	case RoleDBA:
		return target != RoleSystem
	case RoleService:
		return !target.Admin()
	}
	return false
}

// shownRole is how the server writes a role in texts.
func shownRole(r Role) string {
	switch r {
	case RoleService:
		return "Service"
	case RoleDBA:
		return "Dba"
	case RoleSystem:
		return "System"
	}
	return "User"
}
