package operators_test

import (
	"context"
	"io"
	"log/slog"
	"os"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
)

func ExampleLog() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level:       slog.LevelDebug,
		ReplaceAttr: withoutTime,
	}))
	rx.Pipe1(operators.Of(1, 2), operators.Log[int](logger)).Subscribe(context.Background(), rx.Observer[int]{})
	// Output:
	// level=DEBUG msg=subscribe
	// level=DEBUG msg=next value=1
	// level=DEBUG msg=next value=2
	// level=DEBUG msg=complete
	// level=DEBUG msg=end
}

func ExampleWithLogName() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level:       slog.LevelDebug,
		ReplaceAttr: withoutTime,
	}))
	named := operators.Log[string](logger, operators.WithLogName("rooms"))
	rx.Pipe1(operators.Of("go"), named).Subscribe(context.Background(), rx.Observer[string]{})
	// Output:
	// level=DEBUG msg=subscribe stream=rooms
	// level=DEBUG msg=next stream=rooms value=go
	// level=DEBUG msg=complete stream=rooms
	// level=DEBUG msg=end stream=rooms
}

func ExampleWithLogLevel() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level:       slog.LevelDebug,
		ReplaceAttr: withoutTime,
	}))
	info := operators.Log[int](logger, operators.WithLogLevel(slog.LevelInfo))
	rx.Pipe1(operators.Throw[int](io.EOF), info).Subscribe(context.Background(), rx.Observer[int]{})
	// Output:
	// level=INFO msg=subscribe
	// level=ERROR msg=error error=EOF
	// level=INFO msg=end
}

func ExampleLogOption() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level:       slog.LevelDebug,
		ReplaceAttr: withoutTime,
	}))
	opts := []operators.LogOption{operators.WithLogName("rooms"), operators.WithLogLevel(slog.LevelInfo)}
	rx.Pipe1(operators.Empty[int](), operators.Log[int](logger, opts...)).Subscribe(context.Background(), rx.Observer[int]{})
	// Output:
	// level=INFO msg=subscribe stream=rooms
	// level=INFO msg=complete stream=rooms
	// level=INFO msg=end stream=rooms
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
