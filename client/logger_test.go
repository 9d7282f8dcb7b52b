package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// logBook is where a logger of a test writes.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBook) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{Level: level}))
}

type logRecord struct {
	Level, Msg, Server, Path, Cause, User, Table string
	Status, Attempt, Changes                     int
}

// records are those that were written, once all is at rest.
func (b *logBook) records(t *testing.T) (all []logRecord) {
	t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	for line := range strings.Lines(b.text.String()) {
		var r logRecord
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		r.Msg = strings.TrimPrefix(r.Msg, "kalam: ")
		all = append(all, r)
	}
	return all
}

// find is the first record with a text, behind the first n.
func findRecord(all []logRecord, text string) (logRecord, bool) {
	for _, r := range all {
		if r.Msg == text {
			return r, true
		}
	}
	return logRecord{}, false
}

func TestLogger_SaysWhatTheConnectionDoes(t *testing.T) {
	var book logBook
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithLogger(book.logger(slog.LevelDebug)))
		is.NoErr(c.Connect(t.Context()))
		_, err := c.Health(t.Context())
		is.NoErr(err)
		w.srv.CutConnections()
		time.Sleep(time.Minute)
		is.True(c.IsConnected())
		is.NoErr(c.Disconnect(t.Context()))
		is.NoErr(c.Close(t.Context()))
		<-c.Done()
		all := book.records(t)
		for _, want := range []logRecord{
			{Level: "DEBUG", Msg: "dialing"}, {Level: "DEBUG", Msg: "authenticating"},
			{Level: "INFO", Msg: "connected", User: "root"}, {Level: "INFO", Msg: "disconnected", Cause: "kalam: disconnected: client disconnected"},
			{Level: "INFO", Msg: "closed"}, {Level: "DEBUG", Msg: "request", Path: "/v1/api/healthcheck", Status: 200},
		} {
			got, ok := findRecord(all, want.Msg)
			is.True(ok)
			want.Server = "kalamdb.localhost:2900"
			is.Equal(got, want)
		}
		lost, ok := findRecord(all, "not connected, dialing again")
		is.True(ok)
		is.Equal(lost.Level, "WARN")
		is.Equal(lost.Attempt, 1)
		is.True(strings.HasPrefix(lost.Cause, "kalam: disconnected"))
		_, twice := findRecord(all, "error")
		is.True(!twice) // the state has said it
	})
}

func TestLogger_SaysGapsAndWhatAuditsFound(t *testing.T) {
	var book logBook
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithLogger(book.logger(slog.LevelInfo)))
		table := w.items(c)
		r := recording(t, client.Changes[item](c, "SELECT * FROM "+table))
		r.until(loaded)
		w.srv.FaultFrames(kalamtest.DropFrame, 1)
		w.exec(c, "INSERT INTO "+table+" (id, color) VALUES (1, 'Secret-cell-1')")
		r.until(atLeast[client.Change[item]](2))
		time.Sleep(time.Second)
		w.srv.CutConnections()
		time.Sleep(time.Minute)
		all := book.records(t)
		found, ok := findRecord(all, "audit found changes")
		is.True(ok)
		is.Equal(found.Table, table)
		is.Equal(found.Changes, 1)
		gap, ok := findRecord(all, "gap")
		is.True(ok)
		is.Equal(gap.Level, "WARN")
		is.True(!strings.Contains(book.text.String(), "Secret-cell-1"))
		is.True(!strings.Contains(book.text.String(), "DEBUG"))
	})
}

func TestLogger_AFailureIsAnError(t *testing.T) {
	var book logBook
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithLogger(book.logger(slog.LevelInfo)), client.WithoutReconnect())
		w.srv.Stop()
		is.True(c.Connect(t.Context()) != nil)
		failed, ok := findRecord(book.records(t), "failed")
		is.True(ok)
		is.Equal(failed.Level, "ERROR")
		is.True(strings.Contains(failed.Cause, "refused"))
		is.NoErr(w.srv.Restart())
	})
}

// stuckHandler holds every record until it is let go.
type stuckHandler struct {
	slog.Handler
	free chan struct{}
}

func (h stuckHandler) Handle(ctx context.Context, r slog.Record) error {
	<-h.free
	return h.Handler.Handle(ctx, r)
}

func (h stuckHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return stuckHandler{h.Handler.WithAttrs(attrs), h.free}
}

func TestLogger_ASlowOneDelaysNobodyAndIsToldWhatItLost(t *testing.T) {
	var book logBook
	free := make(chan struct{})
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		l := slog.New(stuckHandler{slog.NewJSONHandler(&book, &slog.HandlerOptions{Level: slog.LevelDebug}), free})
		c := w.client(client.WithLogger(l))
		start := time.Now()
		for range 1100 { // the requests: one record each
			_, err := c.Health(t.Context())
			is.NoErr(err)
		}
		is.Equal(time.Since(start), time.Duration(0))
		close(free)
		is.NoErr(c.Close(t.Context()))
		<-c.Done()
		lost := 0
		for _, r := range book.records(t) {
			if r.Msg == "log records were lost" {
				lost++
				is.Equal(r.Level, "WARN")
			}
		}
		is.Equal(lost, 1)
	})
}

type panicking struct{ slog.Handler }

func (panicking) Handle(context.Context, slog.Record) error { panic("no log") }
func (p panicking) WithAttrs([]slog.Attr) slog.Handler      { return p }
func (panicking) Enabled(context.Context, slog.Level) bool  { return true }

func TestLogger_APanicIsAnErrorAndTheClientGoesOn(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithLogger(slog.New(panicking{})))
		errs := recording(t, c.Errors())
		is.NoErr(c.Connect(t.Context()))
		_, err := c.Exec(t.Context(), "SELECT 1")
		is.NoErr(err)
		var panicked *rx.PanicError
		is.True(errors.As(errs.until(atLeast[error](1))[0], &panicked))
	})
}
