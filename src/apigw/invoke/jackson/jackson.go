// Package jackson finds the first mistake in a payload of Lambda's Invoke API and words it as
// Jackson does, the JSON parser behind that API. API Gateway relays that text to its client if a
// mapping template renders something that is not JSON. testdata holds Jackson's own messages.
package jackson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Prefix is what Lambda puts before Jackson's complaint.
const Prefix = "Could not parse request body into json: Could not parse payload into json: "

// Complaint returns Jackson's complaint about a payload that is not one JSON value, with its
// position. It is empty for valid JSON, and for nothing but white space. A second value after the
// first is refused in Jackson's words for it; whether Lambda does the same is not documented.
func Complaint(payload []byte) string {
	text := bytes.TrimPrefix(payload, []byte("\ufeff")) // Jackson accepts a byte order mark
	if json.Valid(text) && utf8.Valid(text) {
		return ""
	}
	p := parser{data: payload, pos: len(payload) - len(text), line: 1, token: "null"}
	p.root()
	if p.problem == "" && len(bytes.Trim(text, " \t\r\n")) > 0 {
		// Something that this parser accepts but that is not JSON: still refused.
		p.fail(p.pos, "Unexpected content")
	}
	return p.problem
}

// maxNesting is Jackson's StreamReadConstraints.DEFAULT_MAX_DEPTH.
const maxNesting = 1000

// parser follows Jackson's UTF8StreamJsonParser. It runs only for invalid documents. Each kind of
// mistake counts the column in its own way.
type parser struct {
	data      []byte
	pos       int
	line      int
	lineStart int
	scopes    []scope
	token     string // Jackson's name of the token before
	problem   string
}

// scope is an open object or array.
type scope struct {
	kind  string // "Object" or "Array"
	place string
}

const valueList = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

// fail records the first problem with its position: the column is that of the byte at offset.
func (p *parser) fail(offset int, format string, args ...any) {
	if p.problem == "" {
		p.problem = fmt.Sprintf(format, args...) + "\n at " + p.source(offset)
	}
}

func (p *parser) source(offset int) string {
	return fmt.Sprintf("[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d]", p.line, offset-p.lineStart+1)
}

// unexpected is Jackson's complaint about the byte at the position.
func (p *parser) unexpected(wanted string) {
	p.fail(p.pos, "Unexpected character (%s): %s", describe(rune(p.data[p.pos])), wanted)
}

// describe writes a character as Jackson's ParserMinimalBase._getCharDesc does.
func describe(r rune) string {
	switch {
	case unicode.IsControl(r):
		return fmt.Sprintf("(CTRL-CHAR, code %d)", r)
	case r > 255:
		return fmt.Sprintf("'%c' (code %d / 0x%x)", r, r, r)
	}
	return fmt.Sprintf("'%c' (code %d)", r, r)
}

// space skips white space. It returns false at the end and after a problem.
func (p *parser) space() bool {
	for ; p.problem == "" && p.pos < len(p.data); p.pos++ {
		switch c := p.data[p.pos]; {
		case c == '\n':
			p.line++
			p.lineStart = p.pos + 1
		case c == ' ' || c == '\t' || c == '\r':
		case c < ' ':
			p.fail(p.pos+1, "Illegal character (%s): only regular white space (\\r, \\n, \\t) is allowed between tokens", describe(rune(c)))
		case c == '/':
			p.unexpected("maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)")
		default:
			return true
		}
	}
	return false
}

// root scans the whole document.
func (p *parser) root() {
	if !p.space() || p.mismatched() {
		return
	}
	p.value()
	if !p.space() || p.mismatched() {
		return
	}
	begin, line, lineStart := p.pos, p.line, p.lineStart
	kind := tokenKind(p.data[begin])
	if p.data[begin] == '{' || p.data[begin] == '[' {
		p.pos++ // the token is only the bracket
	} else if p.data[begin] != '"' { // and a string is not read to its end
		p.value()
	}
	p.line, p.lineStart = line, lineStart
	p.fail(begin, "Trailing token (of type %s) found after value (bound as `com.fasterxml.jackson.databind.JsonNode`): "+
		"not allowed as per `DeserializationFeature.FAIL_ON_TRAILING_TOKENS`", kind)
}

