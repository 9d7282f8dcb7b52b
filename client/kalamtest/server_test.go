package kalamtest_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

func TestOptions_RefuseBadValues(t *testing.T) {
	for name, o := range map[string]kalamtest.Option{
		"address":             kalamtest.WithAddr("nowhere"),
		"network":             kalamtest.WithNetwork(nil),
		"user without name":   kalamtest.WithUser("", "Secret-x-1", "user"),
		"short password":      kalamtest.WithUser("x", "short", "user"),
		"role":                kalamtest.WithUser("x", "Secret-x-1", "boss"),
		"root's role":         kalamtest.WithUser("root", "Secret-x-1", "user"),
		"token lifetime":      kalamtest.WithTokenLifetime(1500 * time.Millisecond),
		"zero token lifetime": kalamtest.WithTokenLifetime(0),
		"refresh lifetime":    kalamtest.WithRefreshLifetime(-time.Second),
		"leeway":              kalamtest.WithTokenLeeway(-time.Second),
		"auth timeout":        kalamtest.WithAuthTimeout(0),
		"heartbeat":           kalamtest.WithHeartbeat(-1),
		"sweep":               kalamtest.WithSweep(0),
		"slow delivery":       kalamtest.WithSlowDelivery(-1),
		"query rate":          kalamtest.WithQueryRate(0),
		"auth rate":           kalamtest.WithAuthRate(0),
		"message rate":        kalamtest.WithMessageRate(-1),
		"limits":              kalamtest.WithSubscriptionLimits(10, 0),
		"queue":               kalamtest.WithQueue(0),
		"loading buffer":      kalamtest.WithLoadingBuffer(0),
		"hook":                kalamtest.WithHTTPHook(nil),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			srv, err := kalamtest.New(o)
			is.True(errors.Is(err, kalamtest.ErrOption))
			is.True(srv == nil)
		})
	}
}

func TestNew_ATakenPortIsAnError(t *testing.T) {
	is := is.New(t)
	srv := kalamtest.Start(t)
	_, err := kalamtest.New(kalamtest.WithAddr(srv.Addr()))
	var op *net.OpError
	is.True(errors.As(err, &op))
}

func TestAddUser_TwiceIsAnError(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	is.True(srv.AddUser("lena", "Secret-lena-2", "user") != nil)
	is.NoErr(srv.AddUser("max", "Secret-max-1", "user"))
	is.True(srv.Exec(t.Context(), "nobody", "SELECT 1") != nil)
}

func TestExec_TakesGoValuesAsParameters(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	body := "text"
	is.NoErr(srv.Exec(t.Context(), "lena", "INSERT INTO chat.messages (id, room, body, n) VALUES ($1, $2, $3, $4)", 1, "blue", &body, uint8(7)))
	is.NoErr(srv.Exec(t.Context(), "lena", "INSERT INTO chat.messages (id, room, body, n) VALUES ($1, $2, $3, $4)", int64(2), "blue", nil, nil))
	is.True(srv.Exec(t.Context(), "lena", "SELECT $1", []int{1}) != nil)
	_, got := query(t, srv, "SELECT id, body, n FROM chat.messages")
	is.True(strings.Contains(got, `"rows":[["1","text",7],["2",null,null]]`))
}

func TestClose_EndsEverySocketAndIsIdempotent(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	p, q := connect(t, srv), dial(t, srv, "/v1/ws", "")
	p.subscribe("all", "", "{}")
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(srv.Close)
	}
	wg.Wait()
	for _, s := range []*peer{p, q} {
		end := s.ended()
		is.Equal(end.code, 1001)
		is.Equal(end.reason, "Server shutting down")
	}
	is.Equal(srv.Stats().ConnectionsOpen, 0)
	_, _, err := websocket.DefaultDialer.Dial("ws://"+srv.Addr()+"/v1/ws", nil)
	is.True(err != nil)
}

