package engine

import "strings"

// maxDepth bounds the nesting of expressions and queries.
const maxDepth = 200

// parser walks the tokens of one statement.
type parser struct {
	src    string
	tokens []token
	at     int
	depth  int
}

func newParser(src string) (*parser, error) {
	tokens, err := tokenize(src)
	if err != nil {
		return nil, err
	}
	return &parser{src: src, tokens: tokens}, nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

// ahead looks n tokens further, never beyond the end.
func (p *parser) ahead(n int) token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if p.at < len(p.tokens)-1 {
		p.at++
	}
	return t
}

// accept takes all the words or symbols when they come next in this order.
func (p *parser) accept(texts ...string) bool {
	for i, text := range texts {
		if !p.ahead(i).is(text) {
			return false
		}
	}
	p.at += len(texts)
	return true
}

// acceptAny takes one of the words or symbols and gives it as listed.
func (p *parser) acceptAny(texts ...string) (string, bool) {
	for _, text := range texts {
		if p.accept(text) {
			return text, true
		}
	}
	return "", false
}

func (p *parser) expect(text string) error {
	if !p.accept(text) {
		return p.fail(text)
	}
	return nil
}

func (p *parser) fail(what string) error { return expected(p.src, what, p.peek()) }

// end wants the end of the statement; one semicolon may come before it.
func (p *parser) end() error {
	p.accept(";")
	if p.peek().kind != tokEOF {
		return p.fail("end of statement")
	}
	return nil
}

func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return &syntaxError{"recursion limit exceeded"}
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// identifier takes a word or quoted identifier.
func (p *parser) identifier() (string, error) {
	t := p.peek()
	if t.kind != tokWord && t.kind != tokQuoted {
		return "", p.fail("identifier")
	}
	p.next()
	return t.text, nil
}

// name takes a dotted name of at most three parts.
func (p *parser) name() ([]string, error) {
	part, err := p.identifier()
	if err != nil {
		return nil, err
	}
	parts := []string{part}
	for p.accept(".") {
		if part, err = p.identifier(); err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// nameList takes (a, b, c).
func (p *parser) nameList() ([]string, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var names []string
	for {
		name, err := p.identifier()
		if err != nil {
			return nil, err
		}
		names = append(names, name)
		if !p.accept(",") {
			return names, p.expect(")")
		}
	}
}

// textOrName takes 'text' or a bare word.
func (p *parser) textOrName() (string, error) {
	if t := p.peek(); t.kind == tokString {
		p.next()
		return t.text, nil
	}
	return p.identifier()
}

// reserved words end an expression or an alias-less item.
func reserved(word string) bool {
	switch strings.ToUpper(word) {
	case "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", "UNION", "INTERSECT", "EXCEPT",
		"ON", "USING", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "AND", "OR", "NOT", "AS", "WHEN",
		"THEN", "ELSE", "END", "SELECT", "SET", "VALUES", "WITH", "ASC", "DESC", "NULLS", "IS", "IN", "LIKE", "ILIKE",
		"BETWEEN", "ESCAPE", "DISTINCT", "OPTIONS", "RETURNING":
		return true
	}
	return false
}

// alias takes [AS] name when there is one.
func (p *parser) alias() (string, error) {
	if p.accept("AS") {
		return p.identifier()
	}
	t := p.peek()
	if t.kind == tokQuoted || t.kind == tokWord && !reserved(t.text) {
		p.next()
		return t.text, nil
	}
	return "", nil
}
