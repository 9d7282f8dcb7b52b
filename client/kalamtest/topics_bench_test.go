package kalamtest_test

import (
	"fmt"
	"testing"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// BenchmarkTopicPoll is one record from Publish to a consumer over HTTP, in polls of 100 records that are acknowledged, with
// the client's side of HTTP but without its decoding.
func BenchmarkTopicPoll(b *testing.B) {
	srv, c := startTopics(b, kalamtest.WithNetwork(rxtest.NewNetwork()))
	payload := []byte(`{"id":"17","room":"blue","body":"some text of a message","_seq":"383399681559728128","_commit_seq":"458952","_deleted":false}`)
	const limit = 100
	n := 0
	for b.Loop() {
		for i := range limit {
			if _, _, err := srv.Publish("shop.t", fmt.Sprint(i), payload); err != nil {
				b.Fatal(err)
			}
		}
		resp, _, err := c.send("consume", `{"topic_id":"shop.t","group_id":"g","start":"Earliest"}`)
		if err != nil || resp.StatusCode != 200 {
			b.Fatal(resp, err)
		}
		if n += limit; !c.ack("g", 0, int64(n-1)) {
			b.Fatal("not acknowledged")
		}
	}
	if got := srv.Stats().Records; got != n {
		b.Fatal(got, n)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/record")
}
