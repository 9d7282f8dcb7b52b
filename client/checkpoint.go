package client

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// ErrCheckpoint marks a checkpoint that cannot be gone on from: it is of another
// user, SQL text or schema, older than the server keeps deletions for, damaged, or
// of a table that cannot be audited.
var ErrCheckpoint = errors.New("kalam: checkpoint cannot be gone on from")

// maxCheckpointAge keeps a day back of the 168 hours for which a server remembers
// deletions, unless its table is told otherwise.
const maxCheckpointAge = 144 * time.Hour

// Checkpoint says which changes of a live query have been told: all up to a version,
// and those behind it one by one. It is a value that never changes, of some
// twenty bytes, and as many for each change of the last seconds; as text it can be
// kept anywhere. Saved in one transaction with what was made of the changes, it makes
// a stream that goes on from it, see [FromCheckpoint], neither lose nor repeat one. For
// sinks without transactions there is [WithCheckpoints].
//
// There is none among the rows of the snapshot, before Loaded: what goes from among
// them while nobody looks would never be told of. A sink takes them in together with
// the Loaded behind them, or empties itself when it begins without a checkpoint.
type Checkpoint struct {
	scope string // of whom and what
	at    time.Time
	mark  wire.Seq
	seen  []wire.Seq // behind mark
}

// IsZero says that there is no checkpoint: the stream is not Audited, or nothing has
// been told.
func (c Checkpoint) IsZero() bool { return c.scope == "" }

// Seq is the newest version that was told; zero for none.
func (c Checkpoint) Seq() wire.Seq {
	top := c.mark
	for _, seq := range c.seen {
		if top.Less(seq) {
			top = seq
		}
	}
	return top
}

// Time is when everything up to the checkpoint's mark was known to have been told.
func (c Checkpoint) Time() time.Time { return c.at }

// has says whether a version has been told.
func (c *Checkpoint) has(seq wire.Seq) bool {
	if !c.mark.Less(seq) {
		return true
	}
	_, found := slices.BinarySearchFunc(c.seen, seq, wire.Seq.Compare)
	return found
}

// String is the checkpoint as text, as MarshalText gives it.
func (c Checkpoint) String() string {
	if c.IsZero() {
		return ""
	}
	parts := []string{"k1", c.scope, strconv.FormatInt(c.at.UnixMilli(), 36), c.mark.String()}
	for _, seq := range c.seen {
		parts = append(parts, seq.String())
	}
	return strings.Join(parts, ":")
}

// MarshalText writes the checkpoint: letters, digits and colons. It holds no row.
func (c Checkpoint) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote; anything else is ErrCheckpoint.
func (c *Checkpoint) UnmarshalText(text []byte) error {
	got, err := ParseCheckpoint(string(text))
	if err != nil {
		return err
	}
	*c = got
	return nil
}

// ParseCheckpoint reads what String wrote; anything else is ErrCheckpoint. The
// empty text is the zero Checkpoint.
func ParseCheckpoint(text string) (Checkpoint, error) {
	if text == "" {
		return Checkpoint{}, nil
	}
	parts := strings.Split(text, ":")
	if len(parts) < 4 || parts[0] != "k1" || parts[1] == "" {
		return Checkpoint{}, fmt.Errorf("%w: not the text of one", ErrCheckpoint)
	}
	ms, err := strconv.ParseInt(parts[2], 36, 64)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: its time: %w", ErrCheckpoint, err)
	}
	c := Checkpoint{scope: parts[1], at: time.UnixMilli(ms)}
	for i, part := range parts[3:] {
		if i == 0 && part == "" { // an empty table's
			continue
		}
		seq, err := wire.ParseSeq(part)
		if err != nil {
			return Checkpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
		}
		if i == 0 {
			c.mark = seq
			continue
		}
		c.seen = append(c.seen, seq)
	}
	return c, nil
}

// FromCheckpoint has Changes go on from a checkpoint of the same user, SQL and
// schema, instead of with a snapshot: first, as recovered changes, what has become of
// every row that changed since, then what changes. A row that came or changed is
// an Insert, since nobody knows what it was; Row is whole. A row that was deleted or
// left the filter is a Delete, also where the sink never had it. The zero Checkpoint
// begins at the beginning. The live query is not shared, and must be auditable.
func FromCheckpoint(c Checkpoint) LiveOption {
	return func(o *liveOptions) error {
		o.from = c.orNil()
		return nil
	}
}

// orNil is the checkpoint as has needs it, nil for the zero one.
func (c Checkpoint) orNil() *Checkpoint {
	if c.IsZero() {
		return nil
	}
	c.seen = slices.Clone(c.seen)
	slices.SortFunc(c.seen, wire.Seq.Compare)
	return &c
}

// scopeOf is what a checkpoint is good for: a user's live query of a schema.
func scopeOf(user, sql string, schema wire.Schema) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q %q", user, sql)
	for _, column := range schema {
		fmt.Fprintf(h, " %q %v", column.Name, column.Type)
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// goOn says whether a stream may go on from the checkpoint now.
func (c *Checkpoint) goOn(scope string, now time.Time) error {
	if age := now.Sub(c.at); age > maxCheckpointAge {
		return fmt.Errorf("%w: it is %v old, and deletions are kept for seven days", ErrCheckpoint, age.Round(time.Minute))
	}
	if c.scope != scope {
		return fmt.Errorf("%w: it is of another user, SQL text or schema", ErrCheckpoint)
	}
	return nil
}

// trail is what has been told of a live query since a mark. Changes share it: each
// knows how much of it there was. What has been written of it is never changed, so
// that it may be read while more is written behind.
type trail struct {
	scope string
	at    time.Time
	mark  wire.Seq
	seen  []wire.Seq
	n     int // the writer's

	acks *acks // where observers acknowledge; nil without a store
	base int   // how many places there were before those of this trail
}

// told adds a version.
func (t *trail) told(seq wire.Seq) *trail {
	if t.n == len(t.seen) {
		longer := *t
		longer.seen = append(t.seen[:t.n:t.n], make([]wire.Seq, t.n+16)...)
		t = &longer
	}
	t.seen[t.n] = seq
	t.n++
	return t
}

// pass begins a trail at a later mark.
func (t *trail) pass(mark wire.Seq, now time.Time) *trail {
	next := &trail{scope: t.scope, at: now, mark: mark, acks: t.acks}
	for _, seq := range t.seen[:t.n] {
		if mark.Less(seq) {
			next = next.told(seq)
		}
	}
	next.base = t.base + t.n + 1 - next.n
	return next
}

// point is a place on a trail.
type point struct {
	trail *trail
	n     int // or early
}

// early is a place among the rows of the snapshot, from which nobody can go on.
const early = -1

func (t *trail) early() point { return point{t, early} }

func (t *trail) here() point {
	if t == nil {
		return point{}
	}
	return point{t, t.n}
}

func (p point) checkpoint() Checkpoint {
	if p.trail == nil || p.n == early {
		return Checkpoint{}
	}
	return Checkpoint{scope: p.trail.scope, at: p.trail.at, mark: p.trail.mark, seen: p.trail.seen[:p.n:p.n]}
}

// place numbers the points of a stream: a later one is higher.
func (p point) place() int { return p.trail.base + p.n }
