package operators

import (
	"errors"
	"log/slog"

	"github.com/kalamdb/kalamrx/rx"
)

// LogOption is an option of [Log].
type LogOption func(*logConfig) error

type logConfig struct {
	level slog.Level
	name  string
}

// WithLogLevel is the level of all records but that of an error, which is
// slog.LevelError. The default is slog.LevelDebug.
func WithLogLevel(level slog.Level) LogOption {
	return func(c *logConfig) error {
		c.level = level
		return nil
	}
}

// WithLogName is what the records call the stream, as the attribute "stream". The
// default is none. An empty name is a mistake.
func WithLogName(name string) LogOption {
	return func(c *logConfig) error {
		if name == "" {
			return errors.New("WithLogName without a name")
		}
		c.name = name
		return nil
	}
}

// Log writes a record of everything that passes, before it passes on: "subscribe",
// "next" with the attribute "value", "error" with the attribute "error", "complete",
// and "end" when the stream has ended, however it did. Records have the context given to
// Subscribe, and are written on the goroutine that delivers. A nil logger is a mistake.
//
// Values are logged as they are: what must not be read in a log must say so by
// slog.LogValuer, or be left out by a [Map] before. Where the level is not enabled a
// value costs that question only.
func Log[T any](logger *slog.Logger, opts ...LogOption) rx.Operator[T, T] {
	if logger == nil {
		return misusedOperator[T, T]("Log without a logger")
	}
	c := logConfig{level: slog.LevelDebug}
	for _, opt := range opts {
		if err := opt(&c); err != nil {
			return misusedOperator[T, T]("Log: %v", err)
		}
	}
	if c.name != "" {
		logger = logger.With(slog.String("stream", c.name))
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			ctx := g.Context()
			say := func(what string) { logger.LogAttrs(ctx, c.level, what) }
			if !emit(g, out, func() { say("subscribe") }) {
				return
			}
			told := Tap(rx.Observer[T]{
				Next: func(v T) {
					if logger.Enabled(ctx, c.level) {
						logger.LogAttrs(ctx, c.level, "next", slog.Any("value", v))
					}
				},
				Error:    func(err error) { logger.LogAttrs(ctx, slog.LevelError, "error", slog.Any("error", err)) },
				Complete: func() { say("complete") },
			})
			g.Add(func() { say("end") })
			told(src).Attach(g, out)
		})
	}
}