// tokenKind is Jackson's name of the token that begins with a byte.
func tokenKind(c byte) string {
	switch c {
	case '{':
		return "START_OBJECT"
	case '[':
		return "START_ARRAY"
	case '}':
		return "END_OBJECT"
	case ']':
		return "END_ARRAY"
	case '"':
		return "VALUE_STRING"
	case 't':
		return "VALUE_TRUE"
	case 'f':
		return "VALUE_FALSE"
	case 'n':
		return "VALUE_NULL"
	}
	return "VALUE_NUMBER_INT"
}

// mismatched complains about a closing bracket that closes nothing, or something else.
func (p *parser) mismatched() bool {
	c := p.data[p.pos]
	if c != '}' && c != ']' {
		return false
	}
	other := map[byte]byte{'}': ']', ']': '}'}[c]
	if len(p.scopes) == 0 {
		p.fail(p.pos, "Unexpected close marker '%c': expected '%c' (for root starting at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1])", c, other)
		return true
	}
	in := p.scopes[len(p.scopes)-1]
	if (in.kind == "Object") == (c == '}') {
		return false
	}
	p.fail(p.pos, "Unexpected close marker '%c': expected '%c' (for %s starting at %s)", c, other, in.kind, in.place)
	return true
}

// value scans one value; the position is on its first byte.
func (p *parser) value() {
	switch c := p.data[p.pos]; {
	case c == '{':
		p.object()
	case c == '[':
		p.array()
	case c == '"':
		p.text(false)
	case c == '-' || c >= '0' && c <= '9':
		p.number()
	case c == '}' || c == ',' || c == ']' && len(p.scopes) > 0 && p.scopes[len(p.scopes)-1].kind == "Array":
		p.unexpected("expected a value")
	case c == '+' && p.pos+1 == len(p.data):
		p.fail(p.pos+1, "Unexpected end-of-input in a Number value")
	case c == '+':
		p.fail(p.pos+1, "Unexpected character ('+' (code 43)) in numeric value: JSON spec does not allow numbers to have plus signs: "+
			"enable `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow")
	case identifierStart(rune(c)):
		p.word()
	default:
		p.unexpected("expected a valid value " + valueList)
	}
}

// identifierStart is Java's Character.isJavaIdentifierStart, near enough.
func identifierStart(r rune) bool {
	return unicode.IsLetter(r) || unicode.Is(unicode.Sc, r) || unicode.Is(unicode.Pc, r) || unicode.Is(unicode.Nl, r)
}

// identifierPart is Java's Character.isJavaIdentifierPart, near enough.
func identifierPart(r rune) bool {
	return identifierStart(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r) || unicode.Is(unicode.Cf, r) ||
		r < ' ' && r != '\t' && r != '\n' && r != '\v' && r != '\f' && r != '\r' && (r < 0x1c) || r >= 0x7f && r <= 0x9f
}

// word scans true, false and null, and complains about any other word.
func (p *parser) word() {
	begin := p.pos
	for _, known := range []string{"true", "false", "null", "NaN", "Infinity"} {
		if !bytes.HasPrefix(p.data[begin:], []byte(known)) {
			continue
		}
		end := begin + len(known)
		if end < len(p.data) {
			if c := p.data[end]; c >= 0xc0 && known[0] >= 'a' { // Jackson reads this byte twice
				p.fail(end+1, "Invalid UTF-8 middle byte 0x%x", c)
				return
			}
			if r, _ := utf8.DecodeRune(p.data[end:]); identifierPart(r) {
				break
			}
		}
		p.token = tokenKind(p.data[begin])
		if p.pos = end; known == "NaN" || known == "Infinity" {
			p.fail(end, "Non-standard token '%s': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow", known)
		}
		return
	}
	p.pos++ // the first byte counts as a character, even if it is one of several
	for p.pos < len(p.data) {
		r, size := utf8.DecodeRune(p.data[p.pos:])
		if r == utf8.RuneError && size == 1 {
			p.invalidUTF8(p.pos, false)
			return
		}
		if !identifierPart(r) {
			p.fail(p.pos+size, "Unrecognized token '%s': was expecting %s", latin1(p.data[begin])+string(p.data[begin+1:p.pos]), valueList)
			return
		}
		p.pos += size
		if p.pos-begin >= 256 { // Jackson's DEFAULT_MAX_ERROR_TOKEN_LENGTH
			p.fail(p.pos, "Unrecognized token '%s...': was expecting %s", latin1(p.data[begin])+string(p.data[begin+1:p.pos]), valueList)
			return
		}
	}
	p.fail(p.pos, "Unrecognized token '%s': was expecting %s", latin1(p.data[begin])+string(p.data[begin+1:p.pos]), valueList)
}

