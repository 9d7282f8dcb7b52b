package engine

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/matryer/is"
)

func TestEngine_LivesInsideABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		e, err := New(Options{})
		is.NoErr(err)
		defer func() { is.NoErr(e.Close()) }()
		must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.t (id INT PRIMARY KEY, v TEXT)", "CREATE STREAM TABLE a.s (id INT) WITH (TTL_SECONDS = 5)")
		must(t, e, lena, "INSERT INTO a.t VALUES (1, 'x')", "INSERT INTO a.s VALUES (1)")
		var wg sync.WaitGroup
		for range 4 { // waiting for the turn is waiting the bubble understands
			wg.Go(func() {
				for range 10 {
					must(t, e, lena, "UPDATE a.t SET v = v || 'y' WHERE id = 1")
				}
			})
		}
		wg.Wait()
		is.Equal(ask(t, e, lena, "SELECT length(v) AS n FROM a.t"), []string{"41"})
		time.Sleep(6 * time.Second) // of the bubble
		is.Equal(len(ask(t, e, lena, "SELECT id FROM a.s")), 0)
		is.Equal(len(ask(t, e, lena, "SELECT _seq FROM a.t")[0]), 20) // 18 digits, although the bubble's clock begins in 2000
	})
}
