package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// isTerminal says whether somebody may type there; /dev/null is a device, too.
func isTerminal(f *os.File) bool {
	is, err := f.Stat()
	if err != nil || is.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(is, null)
}

// atKeyboard plays what is typed, until that ends.
func atKeyboard(ctx context.Context, s *stage) error {
	fmt.Println("keys     ", keys())
	typed := make(chan string)
	go readKeys(ctx, os.Stdin, typed) // owner: main; ends with stdin, or with the process
	for {
		select {
		case <-ctx.Done():
			return nil // told to
		case key, ok := <-typed:
			if !ok || key == "q" {
				return nil
			}
			err := s.press(ctx, key)
			if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	}
}

func (s *stage) press(ctx context.Context, key string) error {
	for _, f := range repertoire() {
		if f.key == key {
			return s.play(ctx, f)
		}
	}
	fmt.Println("keys     ", keys())
	return nil
}

// readKeys sends the first letter of every line.
func readKeys(ctx context.Context, from io.Reader, typed chan<- string) {
	defer close(typed)
	for lines := bufio.NewScanner(from); lines.Scan(); {
		key, _, _ := strings.Cut(strings.TrimSpace(lines.Text())+" ", " ")
		select {
		case typed <- key:
		case <-ctx.Done():
			return
		}
	}
}
