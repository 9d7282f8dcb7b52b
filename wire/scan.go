package wire

// Envelope is what routes a frame: its type and subscription id.
type Envelope struct {
	Type           MessageType
	SubscriptionID []byte // aliases the frame (but where it is written with escapes); nil when missing or not a string
	TypeName       []byte // the type as written, likewise; nil when missing or not a string
}

// Scan finds type and subscription id of a frame's JSON text and checks that all of it is one JSON object, without
// building anything: no allocation unless one of the two is written with escapes. Where a name is repeated the last
// one counts. Nested ids (of a subscribe message) are not looked for.
func Scan(frame []byte) (Envelope, error) {
	var env Envelope
	r, err := readObject(frame, 0, 0)
	if err != nil {
		return env, err
	}
	for {
		m, ok, err := r.next()
		if err != nil {
			return env, err
		}
		if !ok {
			return env, trailing(frame, r.pos)
		}
		env.take(m)
	}
}

// ScanPrefix finds type and subscription id in the beginning of a frame whose rest is missing (cut off at a limit) or
// not to be looked at. It stops as soon as it has both; ok is false when the prefix ends or is garbage before that.
func ScanPrefix(prefix []byte) (env Envelope, ok bool) {
	if env, ok := usual(prefix); ok {
		return env, true
	}
	r, err := readObject(prefix, 0, 0)
	if err != nil {
		return env, false
	}
	for env.TypeName == nil || env.SubscriptionID == nil {
		m, more, err := r.next()
		if err != nil || !more {
			return env, false
		}
		env.take(m)
	}
	return env, true
}

// usual reads the beginning of a change as every server writes it.
func usual(prefix []byte) (env Envelope, ok bool) {
	const head = `{"type":"change","subscription_id":`
	if len(prefix) < len(head) || string(prefix[:len(head)]) != head {
		return env, false
	}
	end, _ := quoted(prefix, len(head))
	if end < 0 || isOdd(prefix[len(head)+1:end-1]) {
		return env, false
	}
	env.Type, env.TypeName = TypeChange, prefix[len(`{"type":"`):len(`{"type":"change`)]
	env.SubscriptionID = prefix[len(head)+1 : end-1]
	return env, true
}

// take keeps the two members that matter.
func (e *Envelope) take(m member) {
	switch string(m.key) {
	case "type":
		e.Type, e.TypeName = TypeNone, nil
		if kindOf(m.value) == KindString {
			e.TypeName = unquote(m.value)
			e.Type = messageTypeOf(e.TypeName)
		}
	case "subscription_id":
		e.SubscriptionID = nil
		if kindOf(m.value) == KindString {
			e.SubscriptionID = unquote(m.value)
		}
	}
}
