package wire

// ParseClient reads the JSON text of a client's frame as strictly as the server does: an unknown type, a missing member
// or one of the wrong kind is an error. Unknown members are ignored.
func ParseClient(frame []byte) (ClientMessage, error) {
	env, err := Scan(frame)
	if err != nil {
		return nil, err
	}
	switch env.Type {
	case TypeAuthenticate:
		return parseAuthenticate(frame)
	case TypeSubscribe:
		return parseSubscribe(frame)
	case TypeNextBatch:
		return parseNextBatch(frame)
	case TypeUnsubscribe:
		return parseUnsubscribe(frame)
	case TypePing:
		return &Ping{}, nil
	case TypeNone:
		return nil, missing("type", "string")
	}
	return nil, &FieldError{Field: "type", Want: "a client message's type", Got: KindString}
}

func parseAuthenticate(frame []byte) (ClientMessage, error) {
	m := &Authenticate{}
	var seen names
	err := eachKnownMember(frame, func(key, value []byte) error {
		switch string(key) {
		case "method":
			seen.add("method")
			return readOneOf(value, &m.Method, "jwt")
		case "token":
			seen.add("token")
			return readString(value, &m.Token)
		case "protocol":
			seen.add("protocol")
			return readStrictProtocol(value, &m.Protocol)
		}
		return nil
	})
	if err == nil {
		err = seen.want("method", "token", "protocol")
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func readStrictProtocol(raw []byte, p *Protocol) error {
	*p = Protocol{}
	err := eachMember(raw, func(key, value []byte) error {
		switch string(key) {
		case "serialization":
			return readOneOf(value, &p.Serialization, "json", "msgpack", "domain")
		case "compression":
			return readOneOf(value, &p.Compression, "gzip", "none")
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case p.Serialization == "":
		return missing("serialization", "string")
	case p.Compression == "":
		return missing("compression", "string")
	}
	return nil
}

func readOneOf(raw []byte, dst *string, allowed ...string) error {
	if err := readString(raw, dst); err != nil {
		return err
	}
	for _, a := range allowed {
		if *dst == a {
			return nil
		}
	}
	want := allowed[0]
	for _, a := range allowed[1:] {
		want += " or " + a
	}
	return &FieldError{Want: want, Got: KindString}
}

func parseSubscribe(frame []byte) (ClientMessage, error) {
	m := &Subscribe{}
	var seen names
	err := eachKnownMember(frame, func(key, value []byte) error {
		if string(key) != "subscription" {
			return nil
		}
		seen = names{"subscription"}
		*m = Subscribe{}
		return eachMember(value, func(key, value []byte) error {
			switch string(key) {
			case "id":
				seen.add("subscription.id")
				return readString(value, &m.ID)
			case "sql":
				seen.add("subscription.sql")
				return readString(value, &m.SQL)
			case "options":
				return readOptions(value, &m.Options)
			}
			return nil
		})
	})
	if err == nil {
		err = seen.want("subscription", "subscription.id", "subscription.sql")
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func readOptions(raw []byte, dst **SubscribeOptions) error {
	*dst = nil
	if kindOf(raw) == KindNull {
		return nil
	}
	o := &SubscribeOptions{}
	*dst = o
	return eachMember(raw, func(key, value []byte) error {
		switch string(key) {
		case "batch_size":
			return readCount(value, &o.BatchSize)
		case "last_rows":
			return readCount(value, &o.LastRows)
		case "from", "from_seq_id":
			return readSeqField(value, &o.From, &o.FromForm)
		case "version_domain":
			o.VersionDomain = Raw(value)
		}
		return nil
	})
}

func parseNextBatch(frame []byte) (ClientMessage, error) {
	m := &NextBatch{}
	var seen names
	err := eachKnownMember(frame, func(key, value []byte) error {
		switch string(key) {
		case "subscription_id":
			seen.add("subscription_id")
			return readString(value, &m.SubscriptionID)
		case "last_seq_id":
			return readSeqField(value, &m.LastSeqID, &m.Form)
		}
		return nil
	})
	if err == nil {
		err = seen.want("subscription_id")
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func parseUnsubscribe(frame []byte) (ClientMessage, error) {
	m := &Unsubscribe{}
	var seen names
	err := eachKnownMember(frame, func(key, value []byte) error {
		if string(key) != "subscription_id" {
			return nil
		}
		seen.add("subscription_id")
		return readString(value, &m.SubscriptionID)
	})
	if err == nil {
		err = seen.want("subscription_id")
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// names collects the members that were there, to tell which are missing.
type names []string

func (n *names) add(name string) { *n = append(*n, name) }

func (n names) want(fields ...string) error {
	for _, field := range fields {
		found := false
		for _, name := range n {
			found = found || name == field
		}
		if !found {
			return missing(field, "a value")
		}
	}
	return nil
}
