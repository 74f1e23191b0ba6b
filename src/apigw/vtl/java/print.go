package java

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxPrintDepth is the nesting of collections at which printing, comparing or hashing one is an
// error. Java throws a StackOverflowError somewhere above a thousand.
const maxPrintDepth = 1000

// maxText is the maximum length of a string that is printed without a budget.
const maxText = 32 << 20

// String returns what v prints in a template: Java's toString. It is the empty string for null, and
// for a value that is nested too deeply or prints more than 32 MB.
func String(v Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return Printable(v)
	}
	text, err := Append(nil, nil, v)
	if err != nil {
		return ""
	}
	return Printable(string(text))
}

// Text is v's toString. ok is false if that is null, as for a block that is nested too deeply in
// itself.
func Text(budget *Budget, v Value) (text string, ok bool, err error) {
	switch v := v.(type) {
	case string:
		return v, true, nil
	case Block:
		return v.Text(budget)
	}
	b, err := Append(budget, nil, v)
	if err != nil {
		return "", false, err
	}
	return string(b), true, nil
}

// Append appends what v prints.
func Append(budget *Budget, dst []byte, v Value) ([]byte, error) {
	if b, ok := appendScalar(dst, v); ok {
		return b, budget.Read(len(b) - len(dst))
	}
	p := newPrinter(budget, dst)
	p.value(v)
	if p.err == nil {
		p.err = budget.Make(len(p.buf) - len(dst))
	}
	return p.buf, p.err
}

func newPrinter(budget *Budget, dst []byte) printer {
	most := maxText
	if budget != nil {
		most = budget.MaxSize()
	}
	return printer{budget: budget, buf: dst, max: most, start: len(dst)}
}

// A printer appends values as text.
type printer struct {
	budget *Budget // nil outside a rendering
	buf    []byte
	start  int // of what is printed in buf
	max    int // maximum number of bytes
	depth  int
	smart  bool // in JSON, of a list that prints itself, as json-smart's does
	cut    bool // only the beginning of a long string is printed
	err    error
}

func (p *printer) value(v Value) {
	if b, ok := appendScalar(p.buf, v); ok {
		p.buf = b
		p.checkSize()
		return
	}
	switch v := v.(type) {
	case *List:
		if v.json {
			smart := p.smart
			p.smart = true
			p.json(v)
			p.smart = smart
			return
		}
		p.collection(v, func(yield func(Value) bool) {
			for _, item := range v.items {
				if !yield(item) {
					return
				}
			}
		})
	case *Map:
		if v.opaque || !p.enter() {
			return
		}
		p.mapEntries(v)
		p.depth--
	case *Array:
		p.buf = append(p.buf, identity(v)...)
	case *view:
		if v.stale() {
			p.err = errConcurrentModification
			return
		}
		p.collection(v, v.Iterate())
	case *entry: // its value may be the entry itself
		if !p.enter() {
			return
		}
		p.value(v.key)
		p.buf = append(p.buf, '=')
		p.value(v.get())
		p.depth--
	case Block:
		text, ok, err := v.Text(p.budget)
		switch {
		case err != nil && p.err == nil:
			p.err = err
		case ok:
			p.buf = append(p.buf, text...)
		default:
			p.buf = append(p.buf, "null"...)
		}
	case Object:
		p.buf = append(p.buf, v.String()...)
	default:
		if p.err == nil {
			p.err = fmt.Errorf("a Go value of type %T cannot be printed: the host must provide a type that java.Value lists", v)
		}
	}
	p.checkSize()
}

// appendScalar appends a value that is neither a collection nor an object.
func appendScalar(dst []byte, v Value) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), true
	case string:
		return append(dst, v...), true
	case bool:
		return strconv.AppendBool(dst, v), true
	case int32:
		return strconv.AppendInt(dst, int64(v), 10), true
	case int64:
		return strconv.AppendInt(dst, v, 10), true
	case float64:
		return appendDouble(dst, v), true
	case *big.Int:
		return v.Append(dst, 10), true
	case *Decimal:
		return append(dst, v.String()...), true
	case Char:
		return AppendUnit(dst, rune(v)), true
	}
	return dst, false
}

func (p *printer) checkSize() {
	if n := len(p.buf) - p.start; n > p.max && p.err == nil {
		if p.err = p.budget.Make(n); p.err == nil {
			p.err = errTooLong
		}
	}
}

var errTooLong = errors.New("a string of more than 32 MB")

func (p *printer) enter() bool {
	if p.depth++; p.depth > maxPrintDepth && p.err == nil {
		p.err = Throw("java.lang.StackOverflowError", "collections are nested too deeply to print")
	}
	if p.err != nil {
		p.depth--
		return false
	}
	return true
}

