// Package jsonsmart reads JSON text as permissively as API Gateway does.
//
// API Gateway's results for $input.path, $input.json and MOCK request templates are those of
// json-smart's parser in its permissive mode, so this package accepts what that parser accepts:
// unquoted keys and values, single quotes, useless commas, leading zeros, control characters inside
// strings, and anything after the end of the document. Objects keep the order of their keys; if a
// key is given twice, the last value wins, in the position of the first.
//
// The values are those of package vtl: *java.Map, JSON arrays (java.NewJSONArray), string, bool,
// nil, and numbers as int32, int64, *big.Int, float64, or *java.Decimal where a number with a point
// or exponent has more than 18 characters.
package jsonsmart

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// MaxDepth is the maximum nesting of arrays and objects. The service has no documented limit; this
// one keeps hostile bodies from exhausting the stack, and is what package vtl can write back.
const MaxDepth = java.MaxJSONDepth

// MaxDigits is how many characters a number may have, and how far the exponent of one that keeps
// all its digits may be from zero, because the time of arithmetic grows faster than these.
const MaxDigits = java.MaxDecimal

// A SyntaxError says where and why text is not JSON even to a permissive reader.
type SyntaxError struct {
	Offset  int    // of the byte at fault, 0-based
	Message string // what was found there
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at position %d", e.Message, e.Offset)
}

// Parse reads one JSON value from the start of text. What follows the value is ignored. The error
// is a *SyntaxError, or that of the budget, which pays for the values and the steps to read them.
func Parse(budget *budget.Budget, text string) (java.Value, error) {
	p := parser{in: text, budget: budget}
	return p.value(stopNowhere)
}

// end marks the end of the text; json-smart treats a SUBSTITUTE character as the end too.
const end = 0x1A

// stops are the bytes that end an unquoted word, which depend on its context.
type stops uint8

const (
	stopNowhere stops = iota
	stopKey
	stopValue
	stopArray
)

func (s stops) has(c byte) bool {
	switch s {
	case stopKey:
		return c == ':'
	case stopValue:
		return c == ',' || c == '}'
	case stopArray:
		return c == ',' || c == ']'
	}
	return false
}

type parser struct {
	in     string
	pos    int
	depth  int
	budget *budget.Budget
}

func (p *parser) cur() byte {
	if p.pos >= len(p.in) {
		return end
	}
	return p.in[p.pos]
}

func (p *parser) unexpected() error {
	if p.cur() == end {
		return &SyntaxError{min(p.pos, len(p.in)), "unexpected end of the text"}
	}
	r, _ := utf8.DecodeRuneInString(p.in[p.pos:])
	return &SyntaxError{p.pos, fmt.Sprintf("unexpected character %q", r)}
}

func (p *parser) skipSpace() {
	for p.pos < len(p.in) && p.in[p.pos] <= ' ' && p.in[p.pos] != end {
		p.pos++
	}
}

// valueSize is the approximate memory of a value in addition to its text.
const valueSize = 48

func (p *parser) value(stop stops) (java.Value, error) {
	v, err := p.read(stop)
	if err != nil {
		return nil, err
	}
	text, _ := v.(string)
	return v, p.budget.Make(valueSize + len(text))
}

func (p *parser) read(stop stops) (java.Value, error) {
	for {
		switch c := p.cur(); c {
		case ' ', '\r', '\n', '\t':
			p.pos++
		case ':', '}', ']':
			return nil, p.unexpected()
		case '{':
			return p.object()
		case '[':
			return p.array()
		case '"', '\'':
			return p.quoted()
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-':
			return p.number(stop)
		case end:
			if stop == stopNowhere { // json-smart reads an empty document as an empty word
				return "", nil
			}
			return nil, p.unexpected()
		default:
			w := p.word(stop)
			if w == "" || w[0] != c { // white space before a constant makes it a word
				return w, nil
			}
			switch w {
			case "null":
				return nil, nil
			case "true":
				return true, nil
			case "false":
				return false, nil
			case "NaN":
				return math.NaN(), nil
			}
			return w, nil
		}
	}
}

// word reads unquoted text up to a stop byte.
func (p *parser) word(stop stops) string {
	from := p.pos
	p.skipWord(stop)
	return trim(p.in[from:p.pos])
}

