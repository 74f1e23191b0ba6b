package java

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// stringMethods are those of java.lang.String.
var stringMethods = []method[string]{
	{"length", "", func(c call[string]) (Value, error) { return Int(int32(utf16Len(c.self))), nil }},
	{"isEmpty", "", returns(func(s string) bool { return s == "" })},
	{"isBlank", "", returns(func(s string) bool { return strings.TrimFunc(s, javaWhitespace) == "" })},
	{"trim", "", returns(func(s string) string { return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }) })},
	{"strip", "", returns(func(s string) string { return strings.TrimFunc(s, javaWhitespace) })},
	{"stripLeading", "", returns(func(s string) string { return strings.TrimLeftFunc(s, javaWhitespace) })},
	{"stripTrailing", "", returns(func(s string) string { return strings.TrimRightFunc(s, javaWhitespace) })},
	{"stripIndent", "", makesText(stripIndent)},
	{"toUpperCase", "", makesText(upper)},
	{"toLowerCase", "", makesText(lower)},
	{"translateEscapes", "", func(c call[string]) (Value, error) {
		if err := c.Make(len(c.self)); err != nil {
			return nil, err
		}
		return noValueFor(translateEscapes(c.self))
	}},
	{"toString", "", returns(func(s string) string { return s })},
	{"intern", "", returns(func(s string) string { return s })},
	{"hashCode", "", func(c call[string]) (Value, error) { return Int(StringHash(c.self)), nil }},
	{"describeConstable", "", notHere[string]}, // VTL-REFLECTION

	{"charAt", "int", charAt},
	{"codePointAt", "int", func(c call[string]) (Value, error) { return codePointAt(c.self, int(c.int(0))) }},
	{"codePointBefore", "int", func(c call[string]) (Value, error) { return codePointBefore(c.self, int(c.int(0))) }},
	{"codePointCount", "int, int", func(c call[string]) (Value, error) { return codePointCount(c.self, int(c.int(0)), int(c.int(1))) }},
	{"offsetByCodePoints", "int, int", func(c call[string]) (Value, error) {
		return offsetByCodePoints(c.self, int(c.int(0)), int(c.int(1)))
	}},
	{"substring", "int", substringFrom},
	{"substring", "int, int", substringBetween},
	{"subSequence", "int, int", substringBetween},
	{"repeat", "int", repeatText},
	{"indent", "int", func(c call[string]) (Value, error) { return indentLines(c.Budget, c.self, int(c.int(0))) }},

	{"contains", "CharSequence", ofText(func(c call[string], x string) (Value, error) { return strings.Contains(c.self, x), nil })},
	{"contentEquals", "CharSequence", ofText(func(c call[string], x string) (Value, error) { return c.self == x, nil })},
	{"startsWith", "String", ofText(func(c call[string], x string) (Value, error) { return strings.HasPrefix(c.self, x), nil })},
	{"startsWith", "String, int", startsWithAt},
	{"endsWith", "String", ofText(func(c call[string], x string) (Value, error) { return strings.HasSuffix(c.self, x), nil })},
	{"indexOf", "Object", func(c call[string]) (Value, error) { return indexOf(c.self, false, c.args[0], nil) }},
	{"indexOf", "Object, int", func(c call[string]) (Value, error) { return indexOf(c.self, false, c.args[0], c.args[1]) }},
	{"lastIndexOf", "Object", func(c call[string]) (Value, error) { return indexOf(c.self, true, c.args[0], nil) }},
	{"lastIndexOf", "Object, int", func(c call[string]) (Value, error) { return indexOf(c.self, true, c.args[0], c.args[1]) }},

	{"equals", "Object", func(c call[string]) (Value, error) {
		x, ok := c.args[0].(string)
		return ok && x == c.self, nil
	}},
	{"equalsIgnoreCase", "String", func(c call[string]) (Value, error) {
		x, ok := c.args[0].(string)
		return ok && (c.self == x || equalFold(c.self, x)), nil
	}},
	{"compareTo", "Object", compareTo("java.lang.String", func(a, b string) Value { return Int(CompareStrings(a, b)) })},
	{"compareToIgnoreCase", "String", ofText(func(c call[string], x string) (Value, error) { return Int(compareFold(c.self, x)), nil })},
	{"compare", "CharSequence, CharSequence", func(c call[string]) (Value, error) { // CharSequence's
		x, err1 := c.text(0)
		y, err2 := c.text(1)
		if err1 != nil || err2 != nil {
			return nil, errNull
		}
		return Int(CompareStrings(x, y)), nil
	}},
	{"regionMatches", "int, String, int, int", func(c call[string]) (Value, error) { return regionMatches(c.self, false, c.args) }},
	{"regionMatches", "boolean, int, String, int, int", func(c call[string]) (Value, error) { return regionMatches(c.self, c.bool(0), c.args[1:]) }},

	{"concat", "String", ofText(func(c call[string], x string) (Value, error) {
		if err := c.Make(len(c.self) + len(x)); err != nil {
			return nil, err
		}
		return JoinHalves(c.self + x), nil
	})},
	{"replace", "CharSequence, CharSequence", replaceTexts},
	{"replace", "char, char", func(c call[string]) (Value, error) {
		if err := c.Make(3 * len(c.self)); err != nil {
			return nil, err
		}
		old, with := string(AppendUnit(nil, rune(c.char(0)))), string(AppendUnit(nil, rune(c.char(1))))
		return JoinHalves(strings.ReplaceAll(c.self, old, with)), nil
	}},
	{"matches", "String", ofText(matches)},
	{"replaceAll", "String, String", ofText(func(c call[string], pattern string) (Value, error) { return replaceMatches(c, pattern, true) })},
	{"replaceFirst", "String, String", ofText(func(c call[string], pattern string) (Value, error) { return replaceMatches(c, pattern, false) })},
	{"split", "String", ofText(func(c call[string], pattern string) (Value, error) { return splitString(c.Budget, c.self, pattern, 0) })},
	{"split", "String, int", ofText(func(c call[string], pattern string) (Value, error) {
		return splitString(c.Budget, c.self, pattern, int(c.int(1)))
	})},

	{"getBytes", "", getBytes},
	{"getBytes", "String", func(c call[string]) (Value, error) {
		charset, ok := c.args[0].(string)
		switch {
		case !ok: // a null is ambiguous: a name or a Charset
			return nil, errNoMethod
		case !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8"):
			return nil, Throw("java.io.UnsupportedEncodingException", "%s", charset)
		}
		return getBytes(c)
	}},
	{"toCharArray", "", func(c call[string]) (Value, error) {
		if err := c.Make(16 * len(c.self)); err != nil {
			return nil, err
		}
		a := &Array{class: "char"}
		for _, u := range Units(c.self) {
			a.items = append(a.items, Char(u))
		}
		return a, nil
	}},
	{"lines", "", func(c call[string]) (Value, error) {
		var lines []Value
		for line := range strings.Lines(normalizeLines(c.self)) {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
		return &stream{items: lines}, c.Make(16 * len(lines))
	}},
	{"chars", "", func(c call[string]) (Value, error) {
		if err := c.Make(16 * len(c.self)); err != nil {
			return nil, err
		}
		var codes []Value
		for _, u := range Units(c.self) {
			codes = append(codes, Int(int32(u)))
		}
		return &stream{items: codes, ints: true}, nil
	}},
	{"codePoints", "", func(c call[string]) (Value, error) {
		if err := c.Make(16 * len(c.self)); err != nil {
			return nil, err
		}
		var codes []Value
		for i := 0; i < len(c.self); {
			r, size := DecodeUnit(c.self[i:])
			codes = append(codes, Int(r))
			i += size
		}
		return &stream{items: codes, ints: true}, nil
	}},
	{"transform", "Function", needsFunction[string]},

	{"format", "...", func(c call[string]) (Value, error) {
		args := c.args
		if len(args) == 0 || !paramString.takes(args[0]) {
			return nil, errNoMethod
		}
		if args[0] == nil && len(args) > 1 && args[1] != nil && paramString.takes(args[1]) {
			args = args[1:] // null is the locale
		}
		f, err := str(args[0])
		if err != nil {
			return nil, err
		}
		return formatString(c.Budget, f, args[1:])
	}},
	{"formatted", "...", func(c call[string]) (Value, error) { return formatString(c.Budget, c.self, c.args) }},
	{"join", "...", func(c call[string]) (Value, error) { return joinStrings(c.Budget, c.args) }},
	{"valueOf", "...", func(c call[string]) (Value, error) {
		if len(c.args) != 1 {
			return textOfChars(c)
		}
		if a, ok := c.args[0].(*Array); ok && a.class == "char" {
			return charsToString(a.items), nil
		}
		if c.args[0] == nil {
			return "null", nil
		}
		text, ok, err := Text(c.Budget, c.args[0])
		if !ok || err != nil {
			return nil, err
		}
		return text, nil
	}},
	{"copyValueOf", "...", func(c call[string]) (Value, error) {
		if len(c.args) != 1 {
			return textOfChars(c)
		}
		switch a := c.args[0].(type) {
		case *Array:
			if a.class == "char" {
				return charsToString(a.items), nil
			}
		case Char:
			return charsToString(c.args), nil
		case nil:
			return nil, errNull
		}
		return nil, errNoMethod
	}},
}

