package client

import (
	"bytes"
	"fmt"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// feed turns the frames of one live query into events, in the right order, in turns
// of its inbox. It keeps back changes that come before the snapshot is complete,
// and asks for the next page when it takes one out. It is a liveHandler.
type feed struct {
	q      *live
	opts   liveOptions
	seg    *rx.Segment // downstream's
	up     *rx.Segment // what ends when nothing more is wanted of the server
	out    rx.Observer[Event]
	counts *sourceCounts

	schema wire.Schema
	paged  bool // a snapshot is to come, or has
	acked  bool
	ready  bool
	over   bool
	told   bool          // something was
	decode decodeChange  // where who is given events keeps none, but wants rows; else nil
	block  []wire.Change // to read changes into
	who    uint64        // epoch of the credentials that what comes was subscribed with
	held   []Event
	cursor wire.Seq // newest version that was emitted
	ack    *wire.SubscriptionAck
}

// take is a turn of the inbox: what came is delivered, as a turn of the stream.
func (f *feed) take(batch []arrival) int {
	f.seg.Turn(f.fail, func() {
		for _, a := range batch {
			switch {
			case f.over:
				return
			case a.run != nil:
				a.run()
			default:
				f.read(a)
			}
		}
	})
	f.remember()
	return len(batch)
}

// missed stands for n frames that found no room.
func (f *feed) missed(n int) arrival {
	return arrival{run: func() {
		err := &LagError{Missed: uint64(n)}
		if f.opts.overflow == Fail {
			f.fail(err)
			return
		}
		f.counts.dropped.Add(uint64(n))
		f.gap(err)
	}}
}

func (f *feed) read(a arrival) {
	if a.kind == wire.TypeChange {
		f.change(a)
		return
	}
	msg, err := wire.ParseServer(a.text)
	if err == nil {
		err = f.misplaced(msg)
	}
	if err != nil {
		broken := broken(a, err)
		f.q.c.unreadable(broken)
		f.fail(broken)
		return
	}
	switch m := msg.(type) {
	case *wire.SubscriptionAck:
		f.acked = true
		m.Schema = f.q.c.schemas.same(m.Schema)
		f.schema, f.ack = m.Schema, m
		f.emit(Event{Kind: EventAck, Schema: f.schema, Message: m})
		if !f.paged {
			f.release()
		}
	case *wire.InitialDataBatch:
		f.page(m)
	case *wire.ErrorMessage:
		f.server(m)
	}
}

// broken is the error of a frame that was for a live query and cannot be read.
func broken(a arrival, err error) *FrameError {
	env, _ := wire.ScanPrefix(a.text)
	return &FrameError{SubscriptionID: string(env.SubscriptionID), Size: len(a.text), Err: err}
}

// misplaced says whether a message cannot follow what came before: a second
// snapshot would make rows appear and vanish that nobody told of, and rows without
// a schema cannot be read. Changes before the acknowledgement are kept back as
// those before the snapshot are.
func (f *feed) misplaced(msg wire.ServerMessage) error {
	switch msg.(type) {
	case *wire.SubscriptionAck:
		if f.acked {
			return fmt.Errorf("%w: a second acknowledgement", errOrder)
		}
	case *wire.InitialDataBatch:
		if !f.acked {
			return fmt.Errorf("%w: a page before the acknowledgement", errOrder)
		}
		if f.ready {
			return fmt.Errorf("%w: a page after the last one", errOrder)
		}
	}
	return nil
}

// page asks for the page after this one first, so that it travels while this one
// is being worked on.
func (f *feed) page(m *wire.InitialDataBatch) {
	if m.BatchControl.HasMore {
		f.q.c.owner.post(func() { f.q.c.owner.page(f.q, m.BatchControl) })
	}
	f.emit(Event{Kind: EventSnapshot, Schema: f.schema, Message: m})
	if !m.BatchControl.HasMore {
		f.release()
	}
}

// changeBlock is how many changes are made at once, for those that may be kept.
const changeBlock = 32

// slot is a change to read into, which nobody has.
func (f *feed) slot() *wire.Change {
	if len(f.block) == 0 {
		n := changeBlock
		if f.decode != nil {
			n = 1
		}
		f.block = make([]wire.Change, n)
	}
	return &f.block[0]
}

// taken says that somebody has the change of the last slot.
func (f *feed) taken() {
	id := f.block[0].SubscriptionID
	if f.block = f.block[1:]; len(f.block) > 0 {
		f.block[0].SubscriptionID = id // most likely that of the next, too
	}
}

// decodeChange reads the text of a change, and in the same walk its row, if it can. The
// version may be zero though the row has one.
type decodeChange func(m *wire.Change, text []byte, schema wire.Schema) (version wire.Seq, decoded bool, err error)

// parse reads a change into m.
func (f *feed) parse(m *wire.Change, text []byte) (e Event, err error) {
	e.Message = m
	switch {
	case f.decode != nil && f.ready:
		e.seq, e.decoded, err = f.decode(m, text, f.schema)
	case f.decode == nil && f.opts.resume != FastResume: // nobody asks for the version
		return e, m.Parse(text, nil)
	default:
		err = m.Parse(text, nil)
	}
	if err == nil && e.seq.IsZero() {
		e.seq = m.Seq()
	}
	return e, err
}

func (f *feed) change(a arrival) {
	m := f.slot()
	if f.decode != nil && !f.ready {
		a.text = bytes.Clone(a.text) // it is kept until it may be told
	}
	e, err := f.parse(m, a.text)
	if err != nil {
		broken := broken(a, err)
		f.q.c.unreadable(broken)
		f.gap(broken)
		return
	}
	kind, ok := eventKind(m.ChangeType)
	if !ok {
		f.q.c.stats.unknown.Add(1)
		return
	}
	if f.decode == nil || !f.ready {
		f.taken()
	}
	e.Kind, e.Schema = kind, f.schema
	switch {
	case f.ready:
		f.emit(e)
	case len(f.held) >= f.opts.queue:
		f.fail(fmt.Errorf("%w: more than %d changes came before the snapshot was complete", ErrLagged, f.opts.queue))
	default:
		f.held = append(f.held, e)
	}
}

// release lets changes through: those that were kept back first.
func (f *feed) release() {
	f.ready = true
	held := f.held
	f.held = nil
	for _, e := range held {
		e.Schema = f.schema // it may have come before that
		f.emit(e)
	}
}

func (f *feed) emit(e Event) {
	if f.over || f.up.Closed() || f.isOthers() {
		return
	}
	f.told = true
	f.note(e)
	f.counts.delivered.Add(1)
	f.out.Next(e)
}

// note moves the cursor of a fast resume.
func (f *feed) note(e Event) {
	if f.opts.resume != FastResume {
		return
	}
	if f.cursor.Less(e.seq) {
		f.cursor = e.seq
	}
	rows, _ := e.Page()
	for row, err := range rows.All() {
		if err == nil && f.cursor.Less(row.Seq()) {
			f.cursor = row.Seq()
		}
	}
}

// remember makes the plan of the next subscription.
func (f *feed) remember() {
	if f.opts.resume != FastResume || !f.ready || f.cursor.IsZero() {
		return
	}
	if p := f.q.plan.Load(); p.from.Less(f.cursor) {
		f.q.plan.Store(p.resuming(f.cursor, f.ack))
	}
}

func (f *feed) began(p *plan) {
	f.paged, f.acked, f.ready, f.held = p.paged(), false, false, nil
}

func (f *feed) gap(err error) {
	if f.over || f.up.Closed() {
		return
	}
	f.counts.gaps.Add(1)
	f.q.c.journal.gap(err)
	f.out.Next(Event{Kind: EventGap, Schema: f.schema, Cause: err})
}

func (f *feed) lost(err error) {
	if f.acked {
		f.gap(err)
	}
}

func (f *feed) ended(err error) {
	if err != nil {
		f.fail(err)
		return
	}
	if !f.over {
		f.over = true
		f.up.Close()
		f.out.Complete()
	}
}

// server ends the stream with what the server said, unless the same may pass.
func (f *feed) server(m *wire.ErrorMessage) {
	o := f.q.c.owner
	epoch := f.q.heard
	o.post(func() { o.refused(f.q, epoch) })
	switch p := f.q.plan.Load(); {
	case m.Code == wire.CodeCursorExpired:
		f.gap(refusal(m))
		fresh := *p
		fresh.from, fresh.snapshot = wire.Seq{}, !f.opts.liveOnly
		f.cursor = wire.Seq{}
		f.q.plan.Store(&fresh)
		o.post(func() { o.resubscribe(f.q) })
	case returns(m):
		o.post(func() { o.once(f.q, refusal(m)) })
	default:
		f.fail(refusal(m))
	}
}

// fail ends the stream; the server is told by the end of up.
func (f *feed) fail(err error) {
	if f.over {
		return
	}
	f.over = true
	f.up.Close()
	f.out.Error(err)
}
