package gateway

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// util is $util: exactly the six functions that API Gateway documents.
type util struct{}

var _ java.Object = util{}

func (util) Property(string) (java.Value, bool) { return nil, false }

// String: a bare $util prints nothing (recorded on AWS).
func (util) String() string { return "" }

func (util) Call(budget *java.Budget, name string, args []java.Value) (java.Value, bool, error) {
	if len(args) != 1 {
		return nil, false, nil
	}
	s, _, err := java.Text(budget, args[0]) // GW-3: arguments that are not strings are converted to the string they print as
	if err != nil {
		return nil, true, err
	}
	if args[0] == nil {
		s = ""
	}
	i := slices.IndexFunc(utilFunctions, func(f utilFunction) bool { return f.name == name })
	if i < 0 {
		return nil, false, nil
	}
	v, err := utilFunctions[i].call(budget, args[0], s)
	if text, isText := v.(string); isText && err == nil {
		err = budget.Make(len(text))
	}
	return v, true, err
}

// utilFunction is a function of $util, called with its argument, and with that as a string.
type utilFunction struct {
	name string
	call func(budget *java.Budget, arg java.Value, s string) (java.Value, error)
}

var utilFunctions = []utilFunction{
	{"escapeJavaScript", func(_ *java.Budget, _ java.Value, s string) (java.Value, error) { return escapeJavaScript(s), nil }},
	{"parseJson", utilParseJSON},
	{"urlEncode", func(_ *java.Budget, _ java.Value, s string) (java.Value, error) {
		return urlEncode(java.Printable(s)), nil
	}},
	{"urlDecode", func(_ *java.Budget, _ java.Value, s string) (java.Value, error) { return urlDecode(s) }},
	{"base64Encode", func(_ *java.Budget, _ java.Value, s string) (java.Value, error) {
		return base64.StdEncoding.EncodeToString([]byte(java.Printable(s))), nil
	}},
	{"base64Decode", func(_ *java.Budget, _ java.Value, s string) (java.Value, error) {
		return java.ValidText(string(base64Decode(s))), nil
	}},
}

// UtilFunctions returns the names of the functions of $util.
func UtilFunctions() []string {
	var names []string
	for _, f := range utilFunctions {
		names = append(names, f.name)
	}
	return names
}

func utilParseJSON(budget *java.Budget, arg java.Value, s string) (java.Value, error) {
	switch arg.(type) {
	case *java.Map, *java.List:
		return arg, nil
	}
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	v, err := parseBody(budget, s)
	if wrong := (*payloadError)(nil); errors.As(err, &wrong) {
		err = fmt.Errorf("$util.parseJson: %w", wrong.cause) // GW-3
	}
	return v, err
}

// escapeJavaScript is StringEscapeUtils.escapeJavaScript of commons-lang 2: both kinds of quotes,
// backslash, slash and everything that is not printable ASCII.
func escapeJavaScript(s string) string {
	const hex = "0123456789ABCDEF"
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		c := s[i]
		clean = c >= ' ' && c < 0x7F && c != '\'' && c != '"' && c != '\\' && c != '/'
	}
	if clean {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + len(s)/8 + 8)
	unit := func(u uint16) {
		b.WriteString(`\u`)
		for shift := 12; shift >= 0; shift -= 4 {
			b.WriteByte(hex[u>>shift&15])
		}
	}
	for i, size := 0, 0; i < len(s); i += size {
		var r rune
		switch r, size = java.DecodeUnit(s[i:]); {
		case r == '\'' || r == '"' || r == '\\' || r == '/':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\f':
			b.WriteString(`\f`)
		case r == '\r':
			b.WriteString(`\r`)
		case r >= ' ' && r <= 0x7F:
			b.WriteRune(r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			unit(uint16(high))
			unit(uint16(low))
		default:
			unit(uint16(r))
		}
	}
	return b.String()
}

// urlEncode is java.net.URLEncoder: application/x-www-form-urlencoded.
func urlEncode(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '*', c == '_':
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// urlDecode is java.net.URLDecoder, which throws on a malformed escape. Only what escapes stand for
// is read as UTF-8; half of a surrogate pair between them stays.
func urlDecode(s string) (string, error) {
	var b strings.Builder
	var decoded []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			n, size, ok := escapedByte(s[i+1:])
			if !ok {
				if size == 0 {
					return "", fmt.Errorf("$util.urlDecode: incomplete escape at the end of %q", s)
				}
				return "", fmt.Errorf("$util.urlDecode: %q is not an escape", s[i:i+1+size])
			}
			decoded = append(decoded, n)
			i += size
			continue
		}
		b.WriteString(java.ValidText(string(decoded)))
		decoded = decoded[:0]
		if s[i] == '+' {
			b.WriteByte(' ')
		} else {
			b.WriteByte(s[i])
		}
	}
	b.WriteString(java.ValidText(string(decoded)))
	return b.String(), nil
}

// escapedByte reads the two characters after a percent sign as Integer.parseInt does: a sign is
// accepted, and so are the digits of all scripts. size is their length in bytes, 0 if there are
// none.
func escapedByte(s string) (b byte, size int, ok bool) {
	first, n := java.DecodeUnit(s)
	second, m := java.DecodeUnit(s[n:])
	if m == 0 {
		return 0, 0, false
	}
	high, low := java.Digit(first, 16), java.Digit(second, 16)
	if first == '+' || first == '-' && low == 0 {
		high = 0
	}
	return byte(high<<4 | low), n + m, high >= 0 && low >= 0 && first <= 0xFFFF && second <= 0xFFFF
}

// base64Decode is Base64.decodeBase64 of commons-codec: it accepts both alphabets and skips
// characters that belong to neither.
func base64Decode(s string) []byte {
	clean := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '+', c == '/':
			clean = append(clean, c)
		case c == '-':
			clean = append(clean, '+')
		case c == '_':
			clean = append(clean, '/')
		case c == '=':
			i = len(s)
		}
	}
	if len(clean)%4 == 1 {
		clean = clean[:len(clean)-1]
	}
	out, _ := base64.RawStdEncoding.DecodeString(string(clean))
	return out
}
