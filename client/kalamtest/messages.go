package kalamtest

import (
	"errors"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// handle does what one frame of the client asks for.
func (ss *session) handle(m inbound) {
	now := time.Now()
	ss.touch(now)
	switch m.kind {
	case websocket.PingMessage:
		_ = ss.ws.WriteControl(websocket.PongMessage, m.data, now.Add(closeWait))
	case websocket.CloseMessage:
		_ = ss.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(m.code, string(m.data)), now.Add(closeWait))
		ss.dead = true
	case websocket.BinaryMessage:
		ss.s.tally.add(func(n *Stats) { n.FramesReceived++ })
		ss.fail("protocol", wire.CodeUnsupportedData, "Binary not supported")
	case websocket.TextMessage:
		ss.s.tally.add(func(n *Stats) { n.FramesReceived++ })
		ss.text(m.data, now)
	}
}

func (ss *session) text(frame []byte, now time.Time) {
	if !ss.rate.take(now) {
		ss.s.tally.add(func(n *Stats) { n.RateLimited++ })
		ss.fail("rate_limit", wire.CodeRateLimitExceeded, "Too many messages")
		return
	}
	m, err := wire.ParseClient(frame)
	if err != nil {
		ss.close(closeBroken, "Invalid message: "+complaint(frame, err))
		return
	}
	if ss.s.cfg.generation.domains() && numberedCursor(m) {
		ss.close(closeBroken, "Invalid message: invalid type: integer, expected a decimal string")
		return
	}
	switch m := m.(type) {
	case *wire.Authenticate:
		ss.answerAuthenticate(m)
	case *wire.Subscribe:
		ss.s.tally.add(func(n *Stats) { n.Subscribes++ })
		ss.subscribe(m)
	case *wire.NextBatch:
		ss.s.tally.add(func(n *Stats) { n.NextBatches++ })
		ss.nextBatch(m)
	case *wire.Unsubscribe:
		ss.s.tally.add(func(n *Stats) { n.Unsubscribes++ })
		ss.unsubscribe(m.SubscriptionID)
	}
}

// numberedCursor reports whether a message has a cursor that is a number, which 0.8 does not read.
func numberedCursor(m wire.ClientMessage) bool {
	switch m := m.(type) {
	case *wire.Subscribe:
		return m.Options != nil && !m.Options.From.IsZero() && m.Options.FromForm == wire.SeqAsNumber
	case *wire.NextBatch:
		return !m.LastSeqID.IsZero() && m.Form == wire.SeqAsNumber
	}
	return false
}

// complaint puts a refused message into the words of the real server's parser.
func complaint(frame []byte, err error) string {
	if text := syntaxError(frame); text != "" {
		return text
	}
	var field *wire.FieldError
	if !errors.As(err, &field) {
		return strings.TrimPrefix(err.Error(), "kalam: ")
	}
	name := field.Field[strings.LastIndexByte(field.Field, '.')+1:]
	switch {
	case field.Got == wire.KindAbsent:
		return "missing field `" + name + "`"
	case field.Field == "type" && field.Got == wire.KindString:
		return "unknown variant `" + typeOf(frame) + "`, expected one of `authenticate`, `subscribe`, `next_batch`, `unsubscribe`, `ping`"
	}
	return "invalid type: " + field.Got.String() + ", expected " + field.Want
}

func typeOf(frame []byte) string {
	row, err := wire.ParseRow(frame)
	if err != nil {
		return ""
	}
	text, _ := row.Get("type").Text()
	return text
}

// answerAuthenticate checks a token that came in a message. On an authenticated socket nothing is checked: the server
// repeats what it said before.
func (ss *session) answerAuthenticate(m *wire.Authenticate) {
	if ss.authed {
		ss.welcome()
		return
	}
	ss.protocol = m.Protocol
	ss.protocol.Serialization = "json" // msgpack is not spoken here: the answer says so
	ss.authenticate(m.Token)
}

// authenticate checks a token and says whether it is good; a bad one ends the connection.
func (ss *session) authenticate(token string) {
	if ss.s.faults.swallowAuth.Load() {
		ss.s.tally.add(func(n *Stats) { n.Swallowed++ })
		ss.touchAuth()
		return
	}
	if !ss.s.auths.take(ss.remote) {
		ss.s.tally.add(func(n *Stats) { n.RateLimited++ })
		ss.refuse("Too many authentication attempts. Please retry shortly.")
		return
	}
	ss.touchAuth()
	if !ss.slow(&ss.s.faults.auth) {
		return
	}
	u, err := ss.s.verify(token, accessToken)
	if err != nil {
		ss.refuse("Invalid credentials")
		return
	}
	ss.mu.Lock()
	ss.who = engine.Session{User: u.ID, Role: u.Role}
	ss.authed = true
	ss.mu.Unlock()
	ss.welcome()
}

// touchAuth notes that a credential came: it stops the timer of the authentication, answered or not.
func (ss *session) touchAuth() {
	ss.mu.Lock()
	ss.offered = true
	ss.mu.Unlock()
}

func (ss *session) refuse(message string) {
	ss.send(&wire.AuthError{Message: message})
	ss.close(closePolicy, "Authentication failed")
}

func (ss *session) welcome() {
	ss.send(&wire.AuthSuccess{User: ss.who.User, Role: string(ss.who.Role), Protocol: ss.protocol})
}
