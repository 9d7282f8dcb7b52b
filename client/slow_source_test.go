package client

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/matryer/is"
)

// slowSource takes its time for every dial, and heeds its context.
func slowSource(took time.Duration) auth.Source {
	return auth.Func(func(ctx context.Context) (auth.Token, error) {
		select {
		case <-time.After(took):
			return auth.Token{Value: "slow"}, nil
		case <-ctx.Done():
			return auth.Token{}, context.Cause(ctx)
		}
	})
}

func TestSlowSource_WhatItTakesIsNotTheDials(t *testing.T) {
	const source, upgrade = 25 * time.Second, 9 * time.Second // the dial has 10 s
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.surviving(WithAuth(slowSource(source)))
		connected := make(chan error, 1)
		begin := func(call func() error) time.Time {
			go func() { connected <- call() }()
			return time.Now()
		}
		for range 2 { // the source is asked anew for the second socket
			start := begin(func() error { return c.Connect(t.Context()) })
			p := s.accept()
			is.NoErr(<-connected)
			is.Equal(time.Since(start), source)
			go func() { _, _ = p.drain() }()
			is.NoErr(c.Disconnect(t.Context()))
		}
		s.upgrade = func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(upgrade)
			w.WriteHeader(http.StatusTeapot)
		}
		start := begin(func() error { return c.Connect(t.Context()) })
		var connect *ConnectError
		is.True(errors.As(<-connected, &connect))
		is.Equal(connect.Status, http.StatusTeapot) // and no timeout: the dial had all its time
		is.Equal(time.Since(start), source+upgrade)
	})
}

func TestSlowSource_OneThatNeverGivesATokenIsGivenUp(t *testing.T) {
	for name, source := range map[string]func(over <-chan struct{}) auth.Source{
		"heeds its context": func(<-chan struct{}) auth.Source { return slowSource(time.Hour) },
		"ignores its context": func(over <-chan struct{}) auth.Source {
			return auth.Func(func(context.Context) (auth.Token, error) { <-over; return auth.Token{}, nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			inScript(t, func(t *testing.T, s *scripted) {
				is := is.New(t)
				over := make(chan struct{})
				defer close(over)
				c := s.client(WithAuth(source(over)), WithTimeout(20*time.Second))
				start := time.Now()
				err := c.Connect(t.Context())
				is.Equal(time.Since(start), 20*time.Second)
				var late *TimeoutError
				is.True(errors.As(err, &late))
				is.Equal(*late, TimeoutError{Step: "token", After: 20 * time.Second})
				var connect *ConnectError
				is.True(errors.As(err, &connect))
				is.Equal(connect.Step, "token")
				is.Equal(s.dialled(), 0)
			})
		})
	}
}