// trim removes what Character.isWhitespace reports, except for the very last character: NBSP stays,
// and so does the first character of text that is all white space.
func trim(s string) string {
	for {
		r, size := utf8.DecodeRuneInString(s)
		if len(s) == size || !isBlank(r) {
			break
		}
		s = s[size:]
	}
	for {
		r, size := utf8.DecodeLastRuneInString(s)
		if len(s) == size || !isBlank(r) {
			return s
		}
		s = s[:len(s)-size]
	}
}

// isBlank is Character.isWhitespace.
func isBlank(r rune) bool {
	switch {
	case r >= '\t' && r <= '\r', r >= 0x1C && r <= 0x1F:
		return true
	case r == 0xA0 || r == 0x2007 || r == 0x202F:
		return false
	}
	return unicode.Is(unicode.Z, r)
}

func (p *parser) skipWord(stop stops) {
	for p.cur() != end && !stop.has(p.in[p.pos]) {
		p.pos++
	}
}

// controls are the characters that Double.parseDouble ignores at the end of a number.
const controls = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f "

func (p *parser) digits() {
	for p.pos < len(p.in) && p.in[p.pos] >= '0' && p.in[p.pos] <= '9' {
		p.pos++
	}
}

// number reads a number, or an unquoted word that looks like one at first.
func (p *parser) number(stop stops) (java.Value, error) {
	from := p.pos
	p.pos++
	p.digits()
	float := false
	if p.cur() == '.' {
		float = true
		p.pos++
		p.digits()
	}
	if c := p.cur(); c == 'e' || c == 'E' {
		float = true
		p.pos++
		if c := p.cur(); c == '+' || c == '-' || c >= '0' && c <= '9' {
			p.pos++
			p.digits()
		} else {
			p.skipWord(stop)
			return trim(p.in[from:p.pos]), nil
		}
	}
	p.skipSpace()
	// A character beyond '}' ends a number.
	if c := p.cur(); c != end && c <= '}' && !stop.has(c) {
		p.skipWord(stop)
		return trim(p.in[from:p.pos]), nil
	}
	text := trim(p.in[from:p.pos])
	if len(text) > MaxDigits {
		return nil, &SyntaxError{from, fmt.Sprintf("a number of more than %d characters", MaxDigits)}
	}
	if !float {
		n, ok := integer(text)
		if !ok {
			return nil, &SyntaxError{from, fmt.Sprintf("%q is not a number", text)}
		}
		return n, nil
	}
	if len(text) > 18 { // json-smart keeps all the digits of these
		d, ok := java.ParseDecimal(text)
		if !ok {
			return nil, &SyntaxError{from, fmt.Sprintf("%.40s is not a number with an exponent from -%d to %d", text, MaxDigits, MaxDigits)}
		}
		return d, nil
	}
	f, err := strconv.ParseFloat(strings.TrimRight(text, controls), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return nil, &SyntaxError{from, fmt.Sprintf("%s is not a number", text)}
	}
	return f, nil
}

// integer is a whole number as int32 or int64 if it fits. One of more than 19 characters is
// always a BigInteger. Control characters after the digits count, as in json-smart, as digits
// below zero, except in a BigInteger.
func integer(text string) (java.Value, bool) {
	digits, negative := strings.CutPrefix(text, "-")
	if len(digits) < 19 || len(digits) == 19 && fits(digits, negative) {
		var n int64
		for i := range len(digits) {
			n = n*10 + '0' - int64(digits[i])
		}
		if !negative {
			n = -n
		}
		if negative && n >= math.MinInt32 || !negative && n <= math.MaxInt32 {
			return int32(n), true
		}
		return n, true
	}
	n, ok := new(big.Int).SetString(text, 10)
	return n, ok
}

// fits reports whether 19 digits are a long.
func fits(digits string, negative bool) bool {
	var n int64
	for i := range 18 {
		n = n*10 + '0' - int64(digits[i])
	}
	const least = math.MinInt64 / 10
	return n > least || n == least && (digits[18] <= '7' || negative && digits[18] == '8')
}

