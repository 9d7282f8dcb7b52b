package rxtest

import "time"

// span is when a subscription is there; to is longest if it does not end.
type span struct {
	from, to time.Duration
	told     int // notifications that came
}

// span reads a subscription diagram; ok says whether there is one in it.
func (m *Marbles) span(diagram string) (s span, ok bool) {
	m.t.Helper()
	s.to = longest
	for _, e := range m.parse(diagram, "|#") {
		switch e.Kind {
		case Subscribe:
			s.from, ok = e.At, true
		case Unsubscribe:
			s.to = e.At
		default:
			m.t.Errorf("%v", &ParseError{Diagram: diagram, Reason: "a subscription diagram has no values"})
			return span{}, false
		}
	}
	return s, ok
}

func (s span) events() []Event {
	events := []Event{{At: s.from, Kind: Subscribe}}
	if s.to < longest {
		events = append(events, Event{At: s.to, Kind: Unsubscribe})
	}
	return events
}

// life is the span as others see it.
func (s span) life() Life {
	if s.to == longest {
		return Life{s.from, -1, s.told}
	}
	return Life{s.from, s.to, s.told}
}
