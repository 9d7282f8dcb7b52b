package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// uploadReader is a body made of functions that are called one after the other.
type uploadReader []func(p []byte) (int, error)

func (r *uploadReader) Read(p []byte) (int, error) {
	if len(*r) == 0 {
		return 0, io.EOF
	}
	next := (*r)[0]
	*r = (*r)[1:]
	return next(p)
}

// unseekable hides all but Read.
func unseekable(r io.Reader) io.Reader { return struct{ io.Reader }{r} }

func uploadBytes(n int) []byte { return bytes.Repeat([]byte("0123456789abcdef"), n/16) }

func TestUpload_ABodyThatFailsIsATypedErrorAndNothingIsStored(t *testing.T) {
	broken := errors.New("disk on fire")
	give := func(n int) func(p []byte) (int, error) {
		return func(p []byte) (int, error) { return copy(p, uploadBytes(n)), nil }
	}
	for _, test := range []struct {
		name string
		body io.Reader
		size int64
		want error
	}{
		{"at once", iotest.ErrReader(broken), 0, broken},
		{"later", io.MultiReader(bytes.NewReader(uploadBytes(1<<20)), iotest.ErrReader(broken)), 0, broken},
		{"later, of a known size", io.MultiReader(bytes.NewReader(uploadBytes(1<<20)), iotest.ErrReader(broken)), 2 << 20, broken},
		{"shorter than it said", unseekable(strings.NewReader("0123456789")), 11, client.ErrFileSize},
		{"longer than it said", unseekable(strings.NewReader("0123456789")), 9, client.ErrFileSize},
		{"larger than is allowed", unseekable(bytes.NewReader(uploadBytes(3 << 20))), 0, wire.CodeFileTooLarge},
		{"gives nothing for ever", readerFunc(func([]byte) (int, error) { return 0, nil }), 0, io.ErrNoProgress},
		{"gives more than was asked for", readerFunc(func(p []byte) (int, error) { return len(p) + 1, nil }), 0, nil},
		{"panics", &uploadReader{give(1000), func([]byte) (int, error) { panic(broken) }}, 0, broken},
	} {
		t.Run(test.name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, w *world) {
				is := is.New(t)
				c := w.client(client.WithMaxFileSize(2 << 20))
				table := w.docs(c)
				_, err := c.Upload(t.Context(), `INSERT INTO `+table+` (id, att) VALUES ('a', FILE("x"))`,
					[]client.File{{Placeholder: "x", Body: test.body, Size: test.size}})
				var file *client.FileError
				is.True(errors.As(err, &file))
				is.Equal(file.Placeholder, "x")
				is.True(test.want == nil || errors.Is(err, test.want))
				n, err := client.Query[int64](t.Context(), c, "SELECT COUNT(*) AS n FROM "+table)
				is.NoErr(err)
				is.Equal(n, []int64{0})
				is.Equal(w.srv.Stats().FilesStored, 0)
			})
		})
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestUpload_WhatTheServerRefusesWhileItIsSentIsTheServersError(t *testing.T) {
	for _, test := range []struct {
		name string
		opt  kalamtest.Option
		want error
	}{
		{"the body, by its length", kalamtest.WithBodyLimit(1 << 20), wire.CodeBodyTooLarge},
		{"a file", kalamtest.WithFileLimits(20, 1<<20), wire.CodeFileTooLarge},
		{"the number of files", kalamtest.WithFileLimits(1, 25<<20), wire.CodeTooManyFiles},
	} {
		t.Run(test.name, func(t *testing.T) {
			srv := kalamtest.Start(t, test.opt)
			w := newWorld(t, &world{url: srv.URL(), admin: root(), srv: srv})
			is := is.New(t)
			c := w.client()
			table := w.table(c, "pairs", "id TEXT PRIMARY KEY, att FILE, other FILE", "TYPE = 'USER'")
			_, err := c.Upload(t.Context(), "INSERT INTO "+table+` (id, att, other) VALUES ('a', FILE('one'), FILE("two"))`, []client.File{
				{Placeholder: "two", Body: strings.NewReader("2")},
				{Placeholder: "one", Body: bytes.NewReader(uploadBytes(20 << 20))},
			})
			is.True(errors.Is(err, test.want))
		})
	}
}

