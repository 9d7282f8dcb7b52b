package engine

import (
	"maps"
	"slices"
)

// What the real server keeps of a topic unless CREATE TOPIC says otherwise, which here it cannot.
const (
	retentionSeconds = int64(7 * 24 * 3600)
	retentionBytes   = int64(1 << 30)
)

// rows gives system.topics' rows by name.
func (ts *topics) rows() [][]any {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	var rows [][]any
	for _, name := range slices.Sorted(maps.Keys(ts.byName)) {
		t := ts.byName[name]
		rows = append(rows, []any{name, name, nil, int64(t.partitions), retentionSeconds, retentionBytes,
			t.created.UnixMicro(), t.changed.UnixMicro()})
	}
	return rows
}

// offsetRows gives system.topic_offsets' rows by topic, partition and group: of the groups that have acknowledged something.
func (ts *topics) offsetRows() [][]any {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	var rows [][]any
	for _, name := range slices.Sorted(maps.Keys(ts.byName)) {
		parts := ts.byName[name].parts
		for _, n := range slices.Sorted(maps.Keys(parts)) {
			groups := parts[n].groups
			for _, id := range slices.Sorted(maps.Keys(groups)) {
				if g := groups[id]; g.committed != none {
					rows = append(rows, []any{name, id, int64(n), g.committed, g.acked.UnixMicro()})
				}
			}
		}
	}
	return rows
}
