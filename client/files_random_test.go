package client_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

// filesDraw makes random files, and readers of them.
type filesDraw struct{ *rand.Rand }

func (d filesDraw) content() []byte {
	b := make([]byte, d.IntN([]int{1, 100, 40_000, 300_000}[d.IntN(4)]))
	for i := range b {
		b[i] = byte(d.Uint32())
	}
	return b
}

// file gives the content in one of many ways.
func (d filesDraw) file(placeholder string, content []byte) client.File {
	f := client.File{Placeholder: placeholder, Name: fmt.Sprintf("n%d \"q\".bin", d.IntN(100)), Body: bytes.NewReader(content)}
	switch d.IntN(5) {
	case 0:
		f.Body = unseekable(f.Body)
	case 1:
		f.Body, f.Size = unseekable(f.Body), int64(len(content))
	case 2:
		f.Body = iotest.HalfReader(f.Body)
	case 3:
		f.Body = iotest.DataErrReader(f.Body)
	}
	return f
}

// Under lost connections a transfer is whole, or it is an error; without them it is whole.
func TestFiles_RandomTransfersAreWholeOrErrors(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		d := filesDraw{rand.New(rand.NewPCG(seed, 0))}
		link := kalamtest.NewLink(w.srv.Dial, seed)
		defer link.Close()
		calm := w.client(client.WithMaxRetries(10))
		over := w.client(client.WithDialer(link.Dial), client.WithMaxRetries(10))
		w.table(calm, "many", "id BIGINT PRIMARY KEY, c0 FILE, c1 FILE, c2 FILE", "TYPE = 'USER'")
		whole, broken := 0, 0
		for id := range 150 {
			contents := make([][]byte, 1+d.IntN(3))
			if d.IntN(2) == 0 {
				link.ResetAfter(kalamtest.Both, d.IntN(400_000))
			}
			err := filesSend(d, w, over, id, contents)
			link.Calm()
			if stored := filesStored(t, w, calm, id); stored != nil {
				for i := range contents {
					got, err := filesGet(t, calm, *stored[i])
					is.NoErr(err)
					is.True(bytes.Equal(got, contents[i]))
				}
				if d.IntN(2) == 0 {
					link.ResetAfter(kalamtest.Down, d.IntN(400_000))
				}
				got, err := filesGet(t, over, *stored[0])
				link.Calm()
				is.True(err != nil || bytes.Equal(got, contents[0]))
				whole++
			} else {
				is.True(err != nil)
				broken++
			}
		}
		t.Logf("%d stored, %d not", whole, broken)
		is.True(whole > 20 && broken > 5)
	})
}

// filesSend uploads random contents, and keeps them.
func filesSend(d filesDraw, w *world, c *client.Client, id int, contents [][]byte) error {
	var columns, values []string
	var files []client.File
	for i := range contents {
		contents[i] = d.content()
		columns = append(columns, fmt.Sprintf("c%d", i))
		values = append(values, fmt.Sprintf(`FILE("f%d")`, i))
		files = append(files, d.file(fmt.Sprintf("f%d", i), contents[i]))
	}
	d.Shuffle(len(files), func(i, k int) { files[i], files[k] = files[k], files[i] })
	_, err := c.Upload(w.t.Context(), fmt.Sprintf("INSERT INTO %s.many (id, %s) VALUES ($1, %s)", w.ns,
		strings.Join(columns, ", "), strings.Join(values, ", ")), files, id)
	return err
}

// filesStored are the references of a row; nil without one.
func filesStored(t *testing.T, w *world, c *client.Client, id int) []*client.StoredFile {
	t.Helper()
	type row struct{ C0, C1, C2 *client.FileRef }
	rows, err := client.Query[row](t.Context(), c, "SELECT c0, c1, c2 FROM "+w.ns+".many WHERE id = $1", id)
	if err != nil {
		t.Fatal(err)
	}
	var all []*client.StoredFile
	for _, r := range rows {
		for _, ref := range []*client.FileRef{r.C0, r.C1, r.C2} {
			if ref != nil {
				all = append(all, &client.StoredFile{Table: w.ns + ".many", Ref: *ref})
			}
		}
	}
	return all
}

func filesGet(t *testing.T, c *client.Client, f client.StoredFile) ([]byte, error) {
	d, err := c.Download(t.Context(), f)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return io.ReadAll(d)
}
