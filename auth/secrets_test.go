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

func TestSecrets_NoValueShowsThem(t *testing.T) {
	token := expiring(time.Now(), time.Now().Add(time.Hour))
	static, err := JWT(token)
	if err != nil {
		t.Fatal(err)
	}
	server := &fakeServer{onLogin: func(context.Context, int64) (Grant, error) {
		return Grant{Access: Token{Value: token}, Refresh: Token{Value: token, Expires: time.Now()}}, nil
	}}
	login := Password(testUser, testPassword)
	if _, err := login.Token(context.Background(), Ask{Server: server}); err != nil {
		t.Fatal(err)
	}
	tok := Token{Value: token, Expires: time.Now()}
	hc, _ := answer(200, nil, granted)
	values := map[string]any{
		"token": tok, "token by pointer": &tok, "token without expiry": Token{Value: token}, "JWT": static, "Password": login,
		"Grant": Grant{Access: tok, Refresh: tok}, "Grant by pointer": &Grant{Access: tok}, "Ask": Ask{Server: server, Refused: token},
		"Ask by pointer": &Ask{Refused: token}, "Server": NewServer(address(t, "http://db"), hc),
		"a field of another's": struct{ source Source }{login}, "and another's": struct{ source Source }{static},
	}
	for name, v := range values {
		t.Run(name, func(t *testing.T) {
			for _, secret := range []string{token, testPassword} {
				if text := shows(v, secret); text != "" {
					t.Errorf("shown: %s", text)
				}
			}
		})
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
			server := NewServer(address(t, "http://db"), &http.Client{Transport: rt})
			_, err := server.Refresh(context.Background(), token)
			is.True(err != nil)
			is.Equal(shows(err, token), "")
			_, err = Password(testUser, password).Token(context.Background(), Ask{Server: server})
			is.True(err != nil)
			is.Equal(shows(err, password), "")
			_, err = Password(testUser, password).Token(context.Background(), Ask{Server: &fakeServer{}})
			is.Equal(shows(err, password), "")
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
	is.True(len(fmt.Sprint(Password(strings.Repeat("ü", 500), testPassword))) < 100)
	is.Equal(fmt.Sprint(NewServer(address(t, "http://db:1/p/"), nil)), "http://db:1/p")
}
