package rxtest

import (
	"fmt"

	"github.com/kalamdb/kalamrx/rx"
)

// Expect subscribes to o and says what it must tell: the values by their names,
// and when. # stands for [ErrMarble] only. subscription, of which there is at most
// one, says when to subscribe and unsubscribe; without it that is at the beginning
// and not at all.
func (m *Marbles) Expect(o rx.Observable[string], want string, subscription ...string) {
	m.t.Helper()
	ExpectOf(m, o, want, nil, subscription...)
}

// ExpectError is Expect where # stands for an error that is err, by errors.Is.
func (m *Marbles) ExpectError(o rx.Observable[string], want string, err error, subscription ...string) {
	m.t.Helper()
	expect(m, o, want, nil, err, subscription)
}

// ExpectOf is Expect for values of any type, which values has by their names.
// Values are compared with reflect.DeepEqual. Names that are not in values, all of
// them if it is nil, are compared with what fmt.Sprint makes of the value.
func ExpectOf[T any](m *Marbles, o rx.Observable[T], want string, values map[string]T, subscription ...string) {
	m.t.Helper()
	expect(m, o, want, values, ErrMarble, subscription)
}

// ExpectErrorOf is [Marbles.ExpectError] for values of any type, see [ExpectOf].
func ExpectErrorOf[T any](
	m *Marbles, o rx.Observable[T], want string, values map[string]T, err error, subscription ...string,
) {
	m.t.Helper()
	expect(m, o, want, values, err, subscription)
}

// ExpectSame says that o tells what like does, at the same times: values are
// compared by what fmt.Sprint makes of them. Both are subscribed to as with
// [Marbles.Expect]; in a failure like is what is wanted.
func ExpectSame[T any](m *Marbles, o, like rx.Observable[T], subscription ...string) {
	m.t.Helper()
	wanted, r := watch(m, like, nil, ErrMarble, subscription), watch(m, o, nil, ErrMarble, subscription)
	m.check(func() {
		m.t.Helper()
		want, _ := wanted.result()
		r.compare(want)
	})
}

func expect[T any](m *Marbles, o rx.Observable[T], want string, values map[string]T, failure error, subs []string) {
	m.t.Helper()
	wanted := m.parse(want, "")
	r := watch(m, o, values, failure, subs)
	m.check(func() {
		m.t.Helper()
		r.compare(wanted)
	})
}

// check has f called when the test has been played.
func (m *Marbles) check(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.checks = append(m.checks, f)
}

// compare fails the test where other was told than wanted.
func (r *record[T]) compare(wanted []Event) {
	r.m.t.Helper()
	got, notes := r.result()
	if diff := difference(wanted, got); diff != "" {
		r.m.t.Errorf("marbles %s%s%s", diff, r.meant(wanted, got), notes)
	}
	if !r.done() {
		r.m.t.Errorf("the subscription is not done although it has ended")
	}
}

// meant says what the wanted name stands for where another value came in its place.
func (r *record[T]) meant(wanted, got []Event) string {
	for i := range min(len(wanted), len(got)) {
		if wanted[i] == got[i] {
			continue
		}
		v, ok := r.values[wanted[i].Value]
		if !ok || wanted[i].Kind != Next {
			return ""
		}
		return fmt.Sprintf("\n  %s is %+v", wanted[i].Value, v)
	}
	return ""
}
