package engine

import (
	"math"
	"strconv"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// Bounds of what the statements of topics may say.
const (
	maxPartitions  = 1024 // of a topic; ours, the real server has none
	defaultConsume = 100  // records of a CONSUME without LIMIT
)

// topicVerb reports whether a statement that begins with it manages what is named next.
func topicVerb(t token) bool {
	return t.is("CREATE") || t.is("ALTER") || t.is("DROP") || t.is("CLEAR")
}

// topicStatement parses CLEAR TOPIC, CONSUME and ACK.
func (p *parser) topicStatement() (statement, error) {
	switch {
	case p.accept("CLEAR", "TOPIC"):
		name, err := p.topicName()
		return &clearTopic{name}, err
	case p.accept("CONSUME", "FROM"):
		return p.consumeTopic()
	case p.accept("ACK"):
		return p.ackTopic()
	}
	return nil, p.fail("an SQL statement")
}

func (p *parser) topicName() (string, error) {
	parts, err := p.name()
	return strings.Join(parts, "."), err
}

// whole takes a number without sign, point or exponent.
func (p *parser) whole(what string, most int64) (int64, error) {
	t := p.peek()
	n, err := strconv.ParseInt(t.text, 10, 64)
	if t.kind != tokNumber || err != nil || n > most {
		return 0, p.fail(what)
	}
	p.next()
	return n, nil
}

// createTopic parses name [PARTITIONS n].
func (p *parser) createTopic() (statement, error) {
	st := &createTopic{partitions: 1}
	var err error
	if st.name, err = p.topicName(); err != nil || !p.accept("PARTITIONS") {
		return st, err
	}
	n, err := p.whole("a number of partitions from 1 to "+itoa(maxPartitions), maxPartitions)
	if err == nil && n == 0 {
		err = &syntaxError{"Partition count must be a positive integer"}
	}
	st.partitions = int(n)
	return st, err
}

// addSource parses name ADD SOURCE table ON operation [WHERE …] [WITH (payload = '…')]. The WHERE must be an expression; as on the
// real server nothing ever looks at it.
func (p *parser) addSource() (statement, error) {
	st := &addSource{}
	var err error
	if st.topic, err = p.topicName(); err != nil {
		return nil, err
	}
	if !p.accept("ADD", "SOURCE") {
		return nil, p.fail("ADD SOURCE")
	}
	if st.table, err = p.name(); err != nil {
		return nil, err
	}
	if err = p.expect("ON"); err != nil {
		return nil, err
	}
	word, ok := p.acceptAny("INSERT", "UPDATE", "DELETE")
	if !ok {
		return nil, p.fail("INSERT, UPDATE or DELETE")
	}
	st.op = Op(strings.ToLower(word))
	if _, err = p.optionalWhere(); err != nil {
		return nil, err
	}
	options, err := p.tableOptions()
	if err != nil {
		return nil, err
	}
	st.bare, err = payloadKind(options)
	return st, err
}

// payloadKind reports whether payloads are of kind 'key'. The default is 'full'.
func payloadKind(options map[string]string) (bare bool, err error) {
	kind, given := options["PAYLOAD"]
	if len(options) > 0 && (!given || len(options) > 1) {
		return false, &syntaxError{"Expected 'payload' and nothing else in the WITH clause"}
	}
	switch strings.ToLower(kind) {
	case "key":
		return true, nil
	case "full", "diff":
		return false, nil
	}
	if !given {
		return false, nil
	}
	return false, &syntaxError{"Invalid payload mode '" + kind + "'. Expected 'key', 'full', or 'diff'"}
}

// consumeTopic parses name [GROUP 'g'] [FROM EARLIEST | LATEST | offset] [LIMIT n].
func (p *parser) consumeTopic() (statement, error) {
	st := &consumeTopic{limit: defaultConsume}
	var err error
	if st.name, err = p.topicName(); err != nil {
		return nil, err
	}
	if p.accept("GROUP") {
		name, err := p.textOrName()
		if err != nil {
			return nil, err
		}
		st.group = &name
	}
	if p.accept("FROM") {
		if st.start, err = p.startPosition(); err != nil {
			return nil, err
		}
	}
	if p.accept("LIMIT") {
		n, err := p.whole("a number of records", math.MaxInt32)
		if err != nil {
			return nil, err
		}
		st.limit = int(n)
	}
	return st, nil
}

func (p *parser) startPosition() (wire.Start, error) {
	switch word, _ := p.acceptAny("EARLIEST", "LATEST"); word {
	case "EARLIEST":
		return wire.FromEarliest(), nil
	case "LATEST":
		return wire.FromLatest(), nil
	}
	n, err := p.whole("EARLIEST, LATEST or an offset", math.MaxInt64)
	return wire.FromOffset(n), err
}

// ackTopic parses name GROUP 'g' [PARTITION n] UPTO OFFSET n.
func (p *parser) ackTopic() (statement, error) {
	st := &ackTopic{}
	var err error
	if st.name, err = p.topicName(); err != nil {
		return nil, err
	}
	if err = p.expect("GROUP"); err != nil {
		return nil, err
	}
	if st.group, err = p.textOrName(); err != nil {
		return nil, err
	}
	if p.accept("PARTITION") {
		n, err := p.whole("a partition's number", math.MaxInt32)
		if err != nil {
			return nil, err
		}
		st.partition = int(n)
	}
	if !p.accept("UPTO", "OFFSET") {
		return nil, p.fail("UPTO OFFSET")
	}
	st.upto, err = p.whole("an offset", math.MaxInt64)
	return st, err
}