// A client that does not read must not keep the server from closing, however full its connection is.
func TestClose_DoesNotWaitForAClientThatDoesNotRead(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	d := websocket.Dialer{NetDialContext: srv.Dial}
	ws, _, err := d.Dial("ws://"+srv.Addr()+"/v1/ws", map[string][]string{"Authorization": {"Bearer " + srv.Token("lena")}})
	is.NoErr(err)
	defer ws.Close()
	_, err = srv.Await(t.Context(), func(s kalamtest.Stats) bool { return s.FramesSent == 1 })
	is.NoErr(err)
	for range 8 {
		srv.Inject(make([]byte, 8<<20), true)
	}
	begin := time.Now()
	srv.Close()
	is.True(time.Since(begin) < 5*time.Second)
	is.True(srv.Stats().FramesSent < 9) // it was stuck in a write
}

func TestServer_WorksInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		network := rxtest.NewNetwork()
		srv := start(t, kalamtest.WithNetwork(network))
		is.Equal(srv.URL(), "http://kalamdb.localhost:2900")
		other := start(t, kalamtest.WithNetwork(network), kalamtest.WithAddr("other.test:80"))
		is.Equal(other.URL(), "http://other.test:80")
		p := connect(t, srv)
		is.Equal(len(p.subscribe("all", "", "{}").Rows), 0)
		insert(t, srv, 0, 1)
		row := p.expect("change").Rows[0]
		is.Equal(row["id"], "0")
		is.Equal(len(row["_seq"].(string)), 18) // beyond 2^53, as on the real server
		status, _ := query(t, srv, "UPDATE chat.messages SET n = 5 WHERE id = 0")
		is.Equal(status, 200)
		is.Equal(p.expect("change").ChangeType, "update")
	})
}

// Twenty clients come, subscribe, write over HTTP, hear of their own writes only, and go.
func TestServer_TwentyClientsAtOnce(t *testing.T) {
	const clients, writes = 20, 30
	srv := start(t, kalamtest.WithAuthRate(1000), kalamtest.WithQueryRate(10000))
	for i := range clients {
		if err := srv.AddUser(fmt.Sprint("u", i), "Secret-user-1", "user"); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for i := range clients {
		user := fmt.Sprint("u", i)
		wg.Go(func() {
			p := dial(t, srv, "/v1/ws", srv.Token(user))
			p.expect("auth_success")
			p.subscribe("mine", "", "{}")
			for n := range writes {
				body := fmt.Sprintf(`{"sql":"INSERT INTO chat.messages (id, room, body) VALUES (%d, 'r', '%s')"}`, n, user)
				if status, got := call(t, srv, "POST", "/v1/api/sql", srv.Token(user), body); status != 200 {
					t.Error(got)
				}
			}
			for n := range writes {
				m := p.expect("change")
				if m.Rows[0]["body"] != user || m.Rows[0]["id"] != fmt.Sprint(n) {
					t.Errorf("%s heard %v as change %d", user, m.Rows[0], n)
				}
			}
		})
	}
	wg.Wait()
	is := is.New(t)
	stats := srv.Stats()
	is.Equal(stats.Delivered, clients*writes)
	is.Equal(stats.Dropped, 0)
	is.Equal(stats.Queries, clients*writes)
}

func TestHTTP_WrongVerbOrPathIsAnEmpty404(t *testing.T) {
	srv := start(t)
	for _, at := range []string{"GET /v1/api/auth/login", "POST /v1/api/auth/me", "PUT /v1/api/sql", "POST /health", "GET /", "POST /v1/api/topics/none"} {
		t.Run(at, func(t *testing.T) {
			is := is.New(t)
			var method, path string
			_, _ = fmt.Sscan(at, &method, &path)
			status, body := call(t, srv, method, path, srv.Token("lena"), "{}")
			is.Equal(status, 404)
			is.Equal(body, "")
		})
	}
}

func TestSocket_WithoutUpgradeIsABadRequest(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	status, _ := call(t, srv, "GET", "/v1/ws", srv.Token("lena"), "")
	is.Equal(status, 400)
}
