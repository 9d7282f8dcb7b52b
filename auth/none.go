package auth

import "context"

// None is the source of those who stay anonymous. A KalamDB server gives them its health and its login, little else.
func None() Source { return none{} }

type none struct{}

// Token gives the token of nobody.
func (none) Token(context.Context, Ask) (Token, error) { return Token{}, nil }

// String gives the source's name.
func (none) String() string { return "none" }
