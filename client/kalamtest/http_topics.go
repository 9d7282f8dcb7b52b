package kalamtest

import (
	"errors"
	"net/http"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// Sizes of a poll.
const (
	defaultPoll = 100
	maxPoll     = 1000 // from 0.7
)

// topicRoute gives who serves a request of the topic routes, or nil. latest-offsets is not there in 0.4.3.
func (s *Server) topicRoute(r *http.Request) http.HandlerFunc {
	switch r.Method + " " + r.URL.Path {
	case "POST /v1/api/topics/consume":
		return s.serveConsume
	case "POST /v1/api/topics/ack":
		return s.serveAck
	case "POST /v1/api/topics/latest-offsets":
		if s.cfg.generation.replays() {
			return s.serveLatestOffsets
		}
	}
	return nil
}

// topicCall reads a request of the topic routes and looks at it in the real server's order: token, body, role. False means
// that it has been refused.
func (s *Server) topicCall(w http.ResponseWriter, r *http.Request, what string, parse func(body []byte) error) bool {
	u, err := s.caller(r)
	if err != nil {
		writeSQLError(w, err, 0)
		return false
	}
	body, complaint := readJSON(r)
	if complaint != "" {
		writeText(w, http.StatusBadRequest, complaint)
		return false
	}
	if err := parse(body); err != nil {
		writeText(w, http.StatusBadRequest, deserializeError(body, err).Error())
		return false
	}
	if u.Role == engine.RoleUser {
		writeTopicError(w, http.StatusForbidden, wire.CodeForbidden, what+" requires service, dba, or system role")
		return false
	}
	return true
}

func writeTopicError(w http.ResponseWriter, status int, code wire.Code, message string) {
	writeJSON(w, status, wire.FlatError{Error: message, Code: code})
}

// writeNoTopic answers what the engine refused.
func writeNoTopic(w http.ResponseWriter, err error) {
	var said *engine.Error
	if !errors.As(err, &said) {
		said = &engine.Error{Status: http.StatusInternalServerError, Code: wire.CodeInternalError, Message: err.Error()}
	}
	writeTopicError(w, said.Status, said.Code, said.Message)
}

// serveConsume is POST /v1/api/topics/consume. It answers at once, whatever timeout was asked for, as the real server.
func (s *Server) serveConsume(w http.ResponseWriter, r *http.Request) {
	var f engine.TopicFetch
	if !s.topicCall(w, r, "Topic consumption", func(body []byte) (err error) {
		f, err = s.cfg.generation.fetch(body)
		return err
	}) {
		return
	}
	fault := s.topicFault(consumeRoute)
	if s.refuseTopic(w, r, fault) {
		return
	}
	batch, err := s.db.Fetch(f)
	if err != nil {
		writeNoTopic(w, err)
		return
	}
	s.countPoll(batch)
	answer := wire.ConsumeResponse{Messages: batch.Records, NextOffset: batch.NextOffset, HasMore: len(batch.Records) == f.Limit}
	if answer.Messages == nil {
		answer.Messages = []wire.TopicMessage{}
	}
	s.answerTopic(w, fault, answer)
}

func (s *Server) countPoll(batch engine.TopicBatch) {
	s.tally.add(func(n *Stats) {
		n.Polls++
		n.Records += len(batch.Records)
		n.Redelivered += batch.Redelivered
		if len(batch.Records) == 0 {
			n.EmptyPolls++
		}
	})
}

// fetch reads the body of a poll. Before 0.7 the group must be there, and the limit counts as it is.
func (g Generation) fetch(body []byte) (engine.TopicFetch, error) {
	in, err := g.consumeRequest(body)
	if err != nil {
		return engine.TopicFetch{}, err
	}
	f := engine.TopicFetch{Topic: in.TopicID, Limit: defaultPoll}
	if in.Start != nil {
		f.Start = *in.Start
	}
	if in.PartitionID != nil {
		f.Partition = *in.PartitionID
	}
	if in.Limit != nil {
		f.Limit = *in.Limit
	}
	if in.GroupID != "" || !g.replays() {
		f.Group = &in.GroupID
	}
	if g.replays() {
		f.Limit = min(max(f.Limit, 1), maxPoll)
	}
	offset, _ := f.Start.Offset()
	return f, unsigned(named{"partition_id", int64(f.Partition)}, named{"limit", int64(f.Limit)}, named{"start", offset})
}

func (g Generation) consumeRequest(body []byte) (*wire.ConsumeRequest, error) {
	if !g.replays() {
		return wire.ParseConsumeRequest(body)
	}
	in := &wire.ConsumeRequest{}
	err := wire.Unmarshal(body, in)
	if err == nil && in.TopicID == "" {
		err = &wire.FieldError{Field: "topic_id", Want: "a string"}
	}
	return in, err
}

// named is a number of a request.
type named struct {
	field string
	n     int64
}

// unsigned refuses negative numbers, as the real server's types do.
func unsigned(list ...named) error {
	for _, x := range list {
		if x.n < 0 {
			return &wire.FieldError{Field: x.field, Want: "an unsigned integer", Got: wire.KindNumber}
		}
	}
	return nil
}

// serveAck is POST /v1/api/topics/ack. It echoes the offset of the request, also where a higher one was committed.
func (s *Server) serveAck(w http.ResponseWriter, r *http.Request) {
	var in *wire.AckRequest
	if !s.topicCall(w, r, "Topic acknowledgment", func(body []byte) (err error) {
		if in, err = wire.ParseAckRequest(body); err == nil {
			err = unsigned(named{"partition_id", int64(in.PartitionID)}, named{"upto_offset", in.UptoOffset})
		}
		return err
	}) {
		return
	}
	fault := s.topicFault(ackRoute)
	if s.refuseTopic(w, r, fault) {
		return
	}
	if err := s.db.Ack(in.TopicID, in.GroupID, in.PartitionID, in.UptoOffset); err != nil {
		writeNoTopic(w, err)
		return
	}
	s.tally.add(func(n *Stats) { n.Acks++ })
	s.answerTopic(w, fault, wire.AckResponse{Success: true, AcknowledgedOffset: in.UptoOffset})
}

// serveLatestOffsets is POST /v1/api/topics/latest-offsets.
func (s *Server) serveLatestOffsets(w http.ResponseWriter, r *http.Request) {
	var in wire.LatestOffsetsRequest
	if !s.topicCall(w, r, "Topic offset lookup", func(body []byte) error { return wire.Unmarshal(body, &in) }) {
		return
	}
	out := wire.LatestOffsetsResponse{Offsets: []wire.LatestOffset{}}
	for _, p := range in.Partitions {
		next, err := s.db.TopicEnd(p.TopicID, p.PartitionID)
		if err != nil {
			writeNoTopic(w, err)
			return
		}
		end := wire.LatestOffset{TopicID: p.TopicID, PartitionID: p.PartitionID, NextOffset: next}
		if next > 0 {
			end.LastOffset = new(next - 1)
		}
		out.Offsets = append(out.Offsets, end)
	}
	writeJSON(w, http.StatusOK, out)
}
