package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/wire"
)

const (
	// readBuffer is what one system call reads at most.
	readBuffer = 64 << 10
	// maxOutgoing is the largest message the server takes: 64 KiB a frame, and
	// it ignores continuation frames, so a message must be one frame.
	maxOutgoing = 64<<10 - 1
	// writeBuffer holds a whole message and its header: gorilla splits a message
	// that is larger than its buffer.
	writeBuffer = maxOutgoing + 64
	// closeTimeout bounds the closing handshake.
	closeTimeout = time.Second
)

// link is one connection, from its dial to its end: generation n of the client's
// sockets. It has two goroutines: the reader, which also dials, and the writer.
// The owner tells it what to do; the reader tells the owner what happened.
type link struct {
	c     *Client
	gen   uint64
	epoch uint64 // of the credentials it is dialled with
	out   *outbox

	ctx    context.Context // ends the dial and the writer
	cancel context.CancelCauseFunc

	ws       *websocket.Conn // the reader's until it has posted established
	conn     atomic.Pointer[liveConn]
	frames   frameReader
	handover handover
	last     lastRoute
	routes   atomic.Pointer[routes] // what the reader looks frames up in
	born     time.Time
	late     atomic.Pointer[TimeoutError] // of a write, nil unless one was
	ponged   atomic.Int64                 // when a ping was answered last, or the token, in nanoseconds since born

	// The owner's:
	since     time.Time // when it was established
	closing   bool      // we began the closing handshake
	switching bool      // to have another with other credentials
}

func newLink(c *Client, gen uint64) *link {
	ctx, cancel := context.WithCancelCause(context.Background())
	l := &link{
		c:        c,
		gen:      gen,
		epoch:    c.epoch(),
		born:     time.Now(),
		out:      newOutbox(),
		ctx:      ctx,
		cancel:   cancel,
		frames:   frameReader{limit: c.cfg.frameLimit, unpackLimit: c.cfg.unpackLimit},
		handover: handover{c: c},
	}
	l.routes.Store(&routes{})
	return l
}

// run is the reader goroutine: it dials, authenticates, and reads until the
// connection ends.
func (l *link) run() {
	defer l.c.alive.remove()
	defer l.cancel(ErrDisconnected)
	who, err := l.open()
	if err == nil {
		conn := l.conn.Load()
		conn.arm(l.c.cfg.peer)
		l.ponged.Store(int64(time.Since(l.born)))
		l.c.owner.post(func() { l.c.owner.established(l, who) })
		l.c.alive.add()
		go l.write() // owner: run; ends when l.ctx does
		conn.before = l.handover.flush
		err = l.read()
		l.handover.flush()
		l.hangUp()
	}
	l.c.owner.post(func() { l.c.owner.ended(l, err) })
}

// dial opens the socket and upgrades it, with the token in the header.
func (l *link) dial(ctx context.Context, token string) error {
	dialer := websocket.Dialer{
		NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := l.c.reach(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			live := &liveConn{Conn: conn}
			l.conn.Store(live)
			if ctx.Err() != nil { // too late for hangUp to see it
				conn.Close()
			}
			return live, nil
		},
		TLSClientConfig: socketTLS(l.c.cfg.tls),
		ReadBufferSize:  readBuffer,
		WriteBufferSize: writeBuffer,
	}
	header := l.c.cfg.web.headers()
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	// gorilla watches the context's deadline, not its end.
	stop := context.AfterFunc(ctx, l.hangUp)
	ws, resp, err := dialer.DialContext(ctx, l.c.addr.socket, header)
	stop()
	if err != nil {
		return l.dialError(ctx, token, resp, err)
	}
	l.ws = ws
	ws.SetPongHandler(func(string) error {
		l.ponged.Store(int64(time.Since(l.born)))
		return nil
	})
	ws.SetPingHandler(func(data string) error {
		l.out.pong([]byte(data))
		return nil // a pong that cannot be written is the writer's affair
	})
	return nil
}

// socketTLS is the application's configuration for a socket, which is HTTP/1.1
// whatever statements speak.
func socketTLS(of *tls.Config) *tls.Config {
	if of == nil {
		return nil
	}
	mine := of.Clone()
	mine.NextProtos = []string{"http/1.1"}
	return mine
}

// hangUp closes the network connection under whatever is going on with it.
func (l *link) hangUp() {
	if conn := l.conn.Load(); conn != nil {
		conn.Close()
	}
}

// deaf is for how long the server has answered no ping, and so may not have heard us.
func (l *link) deaf() time.Duration { return time.Since(l.born) - time.Duration(l.ponged.Load()) }

