package java

import (
	"cmp"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The methods of java.lang.String.

func callString(budget *Budget, s, name string, args []Value) (Value, bool, error) {
	switch len(args) {
	case 0:
		if v, ok, err := callString0(budget, s, name); ok || err != nil {
			return v, ok, err
		}
	case 1:
		if takesFunction(name, args, " transform/1 ") {
			return nil, false, errNull
		}
		if v, ok, err := callString1(budget, s, name, args); ok || err != nil {
			return v, ok, err
		}
	case 2:
		if v, ok, err := callString2(budget, s, name, args); ok || err != nil {
			return v, ok, err
		}
	}
	switch name {
	case "format":
		if len(args) >= 1 && fits(args[0], 's') {
			if args[0] == nil && len(args) > 1 && args[1] != nil && fits(args[1], 's') {
				args = args[1:] // null is the locale
			}
			f, err := str(args[0])
			if err != nil {
				return nil, false, err
			}
			r, err := formatString(budget, f, args[1:])
			return r, err == nil, err
		}
	case "valueOf", "copyValueOf": // of a char[], for which Velocity takes any number of chars
		if name == "valueOf" && len(args) == 1 {
			break
		}
		for _, a := range args {
			if !fits(a, 'c') {
				return nil, false, nil
			}
		}
		return charsToString(args), true, nil
	case "formatted":
		r, err := formatString(budget, s, args)
		return r, err == nil, err
	case "join":
		return joinStrings(budget, args)
	case "regionMatches":
		ignoreCase := false
		if takes(args, "zisii") {
			ignoreCase = args[0].(bool)
			args = args[1:]
		}
		if takes(args, "isii") {
			other, err := str(args[1])
			if err != nil {
				return nil, false, err
			}
			a, b := units(s), units(other)
			i, j, n := int(args[0].(int32)), int(args[2].(int32)), int(args[3].(int32))
			if i < 0 || j < 0 || i > len(a)-n || j > len(b)-n {
				return false, true, nil
			}
			if n <= 0 {
				return true, true, nil
			}
			x, y := fromUnits(a[i:i+n]), fromUnits(b[j:j+n])
			return x == y || ignoreCase && equalFold(x, y), true, nil
		}
	}
	return nil, false, nil
}

func callString0(budget *Budget, s, name string) (Value, bool, error) {
	switch name {
	case "length":
		if isASCII(s) {
			return Int(int32(len(s))), true, nil
		}
		return Int(int32(utf16Len(s))), true, nil
	case "isEmpty":
		return s == "", true, nil
	case "isBlank":
		return strings.TrimFunc(s, javaWhitespace) == "", true, nil
	case "trim":
		return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }), true, nil
	case "strip":
		return strings.TrimFunc(s, javaWhitespace), true, nil
	case "stripLeading":
		return strings.TrimLeftFunc(s, javaWhitespace), true, nil
	case "stripTrailing":
		return strings.TrimRightFunc(s, javaWhitespace), true, nil
	case "toUpperCase":
		if err := budget.Make(len(s)); err != nil {
			return nil, false, err
		}
		return upper(s), true, nil
	case "toLowerCase":
		if err := budget.Make(len(s)); err != nil {
			return nil, false, err
		}
		return lower(s), true, nil
	case "toString", "intern":
		return s, true, nil
	case "hashCode":
		return Int(stringHash(s)), true, nil
	case "getBytes":
		if err := budget.Make(16 * len(s)); err != nil {
			return nil, false, err
		}
		a := &Array{class: "byte"}
		for _, b := range []byte(Printable(s)) {
			a.items = append(a.items, Int(int32(int8(b))))
		}
		return a, true, nil
	case "toCharArray":
		if err := budget.Make(16 * len(s)); err != nil {
			return nil, false, err
		}
		a := &Array{class: "char"}
		for _, u := range units(s) {
			a.items = append(a.items, Char(u))
		}
		return a, true, nil
	case "stripIndent":
		if err := budget.Make(len(s)); err != nil {
			return nil, false, err
		}
		return stripIndent(s), true, nil
	case "translateEscapes":
		if err := budget.Make(len(s)); err != nil {
			return nil, false, err
		}
		r, err := translateEscapes(s)
		return r, err == nil, err
	case "lines":
		var lines []Value
		for line := range strings.Lines(normalizeLines(s)) {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
		if err := budget.Make(16 * len(lines)); err != nil {
			return nil, false, err
		}
		return &stream{items: lines}, true, nil
	case "chars", "codePoints":
		var codes []Value
		if name == "chars" {
			for _, u := range units(s) {
				codes = append(codes, Int(int32(u)))
			}
		} else {
			for i := 0; i < len(s); {
				r, size := DecodeUnit(s[i:])
				codes = append(codes, Int(r))
				i += size
			}
		}
		if err := budget.Make(16 * len(codes)); err != nil {
			return nil, false, err
		}
		return &stream{items: codes, ints: true}, true, nil
	}
	return nil, false, nil
}

