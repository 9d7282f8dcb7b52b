package rx_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// kindOf makes a subject of each kind; remembers is how many values a new observer
// must be told first.
var kindOf = map[string]func() (in rx.Observer[int], o rx.Observable[int]){
	"Subject": func() (rx.Observer[int], rx.Observable[int]) {
		s := rx.NewSubject[int]()
		return s.Observer(), s.Observable()
	},
	"BehaviorSubject": func() (rx.Observer[int], rx.Observable[int]) {
		s := rx.NewBehaviorSubject(-1)
		return s.Observer(), s.Observable()
	},
	"ReplaySubject": func() (rx.Observer[int], rx.Observable[int]) {
		s := rx.NewReplaySubject[int](3)
		return s.Observer(), s.Observable()
	},
}

// model is the least subject there can be: one goroutine, one slice.
type model struct {
	memory   int // values a new observer is told first
	lasting  bool
	last     []int
	ended    string
	watchers map[int]*string
}

func (m *model) next(v int) {
	if m.ended != "" {
		return
	}
	m.last = append(m.last, v)
	m.last = m.last[max(0, len(m.last)-m.memory):]
	for _, w := range m.watchers {
		*w += fmt.Sprint(v, " ")
	}
}

func (m *model) end(how string) {
	if m.ended != "" {
		return
	}
	m.ended = how
	for _, w := range m.watchers {
		*w += how
	}
	m.watchers = map[int]*string{}
}

func (m *model) join(id int) *string {
	w := new(string)
	if m.ended == "" || m.lasting {
		for _, v := range m.last {
			*w += fmt.Sprint(v, " ")
		}
	}
	if *w += m.ended; m.ended == "" {
		m.watchers[id] = w
	}
	return w
}

// TestRandom_OneGoroutine compares random programs with the model.
func TestRandom_OneGoroutine(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for name, make := range kindOf {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			for range 300 {
				in, o := make()
				m := &model{watchers: map[int]*string{}}
				switch name {
				case "BehaviorSubject":
					m.memory, m.last = 1, []int{-1}
				case "ReplaySubject":
					m.memory, m.lasting = 3, true
				}
				var got, want []*string
				var subs []*rx.Subscription
				for range 60 {
					switch k := r.IntN(100); {
					case k < 45:
						v := r.IntN(1000)
						in.Next(v)
						m.next(v)
					case k < 70:
						g := new(string)
						subs = append(subs, o.Subscribe(context.Background(), rx.Observer[int]{
							Next:     func(v int) { *g += fmt.Sprint(v, " ") },
							Error:    func(err error) { *g += err.Error() },
							Complete: func() { *g += "|" },
						}))
						want = append(want, m.join(len(got)))
						got = append(got, g)
					case k < 96 && len(subs) > 0:
						i := r.IntN(len(subs))
						subs[i].Unsubscribe()
						delete(m.watchers, i)
					case k < 98:
						in.Complete()
						m.end("|")
					case k < 99:
						in.Error(errors.New("#"))
						m.end("#")
					}
				}
				for i := range got {
					is.Equal(*got[i], *want[i])
				}
			}
		})
	}
}

