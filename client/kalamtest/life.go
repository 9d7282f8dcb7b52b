package kalamtest

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// era is one time that a server is up, from its start to its stop.
type era struct {
	web  *http.Server
	over chan struct{} // closed when it ends

	mu    sync.Mutex
	conns map[net.Conn]struct{} // that HTTP has; a WebSocket is in the hub
}

// open listens, and serves until the era is ended.
func (s *Server) open() error {
	l, err := s.bind()
	if err != nil {
		return fmt.Errorf("kalam: listening: %w", err)
	}
	if s.addr == "" {
		s.addr = l.Addr().String()
	}
	e := &era{over: make(chan struct{}), conns: make(map[net.Conn]struct{})}
	e.web = &http.Server{
		Handler: s, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 75 * time.Second,
		ConnState: func(c net.Conn, state http.ConnState) { s.countConn(e, c, state) },
	}
	s.queries.forget()
	s.auths.forget()
	s.hub.reopen(s.db.LastSeq())
	s.db.ForgetClaims()
	s.era.Store(e)
	d := &door{Listener: l, s: s}
	s.running.Go(func() { _ = e.web.Serve(d) }) // owner: s. ends when: the era does, which closes the listener
	s.running.Go(func() { s.sweep(e.over) })    // owner: s. ends when: the era does
	return nil
}

func (s *Server) bind() (net.Listener, error) {
	addr := s.addr
	switch {
	case addr != "":
	case s.cfg.addr != "":
		addr = s.cfg.addr
	case s.cfg.network != nil:
		addr = "kalamdb.localhost:2900"
	default:
		addr = "127.0.0.1:0"
	}
	if s.cfg.network != nil {
		return s.cfg.network.Listen(addr)
	}
	return net.Listen("tcp", addr)
}

// countConn makes the end of an era wait for HTTP connections too. A hijacked one is a session and counted there.
func (s *Server) countConn(e *era, c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.running.Add(1)
		e.mu.Lock()
		e.conns[c] = struct{}{}
		e.mu.Unlock()
		select {
		case <-e.over:
			cut(c) // http.Server.Close has not seen it, and it would be waited for until its first header is overdue
		default:
		}
	case http.StateClosed, http.StateHijacked:
		e.mu.Lock()
		delete(e.conns, c)
		e.mu.Unlock()
		s.running.Done()
	}
}

// end ends an era and waits for its goroutines.
func (s *Server) end(abruptly bool) {
	e := s.era.Load()
	close(e.over)
	s.hub.closeAll(abruptly)
	if abruptly {
		e.mu.Lock()
		for c := range e.conns {
			cut(c) // resetting never waits
		}
		e.mu.Unlock()
	}
	_ = e.web.Close()
	s.running.Wait()
	s.tally.add(func(n *Stats) { n.Stops++ })
}

// Stop takes the server down as an orderly shutdown does: nobody listens any more, sockets get a close frame 1001 "Server
// shutting down", HTTP connections are closed. It returns when the last goroutine has ended, within about a second even
// where a client does not answer. Users, tables, topics, what their groups committed and signing keys are kept, Exec
// works; subscriptions, rate counters, what waited for a connection, and with the next Restart what groups were given and
// have not acknowledged are forgotten. The server stays down until Restart. On a server that is down or closed it does
// nothing.
func (s *Server) Stop() { s.goDown(false) }

// Kill is Stop without a word: every connection is reset.
func (s *Server) Kill() { s.goDown(true) }

func (s *Server) goDown(abruptly bool) {
	<-s.turn
	if s.up {
		s.up = false
		s.end(abruptly)
	}
	s.turn <- struct{}{}
}

// Restart brings a server that was stopped or killed up again, at the same address; one that is up is stopped first.
// Errors are those of listening, when somebody else has taken the address, and ErrClosed after Close.
func (s *Server) Restart() error {
	<-s.turn
	defer func() { s.turn <- struct{}{} }()
	select {
	case <-s.done:
		return ErrClosed
	default:
	}
	if s.up {
		s.up = false
		s.end(false)
	}
	if err := s.open(); err != nil {
		return err
	}
	s.up = true
	return nil
}

// revive is Restart of a server that is down; one that is up is left alone.
func (s *Server) revive() error {
	<-s.turn
	down := !s.up
	s.turn <- struct{}{}
	if !down {
		return nil
	}
	return s.Restart()
}

// Close ends the server as Stop does, and for good. Further calls wait for the same end.
func (s *Server) Close() {
	s.once.Do(func() {
		close(s.done)
		s.Stop()
		_ = s.db.Close()
	})
}
