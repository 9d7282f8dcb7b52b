package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

const (
	schema = `[{"name":"id","data_type":"BigInt","index":0,"flags":["pk","nn","uq"]},{"name":"conversation_id","data_type":"BigInt","index":1},` +
		`{"name":"sender","data_type":"Text","index":2},{"name":"content","data_type":"Text","index":3},{"name":"score","data_type":"Double","index":4},` +
		`{"name":"created_at","data_type":"Timestamp","index":5},{"name":"_seq","data_type":"BigInt","index":6,"flags":["nn"]},{"name":"_deleted","data_type":"Boolean","index":7,"flags":["nn"]}]`
	control = `"batch_control":{"batch_num":0,"has_more":false,"status":"ready","last_seq_id":null}`

	firstID  = 100_000_000 // ids and versions are all of one length, to be written in place
	firstSeq = 383_399_511_795_273_728

	framesAWrite = 200
)

// serve accepts one live query, sends the rows if they were asked for, and pushes its changes.
func (p *pusher) serve(to *peer, sub *wire.Subscribe) {
	err := to.send(fmt.Sprintf(`{"type":"subscription_ack","subscription_id":%q,"total_rows":0,%s,"schema":%s}`, sub.ID, control, schema))
	if err == nil && sub.Options != nil {
		err = to.send(fmt.Sprintf(`{"type":"initial_data_batch","subscription_id":%q,"rows":[%s],%s}`, sub.ID, rowsOf(p.rows), control))
	}
	chunk := newChunk(p.pushing, sub.ID)
	for sent := 0; err == nil && sent < p.n; {
		n := min(p.n-sent, framesAWrite)
		chunk.number(sent)
		err = chunk.write(to, n)
		sent += n
	}
}

func rowsOf(n int) string {
	var rows strings.Builder
	for i := range n {
		if i > 0 {
			rows.WriteByte(',')
		}
		rows.WriteString(row(i, firstSeq-n+i))
	}
	return rows.String()
}

// row is one of about the length that chat has. Its columns are in no order, as servers write them.
func row(i, seq int) string {
	return fmt.Sprintf(`{"created_at":"1772323200%06d","content":"a message of about the length that people write to each other","_seq":"%d","id":"%d","score":0.25,"sender":"lena@example.org","_deleted":false,"conversation_id":"%d"}`,
		i%1_000_000, seq, firstID+i, i%7)
}

// chunk is frames behind each other, encoded once; what differs from one to the next is written in place.
type chunk struct {
	pushing
	frames []byte
	ends   []int   // of each frame
	seqs   [][]int // of each frame: where its versions are, the new one first
	ids    [][]int // where its row's id is
}

func newChunk(what pushing, sub string) *chunk {
	c := &chunk{pushing: what}
	for i := range framesAWrite {
		text := []byte(change(what, sub, i))
		header := []byte{0x81} // final, text
		if what.gzip {
			text, header = packed(text), []byte{0x82}
		}
		header = append(header, 126)
		c.frames = append(c.frames, binary.BigEndian.AppendUint16(header, uint16(len(text)))...)
		start := len(c.frames)
		c.frames = append(c.frames, text...)
		c.ends = append(c.ends, len(c.frames))
		if what.gzip {
			text = nil // nothing can be written into it
		}
		c.seqs = append(c.seqs, places(text, `"_seq":"`, start))
		c.ids = append(c.ids, places(text, `"id":"`, start))
	}
	return c
}

func change(what pushing, sub string, i int) string {
	if !what.update {
		return fmt.Sprintf(`{"type":"change","subscription_id":%q,"change_type":"insert","rows":[%s]}`, sub, row(i, firstSeq+i))
	}
	after := strings.Replace(row(i, firstSeq+i), `"_deleted":false,`, "", 1)
	return fmt.Sprintf(`{"type":"change","subscription_id":%q,"change_type":"update","rows":[%s],"old_values":[{"id":"%d","score":0.5,"_seq":"%d"}]}`,
		sub, after, firstID+i, firstSeq-1)
}

// places are the offsets behind each of name in text, which stands at start.
func places(text []byte, name string, start int) (at []int) {
	for i := 0; ; {
		n := bytes.Index(text[i:], []byte(name))
		if n < 0 {
			return at
		}
		i += n + len(name)
		at = append(at, start+i)
	}
}

func packed(text []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// number has the frames be those behind the sent ones: with versions that grow, of new rows or of the next ones of the
// snapshot. Packed frames stay as they are.
func (c *chunk) number(sent int) {
	for i := range c.ends {
		n := sent + i
		id := n
		if c.update {
			id = n % c.rows
		}
		for _, at := range c.ids[i] {
			strconv.AppendInt(c.frames[at:at], int64(firstID+id), 10)
		}
		for j, at := range c.seqs[i] {
			seq := firstSeq + n
			if j > 0 { // the version that was replaced
				seq -= c.rows
			}
			strconv.AppendInt(c.frames[at:at], int64(seq), 10)
		}
	}
}

// write sends the first n frames, each of them in one write.
func (c *chunk) write(to *peer, n int) error {
	start := 0
	for first := 0; first < n; first += c.each {
		end := c.ends[min(first+c.each, n)-1]
		if err := to.write(c.frames[start:end]); err != nil {
			return err
		}
		start = end
	}
	return nil
}