func latin1(b byte) string { return string(rune(b)) }

// invalidUTF8 complains about the bytes at an offset, which are not UTF-8.
func (p *parser) invalidUTF8(offset int, inName bool) {
	lead := p.data[offset]
	need := 0
	switch {
	case lead&0xe0 == 0xc0:
		need = 1
	case lead&0xf0 == 0xe0:
		need = 2
	case lead&0xf8 == 0xf0:
		need = 3
	}
	for i := 1; i <= need; i++ {
		if offset+i == len(p.data) {
			p.fail(offset+i, "Unexpected end-of-input in VALUE_STRING")
			return
		}
		if c := p.data[offset+i]; c&0xc0 != 0x80 {
			p.fail(offset+i+1, "Invalid UTF-8 middle byte 0x%x", c)
			return
		}
	}
	place := offset + 1
	if inName {
		place++
	}
	p.fail(place, "Invalid UTF-8 start byte 0x%x", lead)
}

// open steps into an object or an array.
func (p *parser) open(kind string) {
	p.scopes = append(p.scopes, scope{kind, p.source(p.pos)})
	if depth := len(p.scopes); depth > maxNesting {
		p.problem = fmt.Sprintf("Document nesting depth (%d) exceeds the maximum allowed (%d, from `StreamReadConstraints.getMaxNestingDepth()`)", depth, maxNesting)
	}
	p.token = tokenKind(p.data[p.pos])
	p.pos++
}

// next steps to what follows in an object or an array, past a comma if there must be one.
// It returns false at the closing bracket, which it takes, at the end and after a problem.
func (p *parser) next(first bool) bool {
	in := p.scopes[len(p.scopes)-1]
	if !p.space() {
		p.fail(p.pos, "Unexpected end-of-input: expected close marker for %s (start marker at %s)", in.kind, in.place)
		return false
	}
	if p.mismatched() {
		return false
	}
	if c := p.data[p.pos]; c == '}' || c == ']' {
		p.token = tokenKind(c)
		p.scopes = p.scopes[:len(p.scopes)-1]
		p.pos++
		return false
	}
	if first {
		return true
	}
	if p.data[p.pos] != ',' {
		p.unexpected("was expecting comma to separate " + in.kind + " entries")
		return false
	}
	p.pos++
	if !p.space() {
		p.within(in.kind)
		return false
	}
	return true
}

func (p *parser) within(kind string) {
	p.fail(p.pos, "Unexpected end-of-input within/between %s entries", kind)
}

func (p *parser) object() {
	p.open("Object")
	for first := true; p.problem == "" && p.next(first); first = false {
		if p.data[p.pos] != '"' {
			p.fieldName()
			return
		}
		p.text(true)
		if !p.space() {
			p.within("Object")
			return
		}
		if p.data[p.pos] != ':' {
			p.unexpected("was expecting a colon to separate field name and value")
			return
		}
		p.pos++
		if !p.space() {
			p.within("Object")
			return
		}
		p.value()
	}
}

// fieldName complains about a character in place of an opening quote. Jackson decodes only this
// character.
func (p *parser) fieldName() {
	r, size := utf8.DecodeRune(p.data[p.pos:])
	if r == utf8.RuneError && size == 1 {
		p.invalidUTF8(p.pos, false)
		return
	}
	p.fail(p.pos+size-1, "Unexpected character (%s): was expecting double-quote to start field name", describe(r))
}

func (p *parser) array() {
	p.open("Array")
	for first := true; p.problem == "" && p.next(first); first = false {
		p.value()
	}
}

