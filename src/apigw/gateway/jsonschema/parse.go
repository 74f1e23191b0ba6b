package jsonschema

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/budget"
)

// MaxDepth is the maximum nesting of arrays and objects in a body.
const MaxDepth = 1000

// A ParseError says where and why text is not JSON.
type ParseError struct {
	Offset  int // in bytes, 0-based
	Message string
}

func (e *ParseError) Error() string { return fmt.Sprintf("%s at position %d", e.Message, e.Offset) }

// Parse reads text that is one JSON value, strictly. The error is a *ParseError, or the budget's.
func Parse(b *budget.Budget, text string) (*Value, error) {
	p := parser{in: text, b: b}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.pos < len(p.in) {
		return nil, p.fail("text after the end")
	}
	return v, nil
}

type parser struct {
	in  string
	pos int
	b   *budget.Budget
}

func (p *parser) fail(message string) error { return &ParseError{p.pos, message} }

func (p *parser) unexpected() error {
	if p.pos >= len(p.in) {
		return p.fail("unexpected end")
	}
	r, _ := utf8.DecodeRuneInString(p.in[p.pos:])
	return p.fail(fmt.Sprintf("unexpected character %q", r))
}

func (p *parser) space() {
	for p.pos < len(p.in) && strings.IndexByte(" \t\r\n", p.in[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *parser) accept(c byte) bool {
	p.space()
	if p.pos < len(p.in) && p.in[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// valueSize is the approximate memory of a Value.
const valueSize = 160

func (p *parser) value(depth int) (*Value, error) {
	if depth > MaxDepth {
		return nil, p.fail(fmt.Sprintf("more than %d nested arrays and objects", MaxDepth))
	}
	if err := p.b.Make(valueSize); err != nil {
		return nil, err
	}
	if p.space(); p.pos >= len(p.in) {
		return nil, p.unexpected()
	}
	switch c := p.in[p.pos]; {
	case c == '{':
		p.pos++
		return p.object(depth)
	case c == '[':
		p.pos++
		return p.array(depth)
	case c == '"':
		s, err := p.string()
		if err != nil {
			return nil, err
		}
		return NewString(s), nil
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	switch {
	case p.word("null"):
		return NewNull(), nil
	case p.word("true"):
		return NewBoolean(true), nil
	case p.word("false"):
		return NewBoolean(false), nil
	}
	return nil, p.unexpected()
}

func (p *parser) word(word string) bool {
	rest, ok := strings.CutPrefix(p.in[p.pos:], word)
	if !ok || startsWithWord(rest) {
		return false
	}
	p.pos += len(word)
	return true
}

func startsWithWord(s string) bool {
	if s == "" {
		return false
	}
	c := s[0]
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$' || c >= utf8.RuneSelf
}

func (p *parser) array(depth int) (*Value, error) {
	var items []*Value
	if p.accept(']') {
		return NewArray(nil), nil
	}
	for {
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if p.accept(']') {
			return NewArray(items), nil
		}
		if !p.accept(',') {
			return nil, p.unexpected()
		}
	}
}

func (p *parser) object(depth int) (*Value, error) {
	v := NewObject()
	if p.accept('}') {
		return v, nil
	}
	for {
		if p.space(); p.pos >= len(p.in) || p.in[p.pos] != '"' {
			return nil, p.unexpected()
		}
		name, err := p.string()
		if err != nil {
			return nil, err
		}
		if !p.accept(':') {
			return nil, p.unexpected()
		}
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.Set(name, item)
		if p.accept('}') {
			return v, nil
		}
		if !p.accept(',') {
			return nil, p.unexpected()
		}
	}
}

func (p *parser) digits() bool {
	from := p.pos
	for p.pos < len(p.in) && p.in[p.pos] >= '0' && p.in[p.pos] <= '9' {
		p.pos++
	}
	return p.pos > from
}

func (p *parser) number() (*Value, error) {
	from := p.pos
	if p.in[p.pos] == '-' {
		p.pos++
	}
	if p.pos < len(p.in) && p.in[p.pos] == '0' {
		p.pos++
	} else if !p.digits() {
		return nil, p.unexpected()
	}
	if p.pos < len(p.in) && p.in[p.pos] == '.' {
		p.pos++
		if !p.digits() {
			return nil, p.unexpected()
		}
	}
	if p.pos < len(p.in) && p.in[p.pos]|0x20 == 'e' {
		p.pos++
		if p.pos < len(p.in) && (p.in[p.pos] == '+' || p.in[p.pos] == '-') {
			p.pos++
		}
		if !p.digits() {
			return nil, p.unexpected()
		}
	}
	if startsWithWord(p.in[p.pos:]) {
		return nil, p.unexpected()
	}
	v, err := ParseNumber(p.in[from:p.pos])
	if err != nil {
		p.pos = from
		return nil, p.fail(err.Error())
	}
	return v, nil
}

// string reads a string in quotes. Half of a surrogate pair becomes U+FFFD.
func (p *parser) string() (string, error) {
	from := p.pos + 1
	for p.pos++; p.pos < len(p.in); p.pos++ {
		switch c := p.in[p.pos]; {
		case c == '"':
			s := p.in[from:p.pos]
			p.pos++
			return s, p.b.Read(len(s))
		case c == '\\':
			return p.escaped(from)
		case c < 0x20:
			return "", p.unexpected()
		}
	}
	return "", p.unexpected()
}

func (p *parser) escaped(from int) (string, error) {
	var s strings.Builder
	s.WriteString(p.in[from:p.pos])
	for p.pos < len(p.in) {
		c := p.in[p.pos]
		switch {
		case c == '"':
			p.pos++
			return s.String(), p.b.Make(s.Len())
		case c < 0x20:
			return "", p.unexpected()
		case c != '\\':
			s.WriteByte(c)
			p.pos++
			continue
		}
		if p.pos++; p.pos >= len(p.in) {
			break
		}
		c = p.in[p.pos]
		p.pos++
		switch c {
		case '"', '\\', '/':
			s.WriteByte(c)
		case 'b':
			s.WriteByte('\b')
		case 'f':
			s.WriteByte('\f')
		case 'n':
			s.WriteByte('\n')
		case 'r':
			s.WriteByte('\r')
		case 't':
			s.WriteByte('\t')
		case 'u':
			r, ok := p.hex()
			if !ok {
				return "", p.unexpected()
			}
			if utf16.IsSurrogate(r) && strings.HasPrefix(p.in[p.pos:], `\u`) {
				p.pos += 2
				low, ok := p.hex()
				if !ok {
					return "", p.unexpected()
				}
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					r = pair
				} else {
					p.pos -= 6
				}
			}
			s.WriteRune(r)
		default:
			p.pos--
			return "", p.unexpected()
		}
	}
	return "", p.unexpected()
}

func (p *parser) hex() (rune, bool) {
	var r rune
	for range 4 {
		if p.pos >= len(p.in) {
			return 0, false
		}
		c := p.in[p.pos]
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
		p.pos++
	}
	return r, true
}
