package invoke

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckPayload reports what Lambda says of a payload that is not one JSON value: an
// InvalidRequestContentException whose text ends with the complaint of Jackson, the JSON
// parser behind the Invoke API, and the place. API Gateway relays that text to its client
// when a mapping template renders something that is not JSON. A valid payload, and one of
// nothing but white space, gives nil.
func CheckPayload(payload []byte) *Error {
	if json.Valid(payload) && utf8.Valid(payload) {
		return nil
	}
	p := jackson{data: payload, line: 1}
	p.space()
	if p.pos == len(payload) {
		return nil
	}
	p.value()
	if p.problem == "" {
		p.space()
		if p.pos < len(payload) {
			p.start()
		}
	}
	if p.problem == "" {
		// Nothing the scanner below knows, yet not JSON: still refused, in Lambda's frame.
		p.fail(p.pos, "Unexpected content")
	}
	return &Error{Status: http.StatusBadRequest, Code: "InvalidRequestContentException",
		Message: "Could not parse request body into json: Could not parse payload into json: " + p.problem}
}

// maxNesting is Jackson's StreamReadConstraints.DEFAULT_MAX_DEPTH.
const maxNesting = 1000

// jackson finds the first mistake in a JSON text and words it as Jackson's
// UTF8StreamJsonParser does. It runs only for texts that are not valid.
type jackson struct {
	data      []byte
	pos       int
	line      int
	lineStart int
	depth     int
	problem   string
}

const valueList = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

// fail notes the first problem, with its place: the column is that of the byte at offset.
func (p *jackson) fail(offset int, format string, args ...any) {
	if p.problem == "" {
		p.problem = fmt.Sprintf(format, args...) + "\n at " + p.source(offset-p.lineStart+1)
	}
}

func (p *jackson) source(column int) string {
	return fmt.Sprintf("[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d]", p.line, column)
}

// unexpected is Jackson's complaint about the character at the position.
func (p *jackson) unexpected(wanted string) {
	r, size := utf8.DecodeRune(p.data[p.pos:])
	if r == utf8.RuneError && size <= 1 {
		p.invalidUTF8()
		return
	}
	p.fail(p.pos, "Unexpected character (%s): %s", describe(r), wanted)
}

