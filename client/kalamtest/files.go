package kalamtest

import (
	"path"
	"sync"
	"sync/atomic"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// Limits of an upload unless an option says otherwise, those of the real server.
const (
	maxFiles    = 20
	maxFileSize = 25 << 20
)

// fileConfig is what options say about files.
type fileConfig struct {
	most     int   // files of an upload
	size     int64 // bytes of one
	bodySize int64 // of any request, by its Content-Length; 0 is no limit
}

func fileDefaults() fileConfig { return fileConfig{most: maxFiles, size: maxFileSize} }

// WithFileLimits sets how many files an upload may have, and how large each may be in bytes. Default 20 and 25 MiB. What is
// beyond is refused with TOO_MANY_FILES or FILE_TOO_LARGE.
func WithFileLimits(files int, bytes int64) Option {
	return func(c *config) error {
		if files < 1 || bytes < 1 {
			return badOption("file limits %d and %d: at least 1", files, bytes)
		}
		c.files.most, c.files.size = files, bytes
		return nil
	}
}

// WithBodyLimit makes the server answer 413 BODY_TOO_LARGE to every request whose Content-Length is larger, before anything
// else is looked at. The real server's guard is 10 MiB, and holds for callers that are not on its own host. Default none.
func WithBodyLimit(bytes int64) Option {
	return func(c *config) error {
		if bytes < 1 {
			return badOption("body limit %d: at least 1", bytes)
		}
		c.files.bodySize = bytes
		return nil
	}
}

// fileFaults are the switches of what may go wrong with files.
type fileFaults struct {
	leader  atomic.Pointer[string] // who takes uploads; nil: this server
	corrupt atomic.Bool
}

func (f *fileFaults) calm() {
	f.leader.Store(nil)
	f.corrupt.Store(false)
}

// FollowLeader makes the server refuse uploads as one that is not the leader of its cluster: 503 NOT_LEADER with the URL in
// the message. Empty makes it the leader again, as it is at first.
func (s *Server) FollowLeader(url string) {
	if url == "" {
		s.faults.files.leader.Store(nil)
		return
	}
	s.faults.files.leader.Store(&url)
}

// CorruptFiles makes the server spoil the last byte of every file that is downloaded. What is stored stays as it is.
func (s *Server) CorruptFiles(on bool) { s.faults.files.corrupt.Store(on) }

// fileFolder is the one folder of every table: the real server opens another when there are many files.
const fileFolder = "f0001"

// fileKey is where a file is kept: by table, owner in a USER table, and stored name.
type fileKey struct {
	home engine.FileHome
	name string
}

// fileStore keeps the files in memory for as long as the server lives. It never deletes one: a row that is gone leaves its
// file, as the end of a table does.
type fileStore struct {
	mu    sync.RWMutex
	files map[fileKey][]byte
}

func (fs *fileStore) put(home engine.FileHome, f part) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.files == nil {
		fs.files = make(map[fileKey][]byte)
	}
	fs.files[fileKey{home, f.ref.StoredName()}] = f.data
}

func (fs *fileStore) get(home engine.FileHome, name string) ([]byte, bool) {
	fs.mu.RLock()
	defer fs.mu.RUnlock()
	data, ok := fs.files[fileKey{home, name}]
	return data, ok
}

// part is one file of an upload.
type part struct {
	name string // of its placeholder
	data []byte
	ref  wire.FileRef
}

// mimeOf guesses a content type by the end of a stored name.
func mimeOf(name string) string {
	switch path.Ext(name) {
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".gif":
		return "image/gif"
	case ".svg":
		return "image/svg+xml"
	case ".pdf":
		return "application/pdf"
	case ".txt":
		return "text/plain"
	case ".json":
		return "application/json"
	case ".zip":
		return "application/zip"
	}
	return "application/octet-stream"
}
