package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
)

// forms are all the ways in which a value gets printed: every verb of fmt but %p with its flags, both handlers of slog, and the
// encoders.
func forms(v any) []string {
	var out []string
	for _, verb := range "vsqxXdbtTeEgGUco" {
		for _, flags := range []string{"", "+", "#", "-", " ", "0", "+#", "20.10"} {
			out = append(out, fmt.Sprintf("%"+flags+string(verb), v))
		}
	}
	out = append(out, fmt.Sprint(v), fmt.Sprintf("%v %+v %#v", []any{v}, map[string]any{"k": v}, struct{ V any }{v}))
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).With("bound", v).WithGroup("g").Info("m", "v", v, "in", []any{v})
	}
	out = append(out, log.String())
	text, err := json.Marshal([]any{v})
	out = append(out, string(text), fmt.Sprint(err))
	text, err = xml.Marshal(v)
	out = append(out, string(text), fmt.Sprint(err))
	if err, ok := v.(error); ok {
		out = append(out, err.Error())
	}
	return out
}

// shows finds a secret in any of the forms, also in hex and with its quotes escaped.
func shows(v any, secret string) string {
	hex := fmt.Sprintf("%x", secret)
	escaped := strings.Trim(fmt.Sprintf("%q", secret), `"`)
	for _, text := range forms(v) {
		for _, s := range []string{secret, hex, strings.ToUpper(hex), escaped} {
			if strings.Contains(text, s) {
				return text
			}
		}
	}
	return ""
}

func TestSecrets_FormsFindWhatIsNotHidden(t *testing.T) {
	is := is.New(t)
	is.True(shows(struct{ Value string }{testPassword}, testPassword) != "")
	is.True(shows(errors.New("no "+testPassword), testPassword) != "")
}

// TestSecrets_NoValueShowsThem has a value of every type that holds a secret, by value and by pointer, bare and in others.
func TestSecrets_NoValueShowsThem(t *testing.T) {
	token := expiring(time.Now(), time.Now().Add(time.Hour))
	for name, v := range holders(t, token) {
		t.Run(name, func(t *testing.T) {
			for _, secret := range []string{token, testPassword} {
				if text := shows(v, secret); text != "" {
					t.Errorf("shown: %s", text)
				}
			}
		})
	}
}

// holders are values that all have a token or the password in them.
func holders(t *testing.T, token string) map[string]any {
	t.Helper()
	static, err := JWT(token)
	if err != nil {
		t.Fatal(err)
	}
	tok := Token{Value: token, Expires: time.Now().Add(time.Hour)}
	grant := Grant{Access: tok, Refresh: tok}
	server := named{&fakeServer{onLogin: func(context.Context, int64) (Grant, error) { return grant, nil }}, testBase}
	memory, file := stock(t, grant), fileStore(t)
	login := Password(testUser, testPassword, WithStore(file))
	function := Func(func(context.Context) (Token, error) { return tok, nil })
	refresher := Refreshing(function, func(context.Context, Token) (Token, error) { return tok, nil })
	kept := Stored(memory, testUser)
	for _, s := range []Source{login, function, refresher, kept} {
		is.New(t).Equal(ask(t, s, server), token) // they have it now
	}
	panicking := newPanicError(errors.New("with " + token))
	reports := Reporting(memory, func(error) {})
	hc, _ := answer(200, nil, granted)
	return map[string]any{
		"Token": tok, "Token by pointer": &tok, "Token without expiry": Token{Value: token}, "Grant": grant, "Grant by pointer": &grant,
		"Ask": Ask{Server: server, Refused: token, Life: context.Background(), Go: func(func()) {}}, "Ask by pointer": &Ask{Refused: token},
		"JWT": static, "Password": login, "Func": function, "Refreshing": refresher, "Stored": kept, "None": None(),
		"MemoryStore": memory, "FileStore": file, "Reporting": reports, "Key": testKey(),
		"PanicError": panicking, "PanicError, wrapped": fmt.Errorf("x: %w", panicking), "PanicError by value": *panicking,
		"Server":               NewServer(address(t, "https://db"), hc),
		"a field of another's": struct{ source Source }{login}, "fields of another's": struct {
			a, b, c Source
			d, e    Store
		}{static, function, refresher, memory, reports}, "an exported field": struct{ Source Source }{kept},
	}
}

// TestSecrets_NoErrorShowsThem has servers and transports that send back what they were sent.
func TestSecrets_NoErrorShowsThem(t *testing.T) {
	const password = `Secret "lena" <1>\2`
	token := expiring(time.Now(), time.Now().Add(time.Hour))
	quoted, err := json.Marshal(map[string]string{"error": "unauthorized", "message": "wrong: " + password + " " + token})
	if err != nil {
		t.Fatal(err)
	}
	says := func(status int, body string) http.RoundTripper {
		hc, _ := answer(status, nil, body)
		return hc.Transport
	}
	breaks := roundTripper(func(r *http.Request) (*http.Response, error) {
		text, _ := io.ReadAll(r.Body)
		return nil, fmt.Errorf("malformed answer %q of %v %s %s", text, r.Header, password, token)
	})
	for name, rt := range map[string]http.RoundTripper{
		"flat": says(401, string(quoted)), "plain": says(400, "got "+password+" and "+token), "unreadable": breaks,
		"a grant that is none": says(200, password+token), "limited": says(429, string(quoted)), "setup": says(428, string(quoted)),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			server := NewServer(address(t, "https://db"), &http.Client{Transport: rt})
			_, err := server.Refresh(context.Background(), token)
			is.True(err != nil)
			is.Equal(shows(err, token), "")
			_, err = Password(testUser, password).Token(context.Background(), Ask{Server: server})
			is.True(err != nil)
			is.Equal(shows(err, password), "")
			_, err = Password(testUser, password).Token(context.Background(), Ask{Server: &fakeServer{}})
			is.Equal(shows(err, password), "")
			kept := stock(t, Grant{Access: Token{token, time.Now().Add(-time.Hour)}, Refresh: Token{Value: token}})
			_, err = Stored(kept, testUser).Token(context.Background(), Ask{Server: NewServer(address(t, testBase), &http.Client{Transport: rt})})
			is.True(err != nil)
			is.Equal(shows(err, token), "")
		})
	}
	_, err = JWT(token + " ")
	is.New(t).Equal(shows(err, token), "")
}

func TestToken_String(t *testing.T) {
	is := is.New(t)
	is.Equal(Token{}.String(), "token(none)")
	is.Equal(Token{Value: "x"}.String(), "token([redacted])")
	is.Equal(fmt.Sprintf("%#v", Token{Value: "x", Expires: time.Unix(1795563158, 0)}), "auth.token([redacted], expires 2026-11-24T23:32:38Z)")
	is.Equal(fmt.Sprint(Password("lena", testPassword)), "password(lena)")
	is.Equal(fmt.Sprint(Stored(NewMemoryStore(), "lena")), "stored(lena)")
	is.Equal(fmt.Sprint(Refreshing(Func(nil), nil)), "refreshing(func)")
	is.Equal(fmt.Sprint(Refreshing(nil, nil)), "refreshing(<nil>)")
	is.Equal(fmt.Sprint(Reporting(NewMemoryStore(), nil)), "reporting(memory store)")
	is.True(len(fmt.Sprint(Password(strings.Repeat("ü", 500), testPassword))) < 100)
	is.Equal(fmt.Sprint(NewServer(address(t, "https://db:1/p/"), nil)), "https://db:1/p")
}