func (p *jackson) invalidUTF8() {
	p.fail(p.pos, "Invalid UTF-8 start byte 0x%x", p.data[p.pos])
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

func (p *jackson) space() {
	for ; p.pos < len(p.data); p.pos++ {
		switch p.data[p.pos] {
		case '\n':
			p.line++
			p.lineStart = p.pos + 1
		case ' ', '\t', '\r':
		default:
			return
		}
	}
}

// start complains about whatever stands where a value should begin.
func (p *jackson) start() {
	r, _ := utf8.DecodeRune(p.data[p.pos:])
	if unicode.IsLetter(r) || r == '_' || r == '$' {
		p.token()
		return
	}
	p.unexpected("expected a valid value " + valueList)
}

// token complains about an unknown word.
func (p *jackson) token() {
	begin := p.pos
	for p.pos < len(p.data) {
		r, size := utf8.DecodeRune(p.data[p.pos:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '$' {
			break
		}
		if p.pos-begin > 256 { // Jackson's DEFAULT_MAX_ERROR_TOKEN_LENGTH
			p.fail(p.pos, "Unrecognized token '%s...': was expecting %s", p.data[begin:p.pos], valueList)
			return
		}
		p.pos += size
	}
	p.fail(p.pos, "Unrecognized token '%s': was expecting %s", p.data[begin:p.pos], valueList)
}

// value scans one value; the position is on its first byte.
func (p *jackson) value() {
	if p.pos == len(p.data) {
		return
	}
	switch c := p.data[p.pos]; {
	case c == '{':
		p.object()
	case c == '[':
		p.array()
	case c == '"':
		p.text("VALUE_STRING")
	case c == '-' || c >= '0' && c <= '9':
		p.number()
	default:
		for _, word := range []string{"true", "false", "null"} {
			if strings.HasPrefix(string(p.data[p.pos:]), word) {
				end := p.pos + len(word)
				r, _ := utf8.DecodeRune(p.data[end:])
				if end == len(p.data) || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '$' {
					p.pos = end
					return
				}
			}
		}
		p.start()
	}
}

// open steps into an object or an array and answers the text Jackson gives for a missing
// end of it.
func (p *jackson) open(kind string) (missing string) {
	missing = fmt.Sprintf("Unexpected end-of-input: expected close marker for %s (start marker at %s)", kind, p.source(p.pos-p.lineStart+1))
	p.depth++
	if p.depth > maxNesting {
		p.fail(p.pos, "Document nesting depth (%d) exceeds the maximum allowed (%d, from `StreamReadConstraints.getMaxNestingDepth()`)", p.depth, maxNesting)
	}
	p.pos++
	return missing
}

func (p *jackson) object() {
	missing := p.open("Object")
	defer func() { p.depth-- }()
	for first := true; p.problem == ""; first = false {
		p.space()
		if p.pos == len(p.data) {
			p.fail(p.pos, "%s", missing)
			return
		}
		if p.data[p.pos] == '}' && first {
			p.pos++
			return
		}
		if p.data[p.pos] != '"' {
			p.unexpected("was expecting double-quote to start field name")
			return
		}
		p.text("field name")
		p.space()
		if p.problem == "" && p.pos == len(p.data) {
			p.fail(p.pos, "Unexpected end-of-input within/between Object entries")
		}
		if p.problem != "" {
			return
		}
		if p.data[p.pos] != ':' {
			p.unexpected("was expecting a colon to separate field name and value")
			return
		}
		if !p.element(missing, '}', "Object") {
			return
		}
	}
}

func (p *jackson) array() {
	missing := p.open("Array")
	defer func() { p.depth-- }()
	p.space()
	if p.pos < len(p.data) && p.data[p.pos] == ']' {
		p.pos++
		return
	}
	p.pos-- // element steps over the separator, here the bracket or the space after it
	for p.problem == "" {
		if !p.element(missing, ']', "Array") {
			return
		}
	}
}

// element scans the value after a separator and what follows it. It answers whether
// another element comes.
func (p *jackson) element(missing string, end byte, kind string) bool {
	p.pos++
	p.space()
	if p.pos == len(p.data) {
		p.fail(p.pos, "%s", missing)
		return false
	}
	p.value()
	p.space()
	switch {
	case p.problem != "":
		return false
	case p.pos == len(p.data):
		p.fail(p.pos, "%s", missing)
		return false
	case p.data[p.pos] == end:
		p.pos++
		return false
	case p.data[p.pos] != ',':
		p.unexpected("was expecting comma to separate " + kind + " entries")
		return false
	}
	if kind == "Object" {
		p.pos++
	}
	return true
}

func (p *jackson) text(kind string) {
	for p.pos++; p.pos < len(p.data); p.pos++ {
		switch c := p.data[p.pos]; {
		case c == '"':
			p.pos++
			return
		case c < ' ':
			p.fail(p.pos, "Illegal unquoted character (%s): has to be escaped using backslash to be included in %s", describe(rune(c)),
				map[bool]string{true: "name", false: "string value"}[kind == "field name"])
			return
		case c == '\\':
			p.escape()
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(p.data[p.pos:])
			if r == utf8.RuneError && size == 1 {
				p.invalidUTF8()
			}
			p.pos += size - 1
		}
		if p.problem != "" {
			return
		}
	}
	p.fail(p.pos, "Unexpected end-of-input in %s", kind)
}

func (p *jackson) escape() {
	p.pos++
	if p.pos == len(p.data) {
		p.pos--
		return
	}
	switch c := p.data[p.pos]; c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
	case 'u':
		for range 4 {
			p.pos++
			if p.pos == len(p.data) {
				p.fail(p.pos, "Unexpected end-of-input in character escape sequence")
				return
			}
			if !strings.ContainsRune("0123456789abcdefABCDEF", rune(p.data[p.pos])) {
				p.unexpected("expected a hex-digit for character escape sequence")
				return
			}
		}
	default:
		r, _ := utf8.DecodeRune(p.data[p.pos:])
		p.fail(p.pos, "Unrecognized character escape %s", describe(r))
	}
}

func (p *jackson) number() {
	digits := func() bool {
		begin := p.pos
		for p.pos < len(p.data) && p.data[p.pos] >= '0' && p.data[p.pos] <= '9' {
			p.pos++
		}
		return p.pos > begin
	}
	need := func(wanted string) bool {
		if digits() {
			return true
		}
		if p.pos == len(p.data) {
			p.fail(p.pos, "Unexpected end-of-input in a Number value")
		} else {
			r, _ := utf8.DecodeRune(p.data[p.pos:])
			p.fail(p.pos, "Unexpected character (%s) in numeric value: %s", describe(r), wanted)
		}
		return false
	}
	if p.data[p.pos] == '-' {
		p.pos++
		if p.pos == len(p.data) || p.data[p.pos] < '0' || p.data[p.pos] > '9' {
			need("expected digit (0-9) to follow minus sign, for valid numeric value")
			return
		}
	}
	if p.data[p.pos] == '0' {
		p.pos++
		if p.pos < len(p.data) && p.data[p.pos] >= '0' && p.data[p.pos] <= '9' {
			p.fail(p.pos, "Invalid numeric value: Leading zeroes not allowed")
			return
		}
	} else {
		digits()
	}
	if p.pos < len(p.data) && p.data[p.pos] == '.' {
		p.pos++
		if !need("Decimal point not followed by a digit") {
			return
		}
	}
	if p.pos < len(p.data) && (p.data[p.pos] == 'e' || p.data[p.pos] == 'E') {
		p.pos++
		if p.pos < len(p.data) && (p.data[p.pos] == '+' || p.data[p.pos] == '-') {
			p.pos++
		}
		if !need("Exponent indicator not followed by a digit") {
			return
		}
	}
	if p.depth == 0 && p.pos < len(p.data) && !strings.ContainsRune(" \t\r\n", rune(p.data[p.pos])) {
		p.unexpected("Expected space separating root-level values")
	}
}