// text scans a string, which may be a field's name.
func (p *parser) text(name bool) {
	kind, in := "VALUE_STRING", "string value"
	if name {
		kind, in = "field name", "name"
	}
	if name && p.pos+1 == len(p.data) {
		p.fail(p.pos+1, "Unexpected end-of-input: was expecting closing '\"' for name")
		return
	}
	for p.pos++; p.pos < len(p.data) && p.problem == ""; p.pos++ {
		switch c := p.data[p.pos]; {
		case c == '"':
			p.pos++
			p.token = "VALUE_STRING"
			if name {
				p.token = "FIELD_NAME"
			}
			return
		case c < ' ':
			p.fail(p.pos, "Illegal unquoted character (%s): has to be escaped using backslash to be included in %s", describe(rune(c)), in)
		case c == '\\':
			p.escape()
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(p.data[p.pos:])
			if r == utf8.RuneError && size == 1 {
				p.invalidUTF8(p.pos, name)
			}
			p.pos += size - 1
		}
	}
	p.fail(p.pos, "Unexpected end-of-input in %s", kind)
}

func (p *parser) escape() {
	const end = "Unexpected end-of-input in character escape sequence"
	p.pos++
	if p.pos == len(p.data) {
		p.fail(p.pos, end)
		return
	}
	switch p.data[p.pos] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
	case 'u':
		for range 4 {
			p.pos++
			if p.pos == len(p.data) {
				p.fail(p.pos, end)
				return
			}
			if !bytes.Contains([]byte("0123456789abcdefABCDEF"), p.data[p.pos:p.pos+1]) {
				p.unexpected("expected a hex-digit for character escape sequence")
				return
			}
		}
	default:
		r, size := utf8.DecodeRune(p.data[p.pos:])
		p.fail(p.pos+size-1, "Unrecognized character escape %s", describe(r))
	}
}

// number scans a number.
func (p *parser) number() {
	digit := func() bool { return p.pos < len(p.data) && p.data[p.pos] >= '0' && p.data[p.pos] <= '9' }
	need := func(wanted string) bool {
		if digit() {
			for digit() {
				p.pos++
			}
			return true
		}
		if p.pos == len(p.data) {
			p.fail(p.pos, "Unexpected end-of-input in %s", p.token)
		} else {
			p.fail(p.pos, "Unexpected character (%s) in numeric value: %s", describe(rune(p.data[p.pos])), wanted)
		}
		return false
	}
	if p.data[p.pos] == '-' {
		p.pos++
		switch rest := p.data[p.pos:]; {
		case bytes.HasPrefix(rest, []byte(".")):
			p.unexpected("expected a valid value " + valueList)
			return
		case bytes.HasPrefix(rest, []byte("Infinity")):
			p.fail(p.pos+len("Infinity"), "Non-standard token '-Infinity': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow")
			return
		}
		if !digit() {
			need("expected digit (0-9) to follow minus sign, for valid numeric value")
			return
		}
	}
	if p.data[p.pos] == '0' {
		p.pos++
		if digit() {
			p.fail(p.pos, "Invalid numeric value: Leading zeroes not allowed")
			return
		}
	}
	for digit() {
		p.pos++
	}
	kind := "VALUE_NUMBER_INT"
	defer func() { p.token = kind }()
	if p.pos < len(p.data) && p.data[p.pos] == '.' {
		kind = "VALUE_NUMBER_FLOAT"
		p.pos++
		if p.pos == len(p.data) {
			p.fail(p.pos-1, "Unexpected character ('.' (code 46)) in numeric value: Decimal point not followed by a digit")
			return
		}
		if !need("Decimal point not followed by a digit") {
			return
		}
	}
	if p.pos < len(p.data) && (p.data[p.pos] == 'e' || p.data[p.pos] == 'E') {
		kind = "VALUE_NUMBER_FLOAT"
		p.pos++
		if p.pos < len(p.data) && (p.data[p.pos] == '+' || p.data[p.pos] == '-') {
			p.pos++
		}
		if !need("Exponent indicator not followed by a digit") {
			return
		}
	}
	if len(p.scopes) == 0 && p.pos < len(p.data) && !bytes.Contains([]byte(" \t\r\n"), p.data[p.pos:p.pos+1]) {
		p.unexpected("Expected space separating root-level values")
	}
}
