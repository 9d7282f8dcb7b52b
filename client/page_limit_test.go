package client

import (
	"testing"

	"github.com/matryer/is"
)

// read reads a table of so many rows from a server that gives most for a query.
func (p *pageLimit) read(rows, most int) (read, asked int) {
	for {
		n := min(rows-read, most, maxBatch)
		read += n
		asked++
		if p.isLast(n, maxBatch) {
			return read, asked
		}
	}
}

// What a server that gives fewer rows than 1,000 cuts off is never taken for the end,
// whatever tables were read before.
func TestPageLimit_NoRowIsLeftUnread(t *testing.T) {
	sizes := []int{0, 1, 2, 7, 8, 49, 50, 51, 99, 100, 101, 500, 999, 1000, 1001, 2500}
	for _, most := range []int{1, 7, 49, 50, 51, 100, 999, 1000, 5000} {
		for _, before := range sizes {
			for _, rows := range sizes {
				is := is.New(t)
				var p pageLimit
				p.read(before, most)
				read, asked := p.read(rows, most)
				is.Equal(read, rows)
				is.True(asked <= rows/min(most, maxBatch)+2) // one more than there are pages at most
			}
		}
	}
}

// Once a larger page has come a smaller one needs no other question.
func TestPageLimit_ASmallerPageIsTheLast(t *testing.T) {
	is := is.New(t)
	var p pageLimit
	for _, read := range []struct{ rows, asked int }{{0, 1}, {49, 2}, {48, 1}, {60, 2}, {60, 2}, {59, 1}, {1000, 2}, {999, 1}, {60, 1}} {
		_, asked := p.read(read.rows, maxBatch)
		is.Equal(asked, read.asked)
	}
}
