package kalamtest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

func TestTopicFaults_WithoutEffectThenAsEver(t *testing.T) {
	for _, x := range []struct {
		fault  kalamtest.TopicFault
		ack    bool
		status int
		after  string
		body   string
	}{
		{kalamtest.FailConsume, false, 500, "", `{"error":"Failed to reach the topic: ordered by the test","code":"INTERNAL_ERROR"}`},
		{kalamtest.FailAck, true, 500, "", `{"error":"Failed to reach the topic: ordered by the test","code":"INTERNAL_ERROR"}`},
		{kalamtest.BusyConsume, false, 503, "3", `{"error":"Cluster is unavailable: ordered by the test","code":"CLUSTER_UNAVAILABLE"}`},
		{kalamtest.BusyAck, true, 503, "3", `{"error":"Cluster is unavailable: ordered by the test","code":"CLUSTER_UNAVAILABLE"}`},
		{kalamtest.LimitConsume, false, 429, "3", `{"error":"RATE_LIMIT_EXCEEDED","message":"Too many requests: ordered by the test","retry_after_seconds":3}`},
		{kalamtest.LimitAck, true, 429, "3", `{"error":"RATE_LIMIT_EXCEEDED","message":"Too many requests: ordered by the test","retry_after_seconds":3}`},
	} {
		t.Run(string(x.fault), func(t *testing.T) {
			inTopicBubble(t, func(is *is.I, srv *kalamtest.Server, c *topicConsumer) {
				publishTopic(c.t, srv, 2)
				srv.TopicRetryAfter(2100 * time.Millisecond)
				srv.FaultTopics(x.fault, 2)
				path, body := "consume", `{"topic_id":"shop.t","group_id":"g","start":"Earliest"}`
				if x.ack {
					path, body = "ack", `{"topic_id":"shop.t","group_id":"g","upto_offset":1}`
				}
				for range 2 {
					resp, got, err := c.send(path, body)
					is.NoErr(err)
					is.Equal(resp.StatusCode, x.status)
					is.Equal(resp.Header.Get("Retry-After"), x.after)
					is.Equal(string(got), x.body)
				}
				at, err := srv.TopicOffsets("shop.t", "g")
				is.NoErr(err)
				is.Equal(at, []kalamtest.TopicOffsets{{Next: 2, Committed: -1}})
				resp, _, err := c.send(path, body)
				is.NoErr(err)
				is.Equal(resp.StatusCode, 200)
				is.Equal(srv.Stats().TopicFaults, 2)
			})
		})
	}
}

func TestTopicFaults_ALostAckHasTakenEffect(t *testing.T) {
	inMemoryAndOverTCP(t, func(t *testing.T, opts ...kalamtest.Option) {
		is := is.New(t)
		srv, c := startTopics(t, opts...)
		publishTopic(t, srv, 3)
		is.Equal(c.must(c.poll("g", 0, 2)), []int64{0, 1})
		srv.FaultTopics(kalamtest.LoseAck, 1)
		_, _, err := c.send("ack", `{"topic_id":"shop.t","group_id":"g","upto_offset":1}`)
		is.True(err != nil) // no answer at all
		at, err := srv.TopicOffsets("shop.t", "g")
		is.NoErr(err)
		is.Equal(at, []kalamtest.TopicOffsets{{Next: 3, Committed: 1}})
		is.True(c.ack("g", 0, 1)) // doing it again does no harm
		is.Equal(srv.Stats().Acks, 2)
	})
}

func TestTopicFaults_ALostPollHidesItsRecordsForAMinute(t *testing.T) {
	inTopicBubble(t, func(is *is.I, srv *kalamtest.Server, c *topicConsumer) {
		publishTopic(c.t, srv, 3)
		srv.FaultTopics(kalamtest.LoseConsume, 1)
		_, ok := c.poll("g", 0, 2)
		is.True(!ok)
		is.Equal(c.must(c.poll("g", 0, 2)), []int64{2}) // 0 and 1 were given to nobody
		time.Sleep(time.Minute)
		is.Equal(c.must(c.poll("g", 0, 9)), []int64{0, 1, 2})
	})
}

func TestTopicFaults_AHangingPollEndsWithItsClientOrWithTheServer(t *testing.T) {
	for name, end := range map[string]func(srv *kalamtest.Server) error{
		"calm":    (*kalamtest.Server).Calm,
		"restart": (*kalamtest.Server).Restart,
		"kill":    func(srv *kalamtest.Server) error { srv.Kill(); return srv.Restart() },
	} {
		t.Run(name, func(t *testing.T) {
			inTopicBubble(t, func(is *is.I, srv *kalamtest.Server, c *topicConsumer) {
				publishTopic(c.t, srv, 1)
				srv.FaultTopics(kalamtest.HangConsume, 2)
				ended := make(chan bool)
				go func() { // owner: the test, which receives; ends when: the poll does
					_, ok := c.poll("g", 0, 1)
					ended <- ok
				}()
				_, err := srv.Await(c.t.Context(), func(s kalamtest.Stats) bool { return s.TopicFaults == 1 })
				is.NoErr(err)
				time.Sleep(time.Hour)
				is.NoErr(end(srv))
				is.True(!<-ended)
				srv.FaultTopics(kalamtest.HangConsume, 0)
				is.Equal(c.must(c.poll("g", 0, 1)), []int64{0}) // it had claimed nothing
			})
		})
	}
	inTopicBubble(t, func(is *is.I, srv *kalamtest.Server, c *topicConsumer) {
		srv.FaultTopics(kalamtest.HangAck, 1)
		c.hc.Timeout = 5 * time.Second
		begin := time.Now()
		is.True(!c.ack("g", 0, 1))
		is.Equal(time.Since(begin), 5*time.Second)
	})
}

func TestTopicFaults_AreStepsOfSchedules(t *testing.T) {
	inTopicBubble(t, func(is *is.I, srv *kalamtest.Server, c *topicConsumer) {
		publishTopic(c.t, srv, 1)
		s := kalamtest.Schedule{Steps: []kalamtest.Step{{Fault: kalamtest.Fault(kalamtest.FailAck), N: 3}}}
		is.NoErr(s.Run(context.Background(), kalamtest.Rig{Server: srv}))
		is.True(!c.ack("g", 0, 0))
		is.NoErr(srv.Calm())
		is.True(c.ack("g", 0, 0))
		is.True(errors.Is(s.Run(context.Background(), kalamtest.Rig{}), kalamtest.ErrOption))
	})
	is := is.New(t)
	is.Equal(len(kalamtest.TopicFaults()), 10)
	drawn := map[kalamtest.Fault]bool{}
	for seed := range uint64(50) {
		for _, step := range kalamtest.RandomSchedule(seed, time.Minute, kalamtest.TopicFaults()...).Steps {
			drawn[step.Fault] = true
			is.True(step.N > 0 || step.Fault == kalamtest.FaultCalm)
		}
		for _, step := range kalamtest.RandomSchedule(seed, time.Minute).Steps {
			is.True(step.Fault != kalamtest.Fault(kalamtest.LoseAck)) // only where they are asked for
		}
	}
	is.Equal(len(drawn), 11) // and the calm
}
