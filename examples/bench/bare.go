package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/wire"
)

// handle is what a loop does with the text of a change, after it was read; nil is nothing.
type handle func(frame []byte) error

// readBare is the floor: gorilla's reader and a buffer that is used again, for each of the subscriptions a socket.
func readBare(ctx context.Context, o options, do handle) (figures, error) {
	m := &meter{}
	errs := make([]error, o.subs)
	var all sync.WaitGroup
	for i := range o.subs {
		all.Go(func() { errs[i] = bareSocket(ctx, o, m, do) })
	}
	all.Wait()
	m.stop()
	return m.figures(o.n * o.subs), errors.Join(errs...)
}

func bareSocket(ctx context.Context, o options, m *meter, do handle) error {
	d := websocket.Dialer{ReadBufferSize: 64 << 10}
	ws, _, err := d.DialContext(ctx, "ws"+strings.TrimPrefix(o.url, "http")+"/v1/ws?compress=false", nil)
	if err != nil {
		return err
	}
	defer ws.Close()
	defer context.AfterFunc(ctx, func() { ws.Close() })()
	subscribe := &wire.Subscribe{ID: "bare", SQL: o.sql, Options: &wire.SubscribeOptions{}}
	text, err := wire.AppendMessage(nil, subscribe)
	if err == nil {
		err = ws.WriteMessage(websocket.TextMessage, text)
	}
	if err != nil {
		return err
	}
	buf := make([]byte, 0, 64<<10)
	for n := -before(); n < o.n; n++ {
		if buf, err = readFrame(ws, buf[:0]); err != nil {
			return fmt.Errorf("%d of %d changes: %w", max(n, 0), o.n, err)
		}
		if n == 0 {
			m.start()
		}
		if n >= 0 && do != nil {
			if err := do(buf); err != nil {
				return err
			}
		}
	}
	return nil
}

// before is how many frames come before the changes: the welcome, the acknowledgement and a page of rows.
func before() int { return 3 }

// readFrame reads one message into buf, which grows if it must.
func readFrame(ws *websocket.Conn, buf []byte) ([]byte, error) {
	_, r, err := ws.NextReader()
	for err == nil {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		var n int
		n, err = r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
	}
	if err == io.EOF {
		return buf, nil
	}
	return buf, err
}

// unpacking is a loop's gunzip of each frame into a buffer that is used again, and then do.
func unpacking(do handle) handle {
	var u wire.Unpacker
	var buf []byte
	return func(frame []byte) (err error) {
		if buf, err = u.Unpack(buf[:0], frame, 1<<20); err == nil && do != nil {
			err = do(buf)
		}
		return err
	}
}

// decoding is a loop's decode of each whole frame into a struct, by a JSON library.
func decoding(unmarshal func(text []byte, v any) error) handle {
	return func(frame []byte) error {
		var m struct {
			Type string `json:"type"`
			ID   string `json:"subscription_id"`
			Op   string `json:"change_type"`
			Rows []struct {
				ID             int64   `json:"id,string"`
				ConversationID int64   `json:"conversation_id,string"`
				Sender         string  `json:"sender"`
				Content        string  `json:"content"`
				Score          float64 `json:"score"`
				CreatedAt      int64   `json:"created_at,string"`
			} `json:"rows"`
		}
		if err := unmarshal(frame, &m); err != nil {
			return err
		}
		if len(m.Rows) != 1 {
			return fmt.Errorf("%d rows in %s", len(m.Rows), bytes.TrimSpace(frame))
		}
		return nil
	}
}
