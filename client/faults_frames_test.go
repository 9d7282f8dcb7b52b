package client_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
)

// zipped is a gzip of n copies of a piece: a stream of as many members.
func zipped(f *trial, piece []byte, n int) []byte {
	f.t.Helper()
	var one bytes.Buffer
	w := gzip.NewWriter(&one)
	if _, err := w.Write(piece); err != nil {
		f.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.t.Fatal(err)
	}
	return bytes.Repeat(one.Bytes(), n)
}

// heapAfterGC is what the heap holds; heapNow is with what nobody needs any more.
func heapAfterGC() int {
	runtime.GC()
	return heapNow()
}

func heapNow() int {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// Row 24.
func hostileFrames(f *trial) {
	const frameLimit, unpackLimit = 2 << 20, 8 << 20
	f.serve()
	f.client(client.WithFrameLimit(frameLimit), client.WithUnpackedLimit(unpackLimit))
	l, id := f.named()
	rows := func(cell string) []byte {
		return fmt.Appendf(nil, `{"type":"change","subscription_id":%q,"change_type":"insert","rows":[{"id":%s`, id, cell)
	}
	bomb := zipped(f, bytes.Repeat([]byte{' '}, 1<<20), 1024)
	whole := zipped(f, bytes.Repeat([]byte(`{"type":"nothing"}`), 100), 1)
	frames := []struct {
		frame  []byte
		binary bool
	}{
		{bomb, true},
		{bytes.Repeat([]byte{' '}, 2*frameLimit), false},
		{rows(strings.Repeat("[", 1_000_000)), false},
		{rows("\"\xff\xfe\"}]}"), false},
		{[]byte(`{"type":"weather","sky":"grey"}`), false},
		{whole[:len(whole)/2], true},
	}
	defer debug.SetGCPercent(debug.SetGCPercent(10)) // little garbage
	peak, held := 0, 0
	for i, bad := range frames {
		base := heapAfterGC()
		f.srv.Inject(bad.frame, bad.binary)
		f.insert(i, 1)
		l.has(int64(i))
		peak = max(peak, heapNow()-base)
		held = max(held, heapAfterGC()-base)
	}
	f.whole()
	note(f, "bomb", fmt.Sprintf("%dKB→1GB", len(bomb)>>10))
	s := f.c.Stats()
	equal(f, "unknown", s.Unknown, 1)
	equal(f, "unreadable", s.Unreadable, 5)
	atMost(f, "heap_held_MB", held>>20, 2*unpackLimit>>20)
	atMost(f, "with_garbage_MB", peak>>20, 4*unpackLimit>>20)
	atMost(f, "dials", f.dials(), 2)
}

// Row 25: any byte counts as life.
func slowBytes(f *trial) {
	f.serve(kalamtest.WithHeartbeat(10 * time.Minute)) // while it writes, this server does not see pings
	f.client()
	l := f.follow(f.all())
	id := 0
	play := func(figure string, writes int, every time.Duration) {
		began := time.Now()
		for range writes {
			f.insert(id, 1)
			id++
			f.sleep(every)
		}
		l.wait(figure, 10*time.Minute, func() bool { _, ok := l.rows[int64(id-1)]; return ok })
		note(f, figure, time.Since(began))
	}
	f.link.Bandwidth(100_000)
	came := make(chan struct{})
	tap := f.c.Messages().Subscribe(f.t.Context(), rx.OnNext(func(m client.Message) {
		if m.Size > 9_000_000 {
			close(came)
		}
	}))
	began := time.Now()
	f.srv.Inject([]byte(`{"type":"weather","sky":"`+strings.Repeat("grey", 2_500_000)+`"}`), false)
	<-came
	tap.Unsubscribe()
	note(f, "t_10MB", time.Since(began))
	f.link.Calm()
	f.link.Slice(true)
	play("t_sliced", 100, time.Second)
	f.link.Calm()
	f.link.Latency(300*time.Millisecond, 200*time.Millisecond)
	play("t_latency", 100, time.Second)
	f.link.Calm()
	f.whole()
	equal(f, "false_drops", int(f.state(func(client.State) bool { return true }).Disconnects), 0)
	equal(f, "dials", f.dials(), 1)
}
