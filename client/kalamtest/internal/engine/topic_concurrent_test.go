package engine

import (
	"fmt"
	"sync"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestTopic_ConcurrentMembersShareWhatConcurrentWritersMake(t *testing.T) {
	is := is.New(t)
	e := openTopics(t, newTopicClock(), 1)
	const writers, commits, rows = 4, 25, 4
	var wg, writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for c := range commits {
				at := w*1_000_000 + c*rows
				must(t, e, root, fmt.Sprintf("INSERT INTO a.rooms VALUES ('%d', 'x'), ('%d', 'x'), ('%d', 'x'), ('%d', 'x')", at, at+1, at+2, at+3))
			}
		})
	}
	done := make(chan struct{})
	wg.Go(func() { writing.Wait(); close(done) })
	given := make([][]int64, 3)
	for m := range given {
		wg.Go(func() {
			for last := false; ; {
				got := poll(t, e, "g", wire.FromEarliest(), 3)
				given[m] = append(given[m], got...)
				if len(got) == 0 && last {
					return
				}
				select {
				case <-done:
					last = len(got) == 0
				default:
				}
			}
		})
	}
	wg.Wait()
	seen := map[int64]bool{}
	for _, list := range given {
		for i, o := range list {
			is.True(!seen[o])                // by one member only
			is.True(i == 0 || o > list[i-1]) // in order
			seen[o] = true
		}
	}
	is.Equal(len(seen), writers*commits*rows)
}

func TestTopic_ARecordIsThereBeforeItsChangeIsTold(t *testing.T) {
	is := is.New(t)
	e := openTopics(t, newTopicClock(), 1)
	var ends []int64
	e.OnChange(func(RowChange) {
		end, err := e.TopicEnd("a.t", 0)
		is.NoErr(err)
		ends = append(ends, end)
	})
	must(t, e, root, "INSERT INTO a.rooms VALUES ('x', NULL), ('y', NULL)", "DELETE FROM a.rooms WHERE name = 'x'")
	is.Equal(ends, []int64{2, 2, 3}) // of a commit all of it
}
