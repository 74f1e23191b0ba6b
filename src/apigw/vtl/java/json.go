package java

import (
	"bytes"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxJSONDepth is the nesting of arrays and objects that DecodeJSON accepts and AppendJSON writes.
const MaxJSONDepth = maxPrintDepth

// AppendJSON appends v as compact JSON text, keys in order. A NaN or infinite double is written as
// null, and so is all of v if it is nested deeper than MaxJSONDepth (for example because it
// contains itself) or its text is longer than 32 MB. Half of a surrogate pair is a question mark.
func AppendJSON(dst []byte, v Value) []byte {
	b := appendJSON(dst, v)
	if text := b[len(dst):]; bytes.IndexByte(text, 0xED) >= 0 {
		b = append(dst, Printable(string(text))...)
	}
	return b
}

// JSON is the same text as a Java string, with the halves of surrogate pairs in it.
func JSON(v Value) string { return string(appendJSON(nil, v)) }

func appendJSON(dst []byte, v Value) []byte {
	p := newPrinter(nil, dst)
	p.json(v)
	if p.err != nil {
		return append(dst, "null"...)
	}
	return p.buf
}

// JSONStart returns the beginning of v's JSON text without producing much more of it: all of it
// if it has at most max bytes, otherwise at least that many. It returns null wherever AppendJSON
// writes null because of the depth.
func JSONStart(v Value, max int) string {
	p := newPrinter(nil, nil)
	p.max, p.cut = max, true
	p.json(v)
	if p.err != nil && p.err != errTooLong {
		return "null"
	}
	return string(p.buf)
}

// A JSONError says what is wrong with JSON text, and where.
type JSONError struct {
	Offset int // in bytes, from 0
	Reason string
}

func (e *JSONError) Error() string { return fmt.Sprintf("JSON, byte %d: %s", e.Offset, e.Reason) }

// maxLongDigits is the maximum number of digits of an integer that becomes a Long. Jackson, which
// feeds the real Velocity in this project's tests, makes every longer one a BigInteger, including
// those of 19 digits that a long could hold.
const maxLongDigits = 18

// DecodeJSON decodes strict JSON into maps, plain lists, strings, booleans, null, Integer else Long
// (of up to 18 digits) else BigInteger, and Double. If keys are equal, the last wins. The error is
// a *JSONError.
func DecodeJSON(data []byte) (Value, error) {
	d := jsonDecoder{s: string(data)}
	d.space()
	v, err := d.value()
	if err != nil {
		return nil, err
	}
	d.space()
	if d.i < len(d.s) {
		return nil, d.errorf("unexpected %s after the value", d.here())
	}
	return v, nil
}

type jsonDecoder struct {
	s     string
	i     int
	depth int
}

func (d *jsonDecoder) errorf(format string, args ...any) error {
	return &JSONError{Offset: d.i, Reason: fmt.Sprintf(format, args...)}
}

func (d *jsonDecoder) here() string {
	if d.i >= len(d.s) {
		return "end of text"
	}
	r, _ := utf8.DecodeRuneInString(d.s[d.i:])
	return strconv.QuoteRune(r)
}

func (d *jsonDecoder) space() {
	for d.i < len(d.s) {
		switch d.s[d.i] {
		case ' ', '\t', '\n', '\r':
			d.i++
		default:
			return
		}
	}
}

func (d *jsonDecoder) value() (Value, error) {
	if d.i >= len(d.s) {
		return nil, d.errorf("a value is missing at the end of the text")
	}
	switch c := d.s[d.i]; {
	case c == '{':
		return d.object()
	case c == '[':
		return d.array()
	case c == '"':
		return d.string()
	case c == '-' || c >= '0' && c <= '9':
		return d.number()
	case strings.HasPrefix(d.s[d.i:], "true"):
		d.i += 4
		return true, nil
	case strings.HasPrefix(d.s[d.i:], "false"):
		d.i += 5
		return false, nil
	case strings.HasPrefix(d.s[d.i:], "null"):
		d.i += 4
		return nil, nil
	}
	return nil, d.errorf("unexpected %s where a value should start", d.here())
}

func (d *jsonDecoder) enter() error {
	if d.depth++; d.depth > MaxJSONDepth {
		return d.errorf("nested deeper than %d levels", MaxJSONDepth)
	}
	return nil
}

func (d *jsonDecoder) object() (Value, error) {
	if err := d.enter(); err != nil {
		return nil, err
	}
	d.i++
	m := NewMap(4)
	d.space()
	if d.i < len(d.s) && d.s[d.i] == '}' {
		d.i++
		d.depth--
		return m, nil
	}
	for {
		d.space()
		if d.i >= len(d.s) || d.s[d.i] != '"' {
			return nil, d.errorf("unexpected %s where a key in double quotes should be", d.here())
		}
		key, err := d.string()
		if err != nil {
			return nil, err
		}
		d.space()
		if d.i >= len(d.s) || d.s[d.i] != ':' {
			return nil, d.errorf("unexpected %s where ':' should follow a key", d.here())
		}
		d.i++
		d.space()
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		m.Put(key, v)
		d.space()
		switch {
		case d.i < len(d.s) && d.s[d.i] == ',':
			d.i++
		case d.i < len(d.s) && d.s[d.i] == '}':
			d.i++
			d.depth--
			return m, nil
		default:
			return nil, d.errorf("unexpected %s where ',' or '}' should be", d.here())
		}
	}
}

func (d *jsonDecoder) array() (Value, error) {
	if err := d.enter(); err != nil {
		return nil, err
	}
	d.i++
	l := NewList()
	d.space()
	if d.i < len(d.s) && d.s[d.i] == ']' {
		d.i++
		d.depth--
		return l, nil
	}
	for {
		d.space()
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		l.items = append(l.items, v)
		d.space()
		switch {
		case d.i < len(d.s) && d.s[d.i] == ',':
			d.i++
		case d.i < len(d.s) && d.s[d.i] == ']':
			d.i++
			d.depth--
			return l, nil
		default:
			return nil, d.errorf("unexpected %s where ',' or ']' should be", d.here())
		}
	}
}

func (d *jsonDecoder) number() (Value, error) {
	start := d.i
	digits := func() bool {
		from := d.i
		for d.i < len(d.s) && d.s[d.i] >= '0' && d.s[d.i] <= '9' {
			d.i++
		}
		return d.i > from
	}
	if d.s[d.i] == '-' {
		d.i++
	}
	if d.i < len(d.s) && d.s[d.i] == '0' {
		d.i++
		if d.i < len(d.s) && d.s[d.i] >= '0' && d.s[d.i] <= '9' {
			return nil, d.errorf("a number does not start with 0")
		}
	} else if !digits() {
		return nil, d.errorf("unexpected %s in a number", d.here())
	}
	integral := true
	if d.i < len(d.s) && d.s[d.i] == '.' {
		integral = false
		d.i++
		if !digits() {
			return nil, d.errorf("unexpected %s after the decimal point of a number", d.here())
		}
	}
	if d.i < len(d.s) && (d.s[d.i] == 'e' || d.s[d.i] == 'E') {
		integral = false
		d.i++
		if d.i < len(d.s) && (d.s[d.i] == '+' || d.s[d.i] == '-') {
			d.i++
		}
		if !digits() {
			return nil, d.errorf("unexpected %s in the exponent of a number", d.here())
		}
	}
	text := d.s[start:d.i]
	if integral && len(text) > MaxDigits {
		return nil, d.errorf("an integer of more than %d digits", MaxDigits)
	}
	if !integral {
		f, _ := strconv.ParseFloat(text, 64) // out of range is infinite, as in Java
		return f, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && len(strings.TrimPrefix(text, "-")) <= maxLongDigits {
		if n == int64(int32(n)) {
			return Int(int32(n)), nil
		}
		return n, nil
	}
	b, _ := new(big.Int).SetString(text, 10)
	return b, nil
}

func (d *jsonDecoder) string() (string, error) {
	d.i++
	start := d.i
	for d.i < len(d.s) {
		switch c := d.s[d.i]; {
		case c == '"':
			s := d.s[start:d.i]
			d.i++
			return ValidText(s), nil
		case c == '\\':
			return d.escapedString(start)
		case c < 0x20:
			return "", d.errorf("a control character in a string must be escaped")
		}
		d.i++
	}
	return "", d.errorf("a string is not closed")
}

func (d *jsonDecoder) escapedString(start int) (string, error) {
	b := append(make([]byte, 0, len(d.s[start:d.i])+32), d.s[start:d.i]...)
	for d.i < len(d.s) {
		c := d.s[d.i]
		switch {
		case c == '"':
			d.i++
			return ValidText(string(b)), nil
		case c < 0x20:
			return "", d.errorf("a control character in a string must be escaped")
		case c != '\\':
			b = append(b, c)
			d.i++
			continue
		}
		d.i++
		if d.i >= len(d.s) {
			break
		}
		switch e := d.s[d.i]; e {
		case '"', '\\', '/':
			b = append(b, e)
		case 'n':
			b = append(b, '\n')
		case 't':
			b = append(b, '\t')
		case 'r':
			b = append(b, '\r')
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'u':
			r, ok := d.hex4(d.i + 1)
			if !ok {
				return "", d.errorf(`\u must be followed by four hexadecimal digits`)
			}
			d.i += 4
			if utf16.IsSurrogate(r) {
				if strings.HasPrefix(d.s[d.i+1:], `\u`) {
					if low, ok := d.hex4(d.i + 3); ok {
						if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
							d.i += 6
							r = pair
						}
					}
				}
				if utf16.IsSurrogate(r) {
					r = utf8.RuneError
				}
			}
			b = utf8.AppendRune(b, r)
		default:
			return "", d.errorf("unknown escape %s in a string", d.here())
		}
		d.i++
	}
	return "", d.errorf("a string is not closed")
}

func (d *jsonDecoder) hex4(i int) (rune, bool) {
	if i+4 > len(d.s) {
		return 0, false
	}
	n, err := strconv.ParseUint(d.s[i:i+4], 16, 16)
	return rune(n), err == nil
}