func TestUpload_FollowsTheLeaderOnlyWhereItMay(t *testing.T) {
	for _, test := range []struct {
		name    string
		leaders []string
		want    error
	}{
		{"to one that is named", []string{"http://other.localhost:1", "http://leader.localhost:2900"}, nil},
		{"not to any other", nil, wire.CodeNotLeader},
		{"not over plain http", []string{"http://leader.example:2900"}, client.ErrConfig},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				network := rxtest.NewNetwork()
				follower := kalamtest.Start(t, kalamtest.WithNetwork(network))
				var taken string
				leader := kalamtest.Start(t, kalamtest.WithNetwork(network), kalamtest.WithAddr("leader.localhost:2900"),
					kalamtest.WithHTTPHook(func(r *http.Request) (int, string, bool) {
						text, _ := io.ReadAll(r.Body)
						taken = string(text)
						return 200, filesDone, true
					}))
				if errors.Is(test.want, client.ErrConfig) {
					follower.FollowLeader("http://leader.example:2900")
				} else {
					follower.FollowLeader(leader.URL())
				}
				w := &world{t: t, url: follower.URL(), dial: follower.Dial, admin: root()}
				_, err := w.client(client.WithLeaders(test.leaders...)).Upload(t.Context(), filesSQL,
					[]client.File{{Placeholder: "x", Body: strings.NewReader("content")}})
				is.True(errors.Is(err, test.want))
				is.Equal(strings.Contains(taken, "\r\n\r\ncontent\r\n--"), test.want == nil)
			})
		})
	}
}

func TestUpload_TimeoutsBoundWhatTheServerTakesNotWhatTheBodyTakes(t *testing.T) {
	slow := func(n int, each time.Duration) io.Reader {
		r := uploadReader{}
		for range n {
			r = append(r, func(p []byte) (int, error) {
				time.Sleep(each) // in virtual time: the body is slow
				return copy(p, "0123456789"), nil
			})
		}
		return &r
	}
	take := func(<-chan struct{}) http.HandlerFunc { return filesTake }
	stuck := func(over <-chan struct{}) http.HandlerFunc {
		return func(http.ResponseWriter, *http.Request) { <-over }
	}
	mute := func(over <-chan struct{}) http.HandlerFunc {
		return func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-over
		}
	}
	for _, test := range []struct {
		name   string
		handle func(over <-chan struct{}) http.HandlerFunc
		body   io.Reader
		step   string        // of the *TimeoutError
		after  time.Duration // of it; 0 is none
	}{
		{"a body that takes hours", take, slow(100, 10*time.Minute), "", 0},
		{"a server that takes nothing", stuck, bytes.NewReader(uploadBytes(8 << 20)), "transfer", 20 * time.Second},
		{"a server that answers nothing", mute, strings.NewReader("0123456789"), "upload", 50 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				over := make(chan struct{})
				c := filesClient(t, test.handle(over), client.WithTimeout(50*time.Second), client.WithTransferTimeout(20*time.Second))
				defer close(over)
				began := time.Now()
				_, err := c.Upload(t.Context(), filesSQL, []client.File{{Placeholder: "x", Body: test.body}})
				if test.after == 0 {
					is.NoErr(err)
					is.True(time.Since(began) >= 1000*time.Minute)
					return
				}
				var late *client.TimeoutError
				is.True(errors.As(err, &late))
				is.Equal(late.Step, test.step)
				is.Equal(late.After, test.after)
				is.Equal(time.Since(began), test.after)
			})
		})
	}
}

func TestUpload_ContextAndCloseEndIt(t *testing.T) {
	gone := errors.New("the user went home")
	for _, test := range []struct {
		name string
		end  func(cancel context.CancelCauseFunc, c *client.Client)
		want error
	}{
		{"context", func(cancel context.CancelCauseFunc, _ *client.Client) { cancel(gone) }, gone},
		{"close", func(_ context.CancelCauseFunc, c *client.Client) { _ = c.Close(context.Background()) }, client.ErrClosed},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				c := filesClient(t, filesTake)
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				reading, release := make(chan struct{}), make(chan struct{})
				body := &uploadReader{func(p []byte) (int, error) {
					close(reading)
					<-release
					return 0, io.EOF
				}}
				ended := make(chan error)
				go func() {
					_, err := c.Upload(ctx, filesSQL, []client.File{{Placeholder: "x", Body: body}})
					ended <- err
				}()
				<-reading
				test.end(cancel, c)
				is.True(errors.Is(<-ended, test.want)) // although the body is still being read
				_ = c.Close(t.Context())
				synctest.Wait()
				select {
				case <-c.Done():
					t.Fatal("the client is done while a body is being read")
				default:
				}
				close(release)
				<-c.Done()
				_, err := c.Upload(t.Context(), filesSQL, nil)
				is.Equal(err, client.ErrClosed)
			})
		})
	}
}

