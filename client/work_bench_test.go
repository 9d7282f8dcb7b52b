package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
)

// workLoad is how many records a run takes out of a topic.
const workLoad = 100_000

// loadedTopic is a server over loopback with so many records in one topic.
func loadedTopic(b *testing.B) *kalamtest.Server {
	b.Helper()
	srv := kalamtest.Start(b, kalamtest.WithQueryRate(1_000_000))
	ctx := context.Background()
	for _, sql := range []string{"CREATE NAMESPACE load", "CREATE TOPIC load.t"} {
		if err := srv.Exec(ctx, "root", sql); err != nil {
			b.Fatal(err)
		}
	}
	for i := range workLoad {
		payload := fmt.Sprintf(`{"id":"%d","item":"some text of an order","_seq":"383399681559728128","_commit_seq":"458952","_deleted":false}`, i)
		if _, _, err := srv.Publish("load.t", fmt.Sprint("k", i%1000), []byte(payload)); err != nil {
			b.Fatal(err)
		}
	}
	return srv
}

// BenchmarkWork takes 100,000 records, of 1,000 keys in one partition, through workers whose
// handler does nothing, against a loop of HTTP polls and acknowledgements that decodes no
// payload, and against Consume alone. Polls are of 1,000 records.
func BenchmarkWork(b *testing.B) {
	srv := loadedTopic(b)
	groups := 0
	play := func(name string, run func(b *testing.B, group string)) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				groups++
				run(b, fmt.Sprint("g", groups))
			}
			b.ReportMetric(workLoad*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
	play("http-loop", func(b *testing.B, group string) { pollLoop(b, srv, group) })
	play("consume", func(b *testing.B, group string) { consumeLoad(b, srv, group) })
	for _, n := range []int{1, 4, 16} {
		play(fmt.Sprint("workers=", n), func(b *testing.B, group string) { workLoaded(b, srv, group, n) })
	}
}

func pollLoop(b *testing.B, srv *kalamtest.Server, group string) {
	b.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	call := func(path, body string, out any) {
		req, err := http.NewRequest("POST", srv.URL()+"/v1/api/topics/"+path, strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+srv.Token("root"))
		req.Header.Set("Content-Type", "application/json")
		resp, err := transport.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
			b.Fatal(err)
		}
	}
	for n := 0; n < workLoad; {
		var answer struct {
			Messages []struct {
				Offset  int64  `json:"offset"`
				Payload []byte `json:"payload"`
			} `json:"messages"`
		}
		call("consume", fmt.Sprintf(`{"topic_id":"load.t","group_id":%q,"start":"Earliest","limit":1000}`, group), &answer)
		n += len(answer.Messages)
		var acked struct{}
		call("ack", fmt.Sprintf(`{"topic_id":"load.t","group_id":%q,"partition_id":0,"upto_offset":%d}`, group, n-1), &acked)
	}
}

func loadClient(b *testing.B, srv *kalamtest.Server) *client.Client {
	b.Helper()
	c, err := client.New(srv.URL(), client.WithAuth(root()))
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func loadRecords(c *client.Client, group string, opts ...client.ConsumeOption) rx.Observable[client.Record[topicOrder]] {
	return client.Consume[topicOrder](c, "load.t", group, append(opts, client.FromEarliest(), client.PollLimit(1000), client.Partitions(0))...)
}

func consumeLoad(b *testing.B, srv *kalamtest.Server, group string) {
	b.Helper()
	c := loadClient(b, srv)
	all := make(chan struct{})
	n := 0
	sub := loadRecords(c, group).Subscribe(context.Background(), rx.OnNext(func(client.Record[topicOrder]) {
		if n++; n == workLoad {
			close(all)
		}
	}))
	<-all
	topicEnd(c, sub)
}

func workLoaded(b *testing.B, srv *kalamtest.Server, group string, parallel int) {
	b.Helper()
	c := loadClient(b, srv)
	ctx, cancel := context.WithCancel(context.Background())
	var w *client.Worker[topicOrder]
	w, err := client.NewWorker(loadRecords(c, group, client.ManualAck()), func(_ context.Context, r client.Record[topicOrder]) error {
		if r.Offset == workLoad-1 {
			cancel()
		}
		return nil
	}, client.Parallel(parallel), client.InHand(1000))
	if err != nil {
		b.Fatal(err)
	}
	if err := w.Run(ctx); err != nil {
		b.Fatal(err)
	}
	if n := w.Stats(); n.Handled+n.Abandoned < workLoad {
		b.Fatalf("%+v", n)
	}
	topicEnd(c)
}