func callString1(budget *Budget, s, name string, args []Value) (Value, bool, error) {
	switch name {
	case "codePointBefore":
		if takes(args, "i") {
			i := int(args[0].(int32))
			u := units(s)
			if i < 1 || i > len(u) {
				return nil, false, stringBounds("Index %d out of bounds for length %d", i, len(u))
			}
			r, size := utf8.DecodeLastRuneInString(fromUnits(u[max(0, i-2):i]))
			if size <= 1 && r == utf8.RuneError {
				r = rune(u[i-1])
			}
			return Int(r), true, nil
		}
	case "charAt", "codePointAt", "substring", "repeat", "indent":
		if !takes(args, "i") {
			return nil, false, nil
		}
		i := int(args[0].(int32))
		switch name {
		case "repeat":
			if i < 0 {
				return nil, false, Throw("java.lang.IllegalArgumentException", "count is negative: %d", i)
			}
			size := len(s) * i
			if s != "" && i > math.MaxInt/len(s) {
				size = math.MaxInt
			}
			if err := budget.Make(size); err != nil {
				return nil, false, err
			}
			return strings.Repeat(s, i), true, nil
		case "indent":
			r, err := indentLines(budget, s, i)
			return r, err == nil, err
		}
		if isASCII(s) {
			switch {
			case name == "substring" && i >= 0 && i <= len(s):
				return s[i:], true, nil
			case name == "charAt" && i >= 0 && i < len(s):
				return Char(s[i]), true, nil
			}
		}
		u := units(s)
		switch {
		case name == "substring":
			if i < 0 {
				return nil, false, stringBounds("begin %d, end %d, length %d", i, len(u), len(u))
			}
			if i > len(u) {
				return nil, false, stringBounds("begin %d, end %d, length %d", i, len(u), len(u))
			}
			if err := budget.Make(len(s)); err != nil {
				return nil, false, err
			}
			return fromUnits(u[i:]), true, nil
		case i < 0 || i >= len(u):
			return nil, false, stringBounds("index %d, length %d", i, len(u))
		case name == "charAt":
			return Char(u[i]), true, nil
		}
		r, _ := DecodeUnit(fromUnits(u[i:min(i+2, len(u))]))
		return Int(r), true, nil
	case "contains", "startsWith", "endsWith", "concat", "matches", "split", "compareToIgnoreCase", "contentEquals":
		if !takes(args, "s") {
			return nil, false, nil
		}
		x, err := str(args[0])
		if err != nil {
			return nil, false, err
		}
		switch name {
		case "contains", "contentEquals":
			if name == "contentEquals" {
				return s == x, true, nil
			}
			return strings.Contains(s, x), true, nil
		case "startsWith":
			return strings.HasPrefix(s, x), true, nil
		case "endsWith":
			return strings.HasSuffix(s, x), true, nil
		case "concat":
			if err := budget.Make(len(s) + len(x)); err != nil {
				return nil, false, err
			}
			return JoinHalves(s + x), true, nil
		case "matches":
			re, err := compileRegexp(budget, x)
			if err != nil {
				return nil, false, err
			}
			start := time.Now()
			ok, err := re.Matches(s)
			err = cmp.Or(err, budget.Spend(time.Since(start)))
			return ok, err == nil, err
		case "split":
			return splitString(budget, s, x, 0)
		}
		return Int(compareFold(s, x)), true, nil
	case "equalsIgnoreCase":
		if takes(args, "s") {
			x, ok := args[0].(string)
			return ok && (s == x || equalFold(s, x)), true, nil
		}
	case "equals":
		x, ok := args[0].(string)
		return ok && x == s, true, nil
	case "compareTo":
		switch x := args[0].(type) {
		case string:
			return Int(compareStrings(s, x)), true, nil
		case nil:
			return nil, false, errNull
		}
		return nil, false, castError(args[0], "java.lang.String")
	case "indexOf", "lastIndexOf":
		return indexOf(s, name == "lastIndexOf", args[0], nil)
	case "valueOf", "copyValueOf":
		if a, ok := args[0].(*Array); ok && a.class == "char" {
			return charsToString(a.items), true, nil
		}
		if name == "copyValueOf" {
			switch c := args[0].(type) {
			case Char:
				return charsToString([]Value{c}), true, nil
			case nil:
				return nil, false, errNull
			}
			return nil, false, nil
		}
		if args[0] == nil {
			return "null", true, nil
		}
		r, ok, err := Text(budget, args[0])
		if !ok || err != nil {
			return nil, err == nil, err
		}
		return r, true, nil
	case "getBytes":
		if takes(args, "s") && args[0] != nil { // null is ambiguous: a name or a Charset
			charset, err := str(args[0])
			if err != nil {
				return nil, false, err
			}
			if !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8") {
				return nil, false, Throw("java.io.UnsupportedEncodingException", "%s", charset)
			}
			return callString0(budget, s, "getBytes")
		}
	}
	return nil, false, nil
}

