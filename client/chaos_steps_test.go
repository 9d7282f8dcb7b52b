package client_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// step is one thing that happens.
type step struct {
	name string
	do   func(*scene)
}

// program is the schedule of a seed.
func program(seed uint64, w chaosWorld) []step {
	random := rand.New(rand.NewPCG(seed, 7))
	steps := []step{anySubscribe(random, w)}
	for range 6 + random.IntN(10) {
		steps = append(steps, anyStep(random, w))
	}
	return steps
}

func anyStep(random *rand.Rand, w chaosWorld) step {
	id := random.IntN(12)
	kind := random.IntN(26)
	if w.stream && kind < 11 { // rows come, once each, and go
		if kind < 8 {
			return write("INSERT INTO %s (id, color, qty) VALUES (%d, 'blue', %d)", random.IntN(1<<30), random.IntN(9))
		}
		return write("DELETE FROM %s WHERE qty = %d", random.IntN(9))
	}
	switch kind {
	case 0, 1, 2:
		return write("INSERT INTO %s (id, color, qty) VALUES (%d, 'blue', %d)", id, random.IntN(9))
	case 3:
		return write("INSERT INTO %s (id, color, qty) VALUES (%d, 'red', %d)", id, random.IntN(9))
	case 4, 5:
		return write("UPDATE %s SET qty = %d WHERE id = %d", random.IntN(9), id)
	case 6:
		return write("UPDATE %s SET qty = NULL, note = 'n' WHERE id = %d", id)
	case 7:
		return write("UPDATE %s SET color = 'red' WHERE id = %d", id)
	case 8:
		return write("UPDATE %s SET color = 'blue' WHERE id = %d", id)
	case 9, 10:
		return write("DELETE FROM %s WHERE id = %d", id)
	case 11:
		first, n := 100+random.IntN(1000), 20+random.IntN(20)
		if w.stream { // nothing else keeps a key from coming twice
			first = 1<<30 + random.IntN(1<<30)
		}
		return step{"burst", func(s *scene) { s.exec(inserting(s.table, first, n)) }}
	case 12:
		return anySubscribe(random, w)
	default:
		return anyFault(random)
	}
}

func write(format string, args ...any) step {
	return step{"write " + fmt.Sprintf(format, append([]any{"t"}, args...)...), func(s *scene) {
		s.exec(fmt.Sprintf(format, append([]any{s.table}, args...)...))
	}}
}

func anyFault(random *rand.Rand) step {
	d := time.Duration(random.IntN(4000)) * time.Millisecond
	code := []int{1000, 1001, 1008, 1011, 1012}[random.IntN(5)]
	n := random.IntN(400)
	direction := []kalamtest.Direction{kalamtest.Up, kalamtest.Down, kalamtest.Both}[random.IntN(3)]
	switch random.IntN(14) {
	case 12:
		return step{"credentials", func(s *scene) { s.renewAuth() }}
	case 0, 1:
		return step{"cut", func(s *scene) { s.srv.CutConnections() }}
	case 2:
		return step{fmt.Sprint("close ", code), func(s *scene) { s.srv.CloseConnections(code, "chaos") }}
	case 3:
		return step{"refuse", func(s *scene) { s.link.Refuse(true) }}
	case 4:
		return step{fmt.Sprint("hole ", direction), func(s *scene) { s.holed = true; s.link.BlackHole(direction) }}
	case 5:
		return step{fmt.Sprint("stall ", direction), func(s *scene) { s.link.Stall(direction) }}
	case 6:
		return step{fmt.Sprint("latency ", d/8), func(s *scene) { s.link.Latency(d/8, d/16) }}
	case 7:
		return step{fmt.Sprint("reset after ", n), func(s *scene) { s.link.ResetAfter(direction, n) }}
	case 8:
		return step{"garbage", func(s *scene) { s.srv.Inject([]byte("{garbage"), false) }}
	case 9:
		return step{"hold", func(s *scene) { s.srv.HoldDelivery() }}
	case 10:
		return step{"release", func(s *scene) { s.srv.Release() }}
	case 11:
		return step{"calm", func(s *scene) { s.calm() }}
	}
	return step{fmt.Sprint("wait ", d), func(s *scene) { s.pass(d) }}
}

func anySubscribe(random *rand.Rand, w chaosWorld) step {
	where := []string{"", " WHERE color = 'blue'", " WHERE qty > 4"}[random.IntN(3)]
	var opts []client.LiveOption
	if random.IntN(3) == 0 {
		opts = append(opts, client.QueueLength(1+random.IntN(4)))
	}
	if random.IntN(4) == 0 && !w.rough {
		opts = append(opts, client.BatchSize(1+random.IntN(5)))
	}
	rule := []client.Overflow{client.Lossless, client.Lossless, client.Conflate, client.Block}[random.IntN(4)]
	opts = append(opts, client.OnOverflow(rule))
	slow := time.Duration(random.IntN(3)) * time.Millisecond
	views := random.IntN(2) == 0
	return step{fmt.Sprintf("subscribe%s %v slow %v views %v", where, rule, slow, views), func(s *scene) {
		s.folds = append(s.folds, s.subscribe(where, slow, views, opts))
	}}
}
