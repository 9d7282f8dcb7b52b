package client_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// endlessZeros gives zeros for ever, at no cost.
type endlessZeros struct{}

func (endlessZeros) Read(p []byte) (int, error) { return len(p), nil }

func TestUpload_AGigabyteTakesNoMoreMemoryThanAMegabyte(t *testing.T) {
	if testing.Short() {
		t.Skip("it sends 1 GB over loopback")
	}
	const size = 1 << 30
	for _, known := range []bool{true, false} {
		is := is.New(t)
		var length, came int64
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			length = r.ContentLength
			came, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, r.Body, make([]byte, 1<<20))
			_, _ = io.WriteString(w, filesDone)
		}))
		c, err := client.New(srv.URL, client.WithMaxFileSize(size))
		is.NoErr(err)
		file := client.File{Placeholder: "x", Body: io.LimitReader(endlessZeros{}, size)}
		if known {
			file.Size = size
		}
		runtime.GC()
		var before, now runtime.MemStats
		runtime.ReadMemStats(&before)
		var most uint64
		began := time.Now()
		sub := client.Upload(c, filesSQL, []client.File{file}).Subscribe(t.Context(), rx.OnNext(func(client.UploadProgress) {
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}))
		<-sub.Done()
		is.NoErr(sub.Err())
		took := time.Since(began)
		runtime.ReadMemStats(&now)
		is.True(came > size && came < size+1000)
		is.Equal(length >= 0, known)
		t.Logf("known size %v: %d bytes in %v, heap at most %d KiB above %d KiB, %d KiB allocated in all", known, came,
			took.Round(time.Millisecond), (int64(most)-int64(before.HeapAlloc))/1024, before.HeapAlloc/1024, (now.TotalAlloc-before.TotalAlloc)/1024)
		is.True(now.TotalAlloc-before.TotalAlloc < 32<<20) // all that was allocated, collected or not
		_ = c.Close(t.Context())
		<-c.Done()
		srv.Close()
	}
}
