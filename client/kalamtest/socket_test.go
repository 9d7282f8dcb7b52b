package kalamtest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

func TestHeartbeat_ClosesAnIdleSocketAfterTenSecondsAndASweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t)
		time.Sleep(1300 * time.Millisecond) // out of step with the sweep
		p := connect(t, srv)
		begin := time.Now()
		end := p.ended()
		is.Equal(end.code, 1000)
		is.Equal(end.reason, "Heartbeat timeout")
		is.Equal(time.Since(begin), 13700*time.Millisecond) // the third sweep, at 15 s
	})
}

func TestHeartbeat_AnyMessageKeepsTheSocket(t *testing.T) {
	for name, beat := range map[string]func(*peer){
		"websocket ping": func(p *peer) { p.silent() },
		"ping message":   func(p *peer) { p.say(`{"type":"ping"}`) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				srv := startInBubble(t)
				p := connect(t, srv)
				for range 20 {
					time.Sleep(9 * time.Second)
					beat(p)
				}
				p.silent()
				is.Equal(srv.Stats().ConnectionsOpen, 1)
			})
		})
	}
}

func TestAuthTimeout_ClosesASocketWithoutCredential(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t)
		time.Sleep(2 * time.Second)
		begin := time.Now()
		p := dial(t, srv, "/v1/ws", "")
		is.Equal(p.expect("auth_error").Message, "Authentication timeout - no auth message received within 3 seconds")
		end := p.ended()
		is.Equal(end.code, 1008)
		is.Equal(end.reason, "Authentication timeout")
		is.Equal(time.Since(begin), 8*time.Second) // the sweep at 5 s is too early
	})
}

func TestMessageRate_RefillsFiftyASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t)
		p := connect(t, srv)
		for range 2 {
			for range 60 {
				p.say(`{"type":"ping"}`)
			}
			for range 10 {
				m := p.expect("error")
				is.Equal(m.SubscriptionID, "rate_limit")
				is.Equal(m.Code, "RATE_LIMIT_EXCEEDED")
			}
			p.silent()
			time.Sleep(time.Second)
		}
	})
}

func TestSubscriptionLimits_TenAUserOverAllConnections(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	a, b := connect(t, srv), connect(t, srv)
	for i := range 5 {
		a.subscribe(fmt.Sprint("a", i), "", "{}")
		b.subscribe(fmt.Sprint("b", i), "", "{}")
	}
	refused := func(p *peer) string {
		p.say(`{"type":"subscribe","subscription":{"id":"more","sql":"SELECT * FROM chat.messages","options":{}}}`)
		return p.expect("error").Code
	}
	is.Equal(refused(a), "SUBSCRIPTION_LIMIT_EXCEEDED")
	is.Equal(refused(b), "SUBSCRIPTION_LIMIT_EXCEEDED")
	a.say(`{"type":"unsubscribe","subscription_id":"a0"}`)
	a.subscribe("a5", "", "{}")
	is.Equal(refused(a), "SUBSCRIPTION_LIMIT_EXCEEDED")
	b.say(`{"type":"unsubscribe","subscription_id":"never"}`) // the real server's counter believes it
	b.subscribe("b5", "", "{}")
	is.Equal(srv.Stats().SubscriptionsOpen, 11)
	insert(t, srv, 0, 1) // the others live on
	for range 5 {
		a.expect("change")
	}
}

func TestSubscriptionLimits_AreGivenBackWhenTheSocketEnds(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	for range 5 {
		p := connect(t, srv)
		for i := range 10 {
			p.subscribe(fmt.Sprint(i), "", "{}")
		}
		_ = p.ws.Close()
		_, err := srv.Await(t.Context(), func(s kalamtest.Stats) bool { return s.ConnectionsOpen == 0 })
		is.NoErr(err)
		is.Equal(srv.Stats().SubscriptionsOpen, 0)
	}
}

func TestSubscriptionLimits_AHundredAConnection(t *testing.T) {
	is := is.New(t)
	srv := start(t, kalamtest.WithSubscriptionLimits(1000, 100), kalamtest.WithMessageRate(1000))
	p := connect(t, srv)
	for i := range 100 {
		p.subscribe(fmt.Sprint(i), "", "{}")
	}
	p.say(`{"type":"subscribe","subscription":{"id":"more","sql":"SELECT * FROM chat.messages","options":{}}}`)
	is.Equal(p.expect("error").Code, "UNSUPPORTED")
}

