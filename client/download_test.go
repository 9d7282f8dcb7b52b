package client_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// downloadOf is the reference to a content.
func downloadOf(content string) client.StoredFile {
	sum := sha256.Sum256([]byte(content))
	return client.StoredFile{Table: "docs.items", Ref: client.FileRef{
		ID: "7", Sub: "f0001", Name: "a.txt", Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]),
	}}
}

func TestDownload_OnlyWhatWasStoredEndsWithEOF(t *testing.T) {
	const stored = "0123456789"
	none := client.StoredFile{Table: "docs.items", Ref: client.FileRef{ID: "7", Sub: "f0001", Name: "a.txt"}}
	unsummed := none
	unsummed.Ref.Size = 10
	for _, test := range []struct {
		name   string
		came   string
		length int // announced; -1 is not
		of     client.StoredFile
		got    string
		atOnce bool // Download fails, not Read
		want   error
	}{
		{"the same", stored, 10, downloadOf(stored), stored, false, nil},
		{"the same, of an unknown length", stored, -1, downloadOf(stored), stored, false, nil},
		{"an empty one", "", 0, downloadOf(""), "", false, nil},
		{"another of the same length", "0123456780", 10, downloadOf(stored), "0123456780", false, client.ErrChecksum},
		{"another length, announced", "012345678", 9, downloadOf(stored), "", true, client.ErrChecksum},
		{"too short", "012345678", -1, downloadOf(stored), "012345678", false, client.ErrChecksum},
		{"too long", "0123456789x", -1, downloadOf(stored), stored, false, client.ErrChecksum},
		{"something instead of nothing", "x", -1, downloadOf(""), "", false, client.ErrChecksum},
		{"broken off", "01234", 10, downloadOf(stored), "01234", false, io.ErrUnexpectedEOF},
		{"whatever, where the reference knows nothing", "whatever", -1, none, "whatever", false, nil},
		{"of the length, where it knows no more", "whatever!!", -1, unsummed, "whatever!!", false, nil},
		{"of another length, where it knows no more", "whatever", -1, unsummed, "whatever", false, client.ErrChecksum},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				c := filesClient(t, func(w http.ResponseWriter, r *http.Request) {
					if test.length >= 0 {
						w.Header().Set("Content-Length", strconv.Itoa(test.length))
					} else {
						_ = http.NewResponseController(w).Flush()
					}
					_, _ = io.WriteString(w, test.came)
				})
				d, err := c.Download(t.Context(), test.of)
				if test.atOnce {
					is.True(errors.Is(err, test.want))
					return
				}
				is.NoErr(err)
				defer d.Close()
				is.Equal(d.Size, int64(test.length))
				got, err := io.ReadAll(iotest.OneByteReader(d))
				is.True(errors.Is(err, test.want))
				is.Equal(string(got), test.got)
				_, again := d.Read(make([]byte, 1))
				if test.want == nil {
					is.Equal(again, io.EOF)
				} else {
					is.Equal(again, err)
				}
			})
		})
	}
}

func TestDownload_ASpoiltFileIsAChecksumError(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		if w.srv == nil {
			return // only the emulator spoils files
		}
		is := is.New(t)
		c := w.client()
		table := w.docs(c)
		_, err := c.Upload(t.Context(), "INSERT INTO "+table+` (id, att) VALUES ('a', FILE("x"))`,
			[]client.File{{Placeholder: "x", Name: "a.txt", Body: strings.NewReader("content")}})
		is.NoErr(err)
		f := w.fileOf(c, table, "a")
		w.srv.CorruptFiles(true)
		d, err := c.Download(t.Context(), f)
		is.NoErr(err)
		defer d.Close()
		_, err = io.ReadAll(d)
		var wrong *client.ChecksumError
		is.True(errors.As(err, &wrong))
		is.Equal(wrong.Name, f.Ref.StoredName())
		is.Equal(wrong.WantSHA256, f.Ref.SHA256)
		is.True(len(wrong.SHA256) == 64 && wrong.SHA256 != wrong.WantSHA256)
	})
}

func TestDownload_SlowIsFineSilenceIsNot(t *testing.T) {
	content := strings.Repeat("x", 400)
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		over := make(chan struct{})
		silent := false
		c := filesClient(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "400")
			for i := range content {
				if silent && i == 7 {
					<-over
				}
				_, _ = io.WriteString(w, "x")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(29 * time.Second) // in virtual time
			}
		})
		defer close(over)
		began := time.Now()
		d, err := c.Download(t.Context(), downloadOf(content))
		is.NoErr(err)
		_, err = io.Copy(io.Discard, d)
		is.NoErr(err)
		is.NoErr(d.Close())
		is.True(time.Since(began) > 3*time.Hour)

		silent = true
		d, err = c.Download(t.Context(), downloadOf(content))
		is.NoErr(err)
		time.Sleep(time.Hour) // in virtual time: the application takes its time
		n, err := io.Copy(io.Discard, d)
		is.Equal(n, int64(7))
		var late *client.TimeoutError
		is.True(errors.As(err, &late))
		is.Equal(*late, client.TimeoutError{Step: "transfer", After: 30 * time.Second})
		is.NoErr(d.Close())
	})
}

