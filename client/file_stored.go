package client

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// FileRef is what a FILE column holds.
type FileRef = wire.FileRef

// StoredFile is a file on the server: what a FILE column holds, and which table it is a
// column of, which the reference itself does not know.
type StoredFile struct {
	Table string  // with its namespace: "docs.items"
	Ref   FileRef // as it was read from the row
	// User is whose file it is, of a USER table, where that is not who asks. The server
	// allows it to roles that may impersonate that user, and refuses it for SHARED
	// tables.
	User string
}

// Path is the path of the download behind the server's URL, escaped. What cannot be a
// path is an error that is ErrConfig: a table without its namespace, and a reference
// without id or folder.
func (f StoredFile) Path() (string, error) {
	space, table, ok := strings.Cut(f.Table, ".")
	parts := []string{space, table, f.Ref.Sub, f.Ref.StoredName()}
	if !ok || f.Ref.ID == "" {
		return "", fmt.Errorf("%w: stored file: needs a table with its namespace, and a reference with an id", ErrConfig)
	}
	path := "/v1/files"
	for _, part := range parts {
		if part == "" || part == "." || part == ".." { // the last two would lead elsewhere
			return "", fmt.Errorf("%w: stored file: %q cannot be a part of a path", ErrConfig, part)
		}
		path += "/" + url.PathEscape(part)
	}
	if f.User != "" {
		path += "?user_id=" + url.QueryEscape(f.User)
	}
	return path, nil
}

// checkSum refuses a reference whose sum no file can have.
func (f StoredFile) checkSum() error {
	sum, err := hex.DecodeString(f.Ref.SHA256)
	if err != nil || len(sum) != 0 && len(sum) != 32 || f.Ref.Size < 0 {
		return fmt.Errorf("%w: stored file: size %d, sha256 %q", ErrConfig, f.Ref.Size, f.Ref.SHA256)
	}
	return nil
}
