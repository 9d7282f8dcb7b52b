package kalamtest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

const selectOne = `{"sql":"SELECT 1 AS one"}`

// code gives the error code of an SQL answer.
func code(body string) string {
	var m struct{ Error struct{ Code string } }
	_ = json.Unmarshal([]byte(body), &m)
	return m.Error.Code
}

func login(t *testing.T, srv *kalamtest.Server, user, password string) (int, map[string]any) {
	t.Helper()
	status, body := call(t, srv, "POST", "/v1/api/auth/login", "", fmt.Sprintf(`{"user":%q,"password":%q}`, user, password))
	var m map[string]any
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatal(body)
	}
	return status, m
}

func TestToken_EndsAfterItsLifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t, kalamtest.WithTokenLifetime(10*time.Second), kalamtest.WithTokenLeeway(0))
		status, pair := login(t, srv, "lena", "Secret-lena-1")
		is.Equal(status, 200)
		token := pair["access_token"].(string)
		ask := func() (int, string) { return call(t, srv, "POST", "/v1/api/sql", token, selectOne) }
		status, _ = ask()
		is.Equal(status, 200)
		p := dial(t, srv, "/v1/ws", token)
		p.expect("auth_success")
		time.Sleep(11 * time.Second)
		status, body := ask()
		is.Equal(status, 401)
		is.Equal(code(body), "TOKEN_EXPIRED")
		is.True(strings.Contains(body, `"message":"Invalid credentials"`))
		is.Equal(dial(t, srv, "/v1/ws", token).expect("auth_error").Message, "Invalid credentials")

		status, body = call(t, srv, "POST", "/v1/api/auth/refresh", pair["refresh_token"].(string), "")
		is.Equal(status, 200)
		is.NoErr(json.Unmarshal([]byte(body), &pair))
		token = pair["access_token"].(string)
		status, _ = ask()
		is.Equal(status, 200)
		time.Sleep(71 * time.Second) // refresh tokens live seven times as long
		status, _ = call(t, srv, "POST", "/v1/api/auth/refresh", pair["refresh_token"].(string), "")
		is.Equal(status, 401)
	})
}

func TestToken_LeewayOfSixtySecondsByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t)
		for life, want := range map[time.Duration]int{-59 * time.Second: 200, -62 * time.Second: 401} {
			status, _ := call(t, srv, "POST", "/v1/api/sql", srv.TokenFor("lena", life), selectOne)
			is.Equal(status, want)
		}
	})
}

func TestToken_OnlyOurOwnOfTheRightKindIsTaken(t *testing.T) {
	srv := start(t)
	other := start(t)
	good := srv.Token("lena")
	part := strings.Split(good, ".")
	claims, _ := base64.RawURLEncoding.DecodeString(part[1])
	raise := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(claims), `"role":"user"`, `"role":"system"`, 1)))
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))
	for name, token := range map[string]string{
		"garbage": "not-a-token", "empty": "x.y.z", "another server's": other.Token("lena"), "refresh": srv.RefreshToken("lena"),
		"unknown user": srv.Token("nobody"), "changed claims": part[0] + "." + raise + "." + part[2],
		"no signature": none + "." + part[1] + ".", "cut": good[:len(good)-2],
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			status, body := call(t, srv, "POST", "/v1/api/sql", token, selectOne)
			is.Equal(status, 401)
			is.Equal(code(body), "INVALID_CREDENTIALS")
			p := dial(t, srv, "/v1/ws", token)
			p.expect("auth_error")
			is.Equal(p.ended().code, 1008)
		})
	}
	status, body := call(t, srv, "POST", "/v1/api/auth/refresh", good, "")
	is := is.New(t)
	is.Equal(status, 401)
	is.True(strings.Contains(body, "Refresh endpoint requires a refresh token"))
	is.Equal(srv.Stats().AuthFailures, 17)
}

func TestToken_AChangedRoleEndsIt(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	token := srv.Token("lena")
	setUp(t, srv, "ALTER USER 'lena' SET ROLE service")
	status, _ := call(t, srv, "POST", "/v1/api/sql", token, selectOne)
	is.Equal(status, 401)
	status, _ = query(t, srv, "SELECT 1")
	is.Equal(status, 200)
}