func TestDownload_AHeadThatDoesNotComeIsATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		c := filesClient(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, client.WithTimeout(11*time.Second))
		began := time.Now()
		_, err := c.Download(t.Context(), downloadOf("x"))
		var late *client.TimeoutError
		is.True(errors.As(err, &late))
		is.Equal(*late, client.TimeoutError{Step: "download", After: 11 * time.Second})
		is.Equal(time.Since(began), 11*time.Second)
	})
}

func TestDownload_ContextCloseAndBothClosesEndIt(t *testing.T) {
	gone := errors.New("the user went home")
	for _, test := range []struct {
		name string
		end  func(cancel context.CancelCauseFunc, c *client.Client, d *client.Download)
		want error
	}{
		{"context", func(cancel context.CancelCauseFunc, _ *client.Client, _ *client.Download) { cancel(gone) }, gone},
		{"client", func(_ context.CancelCauseFunc, c *client.Client, _ *client.Download) {
			_ = c.Close(context.Background())
		}, client.ErrClosed},
		{"download", func(_ context.CancelCauseFunc, _ *client.Client, d *client.Download) { _ = d.Close() }, io.ErrClosedPipe},
	} {
		for _, reading := range []bool{true, false} {
			t.Run(fmt.Sprint(test.name, ", while it is read: ", reading), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					is := is.New(t)
					c := filesClient(t, func(w http.ResponseWriter, r *http.Request) {
						w.Header().Set("Content-Length", "2")
						_, _ = io.WriteString(w, "x")
						_ = http.NewResponseController(w).Flush()
						<-r.Context().Done()
					})
					ctx, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					d, err := c.Download(ctx, downloadOf("xx"))
					is.NoErr(err)
					_, err = d.Read(make([]byte, 1))
					is.NoErr(err)
					if reading {
						go func() {
							synctest.Wait()
							test.end(cancel, c, d)
						}()
					} else {
						test.end(cancel, c, d)
						synctest.Wait()
					}
					_, err = d.Read(make([]byte, 1))
					is.True(errors.Is(err, test.want))
					_ = c.Close(t.Context())
					<-c.Done() // whether it was closed or not
					is.NoErr(d.Close())
				})
			})
		}
	}
}

func TestDownload_ALostConnectionIsAnError(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		link := kalamtest.NewLink(w.srv.Dial, 1)
		defer link.Close()
		c := w.client()
		table := w.docs(c)
		_, err := c.Upload(t.Context(), "INSERT INTO "+table+` (id, att) VALUES ('a', FILE("x"))`,
			[]client.File{{Placeholder: "x", Body: strings.NewReader(string(uploadBytes(1 << 20)))}})
		is.NoErr(err)
		f := w.fileOf(c, table, "a")
		over := w.client(client.WithDialer(link.Dial))
		w.exec(over, "SELECT 1")
		link.ResetAfter(kalamtest.Down, 100_000)
		d, err := over.Download(t.Context(), f)
		is.NoErr(err)
		n, err := io.Copy(io.Discard, d)
		is.True(errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.ErrUnexpectedEOF))
		is.True(n > 0 && n < 100_000)
		is.NoErr(d.Close())
	})
}

func TestDownload_PermissionsAreTheServers(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		odd := "lena & co?#%=+é"
		is.NoErr(w.srv.AddUser(odd, "Secret-odd-1", "user"))
		is.NoErr(w.srv.AddUser("max", "Secret-max-1", "user"))
		c := w.client()
		table := w.docs(c)
		as := func(user string) *client.Client { return w.client(client.WithAuth(filesToken(t, w.srv, user))) }
		_, err := as(odd).Upload(t.Context(), "INSERT INTO "+table+` (id, att) VALUES ('a', FILE("x"))`,
			[]client.File{{Placeholder: "x", Body: strings.NewReader("hers")}})
		is.NoErr(err)
		f := w.fileOf(as(odd), table, "a")
		ofHer := f
		ofHer.User = odd
		shared := w.table(c, "shared", filesColumns, "TYPE = 'SHARED'")
		for _, test := range []struct {
			name string
			who  *client.Client
			what client.StoredFile
			want error
		}{
			{"she herself", as(odd), f, nil},
			{"somebody else", as("max"), f, wire.CodeFileNotFound},
			{"somebody else, in her name", as("max"), ofHer, wire.CodePermissionDenied},
			{"an administrator", c, f, wire.CodeFileNotFound},
			{"an administrator, in her name", c, ofHer, nil},
			{"a user of a shared table", c, client.StoredFile{Table: shared, User: odd, Ref: f.Ref}, wire.CodeInvalidInput},
			{"who may not read a shared table", as("max"), client.StoredFile{Table: shared, Ref: f.Ref}, wire.CodePermissionDenied},
			{"nobody", w.client(client.WithAuth(auth.None())), f, wire.CodeMissingAuthorization},
		} {
			d, err := test.who.Download(t.Context(), test.what)
			if !errors.Is(err, test.want) {
				t.Fatalf("%s: %v", test.name, err)
			}
			if err == nil {
				got, err := io.ReadAll(d)
				is.NoErr(err)
				is.Equal(string(got), "hers")
				is.NoErr(d.Close())
			}
		}
	})
}