func TestUpload_ALostConnectionIsAnError(t *testing.T) {
	for _, n := range []int{1, 100, 10_000, 1 << 20} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			inMemory(t, func(t *testing.T, w *world) {
				is := is.New(t)
				link := kalamtest.NewLink(w.srv.Dial, 1)
				defer link.Close()
				c := w.client()
				table := w.docs(c)
				over := w.client(client.WithDialer(link.Dial))
				w.exec(over, "SELECT 1")
				link.ResetAfter(kalamtest.Up, n)
				_, err := over.Upload(t.Context(), `INSERT INTO `+table+` (id, att) VALUES ('a', FILE("x"))`,
					[]client.File{{Placeholder: "x", Body: unseekable(strings.NewReader(string(uploadBytes(4 << 20))))}})
				is.True(err != nil)
				is.Equal(w.srv.Stats().FilesStored, 0)
			})
		})
	}
}

func TestUpload_ProgressIsToldTenTimesASecondAndTheLastAlways(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		c := filesClient(t, filesTake)
		steady := func() io.Reader {
			r := uploadReader{}
			for range 100 {
				r = append(r, func(p []byte) (int, error) {
					time.Sleep(21 * time.Millisecond) // in virtual time
					return copy(p, uploadBytes(1024)), nil
				})
			}
			return &r
		}
		sql := `INSERT INTO a.b (id, att, b) VALUES ('a', FILE("x"), FILE("y"))`
		r := recording(t, client.Upload(c, sql, []client.File{
			{Placeholder: "x", Body: steady(), Size: 102400}, {Placeholder: "y", Name: "y.txt", Body: steady(), Size: 102400},
		}))
		is.NoErr(r.ended())
		last := r.all[len(r.all)-1]
		is.Equal(last.Sent, int64(204800))
		is.Equal(last.Total, int64(204800))
		is.Equal(last.Result.RowsAffected, int64(1))
		is.True(last.Rate > 47_000 && last.Rate < 49_000) // 1024 bytes each 21 ms
		is.True(len(r.all) >= 40 && len(r.all) <= 43)     // in 4.2 s
		var before client.UploadProgress
		for i, p := range r.all {
			is.True(p.Sent >= before.Sent && p.File >= before.File)
			is.Equal(p.Files, 2)
			is.Equal(p.Attempt, 1)
			is.Equal(p.Result != nil, i == len(r.all)-1)
			is.Equal(p.Placeholder, []string{"x", "y"}[p.File-1])
			is.Equal(p.Name, []string{"x", "y.txt"}[p.File-1])
			before = p
		}
	})
}

func TestUpload_UnsubscribingGivesItUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		broke := make(chan error, 1)
		c := filesClient(t, func(w http.ResponseWriter, r *http.Request) {
			_, err := io.Copy(io.Discard, r.Body)
			broke <- err
		})
		endless := readerFunc(func(p []byte) (int, error) {
			time.Sleep(time.Millisecond) // in virtual time
			return copy(p, "0123456789"), nil
		})
		r := recording(t, client.Upload(c, filesSQL, []client.File{{Placeholder: "x", Body: endless}}))
		r.until(atLeast[client.UploadProgress](3))
		r.sub.Unsubscribe()
		is.NoErr(r.ended())
		is.True(<-broke != nil)
		told := len(r.all)
		time.Sleep(time.Minute) // in virtual time
		is.Equal(len(r.all), told)
		is.True(r.all[told-1].Result == nil)
		is.Equal(r.all[told-1].Total, int64(-1))
	})
}

func TestUpload_ASubscriptionMoreSendsTheSameAgainIfItCan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		var lengths []int64
		c := filesClient(t, func(w http.ResponseWriter, r *http.Request) {
			n, _ := io.Copy(io.Discard, r.Body)
			lengths = append(lengths, n)
			_, _ = io.WriteString(w, filesDone)
		})
		same := client.Upload(c, filesSQL, []client.File{{Placeholder: "x", Body: bytes.NewReader(uploadBytes(1 << 20))}})
		for range 3 {
			r := recording(t, same)
			is.NoErr(r.ended())
			is.Equal(r.all[len(r.all)-1].Sent, int64(1<<20))
		}
		is.Equal(len(lengths), 3)
		is.True(lengths[0] > 1<<20 && lengths[0] == lengths[1] && lengths[1] == lengths[2])

		once := client.Upload(c, filesSQL, []client.File{{Placeholder: "x", Body: unseekable(strings.NewReader("x"))}})
		is.NoErr(recording(t, once).ended())
		is.True(errors.Is(recording(t, once).ended(), client.ErrFileSpent))
	})
}