func callString2(budget *Budget, s, name string, args []Value) (Value, bool, error) {
	switch name {
	case "substring", "subSequence":
		if takes(args, "ii") {
			b, e := int(args[0].(int32)), int(args[1].(int32))
			n := utf16Len(s)
			if b < 0 || b > e || e > n {
				return nil, false, stringBounds("begin %d, end %d, length %d", b, e, n)
			}
			return substring(s, b, e), true, nil
		}
	case "compare": // CharSequence's
		if takes(args, "ss") {
			x, err1 := str(args[0])
			y, err2 := str(args[1])
			if err := errors.Join(err1, err2); err != nil {
				return nil, false, errNull
			}
			return Int(compareStrings(x, y)), true, nil
		}
	case "indexOf", "lastIndexOf":
		if fits(args[1], 'i') {
			return indexOf(s, name == "lastIndexOf", args[0], args[1])
		}
	case "startsWith":
		if takes(args, "si") {
			i := int(args[1].(int32))
			if i < 0 {
				return false, true, nil
			}
			x, err := str(args[0])
			if err != nil {
				return nil, false, err
			}
			u := units(s)
			if i > len(u) {
				return false, true, nil
			}
			return strings.HasPrefix(fromUnits(u[i:]), x), true, nil
		}
	case "replace":
		switch {
		case takes(args, "ss"):
			old, err := str(args[0])
			if err != nil {
				return nil, false, err
			}
			with, err := str(args[1])
			if err != nil {
				return nil, false, err
			}
			if err := budget.Make(len(s) + (strings.Count(s, old))*len(with)); err != nil {
				return nil, false, err
			}
			return replaceText(s, old, with), true, nil
		case takes(args, "cc"):
			old := string(AppendUnit(nil, rune(args[0].(Char))))
			return JoinHalves(strings.ReplaceAll(s, old, string(AppendUnit(nil, rune(args[1].(Char)))))), true, nil
		}
	case "replaceAll", "replaceFirst":
		if takes(args, "ss") {
			pattern, err := str(args[0])
			if err != nil {
				return nil, false, err
			}
			re, err := compileRegexp(budget, pattern)
			if err != nil {
				return nil, false, err
			}
			start := time.Now()
			with, isText := args[1].(string)
			if !isText {
				// Java looks at a null replacement only when there is something to replace.
				out, err := re.ReplaceFirst(s, "")
				if name == "replaceAll" && err == nil && out == s {
					return s, true, nil
				}
				return nil, false, errNull
			}
			var out string
			if pattern == "" && !isASCII(s) {
				out, err = replaceEmpty(re, s, with, name == "replaceAll")
			} else if name == "replaceAll" {
				if with != "" {
					if err := budget.Make(len(s) * (1 + len(with)/16)); err != nil {
						return nil, false, err
					}
				}
				out, err = re.ReplaceAll(s, with)
			} else {
				out, err = re.ReplaceFirst(s, with)
			}
			if err != nil {
				return nil, false, regexpError(err)
			}
			if err := cmp.Or(budget.Spend(time.Since(start)), budget.Make(len(out))); err != nil {
				return nil, false, err
			}
			return out, true, nil
		}
	case "split":
		if takes(args, "si") {
			x, err := str(args[0])
			if err != nil {
				return nil, false, err
			}
			return splitString(budget, s, x, int(args[1].(int32)))
		}
	case "offsetByCodePoints":
		if takes(args, "ii") {
			at, n := int(args[0].(int32)), int(args[1].(int32))
			u := units(s)
			if at >= 0 && at <= len(u) {
				for ; n > 0 && at < len(u); n-- {
					_, size := DecodeUnit(fromUnits(u[at:min(at+2, len(u))]))
					at += 1 + size/4
				}
				for ; n < 0 && at > 0; n++ {
					if at--; at > 0 && u[at]>>10 == 0xDC00>>10 && u[at-1]>>10 == 0xD800>>10 {
						at--
					}
				}
				if n == 0 {
					return Int(int32(at)), true, nil
				}
			}
			return nil, false, Throw("java.lang.IndexOutOfBoundsException", "")
		}
	case "codePointCount":
		if takes(args, "ii") {
			b, e := int(args[0].(int32)), int(args[1].(int32))
			if b < 0 || b > e || e > utf16Len(s) {
				return nil, false, Throw("java.lang.IndexOutOfBoundsException", "")
			}
			return Int(int32(utf8.RuneCountInString(substring(s, b, e)))), true, nil
		}
	}
	return nil, false, nil
}

