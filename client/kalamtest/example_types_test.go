package kalamtest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// A test does harm to one connection and leaves the others alone.
func ExampleConnection() {
	srv, err := kalamtest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+srv.Addr()+"/v1/ws", http.Header{"Authorization": {"Bearer " + srv.Token("root")}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ws.Close()
	_, _, _ = ws.ReadMessage() // auth_success

	c := srv.Connections()[0]
	fmt.Println(c.ID(), c.User(), c.Waiting())
	c.Inject([]byte(`{"type":"from_the_future"}`), false)
	_, frame, _ := ws.ReadMessage()
	fmt.Println(string(frame))
	c.Cut()
	_, _, err = ws.ReadMessage()
	fmt.Println(err != nil)
	// Output:
	// 1 root 0
	// {"type":"from_the_future"}
	// true
}

// The first request finds a proxy that is overloaded, the next one the server.
func ExampleHTTPHook() {
	busy := make(chan bool, 1)
	busy <- true
	var hook kalamtest.HTTPHook = func(*http.Request) (status int, body string, handled bool) {
		select {
		case <-busy:
			return http.StatusServiceUnavailable, "upstream is away", true
		default:
			return 0, "", false
		}
	}
	srv, err := kalamtest.New(kalamtest.WithHTTPHook(hook))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	for range 2 {
		resp, err := http.Get(srv.URL() + "/v1/api/healthcheck")
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		fmt.Println(resp.Status, strings.HasPrefix(string(body), `{"status":"healthy"`))
	}
	// Output:
	// 503 Service Unavailable false
	// 200 OK true
}

// Options are values, in any order; one that cannot be is refused before anything is started.
func ExampleOption() {
	impatient := []kalamtest.Option{kalamtest.WithHeartbeat(time.Second), kalamtest.WithSweep(100 * time.Millisecond), kalamtest.WithQueue(4)}
	srv, err := kalamtest.New(impatient...)
	if err != nil {
		fmt.Println(err)
		return
	}
	srv.Close()
	_, err = kalamtest.New(append(impatient, kalamtest.WithHeartbeat(-time.Second))...)
	fmt.Println(err, errors.Is(err, kalamtest.ErrOption))
	// Output: kalam: bad option: heartbeat -1s: must be positive true
}

// What a client has been told is counted.
func ExampleStats() {
	srv, err := kalamtest.New(kalamtest.WithUser("lena", "Secret-lena-1", "user"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	resp, err := http.Post(srv.URL()+"/v1/api/auth/login", "application/json", strings.NewReader(`{"user":"lena","password":"not-hers-1"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = resp.Body.Close()
	n := srv.Stats()
	fmt.Println(resp.Status, n.LoginFailures, n.Logins, n.HTTPRequests)
	// Output: 401 Unauthorized 1 0 1
}
