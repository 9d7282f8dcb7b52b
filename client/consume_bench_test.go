package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// benchTopic is a server over loopback whose topic shop.t has n records.
func benchTopic(b *testing.B, n int) *kalamtest.Server {
	b.Helper()
	srv := kalamtest.Start(b)
	for _, sql := range []string{"CREATE NAMESPACE shop", "CREATE TOPIC shop.t"} {
		if err := srv.Exec(b.Context(), "root", sql); err != nil {
			b.Fatal(err)
		}
	}
	for i := range n {
		payload := fmt.Appendf(nil, `{"id":"%d","item":"item number %d","_seq":"383399681559728128","_commit_seq":"458952","_deleted":false}`, i, i)
		if _, _, err := srv.Publish("shop.t", fmt.Sprint("k", i%100), payload); err != nil {
			b.Fatal(err)
		}
	}
	return srv
}

// BenchmarkConsume is one record of a topic over loopback, 1,000 a poll: by Consume,
// decoded and acknowledged, and by a bare loop of net/http that reads the answers and
// acknowledges each, with payloads as they are and decoded by encoding/json.
func BenchmarkConsume(b *testing.B) {
	b.Run("kalamrx", func(b *testing.B) {
		srv := benchTopic(b, b.N)
		c, err := client.New(srv.URL(), client.WithAuth(root()))
		if err != nil {
			b.Fatal(err)
		}
		records := client.Consume[topicOrder](c, "shop.t", "g", client.FromEarliest(), client.Partitions(0), client.PollLimit(1000))
		b.ReportAllocs()
		b.ResetTimer()
		n, done := 0, make(chan struct{})
		sub := records.Subscribe(b.Context(), rx.OnNext(func(r client.Record[topicOrder]) {
			if n++; n == b.N {
				close(done)
			}
		}))
		<-done
		b.StopTimer()
		topicEnd(c, sub)
	})
	b.Run("bare", func(b *testing.B) { benchBare(b, false) })
	b.Run("bare-decoded", func(b *testing.B) { benchBare(b, true) })
}

func benchBare(b *testing.B, decode bool) {
	srv := benchTopic(b, b.N)
	token := srv.Token("root")
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; {
		var got wire.ConsumeResponse
		barePost(b, srv.URL()+"/v1/api/topics/consume", token, `{"topic_id":"shop.t","group_id":"g","start":"Earliest","limit":1000}`, &got)
		for _, m := range got.Messages {
			var o struct {
				ID   string `json:"id"`
				Item string `json:"item"`
			}
			if decode && json.Unmarshal(m.Payload, &o) != nil {
				b.Fatal("payload")
			}
			n++
		}
		var ok wire.AckResponse
		barePost(b, srv.URL()+"/v1/api/topics/ack", token, fmt.Sprintf(`{"topic_id":"shop.t","group_id":"g","upto_offset":%d}`, n-1), &ok)
	}
	b.StopTimer()
	http.DefaultClient.CloseIdleConnections()
}

// barePost is one request as a program without a client library would make it.
func barePost(b *testing.B, url, token, body string, out any) {
	b.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewBufferString(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b.Fatal(resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		b.Fatal(err)
	}
}
