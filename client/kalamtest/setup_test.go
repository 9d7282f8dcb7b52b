package kalamtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

// setupBody is the body of a setup whose passwords are long enough.
func setupBody(user, password, rootPassword string) string {
	return fmt.Sprintf(`{"user":%q,"password":%q,"root_password":%q,"email":"a@b.example"}`, user, password, rootPassword)
}

func flatCode(body string) string {
	var m struct{ Error string }
	_ = json.Unmarshal([]byte(body), &m)
	return m.Error
}

func TestSetup_AServerWithoutARootPasswordLetsNobodyInBeforeIt(t *testing.T) {
	is := is.New(t)
	srv := start(t, kalamtest.WithoutRootPassword())
	status, body := call(t, srv, "GET", "/v1/api/auth/status", "", "")
	is.Equal(status, 200)
	is.True(strings.Contains(body, `"needs_setup":true`))
	status, pair := login(t, srv, "root", kalamtest.RootPassword)
	is.Equal(status, 428)
	is.Equal(pair["error"], "setup_required")
	status, body = call(t, srv, "POST", "/v1/api/sql", srv.Token("root"), selectOne)
	is.Equal(status, 401)
	is.Equal(code(body), "SETUP_REQUIRED")

	status, body = call(t, srv, "POST", "/v1/api/auth/setup", "", setupBody("admin", "Secret-admin-1", "Secret-root-1"))
	is.Equal(status, 200)
	is.True(strings.Contains(body, `"role":"dba"`) && strings.Contains(body, `"email":"a@b.example"`))
	is.True(!strings.Contains(body, "token")) // nobody is logged in by it
	status, body = call(t, srv, "GET", "/v1/api/auth/status", "", "")
	is.Equal(status, 200)
	is.True(strings.Contains(body, `"needs_setup":false`))
	for user, password := range map[string]string{"admin": "Secret-admin-1", "root": "Secret-root-1"} {
		status, _ := login(t, srv, user, password)
		is.Equal(status, 200)
	}
	status, _ = login(t, srv, "root", kalamtest.RootPassword)
	is.Equal(status, 401)
}

func TestSetup_WhatIsRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		opts   []kalamtest.Option
		body   string
		status int
		code   string
	}{
		{"no user", nil, setupBody("", "Secret-a-1", "Secret-b-1"), 400, "invalid_user"},
		{"a short password", nil, setupBody("a", "short", "Secret-b-1"), 400, "weak_password"},
		{"a short root password", nil, setupBody("a", "Secret-a-1", "short"), 400, "weak_password"},
		{"a long password", nil, setupBody("a", strings.Repeat("p", 73), "Secret-b-1"), 400, "weak_password"},
		{"a user who exists", nil, setupBody("lena", "Secret-a-1", "Secret-b-1"), 409, "user_exists"},
		{"from another machine", []kalamtest.Option{kalamtest.WithRemoteCallers()}, setupBody("a", "Secret-a-1", "Secret-b-1"), 403, "forbidden"},
		{"from another machine, allowed", []kalamtest.Option{kalamtest.WithRemoteCallers(), kalamtest.WithRemoteSetup()},
			setupBody("a", "Secret-a-1", "Secret-b-1"), 200, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			is := is.New(t)
			srv := start(t, append(test.opts, kalamtest.WithoutRootPassword())...)
			status, body := call(t, srv, "POST", "/v1/api/auth/setup", "", test.body)
			is.Equal(status, test.status)
			is.Equal(flatCode(body), test.code)
			_, body = call(t, srv, "GET", "/v1/api/auth/status", "", "")
			is.Equal(strings.Contains(body, `"needs_setup":true`), status >= 400 && !strings.Contains(body, "error"))
		})
	}
	is := is.New(t)
	status, body := call(t, start(t), "POST", "/v1/api/auth/setup", "", setupBody("a", "Secret-a-1", "Secret-b-1"))
	is.Equal(status, 409)
	is.Equal(flatCode(body), "already_configured")
}

func TestRemoteCallers_HealthIsForThisMachine(t *testing.T) {
	is := is.New(t)
	srv := start(t, kalamtest.WithRemoteCallers())
	for _, path := range []string{"/health", "/v1/api/healthcheck", "/v1/api/cluster/health", "/v1/api/auth/status"} {
		status, _ := call(t, srv, "GET", path, "", "")
		is.Equal(status, 403)
		status, _ = call(t, start(t), "GET", path, "", "")
		is.Equal(status, 200)
	}
	status, _ := call(t, srv, "POST", "/v1/api/sql", srv.Token("lena"), selectOne)
	is.Equal(status, 200) // what is for everybody is
}

func TestRefuseRequests_AnswersTheNextOnesSo(t *testing.T) {
	for _, test := range []struct {
		status int
		after  time.Duration
		header string
		code   string
	}{
		{429, 7 * time.Second, "7", `"error":"RATE_LIMIT_EXCEEDED"`},
		{429, 0, "", `"error":"RATE_LIMIT_EXCEEDED"`},
		{503, time.Minute, "60", `"code":"CLUSTER_UNAVAILABLE"`},
		{502, 0, "", "Bad Gateway"},
	} {
		is := is.New(t)
		srv := start(t)
		srv.RefuseRequests(2, test.status, test.after)
		resp, err := http.Get(srv.URL() + "/health")
		is.NoErr(err)
		is.NoErr(resp.Body.Close())
		is.Equal(resp.StatusCode, test.status)
		is.Equal(resp.Header.Get("Retry-After"), test.header)
		status, body := call(t, srv, "POST", "/v1/api/sql", srv.Token("lena"), selectOne)
		is.Equal(status, test.status)
		is.True(strings.Contains(body, test.code))
		status, _ = call(t, srv, "POST", "/v1/api/sql", srv.Token("lena"), selectOne)
		is.Equal(status, 200)
		is.Equal(srv.Stats().RateLimited, 2)
		srv.RefuseRequests(5, test.status, 0)
		is.NoErr(srv.Calm())
		status, _ = call(t, srv, "GET", "/health", "", "")
		is.Equal(status, 200)
	}
}

func TestRefuseTokens_RefusesTheNextOnes(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	srv.RefuseTokens(1)
	status, _ := call(t, srv, "GET", "/health", "", "") // carries none
	is.Equal(status, 200)
	status, body := call(t, srv, "POST", "/v1/api/sql", srv.Token("lena"), selectOne)
	is.Equal(status, 401)
	is.Equal(code(body), "TOKEN_EXPIRED")
	status, _ = call(t, srv, "POST", "/v1/api/sql", srv.Token("lena"), selectOne)
	is.Equal(status, 200)
}
