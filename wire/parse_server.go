package wire

// ParseServer reads the JSON text of a server's frame. Unknown members are ignored; an unknown type gives *Unknown. The
// message's rows, version domain and raw text alias frame, which must not be changed while they are in use.
func ParseServer(frame []byte) (ServerMessage, error) {
	if w := (changeWalk{frame: frame}); w.walk(nil, nil) {
		m := w.change
		return &m, nil
	}
	if m, ok := quickBatch(frame); ok {
		return m, nil
	}
	env, err := Scan(frame)
	if err != nil {
		return nil, err
	}
	switch env.Type {
	case TypeChange:
		return parseChange(frame)
	case TypeInitialDataBatch:
		return parseBatch(frame)
	case TypeSubscriptionAck:
		return parseAck(frame)
	case TypeError:
		return parseError(frame)
	case TypeAuthSuccess:
		return parseAuthSuccess(frame)
	case TypeAuthError:
		return parseAuthError(frame)
	case TypeNone:
		return nil, missing("type", "string")
	}
	return &Unknown{Type: string(env.TypeName), Raw: Raw(trimSpace(frame))}, nil
}

func parseChange(frame []byte) (ServerMessage, error) {
	m := &Change{}
	err := eachKnownMember(frame, func(key, value []byte) error {
		switch string(key) {
		case "subscription_id":
			return readString(value, &m.SubscriptionID)
		case "change_type":
			return readChangeType(value, &m.ChangeType)
		case "rows":
			return readRows(value, &m.Rows)
		case "old_values":
			return readRows(value, &m.OldValues)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case m.SubscriptionID == "":
		return nil, missing("subscription_id", "string")
	case m.ChangeType == "":
		return nil, missing("change_type", "string")
	}
	return m, nil
}

// readChangeType keeps known kinds only: a change of another kind cannot be applied, so it must not pass for one.
func readChangeType(value []byte, dst *ChangeType) error {
	var text string
	if err := readString(value, &text); err != nil {
		return err
	}
	switch c := ChangeType(text); c {
	case Insert, Update, Delete:
		*dst = c
		return nil
	}
	return &FieldError{Want: "insert, update or delete", Got: KindString}
}

func readRows(value []byte, dst *Rows) error {
	switch kindOf(value) {
	case KindNull:
		*dst = Rows{}
		return nil
	case KindArray:
		*dst = Rows{raw: value}
		return nil
	}
	return &FieldError{Want: "array", Got: kindOf(value)}
}

// quickBatch reads a page in one walk that checks it, where its beginning says that it is one.
func quickBatch(frame []byte) (*InitialDataBatch, bool) {
	if env, ok := ScanPrefix(frame); !ok || env.Type != TypeInitialDataBatch {
		return nil, false
	}
	types := 0
	m, err := readBatch(frame, false, func() { types++ })
	return m, err == nil && types == 1
}

func parseBatch(frame []byte) (ServerMessage, error) {
	m, err := readBatch(frame, true, func() {})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// readBatch tells of each type it comes across, of which the last would count.
func readBatch(frame []byte, known bool, typ func()) (*InitialDataBatch, error) {
	m := &InitialDataBatch{}
	control := false
	err := eachMemberOf(frame, known, func(key, value []byte) error {
		switch string(key) {
		case "type":
			typ()
		case "subscription_id":
			return readString(value, &m.SubscriptionID)
		case "rows":
			return readRows(value, &m.Rows)
		case "batch_control":
			control = true
			return readBatchControl(value, &m.BatchControl)
		}
		return nil
	})
	if err := complete(err, m.SubscriptionID, control); err != nil {
		return nil, err
	}
	return m, nil
}

func parseAck(frame []byte) (ServerMessage, error) {
	m := &SubscriptionAck{}
	control := false
	err := eachKnownMember(frame, func(key, value []byte) error {
		switch string(key) {
		case "subscription_id":
			return readString(value, &m.SubscriptionID)
		case "total_rows":
			return readInt64(value, &m.TotalRows)
		case "batch_control":
			control = true
			return readBatchControl(value, &m.BatchControl)
		case "schema":
			return readSchema(value, &m.Schema)
		}
		return nil
	})
	if err := complete(err, m.SubscriptionID, control); err != nil {
		return nil, err
	}
	return m, nil
}

// complete checks what acknowledgements and batches must both have.
func complete(err error, subscriptionID string, control bool) error {
	switch {
	case err != nil:
		return err
	case subscriptionID == "":
		return missing("subscription_id", "string")
	case !control:
		return missing("batch_control", "object")
	}
	return nil
}

func readBatchControl(raw []byte, dst *BatchControl) error {
	*dst = BatchControl{LastSeqAbsent: true}
	return eachMember(raw, func(key, value []byte) error {
		switch string(key) {
		case "batch_num":
			return readInt(value, &dst.BatchNum)
		case "has_more":
			return readBool(value, &dst.HasMore)
		case "status":
			return readString(value, (*string)(&dst.Status))
		case "last_seq_id":
			dst.LastSeqAbsent = false
			return readSeqField(value, &dst.LastSeqID, &dst.LastSeqForm)
		case "version_domain":
			dst.VersionDomain = Raw(value)
		}
		return nil
	})
}

func readSeqField(value []byte, seq *Seq, form *SeqForm) error {
	var err error
	if *seq, *form, err = readSeq(value); err != nil {
		return &FieldError{Want: "sequence id", Got: kindOf(value), Cause: err}
	}
	return nil
}

func parseError(frame []byte) (ServerMessage, error) {
	m := &ErrorMessage{}
	err := eachKnownMember(frame, func(key, value []byte) error {
		switch string(key) {
		case "subscription_id":
			return readOptionalString(value, &m.SubscriptionID)
		case "code":
			return readString(value, (*string)(&m.Code))
		case "message":
			return readOptionalString(value, &m.Message)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

func parseAuthSuccess(frame []byte) (ServerMessage, error) {
	m := &AuthSuccess{}
	err := eachKnownMember(frame, func(key, value []byte) error {
		switch string(key) {
		case "user":
			return readString(value, &m.User)
		case "role":
			return readString(value, &m.Role)
		case "protocol":
			return eachMember(value, func(key, value []byte) error { return m.Protocol.read(key, value) })
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (p *Protocol) read(key, value []byte) error {
	switch string(key) {
	case "serialization":
		return readString(value, &p.Serialization)
	case "compression":
		return readString(value, &p.Compression)
	}
	return nil
}

func parseAuthError(frame []byte) (ServerMessage, error) {
	m := &AuthError{}
	err := eachKnownMember(frame, func(key, value []byte) error {
		if string(key) == "message" {
			return readOptionalString(value, &m.Message)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}
