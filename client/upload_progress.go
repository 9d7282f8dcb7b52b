package client

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// UploadProgress is how far an upload is.
type UploadProgress struct {
	Placeholder string  // of the file that is being sent; empty before the first
	Name        string  // of that file
	File        int     // its number, from 1; 0 before the first
	Files       int     // how many there are
	Sent        int64   // bytes of all files that the connection has taken in this try
	Total       int64   // bytes of all files; -1 if that is not known
	Rate        float64 // bytes a second, over the last second; of the last value, over the whole upload
	Attempt     int     // number of the try, from 1; 0 before the first
	Result      *Result // the server's answer, in the last value; else nil
}

// progressEvery is the shortest time between two values.
const progressEvery = 100 * time.Millisecond

// Upload is Client.Upload, or that of a Session, as a stream: subscribing starts the
// upload, unsubscribing gives it up. While it runs, how far it is is told ten times a
// second at most, and only where that has changed; of an observer that is slower, the
// values between are left out. The last value, with the Result, is always told, and
// then the stream completes; or it ends with the error that Client.Upload would return.
// Another subscription, as by operators.Retry, sends the same again: it fails with
// ErrFileSpent where a Body was read and cannot be rewound, or is being sent by the
// first. The observer is called on a goroutine of the upload's own, and delays nothing.
func Upload(q Querier, sql string, files []File, params ...any) rx.Observable[UploadProgress] {
	s := q.session()
	check := sync.OnceValues(func() (*form, error) { return s.formOf(sql, files, params) })
	return finite(s.c, rx.Source(func(g *rx.Segment, out rx.Observer[UploadProgress]) {
		ctx, cancel := context.WithCancel(g.Context())
		g.Add(cancel)
		t := &toldUpload{files: files, g: g, out: out, began: time.Now()}
		t.meter.total.Store(-1)
		s.c.alive.add()
		go func() { // owner: the subscription; ends when the upload does, which unsubscribing gives up
			defer s.c.alive.remove()
			defer cancel()
			t.run(func() (*upload, error) { return s.begin(ctx, check, &t.meter) })
		}()
	}))
}

// toldUpload tells one subscriber how far its upload is.
type toldUpload struct {
	files []File
	g     *rx.Segment
	out   rx.Observer[UploadProgress]
	meter meter
	began time.Time
	speed speed
	told  UploadProgress
}

// run begins the upload and tells until it has ended.
func (t *toldUpload) run(begin func() (*upload, error)) {
	up, err := begin()
	if err != nil {
		t.last(Result{}, err)
		return
	}
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.tell()
		case o := <-up.over:
			t.last(o.result, o.err)
			return
		case <-up.ctx.Done():
			t.last(up.left())
			return
		}
	}
}

// now is how far the upload is.
func (t *toldUpload) now() UploadProgress {
	p := UploadProgress{Files: len(t.files), Total: t.meter.total.Load()}
	var index int
	p.Attempt, index, p.Sent = t.meter.read()
	if p.Sent > 0 {
		f := t.files[index]
		p.File, p.Placeholder, p.Name = index+1, f.Placeholder, cmp.Or(f.Name, f.Placeholder)
	}
	return p
}

func (t *toldUpload) tell() {
	p := t.now()
	rate := t.speed.sample(time.Now(), p.Sent)
	if p == t.told {
		return
	}
	t.told = p
	p.Rate = rate
	t.g.Turn(t.out.Error, func() { t.out.Next(p) })
}

func (t *toldUpload) last(result Result, err error) {
	t.g.Turn(t.out.Error, func() {
		if err != nil {
			t.out.Error(err)
			return
		}
		p := t.now()
		p.Rate = rate(p.Sent, time.Since(t.began))
		p.Result = &result
		t.out.Next(p)
		t.out.Complete()
	})
}