// varargs are the arguments of a method with a Object... at its end: one array stands for all of them.
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

// indent is String.indent: lines end with \n, with n more or fewer blanks in front.
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

// stripIndent is String.stripIndent: without the blanks that all lines begin with, and those that any ends with.
func stripIndent(s string) string {
	if s == "" {
		return ""
	}
	text, ended := strings.CutSuffix(normalizeLines(s), "\n")
	lines := strings.Split(text, "\n")
	indent := 0
	if !ended { // a line end at the end says that the indent is meant
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

// translateEscapes is String.translateEscapes: the escapes of Java's string literals but for \uXXXX.
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
			most := 3 // digits, so that the code is at most \377
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

// translated is what the character after a backslash stands for.
var translated = [...]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 's': ' ', 't': '\t', '\'': '\'', '"': '"', '\\': '\\'}

func normalizeLines(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

func charsToString(items []Value) string {
	u := make([]uint16, len(items))
	for i, c := range items {
		u[i] = uint16(c.(Char))
	}
	return fromUnits(u)
}

// join is String.join, with an Iterable or with strings.
func joinStrings(budget *Budget, args []Value) (Value, bool, error) {
	if len(args) == 0 || !fits(args[0], 'q') {
		return nil, false, nil
	}
	if len(args) == 2 && args[1] == nil {
		return nil, false, nil // ambiguous: join has two forms
	}
	var items []Value
	switch rest := args[1:]; {
	case len(rest) == 1 && fits(rest[0], 'C'):
		items = collection(rest[0])
		for _, item := range items {
			if !fits(item, 'q') {
				return nil, false, castError(item, "java.lang.CharSequence")
			}
		}
	default:
		items = varargs(rest)
		for _, item := range items {
			if !fits(item, 'q') {
				return nil, false, nil
			}
		}
	}
	sep, err := str(args[0])
	if err != nil {
		return nil, false, err
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
	if err := budget.Make(b.Len()); err != nil {
		return nil, false, err
	}
	return b.String(), true, nil
}
