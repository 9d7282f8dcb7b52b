package kalamtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// topicConsumer speaks to the topic routes as one user.
type topicConsumer struct {
	t     testing.TB
	srv   *kalamtest.Server
	token string
	hc    *http.Client
}

const topicTables = "CREATE NAMESPACE shop; CREATE SHARED TABLE shop.orders (id BIGINT PRIMARY KEY, item TEXT)"

// startTopics gives a server with the SHARED table shop.orders and the topic shop.t, of its inserts, and a consumer of
// role service.
func startTopics(t testing.TB, opts ...kalamtest.Option) (*kalamtest.Server, *topicConsumer) {
	t.Helper()
	opts = append(opts, withUsers(), kalamtest.WithUser("worker", "Secret-worker-1", "service"))
	srv := kalamtest.Start(t, opts...)
	for _, sql := range []string{topicTables, "CREATE TOPIC shop.t", "ALTER TOPIC shop.t ADD SOURCE shop.orders ON INSERT"} {
		if err := srv.Exec(t.Context(), kalamtest.RootUser, sql); err != nil {
			t.Fatal(err)
		}
	}
	return srv, newTopicConsumer(t, srv, "worker")
}

func newTopicConsumer(t testing.TB, srv *kalamtest.Server, user string) *topicConsumer {
	tr := &http.Transport{DialContext: srv.Dial}
	t.Cleanup(tr.CloseIdleConnections)
	return &topicConsumer{t: t, srv: srv, token: srv.Token(user), hc: &http.Client{Transport: tr}}
}

// inTopicBubble runs a test of topics in virtual time.
func inTopicBubble(t *testing.T, run func(is *is.I, srv *kalamtest.Server, c *topicConsumer), opts ...kalamtest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv, c := startTopics(t, append(opts, kalamtest.WithNetwork(rxtest.NewNetwork()))...)
		run(is.New(t), srv, c)
	})
}

// send posts a body and gives the answer; err is that of a connection that ended without one.
func (c *topicConsumer) send(path, body string) (resp *http.Response, answer []byte, err error) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), "POST", c.srv.URL()+"/v1/api/topics/"+path, bytes.NewBufferString(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if resp, err = c.hc.Do(req); err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	return resp, answer, err
}

// poll polls from the earliest record on and gives the offsets; ok is false when there was no good answer.
func (c *topicConsumer) poll(group string, part, limit int) (offsets []int64, ok bool) {
	c.t.Helper()
	resp, body, err := c.send("consume", fmt.Sprintf(`{"topic_id":"shop.t","group_id":%q,"start":"Earliest","partition_id":%d,"limit":%d}`, group, part, limit))
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil, false
	}
	var got wire.ConsumeResponse
	if err := wire.Unmarshal(body, &got); err != nil {
		c.t.Fatal(err)
	}
	for _, m := range got.Messages {
		offsets = append(offsets, m.Offset)
	}
	return offsets, true
}

func (c *topicConsumer) ack(group string, part int, upto int64) bool {
	c.t.Helper()
	resp, _, err := c.send("ack", fmt.Sprintf(`{"topic_id":"shop.t","group_id":%q,"partition_id":%d,"upto_offset":%d}`, group, part, upto))
	return err == nil && resp.StatusCode == http.StatusOK
}

func (c *topicConsumer) must(offsets []int64, ok bool) []int64 {
	c.t.Helper()
	if !ok {
		c.t.Fatal("not answered well")
	}
	return offsets
}

