package client_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// topicScript is a server of topics that says what kalamtest does not: its log begins at
// kept, and system.topics can be read.
type topicScript struct {
	mu         sync.Mutex
	kept, end  int64
	cursor     map[string]int64
	committed  int64
	partitions int
	again      []int64 // offsets that the next polls of the group begin with, whatever was given
}

func (s *topicScript) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var in struct {
		wire.ConsumeRequest
		Upto int64 `json:"upto_offset"`
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	var out any
	switch r.URL.Path {
	case "/v1/api/sql":
		out = json.RawMessage(`{"status":"success","results":[{"schema":[{"name":"partitions","data_type":"Int","index":0}],"rows":[[` +
			string(rune('0'+s.partitions)) + `]],"row_count":1,"as_user":"root"}],"took":1}`)
	case "/v1/api/topics/ack":
		s.committed = max(s.committed, in.Upto)
		out = wire.AckResponse{Success: true, AcknowledgedOffset: in.Upto}
	case "/v1/api/topics/consume":
		out = s.poll(in.ConsumeRequest)
	default:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(out)
}

// poll gives records of partition 0.
func (s *topicScript) poll(in wire.ConsumeRequest) wire.ConsumeResponse {
	at, begun := s.cursor[in.GroupID]
	if offset, ok := in.Start.Offset(); !begun && ok {
		at = offset
	}
	out := wire.ConsumeResponse{Messages: []wire.TopicMessage{}, NextOffset: s.committed + 1}
	if in.GroupID == "g" && *in.Limit > 0 && len(s.again) > 0 {
		at, s.again = s.again[0], s.again[1:]
	}
	if in.GroupID == "g" {
		at = max(at, s.committed+1)
	}
	for at = max(at, s.kept); *in.PartitionID == 0 && at < s.end && len(out.Messages) < *in.Limit; at++ {
		out.Messages = append(out.Messages, wire.TopicMessage{TopicID: in.TopicID, Offset: at, Op: "Insert", Payload: []byte(`{"id":"1"}`)})
	}
	if *in.PartitionID == 0 {
		s.cursor[in.GroupID] = at
	}
	return out
}

// inTopicScript runs a test in virtual time against a script.
func inTopicScript(t *testing.T, s *topicScript, test func(t *testing.T, c *client.Client)) {
	synctest.Test(t, func(t *testing.T) {
		s.cursor = map[string]int64{}
		network := rxtest.NewNetwork()
		ln, err := network.Listen("script:80")
		if err != nil {
			t.Fatal(err)
		}
		srv := &http.Server{Handler: s}
		go func() { _ = srv.Serve(ln) }() // owner: the test; ends with Close
		c, err := client.New("http://script:80", client.WithDialer(network.DialContext))
		if err != nil {
			t.Fatal(err)
		}
		test(t, c)
		topicEnd(c)
		_ = srv.Close()
	})
}

// Records that are older than the server keeps are nobody's.
func TestConsume_RecordsThatAreGoneKeepNothingFromBeingCommitted(t *testing.T) {
	s := &topicScript{kept: 5000, end: 5010, committed: 99}
	inTopicScript(t, s, func(t *testing.T, c *client.Client) {
		is := is.New(t)
		for _, opts := range [][]client.ConsumeOption{nil, {client.Ordered()}} {
			sub := client.Consume[topicOrder](c, "shop.t", "g", onePartition(opts...)...).Subscribe(t.Context(), rx.OnNext(func(client.Record[topicOrder]) {}))
			time.Sleep(7 * time.Second)
			s.mu.Lock()
			is.Equal(s.committed, s.end-1)
			s.end, s.kept = s.end+5010, s.end+5000
			s.mu.Unlock()
			sub.Unsubscribe()
			time.Sleep(time.Second)
		}
		for name := range s.cursor {
			is.True(name == "g" || strings.HasPrefix(name, "g."))
		}
	})
}

// What comes again before its commit has arrived is no step back, behind which the next
// records would be waited for as if they were missing.
func TestConsume_OrderedGoesOnBehindWhatComesAgain(t *testing.T) {
	s := &topicScript{end: 30, committed: -1}
	inTopicScript(t, s, func(t *testing.T, c *client.Client) {
		is := is.New(t)
		var got []int64
		began := time.Now()
		s.again = []int64{0, 3, 6, 0, 9, 3, 12}
		opts := onePartition(client.Ordered(), client.PollLimit(3), client.CommitEvery(30*time.Second))
		sub := client.Consume[topicOrder](c, "shop.t", "g", opts...).Subscribe(t.Context(), rx.OnNext(func(r client.Record[topicOrder]) {
			got = append(got, r.Offset)
			if r.Offset == s.end-1 {
				is.True(time.Since(began) < 10*time.Second)
			}
		}))
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		is.Equal(len(got), 30)
		for i, offset := range got {
			is.Equal(offset, int64(i))
		}
		is.Equal(c.Stats().Consumers[0].Abandoned, uint64(0))
		sub.Unsubscribe()
	})
}

func TestConsume_PartitionsAreAskedForAndNewOnesTakenIn(t *testing.T) {
	s := &topicScript{end: 3, committed: -1, partitions: 3}
	inTopicScript(t, s, func(t *testing.T, c *client.Client) {
		is := is.New(t)
		sub := client.Consume[topicOrder](c, "shop.t", "g", client.FromEarliest()).Subscribe(t.Context(), rx.OnNext(func(client.Record[topicOrder]) {}))
		time.Sleep(30 * time.Second)
		is.Equal(c.Stats().Consumers[0].Partitions, 3)
		is.Equal(c.Stats().Consumers[0].Lag, int64(-1)) // this one does not know the question
		s.mu.Lock()
		s.partitions = 5
		s.mu.Unlock()
		time.Sleep(time.Minute)
		is.Equal(c.Stats().Consumers[0].Partitions, 5)
		sub.Unsubscribe()
	})
}

func TestConsume_LagIsKnownWhereTheServerTells(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(30)
		c := w.client()
		r := recording(w.t, w.orders(c, "g", onePartition(client.ManualAck())...))
		all := topicUntil(r, 30)
		for _, rec := range all[:10] {
			rec.Ack()
		}
		time.Sleep(15 * time.Second)
		is.Equal(c.Stats().Consumers[0].Lag, int64(20))
		topicEnd(c, r.sub)
	}, kalamtest.WithGeneration(kalamtest.Generation08))
}