// dialError keeps what a refused upgrade said.
func (l *link) dialError(ctx context.Context, token string, resp *http.Response, err error) error {
	if resp == nil {
		// gorilla gives the connection the context's deadline, so that either may be
		// the first to pass it.
		if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
			<-ctx.Done()
		}
		if cause := context.Cause(ctx); cause != nil { // more than what a closed connection says
			err = cause
		}
		return &ConnectError{Step: "dial", URL: l.c.addr.socket, Err: err}
	}
	defer resp.Body.Close()
	said := wire.ParseError(resp.StatusCode, auth.Redact(firstBytes(resp.Body, 1<<10), token))
	said.Op = "connect"
	return &ConnectError{Step: "upgrade", URL: l.c.addr.socket, Status: resp.StatusCode, Err: said}
}

// read routes frames until the connection ends, and says why it did.
func (l *link) read() error {
	for {
		kind, r, err := l.ws.NextReader()
		if err != nil {
			return l.disconnected(err)
		}
		fr, err := l.frames.read(kind, r, l.handover.lend())
		if err != nil {
			return l.disconnected(err)
		}
		l.route(fr)
		l.handover.settle()
		l.frames.trim()
	}
}

// disconnected classifies an error of reading. gorilla hides causes, so a
// timeout is asked for by its method.
func (l *link) disconnected(err error) error {
	if late := l.late.Load(); late != nil {
		return &DisconnectedError{Err: late}
	}
	var closed *websocket.CloseError
	if errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure {
		return &DisconnectedError{Code: closed.Code, Reason: closed.Text, Err: err}
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return &DisconnectedError{Err: fmt.Errorf("%w for %v", ErrPeerSilent, l.c.cfg.peer)}
	}
	return &DisconnectedError{Err: err}
}

// write is the writer goroutine: messages at the pace the server allows, and
// pings.
func (l *link) write() {
	defer l.c.alive.remove()
	ping := time.NewTicker(l.c.cfg.keepalive)
	defer ping.Stop()
	bucket := pace{tokens: float64(l.c.cfg.messageRate), last: time.Now()}
	var together []outgoing
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-ping.C:
			l.control(websocket.PingMessage, nil)
		case <-l.out.more:
		}
		for m, ok := l.out.next(); ok; m, ok = l.out.next() {
			if m.kind == websocket.TextMessage {
				wait := bucket.take(float64(l.c.cfg.messageRate))
				if wait > 0 {
					together = l.sendAll(together)
					if !l.pause(wait) {
						continue
					}
				}
			}
			if together = append(together, m); len(together) == maxTogether {
				together = l.sendAll(together)
			}
			select {
			case <-ping.C:
				l.control(websocket.PingMessage, nil)
			default:
			}
		}
		together = l.sendAll(together)
	}
}

// maxTogether is how many messages are written to the network in one piece.
const maxTogether = 16

// pause waits until the server's pace allows another message. Of a connection that ends
// it gives a message up instead: the close frame matters more.
func (l *link) pause(wait time.Duration) bool {
	if l.out.ending() {
		return false
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.ctx.Done():
		return false
	}
}

// sendAll writes messages, and gives the empty slice back. The network gets them in one
// piece, with the last.
func (l *link) sendAll(all []outgoing) []outgoing {
	conn := l.conn.Load()
	for i, m := range all {
		conn.hold(i < len(all)-1)
		l.send(m)
	}
	clear(all)
	return all[:0]
}

// send writes one message. A write that fails ends the connection, and the reader
// says so.
func (l *link) send(m outgoing) {
	if m.kind != websocket.TextMessage {
		l.control(m.kind, m.body)
		return
	}
	// Shown before it is written, so that it is seen before its answer.
	l.c.stats.sent.Add(1)
	env, _ := wire.Scan(m.body)
	env.SubscriptionID = []byte(m.sub)
	l.c.tap(Sent, env, m.body, len(m.body))
	if m.writing != nil {
		l.c.owner.post(m.writing)
	}
	_ = l.ws.SetWriteDeadline(time.Now().Add(l.c.cfg.sendWait))
	if err := l.ws.WriteMessage(websocket.TextMessage, m.body); err != nil {
		l.unwritten(err)
	}
}

func (l *link) control(kind int, data []byte) {
	if err := l.ws.WriteControl(kind, data, time.Now().Add(l.c.cfg.sendWait)); err != nil {
		l.unwritten(err)
	}
}

// unwritten hangs up after a write that failed. The reader sees a closed connection: it is
// told if the time was up.
func (l *link) unwritten(err error) {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		l.late.Store(&TimeoutError{Step: "send", After: l.c.cfg.sendWait})
	}
	l.hangUp()
}

// shut begins the end of the link from our side: a dial is given up; an open
// socket is closed by handshake, and cut when that takes too long. The reader
// ends by it.
func (l *link) shut(established bool) {
	if !established {
		l.cancel(ErrDisconnected)
		return
	}
	l.out.end(websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
	cut := time.AfterFunc(closeTimeout, l.hangUp)
	context.AfterFunc(l.ctx, func() { cut.Stop() })
}