func publishTopic(t testing.TB, srv *kalamtest.Server, n int) {
	t.Helper()
	for i := range n {
		if _, _, err := srv.Publish("shop.t", fmt.Sprint("k", i), []byte(`{"id":"1"}`)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTopics_ClaimsExpireAtTheNextPoll(t *testing.T) {
	inTopicBubble(t, func(is *is.I, srv *kalamtest.Server, c *topicConsumer) {
		publishTopic(c.t, srv, 3)
		is.Equal(c.must(c.poll("g", 0, 2)), []int64{0, 1})
		time.Sleep(59 * time.Second)
		is.Equal(c.must(c.poll("g", 0, 9)), []int64{2})
		time.Sleep(time.Second)
		is.Equal(c.must(c.poll("g", 0, 9)), []int64{0, 1, 2})
		is.True(c.ack("g", 0, 2))
		time.Sleep(time.Hour)
		is.Equal(len(c.must(c.poll("g", 0, 9))), 0)
		n := srv.Stats()
		is.Equal([]int{n.Polls, n.EmptyPolls, n.Records, n.Redelivered, n.Acks}, []int{4, 1, 6, 3, 1})
	})
}

func TestTopics_VisibilityIsAnOption(t *testing.T) {
	inTopicBubble(t, func(is *is.I, srv *kalamtest.Server, c *topicConsumer) {
		publishTopic(c.t, srv, 1)
		c.must(c.poll("g", 0, 1))
		time.Sleep(2 * time.Second)
		is.Equal(c.must(c.poll("g", 0, 1)), []int64{0})
	}, kalamtest.WithVisibility(2*time.Second))
	_, err := kalamtest.New(kalamtest.WithVisibility(0))
	is.New(t).True(errors.Is(err, kalamtest.ErrOption))
}

func TestTopics_ARestartDeliversAgainWhatIsNotCommitted(t *testing.T) {
	inTopicBubble(t, func(is *is.I, srv *kalamtest.Server, c *topicConsumer) {
		publishTopic(c.t, srv, 5)
		is.Equal(c.must(c.poll("g", 0, 4)), []int64{0, 1, 2, 3})
		is.True(c.ack("g", 0, 1))
		is.NoErr(srv.Restart())
		at, err := srv.TopicOffsets("shop.t", "g")
		is.NoErr(err)
		is.Equal(at, []kalamtest.TopicOffsets{{Next: 5, Committed: 1}})
		is.Equal(c.must(c.poll("g", 0, 9)), []int64{2, 3, 4})
		is.Equal(srv.Stats().Redelivered, 2)
	})
}

func TestTopics_TimeoutIsIgnored(t *testing.T) {
	inTopicBubble(t, func(is *is.I, srv *kalamtest.Server, c *topicConsumer) {
		begin := time.Now()
		_, body, err := c.send("consume", `{"topic_id":"shop.t","group_id":"g","timeout_seconds":20}`)
		is.NoErr(err)
		is.Equal(string(body), `{"messages":[],"next_offset":0,"has_more":false}`)
		is.Equal(time.Since(begin), time.Duration(0))
	})
}

func TestTopics_ARecordOfAUserTableTellsWhose(t *testing.T) {
	is := is.New(t)
	srv, c := startTopics(t)
	setUp(t, srv, "CREATE TABLE shop.notes (id BIGINT PRIMARY KEY) WITH (TYPE = 'USER')", "ALTER TOPIC shop.t ADD SOURCE shop.notes ON INSERT")
	exec(t, srv, "INSERT INTO shop.notes VALUES (9007199254740993)")
	_, body, err := c.send("consume", `{"topic_id":"shop.t","group_id":"g","start":{"offset":0}}`)
	is.NoErr(err)
	var got wire.ConsumeResponse
	is.NoErr(wire.Unmarshal(body, &got))
	is.Equal(got.Messages[0].User, "lena")
	is.Equal(*got.Messages[0].Key, "9007199254740993")
	row, err := got.Messages[0].Row()
	is.NoErr(err)
	is.Equal(string(row.Get("id").Raw()), `"9007199254740993"`)
}

func TestTopics_Refusals(t *testing.T) {
	_, worker := startTopics(t)
	lena := newTopicConsumer(t, worker.srv, "lena")
	nobody := newTopicConsumer(t, worker.srv, "lena")
	nobody.token = ""
	for name, x := range map[string]struct {
		by         *topicConsumer
		path, body string
		status     int
		want       string
	}{
		"role polls":         {lena, "consume", `{"topic_id":"shop.t","group_id":"g"}`, 403, `{"error":"Topic consumption requires service, dba, or system role","code":"FORBIDDEN"}`},
		"role acks":          {lena, "ack", `{"topic_id":"shop.t","group_id":"g","upto_offset":0}`, 403, `{"error":"Topic acknowledgment requires service, dba, or system role","code":"FORBIDDEN"}`},
		"body before role":   {lena, "consume", `{"topic_id":"shop.t"}`, 400, "Json deserialize error: missing field `group_id` at line 1 column 21"},
		"no such topic":      {worker, "ack", `{"topic_id":"shop.u","group_id":"g","upto_offset":0}`, 404, `{"error":"Topic 'shop.u' does not exist","code":"NOT_FOUND"}`},
		"no offset":          {worker, "ack", `{"topic_id":"shop.t","group_id":"g"}`, 400, "Json deserialize error: missing field `upto_offset` at line 1 column 36"},
		"negative offset":    {worker, "ack", `{"topic_id":"shop.t","group_id":"g","upto_offset":-1}`, 400, ""},
		"negative limit":     {worker, "consume", `{"topic_id":"shop.t","group_id":"g","limit":-1}`, 400, ""},
		"negative start":     {worker, "consume", `{"topic_id":"shop.t","group_id":"g","start":{"Offset":-1}}`, 400, ""},
		"negative partition": {worker, "consume", `{"topic_id":"shop.t","group_id":"g","partition_id":-1}`, 400, ""},
		"unknown start":      {worker, "consume", `{"topic_id":"shop.t","group_id":"g","start":"Soon"}`, 400, ""},
		"not JSON":           {worker, "consume", `{"topic_id"`, 400, ""},
		"no latest-offsets":  {worker, "latest-offsets", `{"partitions":[]}`, 404, ""},
		"no token":           {nobody, "consume", `{}`, 401, ""},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			resp, body, err := x.by.send(x.path, x.body)
			is.NoErr(err)
			is.Equal(resp.StatusCode, x.status)
			if x.want != "" {
				is.Equal(string(body), x.want)
			}
		})
	}
}

func TestTopics_FromGeneration07(t *testing.T) {
	is := is.New(t)
	srv, c := startTopics(t, kalamtest.WithGeneration(kalamtest.Generation07))
	publishTopic(t, srv, 1200)
	for range 2 { // without a group nothing is claimed
		resp, body, err := c.send("consume", `{"topic_id":"shop.t","start":"Earliest","limit":5000}`)
		is.NoErr(err)
		is.Equal(resp.StatusCode, 200)
		var got wire.ConsumeResponse
		is.NoErr(json.Unmarshal(body, &got))
		is.Equal(len(got.Messages), 1000)
		is.True(got.HasMore)
	}
	resp, _, err := c.send("consume", `{"group_id":"g"}`)
	is.NoErr(err)
	is.Equal(resp.StatusCode, 400)
	_, body, err := c.send("latest-offsets", `{"partitions":[{"topic_id":"shop.t","partition_id":0},{"topic_id":"shop.t","partition_id":3}]}`)
	is.NoErr(err)
	is.Equal(string(body), `{"offsets":[{"topic_id":"shop.t","partition_id":0,"next_offset":1200,"last_offset":1199},`+
		`{"topic_id":"shop.t","partition_id":3,"next_offset":0,"last_offset":null}]}`)
	resp, _, err = c.send("latest-offsets", `{"partitions":[{"topic_id":"shop.u"}]}`)
	is.NoErr(err)
	is.Equal(resp.StatusCode, 404)
}

func TestTopics_HelpersKnowWhatIsNotThere(t *testing.T) {
	is := is.New(t)
	srv, _ := startTopics(t)
	_, err := srv.TopicOffsets("shop.u", "g")
	is.True(errors.Is(err, wire.CodeNotFound))
	_, _, err = srv.Publish("shop.u", "", nil)
	is.True(errors.Is(err, wire.CodeNotFound))
	srv.Close()
	_, _, err = srv.Publish("shop.t", "", nil)
	is.True(errors.Is(err, kalamtest.ErrClosed))
}