func TestQueryRate_AHundredASecondAUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t)
		for range 100 {
			status, _ := query(t, srv, "SELECT 1")
			is.Equal(status, 200)
		}
		status, body := query(t, srv, "SELECT 1")
		is.Equal(status, 429)
		is.Equal(code(body), "RATE_LIMIT_EXCEEDED")
		status, _ = call(t, srv, "POST", "/v1/api/sql", srv.Token("root"), selectOne)
		is.Equal(status, 200) // another user is not concerned
		time.Sleep(50 * time.Millisecond)
		for range 5 {
			status, _ = query(t, srv, "SELECT 1")
			is.Equal(status, 200)
		}
		status, _ = query(t, srv, "SELECT 1")
		is.Equal(status, 429)
		is.Equal(srv.Stats().Queries, 106)
	})
}

func TestAuthRate_TwentyASecondAnAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t)
		for range 20 {
			status, _ := login(t, srv, "lena", "Wrong-lena-1")
			is.Equal(status, 401)
		}
		status, body := login(t, srv, "lena", "Secret-lena-1")
		is.Equal(status, 429)
		is.Equal(body["error"], "rate_limited")
		is.Equal(dial(t, srv, "/v1/ws", srv.Token("lena")).expect("auth_error").Message, "Too many authentication attempts. Please retry shortly.")
		time.Sleep(time.Second)
		status, _ = login(t, srv, "lena", "Secret-lena-1")
		is.Equal(status, 200)
		is.Equal(srv.Stats().Logins, 1)
		is.Equal(srv.Stats().LoginFailures, 20)
	})
}

func TestLogin_BadBodiesAreToldInPlainText(t *testing.T) {
	srv := start(t)
	for body, want := range map[string]string{
		`{"user":"lena"}`:                          "Json deserialize error: missing field `password` at line 1 column 15",
		`{"user":"lena","password":"x","extra":1}`: "Json deserialize error: unknown field `extra`, expected `user` or `password` at line 1 column 40",
		`[`: "Json deserialize error: EOF while parsing a list at line 1 column 1",
		`{"user":"lena","password":"Secret-lena-1"}} `: "Json deserialize error: trailing characters at line 1 column 43",
	} {
		t.Run(fmt.Sprintf("%d bytes", len(body)), func(t *testing.T) {
			is := is.New(t)
			status, got := call(t, srv, "POST", "/v1/api/auth/login", "", body)
			is.Equal(status, 400)
			is.Equal(got, want)
		})
	}
	is := is.New(t)
	status, _ := call(t, srv, "POST", "/v1/api/auth/login", "", `{"username":"lena","password":"Secret-lena-1"}`)
	is.Equal(status, 200)
}

func TestRoot_MayHaveAnotherPassword(t *testing.T) {
	is := is.New(t)
	srv := start(t, kalamtest.WithUser("root", "another'secret", "system"))
	status, _ := login(t, srv, "root", kalamtest.RootPassword)
	is.Equal(status, 401)
	status, body := login(t, srv, "root", "another'secret")
	is.Equal(status, 200)
	is.Equal(body["admin_ui_access"], true)
}

func TestSQL_ParametersOfEveryKind(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	status, body := call(t, srv, "POST", "/v1/api/sql", srv.Token("lena"),
		`{"sql":"INSERT INTO chat.messages (id, room, body, n) VALUES ($1, $2, $3, $4)","params":[9007199254740993,"blue",null,7]}`)
	is.Equal(status, 200)
	is.True(strings.Contains(body, `"message":"Inserted 1 row(s)"`))
	_, body = query(t, srv, "SELECT id, body, n FROM chat.messages")
	is.True(strings.Contains(body, `["9007199254740993",null,7]`))
	status, body = call(t, srv, "POST", "/v1/api/sql", srv.Token("lena"), `{"sql":"SELECT $1","params":[[1]]}`)
	is.Equal(status, 400)
	is.Equal(code(body), "INVALID_PARAMETER")
}

func TestSQL_NamespaceOfTheRequest(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	insert(t, srv, 0, 1)
	status, _ := call(t, srv, "POST", "/v1/api/sql", srv.Token("lena"), `{"sql":"SELECT id FROM messages","namespace_id":"chat"}`)
	is.Equal(status, 200)
	status, _ = call(t, srv, "POST", "/v1/api/sql", srv.Token("lena"), `{"sql":"SELECT id FROM messages"}`)
	is.Equal(status, 400)
}