// ofText makes a method whose first argument is a String that must not be null.
func ofText(f func(c call[string], x string) (Value, error)) func(call[string]) (Value, error) {
	return func(c call[string]) (Value, error) {
		x, err := c.text(0)
		if err != nil {
			return nil, err
		}
		return f(c, x)
	}
}

// makesText makes a method from a function that returns a string of about the same length.
func makesText(f func(string) string) func(call[string]) (Value, error) {
	return func(c call[string]) (Value, error) {
		if err := c.Make(len(c.self)); err != nil {
			return nil, err
		}
		return f(c.self), nil
	}
}

// noValueFor is a result that is null if there is an error.
func noValueFor[T any](v T, err error) (Value, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// compareTo makes a method from a comparison with a value of the same class.
func compareTo[T any](class string, compare func(a, b T) Value) func(call[T]) (Value, error) {
	return func(c call[T]) (Value, error) {
		switch x := c.args[0].(type) {
		case T:
			return compare(c.self, x), nil
		case nil:
			return nil, errNull
		}
		return nil, castError(c.args[0], class)
	}
}

func charAt(c call[string]) (Value, error) {
	s, i := c.self, int(c.int(0))
	if isASCII(s) {
		if i < 0 || i >= len(s) {
			return nil, stringBounds("index %d, length %d", i, len(s))
		}
		return Char(s[i]), nil
	}
	u := Units(s)
	if i < 0 || i >= len(u) {
		return nil, stringBounds("index %d, length %d", i, len(u))
	}
	return Char(u[i]), nil
}

func codePointAt(s string, i int) (Value, error) {
	u := Units(s)
	if i < 0 || i >= len(u) {
		return nil, stringBounds("index %d, length %d", i, len(u))
	}
	r, _ := DecodeUnit(FromUnits(u[i:min(i+2, len(u))]))
	return Int(r), nil
}

func codePointBefore(s string, i int) (Value, error) {
	u := Units(s)
	if i < 1 || i > len(u) {
		return nil, stringBounds("Index %d out of bounds for length %d", i, len(u))
	}
	r, size := utf8.DecodeLastRuneInString(FromUnits(u[max(0, i-2):i]))
	if size <= 1 && r == utf8.RuneError {
		r = rune(u[i-1])
	}
	return Int(r), nil
}

func codePointCount(s string, begin, end int) (Value, error) {
	if begin < 0 || begin > end || end > utf16Len(s) {
		return nil, Throw("java.lang.IndexOutOfBoundsException", "")
	}
	n := 0
	for part := substring(s, begin, end); part != ""; n++ {
		_, size := DecodeUnit(part)
		part = part[size:]
	}
	return Int(int32(n)), nil
}

func offsetByCodePoints(s string, at, n int) (Value, error) {
	u := Units(s)
	if at >= 0 && at <= len(u) {
		for ; n > 0 && at < len(u); n-- {
			_, size := DecodeUnit(FromUnits(u[at:min(at+2, len(u))]))
			at += 1 + size/4
		}
		for ; n < 0 && at > 0; n++ {
			if at--; at > 0 && u[at]>>10 == 0xDC00>>10 && u[at-1]>>10 == 0xD800>>10 {
				at--
			}
		}
		if n == 0 {
			return Int(int32(at)), nil
		}
	}
	return nil, Throw("java.lang.IndexOutOfBoundsException", "")
}

func substringFrom(c call[string]) (Value, error) {
	s, i := c.self, int(c.int(0))
	if isASCII(s) && i >= 0 && i <= len(s) {
		return s[i:], nil
	}
	u := Units(s)
	if i < 0 || i > len(u) {
		return nil, stringBounds("begin %d, end %d, length %d", i, len(u), len(u))
	}
	return FromUnits(u[i:]), c.Make(len(s))
}

func substringBetween(c call[string]) (Value, error) {
	b, e, n := int(c.int(0)), int(c.int(1)), utf16Len(c.self)
	if b < 0 || b > e || e > n {
		return nil, stringBounds("begin %d, end %d, length %d", b, e, n)
	}
	return substring(c.self, b, e), nil
}

func repeatText(c call[string]) (Value, error) {
	s, n := c.self, int(c.int(0))
	if n < 0 {
		return nil, Throw("java.lang.IllegalArgumentException", "count is negative: %d", n)
	}
	size := len(s) * n
	if s != "" && n > math.MaxInt/len(s) {
		size = math.MaxInt
	}
	if err := c.Make(size); err != nil {
		return nil, err
	}
	return strings.Repeat(s, n), nil
}

func startsWithAt(c call[string]) (Value, error) {
	i := int(c.int(1))
	if i < 0 {
		return false, nil
	}
	x, err := c.text(0)
	if err != nil {
		return nil, err
	}
	u := Units(c.self)
	return i <= len(u) && strings.HasPrefix(FromUnits(u[i:]), x), nil
}

// regionMatches has as arguments the region's start in s, the other string, the start in it, and
// the length.
func regionMatches(s string, ignoreCase bool, args []Value) (Value, error) {
	other, err := str(args[1])
	if err != nil {
		return nil, err
	}
	a, b := Units(s), Units(other)
	i, j, n := int(args[0].(int32)), int(args[2].(int32)), int(args[3].(int32))
	if i < 0 || j < 0 || i > len(a)-n || j > len(b)-n {
		return false, nil
	}
	if n <= 0 {
		return true, nil
	}
	x, y := FromUnits(a[i:i+n]), FromUnits(b[j:j+n])
	return x == y || ignoreCase && equalFold(x, y), nil
}

func replaceTexts(c call[string]) (Value, error) {
	old, err := c.text(0)
	if err != nil {
		return nil, err
	}
	with, err := c.text(1)
	if err != nil {
		return nil, err
	}
	if err := c.Make(len(c.self) + strings.Count(c.self, old)*len(with)); err != nil {
		return nil, err
	}
	return replaceText(c.self, old, with), nil
}

func getBytes(c call[string]) (Value, error) {
	if err := c.Make(16 * len(c.self)); err != nil {
		return nil, err
	}
	a := &Array{class: "byte"}
	for _, b := range []byte(Printable(c.self)) {
		a.items = append(a.items, Int(int32(int8(b))))
	}
	return a, nil
}

// textOfChars is valueOf of a char[], for which Velocity accepts any number of chars.
func textOfChars(c call[string]) (Value, error) {
	for _, a := range c.args {
		if !paramChar.takes(a) {
			return nil, errNoMethod
		}
	}
	return charsToString(c.args), nil
}

// varargs are the arguments of a method that ends in Object...: a single array provides all of
// them.
func varargs(args []Value) []Value {
	if len(args) == 1 {
		if a, ok := args[0].(*Array); ok && !a.primitive() {
			return a.items
		}
	}
	return args
}

func stringBounds(format string, args ...any) error {
	return Throw("java.lang.StringIndexOutOfBoundsException", format, args...)
}

// indent is String.indent: lines end with \n, with n more or fewer spaces in front.
func indentLines(budget *Budget, s string, n int) (Value, error) {
	if s == "" {
		return "", nil
	}
	var b strings.Builder
	for line := range strings.Lines(normalizeLines(s)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case n > 0:
			if err := budget.Make(n + len(line)); err != nil {
				return nil, err
			}
			b.WriteString(strings.Repeat(" ", n))
		default:
			for i := n; i < 0 && line != ""; i++ {
				r, size := utf8.DecodeRuneInString(line)
				if !javaWhitespace(r) {
					break
				}
				line = line[size:]
			}
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// stripIndent is String.stripIndent: without the white space that all lines begin with, and without
// trailing white space.
func stripIndent(s string) string {
	if s == "" {
		return ""
	}
	text, ended := strings.CutSuffix(normalizeLines(s), "\n")
	lines := strings.Split(text, "\n")
	indent := 0
	if !ended { // a final line end makes the indent significant
		indent = len(s)
		for i, line := range lines {
			rest := strings.TrimLeftFunc(line, javaWhitespace)
			if rest != "" || i == len(lines)-1 {
				indent = min(indent, utf16Len(line)-utf16Len(rest))
			}
		}
	}
	for i, line := range lines {
		for n := indent; n > 0 && line != ""; n-- {
			_, size := utf8.DecodeRuneInString(line)
			line = line[size:]
		}
		lines[i] = strings.TrimRightFunc(line, javaWhitespace)
	}
	out := strings.Join(lines, "\n")
	if ended {
		out += "\n"
	}
	return out
}

// translateEscapes is String.translateEscapes: the escapes of Java's string literals except \uXXXX.
func translateEscapes(s string) (string, error) {
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		i++
		c := byte(0)
		if i < len(s) {
			c = s[i]
		}
		switch c {
		case 'b', 'f', 'n', 'r', 's', 't', '\'', '"', '\\':
			b = append(b, translated[c])
		case '\n':
		case '\r':
			if strings.HasPrefix(s[i+1:], "\n") {
				i++
			}
		case '0', '1', '2', '3', '4', '5', '6', '7':
			most := 3 // number of digits, so that the code is at most \377
			if c > '3' {
				most = 2
			}
			end := i + 1
			for end < len(s) && end < i+most && s[end] >= '0' && s[end] <= '7' {
				end++
			}
			code, err := strconv.ParseUint(s[i:end], 8, 16)
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, rune(code))
			i = end - 1
		default:
			return "", Throw("java.lang.IllegalArgumentException", "Invalid escape sequence: \\%c", c)
		}
	}
	return string(b), nil
}

// translated is the meaning of the character after a backslash.
var translated = [...]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 's': ' ', 't': '\t', '\'': '\'', '"': '"', '\\': '\\'}

func normalizeLines(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

func charsToString(items []Value) string {
	u := make([]uint16, len(items))
	for i, c := range items {
		u[i] = uint16(c.(Char))
	}
	return FromUnits(u)
}

// joinStrings is String.join, with an Iterable or with strings.
func joinStrings(budget *Budget, args []Value) (Value, error) {
	if len(args) == 0 || !paramCharSequence.takes(args[0]) {
		return nil, errNoMethod
	}
	if len(args) == 2 && args[1] == nil {
		return nil, errNoMethod // ambiguous: join has two forms
	}
	var items []Value
	switch rest := args[1:]; {
	case len(rest) == 1 && paramCollection.takes(rest[0]):
		items = collection(rest[0])
		for _, item := range items {
			if !paramCharSequence.takes(item) {
				return nil, castError(item, "java.lang.CharSequence")
			}
		}
	default:
		items = varargs(rest)
		for _, item := range items {
			if !paramCharSequence.takes(item) {
				return nil, errNoMethod
			}
		}
	}
	sep, err := str(args[0])
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for i, item := range items {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(textOf(item))
		if b.Len() > budget.MaxSize() {
			break
		}
	}
	return b.String(), budget.Make(b.Len())
}
