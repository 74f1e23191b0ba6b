package vtl

import (
	"fmt"
	"math/big"
	"strconv"
	"unicode/utf8"
)

// maxPrintDepth is the nesting of collections at which printing, comparing or hashing one is an error. Java ends with a
// StackOverflowError somewhere above a thousand.
const maxPrintDepth = 1000

// String answers what v prints in a template: Java's toString. It is the empty string for null, and for a value that is nested
// too deep or too large to print (DefaultOutputBytes).
func String(v Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return printable(v)
	}
	p := printer{max: DefaultOutputBytes}
	p.value(v)
	if p.err != nil {
		return ""
	}
	return printable(string(p.buf))
}

// A printer appends values as text.
type printer struct {
	st    *state // for blocks, which render themselves; nil outside of a rendering
	buf   []byte
	max   int // length of buf at which to give up, -1 for none
	depth int
	err   error
}

func (p *printer) value(v Value) {
	switch v := v.(type) {
	case nil:
		p.buf = append(p.buf, "null"...)
	case string:
		p.buf = append(p.buf, v...)
	case bool:
		p.buf = strconv.AppendBool(p.buf, v)
	case int32:
		p.buf = strconv.AppendInt(p.buf, int64(v), 10)
	case int64:
		p.buf = strconv.AppendInt(p.buf, v, 10)
	case float64:
		p.buf = appendDouble(p.buf, v)
	case *big.Int:
		p.buf = v.Append(p.buf, 10)
	case *Decimal:
		p.buf = append(p.buf, v.String()...)
	case Char:
		p.buf = appendUnitRune(p.buf, rune(v))
	case *List:
		if v.json {
			p.json(v)
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
	case *block:
		if p.st != nil {
			p.st.printBlock(p, v)
		}
	case Object:
		p.buf = append(p.buf, v.String()...)
	default:
		if p.err == nil {
			p.err = fmt.Errorf("a Go value of type %T cannot be printed: the host must give a type that vtl.Value lists", v)
		}
	}
	if p.max >= 0 && len(p.buf) > p.max && p.err == nil {
		p.err = errOutputSize
	}
}

func (p *printer) enter() bool {
	if p.depth++; p.depth > maxPrintDepth && p.err == nil {
		p.err = javaError("java.lang.StackOverflowError", "collections are nested too deep to print")
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
		p.buf = appendJSONString(p.buf, v)
	case bool, int32, int64, *big.Int, *Decimal:
		p.value(v)
	case float64:
		if v != v || v-v != 0 {
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
				key = textOf(k)
			}
			p.buf = appendJSONString(p.buf, key)
			p.buf = append(p.buf, ':')
			if p.json(e); p.err != nil {
				break
			}
		}
		p.buf = append(p.buf, '}')
		p.depth--
	default:
		p.buf = appendJSONString(p.buf, textOf(v))
	}
	if p.max >= 0 && len(p.buf) > p.max && p.err == nil {
		p.err = errOutputSize
	}
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

// textOf is toString where no rendering is under way.
func textOf(v Value) string {
	if v == nil {
		return "null"
	}
	return String(v)
}

const hexDigits = "0123456789abcdef"

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
				dst = append(dst, s[start:i]...)
				u, n := decodeUnit(s[i:])
				if n == 3 {
					dst = append(dst, '\\', 'u', hexDigits[u>>12&15], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
				} else {
					n = 1
					dst = append(dst, "\ufffd"...)
				}
				i += n
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
