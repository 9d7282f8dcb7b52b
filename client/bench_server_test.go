package client

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/client/internal/livesql"
	"github.com/kalamdb/kalamrx/wire"
)

const (
	benchColumns = `{"name":"id","data_type":"BigInt","index":0,"flags":["pk","nn","uq"]},{"name":"conversation_id","data_type":"BigInt","index":1},{"name":"sender","data_type":"Text","index":2},{"name":"content","data_type":"Text","index":3},{"name":"score","data_type":"Double","index":4},{"name":"created_at","data_type":"BigInt","index":5},{"name":"_seq","data_type":"BigInt","index":6,"flags":["nn"]},{"name":"_deleted","data_type":"Boolean","index":7,"flags":["nn"]}`
	benchSchema  = "[" + benchColumns + "]"
	framesAWrite = 200
	firstSeq     = 383399511795273728
)

// pusher is a server that has a table, answers the queries of listings and audits,
// and pushes frames that were encoded before, many to a system call, so that the
// client is what is measured. It is never more ahead of who reads than a window:
// beyond 8,192 frames a live query that is audited would lose some, and recover them.
type pusher struct {
	url    string
	frames int
	chunk  int // frames a write
	rows   int // of the table

	begin chan struct{} // closed when frames may flow
	room  chan struct{} // one for each write that may be made
	over  chan struct{} // closed with the benchmark
	took  int           // frames, by who reads

	news atomic.Int64 // that many rows have changed at the next audit
	seq  atomic.Int64 // the newest version
}

func newPusher(b testing.TB, frames, chunk, window int) *pusher {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	p := &pusher{
		url: "http://" + ln.Addr().String(), frames: frames, chunk: chunk,
		begin: make(chan struct{}), room: make(chan struct{}, frames/chunk+window+1), over: make(chan struct{}),
	}
	p.seq.Store(firstSeq)
	for range window {
		p.room <- struct{}{}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/ws", p.socket)
	mux.HandleFunc("POST /v1/api/sql", p.sql)
	srv := &http.Server{Handler: mux}
	served := make(chan struct{})
	go func() { // owner: the benchmark; ends with srv
		defer close(served)
		_ = srv.Serve(ln)
	}()
	b.Cleanup(func() {
		close(p.over)
		_ = srv.Close()
		<-served
	})
	return p
}

// read is told that a frame has been taken in.
func (p *pusher) read() {
	if p.took++; p.took%p.chunk == 0 {
		p.room <- struct{}{}
	}
}

func (p *pusher) socket(w http.ResponseWriter, r *http.Request) {
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"auth_success","user":"lena","role":"user","protocol":{"serialization":"json","compression":"none"}}`))
	_, text, err := ws.ReadMessage()
	if err != nil {
		return
	}
	m, _ := wire.ParseClient(text)
	sub, ok := m.(*wire.Subscribe)
	if !ok {
		return
	}
	answers := []string{`{"type":"subscription_ack","subscription_id":%q,"total_rows":0,"batch_control":{"batch_num":0,"has_more":false,"status":"ready","last_seq_id":null},"schema":` + benchSchema + `}`}
	if sub.Options != nil { // it asks for a snapshot
		answers = append(answers, emptyText)
	}
	for _, text := range answers {
		_ = ws.WriteMessage(websocket.TextMessage, []byte(fmt.Sprintf(text, sub.ID)))
	}
	p.push(ws.NetConn(), sub.ID)
	_, _, _ = ws.ReadMessage()
}

// benchFrame is one change; n varies the row.
func benchFrame(id string, n int) string {
	return fmt.Sprintf(`{"type":"change","subscription_id":%q,"change_type":"insert","rows":[{"created_at":"1772323200%06d","content":"a message of about the length that people write to each other","_seq":"%d","id":"%d","score":0.25,"sender":"lena@example.org","_deleted":false,"conversation_id":"%d"}]}`,
		id, n%1000000, firstSeq+n, 100+n, n%7)
}

// push writes the frames, a few hundred in one write each. Every frame has a _seq
// of its own, since a view would ignore one that it has.
func (p *pusher) push(conn net.Conn, id string) {
	if !p.wait(p.begin) {
		return
	}
	var chunk []byte
	var ends, seqs []int // of each frame in chunk: where it ends, and where its version is
	for n := range p.chunk {
		text := benchFrame(id, n)
		chunk = append(chunk, 0x81, 126, byte(len(text)>>8), byte(len(text)))
		seqs = append(seqs, len(chunk)+strings.Index(text, `"_seq":"`)+len(`"_seq":"`))
		chunk = append(chunk, text...)
		ends = append(ends, len(chunk))
	}
	for left := p.frames; left > 0 && p.wait(p.room); left -= p.chunk {
		for _, at := range seqs {
			strconv.AppendInt(chunk[at:at], p.seq.Add(1), 10)
		}
		if _, err := conn.Write(chunk[:ends[min(left, p.chunk)-1]]); err != nil {
			return
		}
	}
}

func (p *pusher) wait(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	case <-p.over:
		return false
	}
}

// sql answers the queries that listings and audits make.
func (p *pusher) sql(w http.ResponseWriter, r *http.Request) {
	var q wire.QueryRequest
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = wire.Unmarshal(body, &q)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var results []string
	for _, sql := range strings.Split(q.SQL, "; ") {
		results = append(results, p.result(sql))
	}
	_, _ = io.WriteString(w, `{"status":"success","results":[`+strings.Join(results, ",")+`],"took":1}`)
}

func (p *pusher) result(sql string) string {
	result := func(schema string, rows []string) string {
		return fmt.Sprintf(`{"schema":[%s],"rows":[%s],"row_count":%d,"as_user":"lena"}`, schema, strings.Join(rows, ","), len(rows))
	}
	switch {
	case strings.Contains(sql, livesql.NewestColumn), strings.Contains(sql, livesql.CountColumn):
		return result(`{"name":"unknown","data_type":"BigInt","index":0}`, nil)
	case !strings.Contains(sql, livesql.MatchColumn(0)):
		return result(benchColumns, p.page(sql))
	case strings.Contains(sql, "<="):
		return result(benchColumns, nil) // once more: nothing came late
	}
	var rows []string
	for n := range int(p.news.Swap(0)) {
		rows = append(rows, benchCells(n, p.seq.Add(1), ",true"))
	}
	return result(benchColumns+`,{"name":"`+livesql.MatchColumn(0)+`","data_type":"Boolean","index":8}`, rows)
}

// page is the rows of the table behind a version.
func (p *pusher) page(sql string) []string {
	_, bound, _ := strings.Cut(sql, "_seq > ")
	after, _ := strconv.ParseInt(strings.Fields(bound)[0], 10, 64)
	oldest := int64(firstSeq - p.rows)
	var rows []string
	for n := max(0, int(after+1-oldest)); n < p.rows && len(rows) < maxBatch; n++ {
		rows = append(rows, benchCells(n, oldest+int64(n), ""))
	}
	return rows
}

func benchCells(n int, seq int64, more string) string {
	return fmt.Sprintf(`["%d","%d","lena@example.org","a message of about the length that people write to each other",0.25,"1772323200%06d","%d",false%s]`, 100+n, n%7, n, seq, more)
}
