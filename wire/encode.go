package wire

import "strconv"

// writer appends the members of one message; the first error stays.
type writer struct {
	dst []byte
	err error
}

func begin(dst []byte, t MessageType) *writer {
	dst = append(dst, `{"type":"`...)
	dst = append(dst, t.String()...)
	return &writer{dst: append(dst, '"')}
}

func (w *writer) name(name string) {
	w.dst = append(w.dst, ',', '"')
	w.dst = append(w.dst, name...)
	w.dst = append(w.dst, '"', ':')
}

func (w *writer) text(name, value string) {
	w.name(name)
	w.value(value)
}

func (w *writer) value(value string) {
	dst, err := appendQuoted(w.dst, value)
	w.dst = dst
	if w.err == nil {
		w.err = err
	}
}

func (w *writer) raw(name string, value []byte) {
	w.name(name)
	w.dst = append(w.dst, value...)
}

// given writes JSON text that the caller made, once it is seen to be JSON.
func (w *writer) given(name string, value []byte) {
	if _, err := skipScalarOrContainer(trimSpace(value)); err != nil && w.err == nil {
		w.err = &FieldError{Field: name, Want: "JSON", Cause: err}
	}
	w.raw(name, value)
}

func (w *writer) number(name string, n int64) {
	w.name(name)
	w.dst = strconv.AppendInt(w.dst, n, 10)
}

func (w *writer) float(name string, f float64) {
	w.name(name)
	w.dst = strconv.AppendFloat(w.dst, f, 'g', -1, 64)
}

func (w *writer) end() ([]byte, error) { return append(w.dst, '}'), w.err }

func (w *writer) protocol(p Protocol) {
	w.dst = append(w.dst, `,"protocol":{"serialization":`...)
	w.value(p.Serialization)
	w.dst = append(w.dst, `,"compression":`...)
	w.value(p.Compression)
	w.dst = append(w.dst, '}')
}

func (m *Authenticate) appendTo(dst []byte) ([]byte, error) {
	w := begin(dst, TypeAuthenticate)
	w.text("method", m.Method)
	w.text("token", m.Token)
	w.protocol(m.Protocol)
	return w.end()
}

func (m *Subscribe) appendTo(dst []byte) ([]byte, error) {
	w := begin(dst, TypeSubscribe)
	w.dst = append(w.dst, `,"subscription":{"id":`...)
	w.value(m.ID)
	w.text("sql", m.SQL)
	if m.Options != nil {
		w.raw("options", nil)
		w.options(m.Options)
	}
	w.dst = append(w.dst, '}')
	return w.end()
}

func (w *writer) options(o *SubscribeOptions) {
	w.dst = append(w.dst, '{')
	start := len(w.dst)
	if !o.From.IsZero() {
		w.name("from")
		w.dst = o.From.appendJSON(w.dst, o.FromForm)
	}
	if o.BatchSize != nil {
		w.number("batch_size", int64(*o.BatchSize))
	}
	if o.LastRows != nil {
		w.number("last_rows", int64(*o.LastRows))
	}
	if len(o.VersionDomain) > 0 {
		w.given("version_domain", o.VersionDomain)
	}
	if len(w.dst) > start {
		// Every member was written with a comma before it: the first has none.
		w.dst = append(w.dst[:start], w.dst[start+1:]...)
	}
	w.dst = append(w.dst, '}')
}

func (m *NextBatch) appendTo(dst []byte) ([]byte, error) {
	w := begin(dst, TypeNextBatch)
	w.text("subscription_id", m.SubscriptionID)
	if !m.LastSeqID.IsZero() {
		w.name("last_seq_id")
		w.dst = m.LastSeqID.appendJSON(w.dst, m.Form)
	}
	return w.end()
}

func (m *Unsubscribe) appendTo(dst []byte) ([]byte, error) {
	w := begin(dst, TypeUnsubscribe)
	w.text("subscription_id", m.SubscriptionID)
	return w.end()
}

func (m *Ping) appendTo(dst []byte) ([]byte, error) { return begin(dst, TypePing).end() }

func (m *AuthSuccess) appendTo(dst []byte) ([]byte, error) {
	w := begin(dst, TypeAuthSuccess)
	w.text("user", m.User)
	w.text("role", m.Role)
	w.protocol(m.Protocol)
	return w.end()
}

func (m *AuthError) appendTo(dst []byte) ([]byte, error) {
	w := begin(dst, TypeAuthError)
	w.text("message", m.Message)
	return w.end()
}

func (w *writer) control(c BatchControl) {
	w.dst = append(w.dst, `,"batch_control":{"batch_num":`...)
	w.dst = strconv.AppendInt(w.dst, int64(c.BatchNum), 10)
	w.name("has_more")
	w.dst = strconv.AppendBool(w.dst, c.HasMore)
	w.text("status", string(c.Status))
	if !c.LastSeqID.IsZero() || !c.LastSeqAbsent {
		w.name("last_seq_id")
		w.dst = c.LastSeqID.appendJSON(w.dst, c.LastSeqForm)
	}
	if len(c.VersionDomain) > 0 {
		w.given("version_domain", c.VersionDomain)
	}
	w.dst = append(w.dst, '}')
}

func (m *SubscriptionAck) appendTo(dst []byte) ([]byte, error) {
	w := begin(dst, TypeSubscriptionAck)
	w.text("subscription_id", m.SubscriptionID)
	w.number("total_rows", m.TotalRows)
	w.control(m.BatchControl)
	if m.Schema != nil {
		w.schema(m.Schema)
	}
	return w.end()
}

func (m *InitialDataBatch) appendTo(dst []byte) ([]byte, error) {
	w := begin(dst, TypeInitialDataBatch)
	w.text("subscription_id", m.SubscriptionID)
	w.rows("rows", m.Rows)
	w.control(m.BatchControl)
	return w.end()
}

// rows writes nothing for absent rows.
func (w *writer) rows(name string, r Rows) {
	if !r.IsAbsent() {
		w.raw(name, r.raw)
	}
}

func (m *Change) appendTo(dst []byte) ([]byte, error) {
	w := begin(dst, TypeChange)
	w.text("subscription_id", m.SubscriptionID)
	w.text("change_type", string(m.ChangeType))
	w.rows("rows", m.Rows)
	w.rows("old_values", m.OldValues)
	return w.end()
}

func (m *ErrorMessage) appendTo(dst []byte) ([]byte, error) {
	w := begin(dst, TypeError)
	w.text("subscription_id", m.SubscriptionID)
	w.text("code", string(m.Code))
	w.text("message", m.Message)
	return w.end()
}

// appendTo gives the text back as it came.
func (m *Unknown) appendTo(dst []byte) ([]byte, error) {
	if err := wantKind(trimSpace(m.Raw), KindObject, "object"); err != nil {
		return dst, &FieldError{Field: "raw", Want: "object", Got: kindOf(m.Raw), Cause: err}
	}
	if _, err := skipScalarOrContainer(trimSpace(m.Raw)); err != nil {
		return dst, &FieldError{Field: "raw", Want: "object", Cause: err}
	}
	return append(dst, m.Raw...), nil
}
