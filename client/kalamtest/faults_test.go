package kalamtest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

func TestFault_CloseConnectionsSaysCodeAndReason(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	a, b := connect(t, srv), connect(t, srv)
	is.Equal(srv.CloseConnections(1001, "Server shutting down"), 2)
	for _, p := range []*peer{a, b} {
		end := p.ended()
		is.Equal(end.code, 1001)
		is.Equal(end.reason, "Server shutting down")
	}
	_, err := srv.Await(t.Context(), func(s kalamtest.Stats) bool { return s.ConnectionsOpen == 0 })
	is.NoErr(err)
}

func TestFault_CutConnectionsSaysNothing(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	p := connect(t, srv)
	p.subscribe("all", "", "{}")
	is.Equal(srv.CutConnections(), 1)
	is.Equal(p.ended().frame, "cut")
	_, err := srv.Await(t.Context(), func(s kalamtest.Stats) bool { return s.ConnectionsOpen == 0 && s.SubscriptionsOpen == 0 })
	is.NoErr(err)
}

func TestFault_InjectSendsAnythingToOneOrAll(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	a, b := connect(t, srv), connect(t, srv)
	is.Equal(srv.Inject([]byte(`{"type":"news"`), false), 2)
	is.Equal(a.hear(), heard{frame: "text", body: `{"type":"news"`})
	is.Equal(b.hear(), heard{frame: "text", body: `{"type":"news"`})
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 16<<20))
	_ = z.Close()
	conns := srv.Connections()
	is.Equal(conns[0].User(), "lena")
	is.True(conns[0].ID() != conns[1].ID())
	conns[1].Inject(bomb.Bytes(), true)
	is.Equal(b.hear().frame, "binary")
	a.silent()
	conns[0].Cut()
	is.Equal(a.ended().frame, "cut")
	b.silent()
}

func TestFault_RefuseAuthConcernsNewcomersOnly(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	p := connect(t, srv)
	srv.RefuseAuth(true)
	status, _ := login(t, srv, "lena", "Secret-lena-1")
	is.Equal(status, 401)
	status, _ = query(t, srv, "SELECT 1")
	is.Equal(status, 401)
	status, _ = call(t, srv, "POST", "/v1/api/auth/refresh", srv.RefreshToken("lena"), "")
	is.Equal(status, 401)
	dial(t, srv, "/v1/ws", srv.Token("lena")).expect("auth_error")
	p.silent()
	srv.RefuseAuth(false)
	connect(t, srv)
}

func TestFault_SwallowedCredentialsAndSubscribesGetNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t)
		p := connect(t, srv)
		srv.SwallowSubscribes(true)
		p.say(`{"type":"subscribe","subscription":{"id":"a","sql":"SELECT * FROM chat.messages","options":{}}}`)
		p.silent()
		srv.SwallowSubscribes(false)
		p.subscribe("a", "", "{}")
		is.Equal(srv.Stats().Subscribes, 2)

		srv.SwallowAuth(true)
		q := dial(t, srv, "/v1/ws", srv.Token("lena"))
		for range 5 {
			time.Sleep(4 * time.Second)
			q.silent() // the timer of the authentication has stopped
			p.silent()
		}
		is.Equal(srv.Stats().Swallowed, 2)
	})
}

func TestFault_RefusedConnectionsNeverReachHTTP(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	p := connect(t, srv)
	srv.RefuseConnections(true)
	before := srv.Stats().HTTPRequests
	req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL()+"/health", nil)
	is.NoErr(err)
	tr := &http.Transport{DialContext: srv.Dial}
	_, err = (&http.Client{Transport: tr}).Do(req)
	is.True(err != nil)
	is.Equal(srv.Stats().HTTPRequests, before)
	is.Equal(srv.Stats().TurnedAway, 1)
	p.silent()
	srv.RefuseConnections(false)
	status, _ := call(t, srv, "GET", "/health", "", "")
	is.Equal(status, 200)
}

func TestHook_AnswersInsteadOfTheServer(t *testing.T) {
	is := is.New(t)
	down := true
	srv := start(t, kalamtest.WithHTTPHook(func(r *http.Request) (int, string, bool) {
		if r.URL.Path == "/v1/api/sql" && down {
			down = false
			return 503, `{"status":"error","results":[],"took":0,"error":{"code":"NOT_LEADER","message":"Leader: http://other"}}`, true
		}
		return 0, "", false
	}))
	status, body := query(t, srv, "SELECT 1")
	is.Equal(status, 503)
	is.Equal(code(body), "NOT_LEADER")
	status, _ = query(t, srv, "SELECT 1")
	is.Equal(status, 200)
	is.Equal(srv.Stats().Queries, 1)
}

func TestAwait_EndsWithItsContextAndWithTheServer(t *testing.T) {
	is := is.New(t)
	srv, err := kalamtest.New()
	is.NoErr(err)
	never := func(kalamtest.Stats) bool { return false }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = srv.Await(ctx, never)
	is.Equal(err, context.Canceled)
	srv.Close()
	_, err = srv.Await(t.Context(), never)
	is.Equal(err, kalamtest.ErrClosed)
}
