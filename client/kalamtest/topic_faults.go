package kalamtest

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// TopicFault is a way to spoil polls and acknowledgements of topics over HTTP. Those but the last two have no effect on
// the topic. As a step of a Schedule each is a Fault of the same text, with N requests.
type TopicFault string

// The topic faults.
const (
	FailConsume  TopicFault = "fail-consume"  // answered 500 INTERNAL_ERROR
	FailAck      TopicFault = "fail-ack"      // likewise
	BusyConsume  TopicFault = "busy-consume"  // answered 503 CLUSTER_UNAVAILABLE with Retry-After (TopicRetryAfter)
	BusyAck      TopicFault = "busy-ack"      // likewise
	LimitConsume TopicFault = "limit-consume" // answered 429 RATE_LIMIT_EXCEEDED with Retry-After, as by the guard
	LimitAck     TopicFault = "limit-ack"     // likewise
	HangConsume  TopicFault = "hang-consume"  // not answered: it hangs until the client goes, the server goes down, or Calm, which cuts it
	HangAck      TopicFault = "hang-ack"      // likewise
	LoseConsume  TopicFault = "lose-consume"  // the records are claimed, and the connection is cut instead of the answer
	LoseAck      TopicFault = "lose-ack"      // the offset is committed, and the connection is cut instead of the answer
)

// topicFaultKinds gives them in the order in which they are asked for.
func topicFaultKinds() []TopicFault {
	return []TopicFault{FailConsume, FailAck, BusyConsume, BusyAck, LimitConsume, LimitAck, HangConsume, HangAck, LoseConsume, LoseAck}
}

// The routes, by the ends of the faults' names.
const (
	consumeRoute = "-consume"
	ackRoute     = "-ack"
)

// topicFaults counts the requests that are still to be spoilt.
type topicFaults struct {
	mu     sync.Mutex
	next   map[TopicFault]int
	later  time.Duration
	calmed chan struct{} // closed when the faults are called off
}

func newTopicFaults() *topicFaults {
	return &topicFaults{next: make(map[TopicFault]int), later: time.Second, calmed: make(chan struct{})}
}

func (f *topicFaults) order(kind TopicFault, n int) {
	f.mu.Lock()
	f.next[kind] = max(0, n)
	f.mu.Unlock()
}

func (f *topicFaults) retry(d time.Duration) {
	f.mu.Lock()
	f.later = d
	f.mu.Unlock()
}

// retryAfter gives the whole seconds that a busy server asks for.
func (f *topicFaults) retryAfter() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64((f.later + time.Second - 1) / time.Second)
}

// pick decides about one request of a route; "" is no fault. called off is what ends a request that hangs.
func (f *topicFaults) pick(route string) (fault TopicFault, calledOff <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, kind := range topicFaultKinds() {
		if f.next[kind] > 0 && strings.HasSuffix(string(kind), route) {
			f.next[kind]--
			return kind, f.calmed
		}
	}
	return "", nil
}

func (f *topicFaults) calm() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.next)
	close(f.calmed)
	f.calmed = make(chan struct{})
}

// FaultTopics spoils the next n polls or acknowledgements that are well-formed and allowed, by whomever; 0 takes back
// what is left. Faults of several kinds happen in the order in which the constants are listed. Stats counts them.
func (s *Server) FaultTopics(kind TopicFault, n int) { s.faults.topics.order(kind, n) }

// TopicRetryAfter sets what BusyConsume, BusyAck, LimitConsume and LimitAck say in Retry-After, rounded up to whole
// seconds; less than nothing counts as nothing. Default 1 s.
func (s *Server) TopicRetryAfter(d time.Duration) { s.faults.topics.retry(max(0, d)) }

// TopicFaults gives the faults of topics, for RandomSchedule. It does not choose among them by itself, so that a seed means
// the same schedule as before there were topics.
func TopicFaults() []Fault { return faultsOf(topicNatures()) }

func topicNatures() []nature {
	var list []nature
	for _, kind := range topicFaultKinds() {
		list = append(list, nature{Fault(kind), true, "", someRequests, onServer(func(srv *Server, s Step) { srv.FaultTopics(kind, s.N) })})
	}
	return list
}

func someRequests(r *rand.Rand, s *Step) { s.N = 1 + r.IntN(4) }

// pickedFault is the fault of one request.
type pickedFault struct {
	kind      TopicFault
	calledOff <-chan struct{}
}

func (s *Server) topicFault(route string) pickedFault {
	kind, off := s.faults.topics.pick(route)
	if kind != "" {
		s.tally.add(func(n *Stats) { n.TopicFaults++ })
	}
	return pickedFault{kind, off}
}

// refuseTopic answers a request whose fault keeps it from having an effect.
func (s *Server) refuseTopic(w http.ResponseWriter, r *http.Request, fault pickedFault) bool {
	switch fault.kind {
	case FailConsume, FailAck:
		writeTopicError(w, http.StatusInternalServerError, wire.CodeInternalError, "Failed to reach the topic: ordered by the test")
	case BusyConsume, BusyAck:
		w.Header().Set("Retry-After", strconv.FormatInt(s.faults.topics.retryAfter(), 10))
		writeTopicError(w, http.StatusServiceUnavailable, wire.CodeClusterUnavailable, "Cluster is unavailable: ordered by the test")
	case LimitConsume, LimitAck:
		later := s.faults.topics.retryAfter()
		w.Header().Set("Retry-After", strconv.FormatInt(later, 10))
		writeJSON(w, http.StatusTooManyRequests, wire.FlatError{Error: string(wire.CodeRateLimitExceeded),
			Message: "Too many requests: ordered by the test", RetryAfterSeconds: later})
	case HangConsume, HangAck:
		s.hang(w, r, fault.calledOff)
	default:
		return false
	}
	return true
}

// hang keeps a request without an answer, and cuts its connection when nobody is to wait any more.
func (s *Server) hang(w http.ResponseWriter, r *http.Request, calledOff <-chan struct{}) {
	select {
	case <-r.Context().Done():
	case <-s.era.Load().over:
	case <-calledOff:
	}
	cutAnswer(w)
}

// answerTopic answers a request that had its effect, or cuts the connection.
func (s *Server) answerTopic(w http.ResponseWriter, fault pickedFault, answer any) {
	if fault.kind == LoseConsume || fault.kind == LoseAck {
		cutAnswer(w)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// cutAnswer ends the connection of a request without a word. Where it cannot be had (HTTP/2, a recorder) the answer is 500.
func cutAnswer(w http.ResponseWriter) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		writeText(w, http.StatusInternalServerError, err.Error())
		return
	}
	cut(c)
}
