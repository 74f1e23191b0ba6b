package jsonschema

import (
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// Kind is the type of a JSON value. A number with a fraction or an exponent is a Number, even if it
// is whole: 1.0 is not an integer.
type Kind uint8

// The kinds, in the order in which messages list them.
const (
	Array Kind = iota
	Boolean
	Integer
	Null
	Number
	Object
	String
)

var kindNames = [...]string{"array", "boolean", "integer", "null", "number", "object", "string"}

func (k Kind) String() string { return kindNames[k] }

func kindOf(name string) (Kind, bool) {
	i := slices.Index(kindNames[:], name)
	return Kind(max(i, 0)), i >= 0
}

// Value is a JSON value. Objects keep the order of their members; a name given twice keeps its
// first place and its last value.
type Value struct {
	kind   Kind
	truth  bool
	text   string
	number decimal
	items  []*Value // of an array, or the values of an object's members
	names  []string
	index  map[string]int // of names, if there are many
}

// NewNull returns null.
func NewNull() *Value { return &Value{kind: Null} }

// NewBoolean returns true or false.
func NewBoolean(b bool) *Value { return &Value{kind: Boolean, truth: b} }

// NewString returns a string.
func NewString(s string) *Value { return &Value{kind: String, text: s} }

// NewArray returns an array of the items, which it keeps.
func NewArray(items []*Value) *Value { return &Value{kind: Array, items: items} }

// NewObject returns an object without members.
func NewObject() *Value { return &Value{kind: Object} }

// ParseNumber reads a number as JSON writes it.
func ParseNumber(text string) (*Value, error) {
	d, err := parseDecimal(text)
	if err != nil {
		return nil, err
	}
	v := &Value{kind: Integer, number: d}
	if strings.ContainsAny(text, ".eE") {
		v.kind = Number
	}
	return v, nil
}

// indexedFrom is the number of members from which an object keeps an index of their names.
const indexedFrom = 9

// Set sets a member of an object.
func (v *Value) Set(name string, value *Value) {
	if i := v.find(name); i >= 0 {
		v.items[i] = value
		return
	}
	v.names = append(v.names, name)
	v.items = append(v.items, value)
	switch {
	case v.index != nil:
		v.index[name] = len(v.names) - 1
	case len(v.names) == indexedFrom:
		v.index = make(map[string]int, 2*indexedFrom)
		for i, n := range v.names {
			v.index[n] = i
		}
	}
}

func (v *Value) find(name string) int {
	if v.index != nil {
		if i, ok := v.index[name]; ok {
			return i
		}
		return -1
	}
	return slices.Index(v.names, name)
}

// Get returns a member of an object, nil if there is none or v is not an object.
func (v *Value) Get(name string) *Value {
	if v == nil || v.kind != Object {
		return nil
	}
	if i := v.find(name); i >= 0 {
		return v.items[i]
	}
	return nil
}

// at follows the tokens of a JSON Pointer.
func (v *Value) at(tokens []string) *Value {
	for _, token := range tokens {
		switch v.kind {
		case Object:
			if v = v.Get(token); v == nil {
				return nil
			}
		case Array:
			i, ok := arrayIndex(token)
			if !ok || i >= len(v.items) {
				return nil
			}
			v = v.items[i]
		default:
			return nil
		}
	}
	return v
}

func arrayIndex(token string) (int, bool) {
	if token == "" || len(token) > 9 || len(token) > 1 && token[0] == '0' {
		return 0, false
	}
	n := 0
	for _, c := range []byte(token) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// equal compares as draft 4 does: numbers by value, objects whatever the order.
func (v *Value) equal(w *Value) bool {
	if isNumeric(v) && isNumeric(w) {
		return v.number.cmp(w.number) == 0
	}
	if v.kind != w.kind || len(v.items) != len(w.items) {
		return false
	}
	switch v.kind {
	case Boolean:
		return v.truth == w.truth
	case String:
		return v.text == w.text
	case Array:
		for i, item := range v.items {
			if !item.equal(w.items[i]) {
				return false
			}
		}
	case Object:
		for i, name := range v.names {
			if other := w.Get(name); other == nil || !v.items[i].equal(other) {
				return false
			}
		}
	}
	return true
}

func isNumeric(v *Value) bool { return v.kind == Integer || v.kind == Number }

// size is the number of values in a value, including itself.
func (v *Value) size() int {
	n := 1 + len(v.text)/16
	for _, item := range v.items {
		n += item.size()
	}
	return n
}

// hash is the validator's own of a value. That of an object depends on the order of its members, so
// two equal objects can have different hashes and then do not count as duplicates.
func (v *Value) hash() int32 {
	switch v.kind {
	case Integer, Number:
		return v.number.hash()
	case String:
		return java.StringHash(v.text)
	case Boolean:
		if v.truth {
			return 3
		}
		return 1
	case Null:
		return 4
	}
	h := int32(0)
	for i, item := range v.items {
		if v.kind == Object {
			h = 31*h + (java.StringHash(v.names[i]) ^ item.hash())
		} else {
			h = 31*h + item.hash()
		}
	}
	return h
}

// compareNames orders strings as Java does.
func compareNames(a, b string) int { return int(java.CompareStrings(a, b)) }

// appendJSON writes the value as messages show it: compact, members in their order.
func (v *Value) appendJSON(b []byte) []byte {
	switch v.kind {
	case Null:
		return append(b, "null"...)
	case Boolean:
		if v.truth {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case Integer, Number:
		return append(b, v.numberText()...)
	case String:
		return appendQuoted(b, v.text)
	case Array:
		b = append(b, '[')
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendJSON(b)
		}
		return append(b, ']')
	}
	b = append(b, '{')
	for i, item := range v.items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, v.names[i]), ':')
		b = item.appendJSON(b)
	}
	return append(b, '}')
}

func (v *Value) numberText() string {
	if v.kind == Integer {
		return v.number.plain()
	}
	return v.number.String()
}

func appendQuoted(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, `\b`...)
		case '\f':
			b = append(b, `\f`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			if c < 0x20 {
				b = append(b, `\u00`...)
				b = append(b, hex[c>>4], hex[c&15])
			} else {
				b = append(b, c)
			}
		}
	}
	return append(b, '"')
}

// quotedList is a list of strings as messages show it.
func quotedList(list []string) string {
	b := []byte{'['}
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, s)
	}
	return string(append(b, ']'))
}