func (p *parser) enter() error {
	if p.depth++; p.depth > MaxDepth {
		return &SyntaxError{p.pos, fmt.Sprintf("more than %d nested arrays and objects", MaxDepth)}
	}
	return nil
}

func (p *parser) array() (java.Value, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	list := java.NewJSONArray()
	p.pos++
	for {
		switch p.cur() {
		case ' ', '\r', '\n', '\t', ',':
			p.pos++
		case ']':
			p.pos++
			p.depth--
			return list, nil
		case ':', '}', end:
			return nil, p.unexpected()
		default:
			v, err := p.value(stopArray)
			if err != nil {
				return nil, err
			}
			list.Append(v)
		}
	}
}

func (p *parser) object() (java.Value, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	if err := p.budget.Make(java.MapSize); err != nil {
		return nil, err
	}
	m := java.NewMap(4)
	p.pos++
	for {
		switch c := p.cur(); c {
		case ' ', '\r', '\n', '\t', ',':
			p.pos++
			continue
		case ':', ']', '[', '{', end:
			return nil, p.unexpected()
		case '}':
			p.pos++
			p.depth--
			return m, nil
		case '"', '\'':
			key, err := p.quoted()
			if err != nil {
				return nil, err
			}
			if err := p.member(m, key); err != nil {
				return nil, err
			}
		default:
			if err := p.member(m, p.word(stopKey)); err != nil {
				return nil, err
			}
		}
		p.skipSpace()
		switch p.cur() {
		case '}':
			p.pos++
			p.depth--
			return m, nil
		case ',':
			p.pos++
		default:
			return nil, p.unexpected()
		}
	}
}

func (p *parser) member(m *java.Map, key java.Value) error {
	p.skipSpace()
	if p.cur() != ':' {
		return p.unexpected()
	}
	p.pos++
	v, err := p.value(stopValue)
	if err != nil {
		return err
	}
	m.Put(key, v)
	return nil
}

// quoted reads a string. Control characters stay if the string has no escape and are dropped if it
// has one: json-smart has two ways of reading it.
func (p *parser) quoted() (java.Value, error) {
	quote := p.in[p.pos]
	n := strings.IndexByte(p.in[p.pos+1:], quote)
	if n < 0 {
		return nil, &SyntaxError{len(p.in), "unexpected end of the text inside a string"}
	}
	if s := p.in[p.pos+1 : p.pos+1+n]; strings.IndexByte(s, '\\') < 0 {
		p.pos += n + 2
		return s, nil
	}
	p.pos++
	var b strings.Builder
	for p.pos < len(p.in) {
		c := p.in[p.pos]
		switch {
		case c == end:
			return nil, p.unexpected()
		case c == quote:
			p.pos++
			return java.JoinHalves(b.String()), nil
		case c == '\\':
			p.pos++
			if err := p.escape(&b); err != nil {
				return nil, err
			}
		case c < ' ' || c == 0x7F:
			p.pos++
		default:
			b.WriteByte(c)
			p.pos++
		}
	}
	return nil, p.unexpected()
}

// escape reads what follows a backslash. An unknown escape is dropped.
func (p *parser) escape(b *strings.Builder) error {
	if p.pos >= len(p.in) {
		return p.unexpected()
	}
	c := p.in[p.pos]
	p.pos++
	switch c {
	case 't':
		b.WriteByte('\t')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 'f':
		b.WriteByte('\f')
	case 'b':
		b.WriteByte('\b')
	case '\\', '/', '\'', '"':
		b.WriteByte(c)
	case 'x':
		r, err := p.hex(2)
		if err != nil {
			return err
		}
		b.WriteRune(r)
	case 'u':
		r, err := p.hex(4)
		if err != nil {
			return err
		}
		b.Write(java.AppendUnit(nil, r)) // halves of surrogate pairs are joined when the string is done
	default:
		r, size := java.DecodeUnit(p.in[p.pos-1:])
		p.pos += size - 1
		if _, low := utf16.EncodeRune(r); r > 0xFFFF { // half of it is dropped
			b.Write(java.AppendUnit(nil, low))
		}
	}
	return nil
}

func (p *parser) hex(digits int) (rune, error) {
	var r rune
	for range digits {
		c := p.cur()
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, p.unexpected()
		}
		p.pos++
	}
	return r, nil
}