func TestCompression_OnlyTheURLSwitchesItOff(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	for path, want := range map[string]string{"/v1/ws": "binary", "/v1/ws?compress=FALSE": "text", "/v1/ws?compression=none": "binary"} {
		p := dial(t, srv, path, srv.Token("lena"))
		welcome := p.expect("auth_success")
		is.Equal(welcome.Protocol["serialization"], "json")
		is.Equal(welcome.Protocol["compression"], map[bool]string{true: "none", false: "gzip"}[strings.Contains(path, "none")])
		p.say(`{"type":"subscribe","subscription":{"id":%q,"sql":"SELECT * FROM chat.messages","options":{}}}`, strings.Repeat("x", 100))
		h := p.hear()
		is.Equal(h.frame, want)
		is.True(len(h.body) >= 512)
		is.Equal(p.hear().frame, "text") // the batch is short
	}
}

func TestMsgpack_IsAnsweredWithJSON(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	p := dial(t, srv, "/v1/ws", "")
	p.say(`{"type":"authenticate","method":"jwt","token":%q,"protocol":{"serialization":"msgpack","compression":"none"}}`, srv.Token("lena"))
	m := p.expect("auth_success")
	is.Equal(m.Protocol, map[string]string{"serialization": "json", "compression": "none"})
	p.subscribe("all", "", "{}")
}

func TestInbound_AFrameOver64KiBCostsTheConnectionWithoutACloseFrame(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	p := connect(t, srv)
	pad := strings.Repeat(" ", 64<<10-len(`{"type":"ping"}`))
	p.say(`{"type":"ping"}%s`, pad) // exactly 64 KiB is fine
	p.silent()
	p.say(`{"type":"ping"}%s `, pad)
	is.Equal(p.ended().frame, "cut")
	stats := srv.Stats()
	is.Equal(stats.FramesReceived, 1)
	is.Equal(stats.Oversized, 1)
}

func TestInbound_FragmentedMessagesAreIgnored(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	d := websocket.Dialer{NetDialContext: srv.Dial, WriteBufferSize: 64} // gorilla splits at its buffer
	ws, _, err := d.Dial("ws"+strings.TrimPrefix(srv.URL(), "http")+"/v1/ws", map[string][]string{"Authorization": {"Bearer " + srv.Token("lena")}})
	is.NoErr(err)
	s := newSocket(ws)
	go s.read()
	t.Cleanup(func() { _ = ws.Close() })
	p := &peer{t, s}
	p.expect("auth_success")
	w, err := ws.NextWriter(websocket.TextMessage)
	is.NoErr(err)
	_, err = w.Write([]byte(`{"type":"nonsense","pad":"` + strings.Repeat("x", 1000) + `"}`))
	is.NoErr(err)
	is.NoErr(w.Close())
	p.silent()
	stats := srv.Stats()
	is.True(stats.FragmentsIgnored > 2)
	is.Equal(stats.FramesReceived, 0)
	p.say(`{"type":"unsubscribe","subscription_id":"x"}`) // a whole message still arrives
	p.silent()
	is.Equal(srv.Stats().FramesReceived, 1)
}

func TestClose_EchoesTheClientsCode(t *testing.T) {
	is := is.New(t)
	srv := start(t)
	p := connect(t, srv)
	is.NoErr(p.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4001, "bye"), time.Now().Add(time.Minute)))
	end := p.ended()
	is.Equal(end.code, 4001)
	is.Equal(end.reason, "bye")
}

func TestMalformedMessages_Close1011WithTheParsersWords(t *testing.T) {
	srv := start(t)
	for frame, want := range map[string]string{
		`{`:                       "Invalid message: EOF while parsing an object at line 1 column 1",
		`{"type":"subscribe"}`:    "Invalid message: missing field `subscription`",
		`{"type":"unsubscribe"}`:  "Invalid message: missing field `subscription_id`",
		`{"type":"ping"} x`:       "Invalid message: trailing characters at line 1 column 17",
		`{"type":"ping",}`:        "Invalid message: trailing comma at line 1 column 16",
		"{\"type\":\n\"pi\nng\"}": "Invalid message: control character (\\u0000-\\u001F) found while parsing a string at line 3 column 0",
		`{"type":"subscribe","subscription":{"id":"a"}}`: "Invalid message: missing field `sql`",
	} {
		t.Run(want, func(t *testing.T) {
			is := is.New(t)
			p := connect(t, srv)
			p.say("%s", frame)
			end := p.ended()
			is.Equal(end.code, 1011)
			is.Equal(end.reason, want)
		})
	}
}
