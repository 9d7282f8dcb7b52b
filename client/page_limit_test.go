package client

import (
	"testing"

	"github.com/matryer/is"
)

// A server that gives fewer rows than 1,000 is found out by asking once more.
func TestPageLimit_IsLearnedFromPagesThatAreNotFull(t *testing.T) {
	for _, most := range []int{50, 51, 100, 999, 1000, 5000} {
		for _, rows := range []int{0, 1, 49, 50, 51, 99, 100, 101, 500, 999, 1000, 1001, 2500} {
			is := is.New(t)
			var p pageLimit
			for range 3 {
				read, asked, before := 0, 0, 0
				for {
					n := min(rows-read, most, maxBatch)
					read += n
					asked++
					if asked > 1 {
						p.learn(before, maxBatch, n)
					}
					if p.isLast(n, maxBatch) {
						break
					}
					before = n
				}
				is.Equal(read, rows)
				is.True(asked <= rows/min(most, maxBatch)+2) // one more than there are pages at most
			}
		}
	}
}
