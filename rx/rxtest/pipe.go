package rxtest

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// pipe is one direction of a connection: a bounded queue of bytes. Both sides
// wait on one sync.Cond, which synctest knows as a durable wait, and never while
// the mutex is held by somebody who waits for something else.
type pipe struct {
	mu    sync.Mutex
	moved sync.Cond // anything below changed

	buf     []byte // circular
	head, n int

	writing   bool  // a Write is under way; others wait for their turn
	readErr   error // what the reader's own Close, or a reset, left
	writeErr  error // what the writer's own Close, or a reset, left
	deaf      bool  // the reader is gone
	eof       bool  // the writer is gone: io.EOF behind what waits
	readTill  deadline
	writeTill deadline
}

func newPipe() *pipe {
	p := &pipe{}
	p.moved.L = &p.mu
	return p
}

func (p *pipe) read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case p.readErr != nil:
			return 0, p.readErr
		case p.readTill.passed:
			return 0, os.ErrDeadlineExceeded
		case len(b) == 0:
			return 0, nil
		case p.n > 0:
			n := p.take(b)
			p.moved.Broadcast()
			return n, nil
		case p.eof:
			return 0, io.EOF
		}
		p.moved.Wait()
	}
}

func (p *pipe) write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.writing && p.writable() == nil {
		p.moved.Wait()
	}
	if err := p.writable(); err != nil {
		return 0, err
	}
	p.writing = true
	defer func() {
		p.writing = false
		p.moved.Broadcast()
	}()
	done := 0
	for done < len(b) {
		if err := p.writable(); err != nil {
			return done, err
		}
		if p.n == BufferSize {
			p.moved.Wait()
			continue
		}
		done += p.put(b[done:])
		p.moved.Broadcast()
	}
	return done, nil
}

// writable says why nothing can be written, if so.
func (p *pipe) writable() error {
	switch {
	case p.writeErr != nil:
		return p.writeErr
	case p.writeTill.passed:
		return os.ErrDeadlineExceeded
	case p.deaf:
		return syscall.EPIPE
	}
	return nil
}

// take moves what waits, as far as it fits, to b.
func (p *pipe) take(b []byte) int {
	total := 0
	for len(b) > 0 && p.n > 0 {
		k := copy(b, p.buf[p.head:min(p.head+p.n, len(p.buf))])
		p.head, p.n, b, total = (p.head+k)%len(p.buf), p.n-k, b[k:], total+k
	}
	return total
}

// put moves b, as far as there is room, to what waits.
func (p *pipe) put(b []byte) int {
	b = b[:min(len(b), BufferSize-p.n)]
	if p.n+len(b) > len(p.buf) {
		p.grow(p.n + len(b))
	}
	total := len(b)
	for len(b) > 0 {
		tail := (p.head + p.n) % len(p.buf)
		k := copy(p.buf[tail:min(tail+len(p.buf)-p.n, len(p.buf))], b)
		p.n, b = p.n+k, b[k:]
	}
	return total
}

// grow makes room for need bytes, which is at most BufferSize.
func (p *pipe) grow(need int) {
	bigger := make([]byte, min(max(512, 2*len(p.buf), need), BufferSize))
	waiting := p.n
	p.take(bigger)
	p.buf, p.head, p.n = bigger, 0, waiting
}

// closeWriter ends the writer's side; err is what its writes fail with from now
// on. It says whether there was something to end.
func (p *pipe) closeWriter(err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.writeErr == net.ErrClosed {
		return false
	}
	p.writeErr, p.eof = err, true
	p.writeTill.clear()
	p.moved.Broadcast()
	return true
}

// closeReader ends the reader's side: what waits is lost.
func (p *pipe) closeReader() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.readErr == net.ErrClosed
	p.readErr, p.deaf = net.ErrClosed, true
	p.buf, p.head, p.n = nil, 0, 0
	p.readTill.clear()
	p.moved.Broadcast()
	return !was
}

// fail ends both sides at once.
func (p *pipe) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readErr, p.writeErr = err, err
	p.readTill.clear()
	p.writeTill.clear()
	p.moved.Broadcast()
}

func (p *pipe) setReadDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.readErr == net.ErrClosed {
		return p.readErr
	}
	p.readTill.set(t, p)
	return nil
}

func (p *pipe) setWriteDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.writeErr == net.ErrClosed {
		return p.writeErr
	}
	p.writeTill.set(t, p)
	return nil
}

// deadline is guarded by its pipe's mutex.
type deadline struct {
	passed bool
	timer  *time.Timer
}

// set replaces the deadline. A timer that was stopped too late finds that it is
// not the current one.
func (d *deadline) set(t time.Time, p *pipe) {
	d.clear()
	if t.IsZero() {
		return
	}
	left := time.Until(t)
	if left <= 0 {
		d.passed = true
		p.moved.Broadcast()
		return
	}
	var mine *time.Timer
	mine = time.AfterFunc(left, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if d.timer == mine {
			d.passed = true
			p.moved.Broadcast()
		}
	})
	d.timer = mine
}

func (d *deadline) clear() {
	if d.timer != nil {
		d.timer.Stop()
	}
	d.timer, d.passed = nil, false
}
