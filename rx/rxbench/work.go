package main

import (
	"context"
	"math/bits"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
	"github.com/samber/ro"
)

// work is one thing to do, in several ways that must come to the same result.
type work struct {
	group, name string
	events      int   // of one run, by default
	ways        []way // the plain one first
}

// way does a work with n events, and gives its checksum.
type way struct {
	who string
	run func(n int) int
}

// Who does a work.
const (
	loop      = "loop"
	channels  = "channels"
	ours      = "kalamrx"
	samber    = "samber/ro"
	reactiveX = "RxGo"
)

// fold adds a value to a checksum; the order counts. It is as cheap as that can be.
func fold(sum, v int) int { return int(bits.RotateLeft(uint(sum), 7)) ^ v }

// plain is a loop, which gives its values to a function.
func plain(each func(n int, next func(int))) way {
	return way{loop, func(n int) (sum int) {
		each(n, func(v int) { sum = fold(sum, v) })
		return sum
	}}
}

// typed runs a stream of ours; hash makes a number of a value.
func typed[T any](stream func(n int) rx.Observable[T], hash func(T) int) way {
	return way{ours, func(n int) (sum int) {
		sub := stream(n).Subscribe(context.Background(), rx.OnNext(func(v T) { sum = fold(sum, hash(v)) }))
		<-sub.Done()
		return sum
	}}
}

// peer runs a stream of samber/ro's.
func peer[T any](stream func(n int) ro.Observable[T], hash func(T) int) way {
	return way{samber, func(n int) (sum int) {
		done := make(chan struct{})
		stream(n).Subscribe(ro.NewObserver(
			func(v T) { sum = fold(sum, hash(v)) },
			func(error) { close(done) },
			func() { close(done) }))
		<-done
		return sum
	}}
}

// untyped runs a stream of RxGo's.
func untyped(stream func(n int) rxgo.Observable, hash func(any) int) way {
	return way{reactiveX, func(n int) (sum int) {
		for item := range stream(n).Observe(wide()) {
			if item.E == nil {
				sum = fold(sum, hash(item.V))
			}
		}
		return sum
	}}
}

// wide is the option with which RxGo is at its best.
func wide() rxgo.Option { return rxgo.WithBufferedChannel(1024) }

// The hashes of numbers.
func same(v int) int     { return v }
func narrow(v int64) int { return int(v) }
func unboxed(v any) int  { return v.(int) }

// works are all of them, in the order of the table.
func works() []work {
	var all []work
	for _, group := range [][]work{
		pipelines(), depths(), boundaries(), fanOuts(), subscribing(),
		creations(), transforms(), groups(), filters(), positions(), combinations(), flattenings(),
		aggregates(), clocks(), utilities(),
	} {
		all = append(all, group...)
	}
	return all
}
