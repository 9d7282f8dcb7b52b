package client

import (
	"fmt"
	"time"
)

// transfers is what options say about uploads and downloads.
type transfers struct {
	files    int
	fileSize int64
	size     int64 // of a whole upload; 0 is no limit
	idle     time.Duration
	leaders  []address
}

func transferDefaults() transfers {
	return transfers{files: 20, fileSize: 25 << 20, idle: 30 * time.Second}
}

// WithMaxFiles is how many files one upload may have: what is beyond fails before
// anything is sent, with wire.CodeTooManyFiles. Default 20, the server's.
func WithMaxFiles(n int) Option {
	return atLeastOne("WithMaxFiles", n, func(c *config) { c.transfers.files = n })
}

// WithMaxFileSize is how many bytes one file of an upload may have. A larger one fails
// with wire.CodeFileTooLarge before anything is sent; one whose size is not known, when
// it turns out to be larger. Default 25 MiB, the server's.
func WithMaxFileSize(bytes int64) Option {
	return atLeastOne("WithMaxFileSize", bytes, func(c *config) { c.transfers.fileSize = bytes })
}

// WithMaxUploadSize is how many bytes an upload may have as a whole, the form around
// the files included, where all sizes are known; what is larger fails with
// wire.CodeBodyTooLarge before anything is sent. Default no limit. A server refuses
// more than 10 MiB with the same code, unless it is configured otherwise or on the
// client's own host.
func WithMaxUploadSize(bytes int64) Option {
	return atLeastOne("WithMaxUploadSize", bytes, func(c *config) { c.transfers.size = bytes })
}

// WithTransferTimeout bounds the time in which not one byte of an upload is taken or of
// a download arrives; what takes longer fails with a *TimeoutError. The time that the
// application takes to give or to take bytes does not count. As a whole a transfer is
// bounded by its context only. Default 30 s.
func WithTransferTimeout(d time.Duration) Option {
	return duration("WithTransferTimeout", d, func(c *config) { c.transfers.idle = d })
}

func atLeastOne[N int | int64](name string, n N, set func(*config)) Option {
	return func(c *config) error {
		if n < 1 {
			return fmt.Errorf("%w: %s: %d is less than 1", ErrConfig, name, n)
		}
		set(c)
		return nil
	}
}
