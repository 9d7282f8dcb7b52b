package client

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/sethvargo/go-retry"
)

// Download is a file on its way from the server. It is an io.ReadCloser for one
// goroutine; Close may be called from any.
type Download struct {
	// MIME is the content type that the server told, which it guesses by the name. What
	// was said at the upload is in the reference.
	MIME string
	// Size is how many bytes will come; -1 if that is not known.
	Size int64

	want StoredFile
	body io.ReadCloser
	sum  hash.Hash
	ctx  context.Context // of the whole download
	end  context.CancelCauseFunc
	stop func() bool // from following ctx
	late *deadline
	idle time.Duration
	gate gate
	came int64
	err  error // what Read says from now on
}

// Download asks for a file, and returns when the server begins to give it. The bytes
// come through Read, and are counted and summed: a file that is not the one of the
// reference ends with a *ChecksumError instead of io.EOF, so what was read must not be
// trusted before. Size and SHA-256 are checked as far as the reference has them:
// nothing where it has neither.
//
//	d, err := c.Download(ctx, client.StoredFile{Table: "docs.items", Ref: row.Att})
//	if err != nil {
//		return err
//	}
//	defer d.Close()
//	_, err = io.Copy(w, d)
//
// It is asked for again as a statement that reads is, see WithMaxRetries, until the answer
// begins. WithTimeout bounds the time to there, WithTransferTimeout the wait for each
// further byte, and ctx the whole. Closing the client ends it with ErrClosed. A download
// that broke off is not taken up again. No such file is a
// *ServerError with wire.CodeFileNotFound; so is one of another user, without the right
// to it.
func (c *Client) Download(ctx context.Context, f StoredFile) (*Download, error) {
	return c.session().Download(ctx, f)
}

// Download is Client.Download with the session's settings. Whom it executes as is whose
// file it is, unless the StoredFile says.
func (s *Session) Download(ctx context.Context, f StoredFile) (*Download, error) {
	c := s.c
	f.User = cmp.Or(f.User, s.user)
	if c.closed.Load() {
		return nil, ErrClosed
	}
	path, err := f.Path()
	if err != nil {
		return nil, err
	}
	if err := f.checkSum(); err != nil {
		return nil, err
	}
	c.alive.add()
	ctx, end := c.transfer(ctx)
	d := &Download{want: f, sum: sha256.New(), ctx: ctx, end: end, late: newDeadline(end), idle: c.cfg.transfers.idle}
	d.gate.last = func() {
		end(nil)
		d.late.stop()
		c.alive.remove()
	}
	d.stop = context.AfterFunc(ctx, d.gate.close)
	d.late.set("download", s.timeout)
	if err := d.begin(s, path); err != nil {
		d.stop()
		d.gate.close()
		return nil, err
	}
	return d, nil
}

// begin waits for the head of the answer.
func (d *Download) begin(s *Session, path string) error {
	var resp *http.Response
	again := &patience{next: queryBackoff(s.retries)}
	err := retry.Do(d.ctx, again, func(ctx context.Context) (err error) {
		resp, _, err = s.c.roundTrip(ctx, request{op: "download", method: http.MethodGet, path: path})
		again.last = err
		if mayPass(ctx, err) {
			return retry.RetryableError(err)
		}
		return err
	})
	d.late.lift()
	if err != nil {
		if d.ctx.Err() != nil {
			return given(d.ctx, "download", again.last)
		}
		return err
	}
	d.body, d.MIME, d.Size = resp.Body, resp.Header.Get("Content-Type"), resp.ContentLength
	if d.Size >= 0 && d.known() && d.Size != d.want.Ref.Size {
		_ = d.body.Close()
		return d.wrong(d.Size, "")
	}
	return nil
}

// known says whether the reference knows the size.
func (d *Download) known() bool { return d.want.Ref.Size > 0 || d.want.Ref.SHA256 != "" }

func (d *Download) wrong(size int64, sum string) error {
	ref := d.want.Ref
	return &ChecksumError{Name: ref.StoredName(), Size: size, WantSize: ref.Size, SHA256: sum, WantSHA256: ref.SHA256}
}

// Read gives the next bytes. io.EOF means that they are those of the reference. Behind
// an error it gives the same one.
func (d *Download) Read(p []byte) (n int, err error) {
	if d.err != nil || len(p) == 0 {
		return 0, d.err
	}
	if !d.gate.enter() {
		return 0, fmt.Errorf("kalam: download: %w", context.Cause(d.ctx))
	}
	defer d.gate.leave()
	d.late.set("transfer", d.idle)
	n, err = d.body.Read(p)
	d.late.lift()
	n, d.err = d.judge(p, n, err)
	return n, d.err
}

// judge counts and sums what came, and says how it ends.
func (d *Download) judge(p []byte, n int, err error) (int, error) {
	d.came += int64(n)
	if d.known() && d.came > d.want.Ref.Size {
		over := int(d.came - d.want.Ref.Size)
		return n - over, d.wrong(d.want.Ref.Size+1, "")
	}
	d.sum.Write(p[:n])
	switch {
	case err == nil:
		return n, nil
	case d.ctx.Err() != nil:
		return n, given(d.ctx, "download", err)
	case err != io.EOF:
		return n, fmt.Errorf("kalam: download: %w", err)
	case d.known() && d.came != d.want.Ref.Size:
		return n, d.wrong(d.came, "")
	}
	sum := hex.EncodeToString(d.sum.Sum(nil))
	if want := d.want.Ref.SHA256; want != "" && !strings.EqualFold(sum, want) {
		return n, d.wrong(d.came, sum)
	}
	return n, io.EOF
}

// errDownloadClosed is what Read says behind Close.
var errDownloadClosed = fmt.Errorf("closed: %w", io.ErrClosedPipe)

// Close ends the download, wherever it is, and always succeeds. It may be called again.
func (d *Download) Close() error {
	d.stop()
	d.end(errDownloadClosed)
	_ = d.body.Close()
	d.gate.close()
	return nil
}
