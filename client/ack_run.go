package client

import "time"

// slot is a record that was given out, and is not known to be committed.
type slot struct {
	given   time.Time
	until   time.Time
	attempt int
	acked   bool
}

// run is records given out without a hole: slots[i] is that of offset first+i. The first
// done of them are acknowledged.
type run struct {
	first int64
	slots []slot
	done  int
}

// end is the offset behind the last.
func (r *run) end() int64 { return r.first + int64(len(r.slots)) }

func (r *run) holds(offset int64) bool { return offset >= r.first && offset < r.end() }

func (r *run) at(offset int64) *slot { return &r.slots[offset-r.first] }

// advance counts what is acknowledged from the first on.
func (r *run) advance() {
	for r.done < len(r.slots) && r.slots[r.done].acked {
		r.done++
	}
}

// drop forgets the acknowledged ones at the front up to an offset.
func (r *run) drop(upto int64) {
	n := int(max(0, min(int64(r.done), upto-r.first+1)))
	clear(r.slots[:n])
	r.first += int64(n)
	r.slots = r.slots[n:]
	r.done -= n
}
