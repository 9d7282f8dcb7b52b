package kalamtest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// topicServer gives a server with the topic shop.t.
func topicServer(opts ...kalamtest.Option) (*kalamtest.Server, error) {
	srv, err := kalamtest.New(opts...)
	if err != nil {
		return nil, err
	}
	return srv, srv.Exec(context.Background(), "root", "CREATE NAMESPACE shop; CREATE TOPIC shop.t")
}

// callTopic posts to a topic route as root and gives the status and the answer.
func callTopic(srv *kalamtest.Server, path, body string) string {
	req, err := http.NewRequest("POST", srv.URL()+"/v1/api/topics/"+path, strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	req.Header.Set("Authorization", "Bearer "+srv.Token("root"))
	req.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return "no answer"
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	return resp.Status + " " + string(answer)
}

// A record that no table could make is what a consumer must survive.
func ExampleServer_Publish() {
	srv, err := topicServer()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	fmt.Println(srv.Publish("shop.t", "17", []byte(`not JSON at all`)))
	fmt.Println(srv.Publish("shop.u", "17", nil))
	// Output:
	// 0 0 <nil>
	// 0 0 kalamtest: NOT_FOUND: Topic 'shop.u' does not exist
}

// What a consumer has been given and not yet acknowledged is claimed.
func ExampleServer_TopicOffsets() {
	srv, err := topicServer()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	for range 5 {
		_, _, _ = srv.Publish("shop.t", "", []byte(`{}`))
	}
	_ = callTopic(srv, "consume", `{"topic_id":"shop.t","group_id":"billing","start":"Earliest","limit":3}`)
	fmt.Println(callTopic(srv, "ack", `{"topic_id":"shop.t","group_id":"billing","upto_offset":0}`))
	at, err := srv.TopicOffsets("shop.t", "billing")
	fmt.Printf("%+v %v\n", at, err)
	// Output:
	// 200 OK {"success":true,"acknowledged_offset":0}
	// [{Partition:0 Next:5 Committed:0 Claimed:2}] <nil>
}

// TopicOffsets has one element for each partition.
func ExampleTopicOffsets() {
	srv, err := topicServer()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	_ = srv.Exec(context.Background(), "root", "CREATE TOPIC shop.wide PARTITIONS 2")
	for key := range 100 {
		_, _, _ = srv.Publish("shop.wide", fmt.Sprint(key), nil)
	}
	at, _ := srv.TopicOffsets("shop.wide", "nobody")
	for _, o := range at {
		fmt.Println(o.Partition, o.Committed, o.Next > 30)
	}
	fmt.Println(at[0].Next + at[1].Next)
	// Output:
	// 0 -1 true
	// 1 -1 true
	// 100
}

// The answer to an acknowledgement is lost after it took effect: doing it again must do no harm.
func ExampleServer_FaultTopics() {
	srv, err := topicServer()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	_, _, _ = srv.Publish("shop.t", "", []byte(`{}`))
	srv.FaultTopics(kalamtest.LoseAck, 1)
	for range 2 {
		fmt.Println(callTopic(srv, "ack", `{"topic_id":"shop.t","group_id":"g","upto_offset":0}`))
		at, _ := srv.TopicOffsets("shop.t", "g")
		fmt.Println("committed", at[0].Committed)
	}
	// Output:
	// no answer
	// committed 0
	// 200 OK {"success":true,"acknowledged_offset":0}
	// committed 0
}

// As a step of a schedule a topic fault is a Fault of the same text.
func ExampleTopicFault() {
	srv, err := topicServer()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.TopicRetryAfter(7 * time.Second)
	s := kalamtest.Schedule{Steps: []kalamtest.Step{{Fault: kalamtest.Fault(kalamtest.LimitConsume), N: 1}}}
	fmt.Println(s.Steps[0], s.Run(context.Background(), kalamtest.Rig{Server: srv}))
	fmt.Println(callTopic(srv, "consume", `{"topic_id":"shop.t","group_id":"g"}`))
	fmt.Println(callTopic(srv, "consume", `{"topic_id":"shop.t","group_id":"g"}`))
	// Output:
	// 0s limit-consume 1 <nil>
	// 429 Too Many Requests {"error":"RATE_LIMIT_EXCEEDED","message":"Too many requests: ordered by the test","retry_after_seconds":7}
	// 200 OK {"messages":[],"next_offset":0,"has_more":false}
}

// TopicFaults is for schedules that are drawn.
func ExampleTopicFaults() {
	s := kalamtest.RandomSchedule(3, 10*time.Second, kalamtest.TopicFaults()...)
	fmt.Println(len(kalamtest.TopicFaults()), len(s.Steps) > 2, s.Steps[len(s.Steps)-1])
	// Output: 10 true 10s calm
}

// With a short visibility a test need not wait for a minute until records come again.
func ExampleWithVisibility() {
	srv, err := topicServer(kalamtest.WithVisibility(time.Nanosecond))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	_, _, _ = srv.Publish("shop.t", "", []byte(`{}`))
	for range 2 {
		_ = callTopic(srv, "consume", `{"topic_id":"shop.t","group_id":"g","start":"Earliest"}`)
	}
	fmt.Println(srv.Stats().Redelivered)
	// Output: 1
}
