package wire

import (
	"log/slog"
	"time"
)

// Stamp is a point in time as the auth routes write it (RFC 3339), kept as written.
type Stamp string

// StampOf writes a time in UTC.
func StampOf(t time.Time) Stamp { return Stamp(t.UTC().Format(time.RFC3339Nano)) }

// Time reads the stamp.
func (s Stamp) Time() (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, string(s))
	if err != nil {
		return time.Time{}, &FieldError{Want: "RFC 3339 time", Got: KindString}
	}
	return t, nil
}

// LoginRequest is the body of POST /v1/api/auth/login. The password is not shown by String, GoString and LogValue.
type LoginRequest struct {
	User     string `json:"user"`
	Password string `json:"password"`
}

// LoginResponse is the answer to login and refresh. The tokens are not shown by String, GoString and LogValue.
type LoginResponse struct {
	User             User   `json:"user"`
	AdminUIAccess    bool   `json:"admin_ui_access"`
	ExpiresAt        Stamp  `json:"expires_at"`
	AccessToken      string `json:"access_token"`
	RefreshToken     string `json:"refresh_token"`
	RefreshExpiresAt Stamp  `json:"refresh_expires_at"`
}

// User is an account as the auth routes show it.
type User struct {
	ID        string  `json:"id"`
	Name      string  `json:"name,omitzero"` // 0.5.6 and later
	Role      string  `json:"role"`
	Email     *string `json:"email"`
	CreatedAt Stamp   `json:"created_at"`
	UpdatedAt Stamp   `json:"updated_at"`
}

// MeResponse is the answer of GET /v1/api/auth/me.
type MeResponse struct {
	User          User `json:"user"`
	AdminUIAccess bool `json:"admin_ui_access"`
}

// MessageResponse is the answer of POST /v1/api/auth/logout.
type MessageResponse struct {
	Message string `json:"message"`
}

// SetupRequest is the body of POST /v1/api/auth/setup. Its passwords are not shown by String, GoString and LogValue.
type SetupRequest struct {
	User         string `json:"user"`
	Password     string `json:"password"`
	RootPassword string `json:"root_password"`
	Email        string `json:"email,omitzero"`
}

// SetupResponse is the answer of POST /v1/api/auth/setup.
type SetupResponse struct {
	User    User   `json:"user"`
	Message string `json:"message"`
}

// SetupStatus is the answer of GET /v1/api/auth/status.
type SetupStatus struct {
	NeedsSetup bool   `json:"needs_setup"`
	Message    string `json:"message"`
}

// FlatError is the error body of every route but SQL: Error with Code (topics, files), or Error as the code with
// Message (login, connection guard), or Error alone. ParseError reads it; a server writes it.
type FlatError struct {
	Error             string `json:"error"`
	Code              Code   `json:"code,omitzero"`
	Message           string `json:"message,omitzero"`
	RetryAfterSeconds int64  `json:"retry_after_seconds,omitzero"`
	SizeBytes         int64  `json:"size_bytes,omitzero"`
	MaxBytes          int64  `json:"max_bytes,omitzero"`
}

// ParseLoginRequest reads a login as strictly as the server: unknown members are refused, "username" stands for "user",
// both members must be there.
func ParseLoginRequest(body []byte) (*LoginRequest, error) {
	l := &LoginRequest{}
	var seen names
	err := eachMember(body, func(key, value []byte) error {
		switch string(key) {
		case "user", "username":
			seen.add("user")
			return readString(value, &l.User)
		case "password":
			seen.add("password")
			return readString(value, &l.Password)
		}
		return &FieldError{Unknown: true}
	})
	if err == nil {
		err = seen.want("user", "password")
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// UnmarshalJSON is ParseLoginRequest.
func (l *LoginRequest) UnmarshalJSON(text []byte) error {
	got, err := ParseLoginRequest(text)
	if err != nil {
		return err
	}
	*l = *got
	return nil
}

// String shows all but the password.
func (l LoginRequest) String() string { return "login{user:" + l.User + " password:" + redacted + "}" }

// GoString shows all but the password.
func (l LoginRequest) GoString() string { return "wire." + l.String() }

// LogValue shows all but the password.
func (l LoginRequest) LogValue() slog.Value { return slog.StringValue(l.String()) }

// String shows user and expiry, not the tokens.
func (l LoginResponse) String() string {
	return "login{user:" + l.User.ID + " role:" + l.User.Role + " expires:" + string(l.ExpiresAt) + " tokens:" + redacted + "}"
}

// GoString shows user and expiry, not the tokens.
func (l LoginResponse) GoString() string { return "wire." + l.String() }

// LogValue shows user and expiry, not the tokens.
func (l LoginResponse) LogValue() slog.Value { return slog.StringValue(l.String()) }

// String shows all but the passwords.
func (s SetupRequest) String() string { return "setup{user:" + s.User + " passwords:" + redacted + "}" }

// GoString shows all but the passwords.
func (s SetupRequest) GoString() string { return "wire." + s.String() }

// LogValue shows all but the passwords.
func (s SetupRequest) LogValue() slog.Value { return slog.StringValue(s.String()) }