func (p *printer) collection(self Value, items func(func(Value) bool)) {
	if !p.enter() {
		return
	}
	p.buf = append(p.buf, '[')
	first := true
	for item := range items {
		if !first {
			p.buf = append(p.buf, ", "...)
		}
		first = false
		if item == self {
			p.buf = append(p.buf, "(this Collection)"...)
		} else if p.value(item); p.err != nil {
			break
		}
	}
	p.buf = append(p.buf, ']')
	p.depth--
}

func (p *printer) mapEntries(m *Map) {
	p.buf = append(p.buf, '{')
	first := true
	for k, v := range m.All() {
		if !first {
			p.buf = append(p.buf, ", "...)
		}
		first = false
		if k == Value(m) {
			p.buf = append(p.buf, "(this Map)"...)
		} else {
			p.value(k)
		}
		p.buf = append(p.buf, '=')
		if v == Value(m) {
			p.buf = append(p.buf, "(this Map)"...)
		} else {
			p.value(v)
		}
		if p.err != nil {
			break
		}
	}
	p.buf = append(p.buf, '}')
}

// json prints a value as compact JSON text.
func (p *printer) json(v Value) {
	if p.err != nil {
		return
	}
	switch v := v.(type) {
	case nil:
		p.buf = append(p.buf, "null"...)
	case string:
		p.jsonString(v)
	case bool, int32, int64, *big.Int, *Decimal:
		p.value(v)
	case float64:
		if v-v != 0 && !(p.smart && v != v) { // json-smart prints NaN
			p.buf = append(p.buf, "null"...)
			return
		}
		p.buf = appendDouble(p.buf, v)
	case *List:
		if !p.enter() {
			return
		}
		p.jsonArray(v.items)
		p.depth--
	case *Array:
		if !p.enter() {
			return
		}
		p.jsonArray(v.items)
		p.depth--
	case *Map:
		if !p.enter() {
			return
		}
		p.buf = append(p.buf, '{')
		first := true
		for k, e := range v.All() {
			if !first {
				p.buf = append(p.buf, ',')
			}
			first = false
			key, ok := k.(string)
			if !ok {
				key = p.text(k)
			}
			p.jsonString(key)
			p.buf = append(p.buf, ':')
			if p.json(e); p.err != nil {
				break
			}
		}
		p.buf = append(p.buf, '}')
		p.depth--
	default:
		p.jsonString(p.text(v))
	}
	p.checkSize()
}

// text is what a value without its own JSON form prints.
func (p *printer) text(v Value) string {
	if !p.cut {
		return textOf(v)
	}
	inner := newPrinter(nil, nil)
	inner.max, inner.cut = p.max, true
	inner.value(v)
	return string(inner.buf)
}

func (p *printer) jsonString(s string) {
	if p.cut && len(s) > p.max {
		s = s[:p.max]
	}
	if p.smart {
		p.buf = appendSmartString(p.buf, s)
	} else {
		p.buf = appendJSONString(p.buf, s)
	}
}

// appendSmartString writes a string as json-smart's JSONArray.toString does: slashes, and the
// characters U+007F to U+009F and U+2000 to U+20FF, which include typographic quotes, dashes and
// the euro sign, are escaped. Half of a surrogate pair is unchanged.
func appendSmartString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		r, size := DecodeUnit(s[i:])
		short := strings.IndexByte("\b\f\n\r\t", byte(r))
		switch {
		case r == '"' || r == '\\' || r == '/':
			dst = append(dst, '\\', byte(r))
		case r < 0x20 && short >= 0:
			dst = append(dst, '\\', "bfnrt"[short])
		case r < 0x20 || r >= 0x7F && r <= 0x9F || r >= 0x2000 && r <= 0x20FF:
			dst = append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		default:
			dst = append(dst, s[i:i+size]...)
		}
		i += size
	}
	return append(dst, '"')
}

func (p *printer) jsonArray(items []Value) {
	p.buf = append(p.buf, '[')
	for i, item := range items {
		if i > 0 {
			p.buf = append(p.buf, ',')
		}
		if p.json(item); p.err != nil {
			break
		}
	}
	p.buf = append(p.buf, ']')
}

// textOf is toString outside a rendering.
func textOf(v Value) string {
	if v == nil {
		return "null"
	}
	return String(v)
}

const hexDigits = "0123456789ABCDEF"

func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				if _, half := DecodeUnit(s[i:]); half == 3 {
					i += half
					continue
				}
				dst = append(append(dst, s[start:i]...), "\ufffd"...)
				i++
				start = i
				continue
			}
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