// TestRandom_ManyGoroutines has producers number their values. Every observer must
// hear, of each producer, consecutive numbers to the end, and all observers the
// same order.
func TestRandom_ManyGoroutines(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	const producers, each = 3, 400
	for name, make := range kindOf {
		for _, through := range []rx.Operator[int, int]{same, rx.ObserveOn[int](producers*each+5, rx.Fail)} {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				in, o := make()
				o = rx.Pipe1(o, through)
				var mu sync.Mutex
				var all []*[]int
				var subs []*rx.Subscription
				subscribe := func(hops int) *rx.Subscription {
					got := new([]int)
					sub := o.Subscribe(context.Background(), rx.OnNext(func(v int) {
						*got = append(*got, v)
						if hops > 0 && len(*got) == hops {
							runtime.Gosched()
						}
					}))
					mu.Lock()
					defer mu.Unlock()
					all, subs = append(all, got), append(subs, sub)
					return sub
				}
				for range 3 {
					subscribe(0)
				}
				full := len(all)
				var wg, feeding sync.WaitGroup
				for p := range producers {
					feeding.Go(func() {
						for i := range each {
							in.Next(p*each + i)
						}
					})
				}
				for w := range 3 {
					wg.Go(func() {
						r := rand.New(rand.NewPCG(seed, uint64(w)))
						for range 100 {
							sub := subscribe(r.IntN(10))
							for range r.IntN(20) {
								runtime.Gosched()
							}
							sub.Unsubscribe()
							<-sub.Done()
						}
					})
				}
				feeding.Wait()
				wg.Wait()
				in.Complete()
				for i, sub := range subs {
					<-sub.Done()
					is.NoErr(sub.Err())
					checkOrder(t, *all[i], producers, each, i < full)
				}
				for _, got := range all[:full] {
					is.True(slices.Equal(*got, *all[0]))
				}
				for _, got := range all[full:] {
					is.True(contains(*all[0], *got))
				}
			})
		}
	}
}

// checkOrder checks that values of each producer are consecutive, and complete if
// full.
func checkOrder(t *testing.T, got []int, producers, each int, full bool) {
	t.Helper()
	last := map[int]int{}
	for _, v := range got {
		if v < 0 { // the BehaviorSubject's first
			continue
		}
		p := v / each
		if prev, ok := last[p]; ok && v != prev+1 {
			t.Fatalf("%d follows %d", v, prev)
		}
		last[p] = v
	}
	for p := range producers {
		if full && last[p] != (p+1)*each-1 {
			t.Fatalf("of producer %d the last is %d", p, last[p])
		}
	}
}

// contains says whether part is a contiguous piece of whole.
func contains(whole, part []int) bool {
	part = slices.DeleteFunc(slices.Clone(part), func(v int) bool { return v < 0 })
	whole = slices.DeleteFunc(slices.Clone(whole), func(v int) bool { return v < 0 })
	if len(part) == 0 {
		return true
	}
	i := slices.Index(whole, part[0])
	return i >= 0 && i+len(part) <= len(whole) && slices.Equal(whole[i:i+len(part)], part)
}

func TestSerial_UnderContention(t *testing.T) {
	const goroutines, each = 8, 5000
	is := is.New(t)
	next, inside, handled := map[int]int{}, 0, 0 // plain: the race detector looks on
	rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		var z *rx.Serial[[2]int]
		z = rx.NewSerial(g, out.Error, func(v [2]int) {
			inside++
			is.Equal(inside, 1)
			is.Equal(next[v[0]], v[1])
			next[v[0]]++
			handled++
			if v[0] == 0 && v[1]%100 == 0 {
				z.Push([2]int{goroutines, v[1] / 100}) // from inside: afterwards
			}
			inside--
		})
		var wg sync.WaitGroup
		for p := range goroutines {
			wg.Go(func() {
				for i := range each {
					z.Push([2]int{p, i})
				}
			})
		}
		wg.Wait()
	}).Subscribe(context.Background(), rx.Observer[int]{})
	is.Equal(handled, goroutines*each+each/100)
}

func TestSerial_GoesOnBehindAPanic(t *testing.T) {
	is := is.New(t)
	var failed []error
	var got []int
	rx.Source(func(g *rx.Segment, _ rx.Observer[int]) {
		z := rx.NewSerial(g, func(err error) { failed = append(failed, err) }, func(v int) {
			if v == 1 {
				panic(errOuch)
			}
			got = append(got, v)
		})
		for i := range 4 {
			z.Push(i)
		}
	}).Subscribe(context.Background(), rx.Observer[int]{})
	is.Equal(got, []int{0, 2, 3})
	is.Equal(len(failed), 1)
	isPanic(is, failed[0])
}
