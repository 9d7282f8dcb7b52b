package wire

// Change reads the JSON text of a change into m, as Change.Parse does, and in the same walk decodes the row that it
// brings into v, as Into does of Change.After; it gives that row's version. Decoded is false, v and the version are zero,
// where no row comes or it takes another walk: of a delete, and of rare spellings; then Change.After and Change.Before
// have the rest. With an error m is not changed.
func (d *Decoder[T]) Change(v *T, m *Change, frame []byte, schema Schema) (version Seq, decoded bool, err error) {
	var zero T
	*v = zero
	if p := d.plan(schema); p.quick {
		w := decodingWalk{changeWalk: changeWalk{frame: frame, change: Change{SubscriptionID: m.SubscriptionID}}}
		w.direct.plan = p
		if t := targetOf(v); w.walkInto(t) && w.direct.settle(t) && finish(v, &w.direct) {
			*m = w.change
			return w.direct.seq(), true, nil
		}
		*v = zero
	}
	return Seq{}, false, m.Parse(frame, nil)
}

// decodingWalk is a walk through an insert or update that decodes its row when it comes to it.
type decodingWalk struct {
	changeWalk
	direct direct
}

// walkInto is false for what it leaves to other ways.
func (w *decodingWalk) walkInto(t target) bool {
	end := inObject(w.frame, space(w.frame, 0), func(name []byte, i int) int {
		if string(name) == "rows" {
			return w.row(t, i)
		}
		return w.member(name, i, nil, nil)
	})
	brings := w.change.ChangeType == Insert || w.change.ChangeType == Update
	return end >= 0 && space(w.frame, end) == len(w.frame) && w.typ && w.id && w.rows && brings
}

// row decodes the one row of the array at i and returns the offset behind that, -1 where there is none, or are more.
func (w *decodingWalk) row(t target, i int) int {
	if w.rows || i >= len(w.frame) || w.frame[i] != '[' {
		return -1
	}
	w.rows = true
	first := w.direct.object(t, w.frame, i+1)
	if first < 0 || !w.direct.fill() {
		return -1
	}
	end := space(w.frame, first)
	if end >= len(w.frame) || w.frame[end] != ']' {
		return -1
	}
	w.change.Rows = Rows{raw: w.frame[i : end+1 : end+1], first: first - i}
	return end + 1
}

// seq is the version of the row; zero where the schema has no column for it, or it is none.
func (d *direct) seq() Seq {
	if d.version == nil {
		return Seq{}
	}
	seq, err := Cell{raw: d.version}.Seq()
	if err != nil {
		return Seq{}
	}
	return seq
}
