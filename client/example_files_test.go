package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

const insertItem = `INSERT INTO docs.items (id, att) VALUES ($1, FILE("scan"))`

// documents runs f with a client of an embedded server that has docs.items.
func documents(f func(ctx context.Context, c *client.Client), opts ...client.Option) {
	srv, err := kalamtest.New()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	ctx := context.Background()
	if err := srv.Exec(ctx, "root", "CREATE NAMESPACE docs; CREATE TABLE docs.items (id TEXT PRIMARY KEY, att FILE) WITH (TYPE = 'USER')"); err != nil {
		log.Fatal(err)
	}
	c, err := client.New(srv.URL(), append([]client.Option{client.WithAuth(auth.Password("root", "kalamdb-root"))}, opts...)...)
	if err != nil {
		log.Fatal(err)
	}
	f(ctx, c)
	_ = c.Close(ctx)
	<-c.Done()
}

// scan is a file to upload.
func scan() []client.File {
	return []client.File{{Placeholder: "scan", Name: "scan 1.txt", MIME: "text/plain", Body: strings.NewReader("hello, file")}}
}

func ExampleClient_Upload() {
	documents(func(ctx context.Context, c *client.Client) {
		r, err := c.Upload(ctx, insertItem, scan(), "d7")
		fmt.Println(r.RowsAffected, err)
	})
	// Output: 1 <nil>
}

func ExampleSession_Upload() {
	documents(func(ctx context.Context, c *client.Client) {
		patient, err := c.With(client.CallTimeout(5 * time.Minute))
		if err != nil {
			log.Fatal(err)
		}
		r, err := patient.Upload(ctx, insertItem, scan(), "d7")
		fmt.Println(r.RowsAffected, err)
	})
	// Output: 1 <nil>
}

func ExampleUpload() {
	documents(func(ctx context.Context, c *client.Client) {
		for p, err := range rx.All(ctx, client.Upload(c, insertItem, scan(), "d7")) {
			if err != nil {
				log.Fatal(err)
			}
			if p.Result != nil { // the last value; a large file has others before it
				fmt.Println(p.Sent, "of", p.Total, "bytes,", p.Result.RowsAffected, "row")
			}
		}
	})
	// Output: 11 of 11 bytes, 1 row
}

func ExampleUploadProgress() {
	p := client.UploadProgress{Placeholder: "scan", File: 1, Files: 2, Sent: 512, Total: 2048, Rate: 256, Attempt: 1}
	left := float64(p.Total-p.Sent) / p.Rate
	fmt.Printf("%d %%, file %d of %d, %.0f s left\n", 100*p.Sent/p.Total, p.File, p.Files, left)
	// Output: 25 %, file 1 of 2, 6 s left
}

func ExampleFile() {
	documents(func(ctx context.Context, c *client.Client) {
		pipe, w := io.Pipe() // its size is known to nobody
		go func() {          // owner: the example; ends when all is written, or the pipe is closed
			_, err := io.WriteString(w, "generated")
			_ = w.CloseWithError(err)
		}()
		defer pipe.Close()
		_, err := c.Upload(ctx, insertItem, []client.File{{Placeholder: "scan", Name: "report.txt", Body: pipe}}, "d8")
		row, _ := client.QueryOne[client.FileRef](ctx, c, "SELECT att FROM docs.items")
		fmt.Println(row.Name, row.Size, row.MIME, err)
	})
	// Output: report.txt 9 application/octet-stream <nil>
}

func ExampleFileError() {
	documents(func(ctx context.Context, c *client.Client) {
		_, err := c.Upload(ctx, insertItem, nil, "d7")
		var file *client.FileError
		if errors.As(err, &file) {
			fmt.Println(file.Placeholder, errors.Is(err, wire.CodeMissingFile))
		}
	})
	// Output: scan true
}

func ExampleClient_Download() {
	documents(func(ctx context.Context, c *client.Client) {
		if _, err := c.Upload(ctx, insertItem, scan(), "d7"); err != nil {
			log.Fatal(err)
		}
		ref, err := client.QueryOne[client.FileRef](ctx, c, "SELECT att FROM docs.items WHERE id = $1", "d7")
		if err != nil {
			log.Fatal(err)
		}
		d, err := c.Download(ctx, client.StoredFile{Table: "docs.items", Ref: ref})
		if err != nil {
			log.Fatal(err)
		}
		defer d.Close()
		text, err := io.ReadAll(d) // nil: it is what was stored
		fmt.Println(string(text), d.Size, d.MIME, err)
	})
	// Output: hello, file 11 text/plain <nil>
}

func ExampleDownload() {
	documents(func(ctx context.Context, c *client.Client) {
		if _, err := c.Upload(ctx, insertItem, scan(), "d7"); err != nil {
			log.Fatal(err)
		}
		ref, err := client.QueryOne[client.FileRef](ctx, c, "SELECT att FROM docs.items")
		if err != nil {
			log.Fatal(err)
		}
		d, err := c.Download(ctx, client.StoredFile{Table: "docs.items", Ref: ref})
		if err != nil {
			log.Fatal(err)
		}
		head := make([]byte, 5)
		_, err = io.ReadFull(d, head)
		fmt.Println(string(head), err, d.Close()) // the rest is not wanted
	})
	// Output: hello <nil> <nil>
}

func ExampleChecksumError() {
	var err error = &client.ChecksumError{Name: "7-scan.txt", Size: 10, WantSize: 11}
	fmt.Println(errors.Is(err, client.ErrChecksum), err)
	// Output: true kalam: download of 7-scan.txt: 10 bytes, its reference says 11
}

func ExampleFileRef() {
	ref := client.FileRef{ID: "383399686121193472", Sub: "f0001", Name: "Holiday Pic.PNG", Size: 29}
	fmt.Println(ref.StoredName())
	// Output: 383399686121193472-holiday-pic.png
}

func ExampleStoredFile() {
	f := client.StoredFile{Table: "docs.items", User: "max & co", Ref: client.FileRef{ID: "7", Sub: "f0001", Name: "a b.txt"}}
	fmt.Println(f.Path())
	// Output: /v1/files/docs/items/f0001/7-a-b.txt?user_id=max+%26+co <nil>
}
