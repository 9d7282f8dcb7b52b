package client

import "time"

// slot is a record that was given out, and is not known to be committed.
type slot struct {
	given   time.Time
	until   time.Time
	attempt int
	longer  bool // until has been prolonged
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

// stale is how many of the records behind the acknowledged ones are held although their
// lease is over.
func (r *run) stale(now time.Time) (n int) {
	for _, s := range r.slots[r.done:] {
		if s.acked || now.Before(s.until) {
			break
		}
		n++
	}
	return n
}

// settle has what is held up to an offset, and of which the lease is over, count as
// acknowledged, and says how much that was.
func (r *run) settle(upto int64, now time.Time) (n int) {
	for i := r.done; i < len(r.slots) && r.first+int64(i) <= upto; i++ {
		if s := &r.slots[i]; !s.acked && !now.Before(s.until) {
			s.acked = true
			n++
		}
	}
	r.advance()
	return n
}

// drop forgets the acknowledged ones at the front up to an offset.
func (r *run) drop(upto int64) {
	n := int(max(0, min(int64(r.done), upto-r.first+1)))
	clear(r.slots[:n])
	r.first += int64(n)
	r.slots = r.slots[n:]
	r.done -= n
}
