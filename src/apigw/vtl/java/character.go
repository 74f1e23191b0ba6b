package java

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// The methods of java.lang.Character.

var characterMethods = slices.Concat([]method[Char]{
	{"charValue", "", returns(func(c Char) Char { return c })},
	{"compareTo", "Object", compareTo("java.lang.Character", func(a, b Char) Value { return Int(int32(a) - int32(b)) })},
	{"compare", "char, char", func(c call[Char]) (Value, error) { return Int(int32(c.char(0)) - int32(c.char(1))), nil }},
	{"hashCode", "char", func(c call[Char]) (Value, error) { return Int(int32(c.char(0))), nil }},
	{"toString", "char", func(c call[Char]) (Value, error) { return string(AppendUnit(nil, rune(c.char(0)))), nil }},
	{"toString", "int", func(c call[Char]) (Value, error) {
		if r := c.int(0); r < 0 || r > unicode.MaxRune {
			return nil, invalidCodePoint(r)
		}
		return string(AppendUnit(nil, c.int(0))), nil
	}},
	{"valueOf", "char", func(c call[Char]) (Value, error) { return c.args[0], nil }},
	{"codePointAt", "CharSequence, int", inText(func(c call[Char], s string) (Value, error) { return codePointAt(s, int(c.int(1))) })},
	{"codePointBefore", "CharSequence, int", inText(func(c call[Char], s string) (Value, error) { return codePointBefore(s, int(c.int(1))) })},
	{"codePointCount", "CharSequence, int, int", inText(func(c call[Char], s string) (Value, error) {
		return codePointCount(s, int(c.int(1)), int(c.int(2)))
	})},
	{"offsetByCodePoints", "CharSequence, int, int", func(c call[Char]) (Value, error) {
		s, ok := c.args[0].(string)
		if !ok {
			return nil, errNull
		}
		return offsetByCodePoints(s, int(c.int(1)), int(c.int(2)))
	}},
	{"digit", "char, int", func(c call[Char]) (Value, error) { return digitOf(rune(c.char(0)), int(c.int(1))), nil }},
	{"digit", "int, int", func(c call[Char]) (Value, error) { return digitOf(c.int(0), int(c.int(1))), nil }},
	{"getNumericValue", "char", func(c call[Char]) (Value, error) { return digitOf(rune(c.char(0)), 36), nil }},
	{"getNumericValue", "int", func(c call[Char]) (Value, error) { return digitOf(c.int(0), 36), nil }},
	{"forDigit", "int, int", func(c call[Char]) (Value, error) {
		digit, radix := c.int(0), c.int(1)
		if radix < 2 || radix > 36 || digit < 0 || digit >= radix {
			return Char(0), nil
		}
		return Char(strconv.FormatInt(int64(digit), int(radix))[0]), nil
	}},
	{"getType", "char", func(c call[Char]) (Value, error) { return Int(characterType(rune(c.char(0)))), nil }},
	{"getType", "int", func(c call[Char]) (Value, error) { return Int(characterType(c.int(0))), nil }},

	{"isSurrogatePair", "char, char", func(c call[Char]) (Value, error) {
		return isHighSurrogate(rune(c.char(0))) && isLowSurrogate(rune(c.char(1))), nil
	}},
	{"toCodePoint", "char, char", func(c call[Char]) (Value, error) {
		return Int((rune(c.char(0))-0xD800)<<10 + rune(c.char(1)) - 0xDC00 + 0x10000), nil
	}},
	{"reverseBytes", "char", func(c call[Char]) (Value, error) { return c.char(0)>>8 | c.char(0)<<8, nil }},
	{"charCount", "int", func(c call[Char]) (Value, error) {
		if c.int(0) >= 0x10000 {
			return Int(2), nil
		}
		return Int(1), nil
	}},
	{"highSurrogate", "int", func(c call[Char]) (Value, error) { return Char(c.int(0)>>10 + 0xD800 - 0x10000>>10), nil }},
	{"lowSurrogate", "int", func(c call[Char]) (Value, error) { return Char(c.int(0)&0x3FF + 0xDC00), nil }},
	{"toChars", "int", func(c call[Char]) (Value, error) {
		if r := c.int(0); r < 0 || r > unicode.MaxRune {
			return nil, invalidCodePoint(r)
		}
		a := &Array{class: "char"}
		for _, u := range Units(string(AppendUnit(nil, c.int(0)))) {
			a.items = append(a.items, Char(u))
		}
		return a, nil
	}},
	{"describeConstable", "", notHere[Char]}, // VTL-REFLECTION
},
	characterCase("toUpperCase", unicode.UpperCase),
	characterCase("toLowerCase", unicode.LowerCase),
	characterCase("toTitleCase", unicode.TitleCase),

	characterTest("isDigit", unicode.IsDigit),
	characterTest("isLetter", unicode.IsLetter),
	characterTest("isLetterOrDigit", func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }),
	characterTest("isUpperCase", func(r rune) bool { return unicode.IsUpper(r) || unicode.Is(unicode.Other_Uppercase, r) }),
	characterTest("isLowerCase", func(r rune) bool { return unicode.IsLower(r) || unicode.Is(unicode.Other_Lowercase, r) }),
	characterTest("isTitleCase", unicode.IsTitle),
	characterTest("isWhitespace", javaWhitespace),
	characterTest("isSpaceChar", func(r rune) bool { return unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp) }),
	characterTest("isISOControl", func(r rune) bool { return r >= 0 && r <= 0x1F || r >= 0x7F && r <= 0x9F }),
	characterTest("isDefined", func(r rune) bool { return characterType(r) != 0 }),
	characterTest("isUnicodeIdentifierStart", isUnicodeIdentifierStart),
	characterTest("isUnicodeIdentifierPart", func(r rune) bool {
		return isUnicodeIdentifierStart(r) || isIdentifierIgnorable(r) || unicode.In(r, unicode.Pc, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Other_ID_Continue)
	}),
	characterTest("isIdentifierIgnorable", isIdentifierIgnorable),
	characterTest("isJavaIdentifierStart", isJavaIdentifierStart),
	characterTest("isJavaIdentifierPart", isJavaIdentifierPart),

	[]method[Char]{
		charTest("isHighSurrogate", isHighSurrogate),
		charTest("isLowSurrogate", isLowSurrogate),
		charTest("isSurrogate", func(r rune) bool { return isHighSurrogate(r) || isLowSurrogate(r) }),
		charTest("isJavaLetter", isJavaIdentifierStart),
		charTest("isJavaLetterOrDigit", isJavaIdentifierPart),
		charTest("isSpace", func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\f' || r == '\r' }),

		codePointTest("isAlphabetic", func(r rune) bool { return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic) }),
		codePointTest("isIdeographic", func(r rune) bool { return unicode.Is(unicode.Ideographic, r) }),
		codePointTest("isValidCodePoint", func(r rune) bool { return r >= 0 && r <= unicode.MaxRune }),
		codePointTest("isBmpCodePoint", func(r rune) bool { return r >= 0 && r < 0x10000 }),
		codePointTest("isSupplementaryCodePoint", func(r rune) bool { return r >= 0x10000 && r <= unicode.MaxRune }),
	})

// characterTest tests a char as well as a code point, charTest and codePointTest only one of
// these.
func characterTest(name string, is func(rune) bool) []method[Char] {
	return []method[Char]{charTest(name, is), codePointTest(name, is)}
}

func charTest(name string, is func(rune) bool) method[Char] {
	return method[Char]{name, "char", func(c call[Char]) (Value, error) { return is(rune(c.char(0))), nil }}
}

func codePointTest(name string, is func(rune) bool) method[Char] {
	return method[Char]{name, "int", func(c call[Char]) (Value, error) { return is(c.int(0)), nil }}
}

func characterCase(name string, to int) []method[Char] {
	return []method[Char]{
		{name, "char", func(c call[Char]) (Value, error) { return Char(unicode.To(to, rune(c.char(0)))), nil }},
		{name, "int", func(c call[Char]) (Value, error) { return Int(unicode.To(to, c.int(0))), nil }},
	}
}

// digitOf is Character.digit as a value.
func digitOf(r rune, base int) Value { return Int(int32(Digit(r, base))) }

// Digit is Character.digit: the value of a decimal digit of any script, or of a Latin letter, of
// full width as well; -1 if the radix does not have it.
func Digit(r rune, radix int) int {
	value := -1
	switch {
	case r >= '0' && r <= '9':
		value = int(r - '0')
	case r|0x20 >= 'a' && r|0x20 <= 'z':
		value = int(r|0x20-'a') + 10
	case r <= unicode.MaxASCII:
	case r >= 0xFF21 && r <= 0xFF3A:
		value = int(r-0xFF21) + 10
	case r >= 0xFF41 && r <= 0xFF5A:
		value = int(r-0xFF41) + 10
	default:
		value = scriptDigit(r)
	}
	if value >= radix || radix < 2 || radix > 36 {
		return -1
	}
	return value
}

// scriptDigit is the value of a decimal digit outside ASCII: the digits of a script are
// consecutive.
func scriptDigit(r rune) int {
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10
		}
	}
	return -1
}

// asciiDigits replaces all other digits of one UTF-16 unit that Java accepts in numbers with
// ASCII's.
func asciiDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII && r <= 0xFFFF {
			if d := Digit(r, 36); d >= 0 {
				return rune(strconv.FormatInt(int64(d), 36)[0])
			}
		}
		return r
	}, s)
}

// characterTypes are Unicode's general categories in the order of Character's constants, from 1.
var characterTypes = []*unicode.RangeTable{1: unicode.Lu, 2: unicode.Ll, 3: unicode.Lt, 4: unicode.Lm, 5: unicode.Lo, 6: unicode.Mn, 7: unicode.Me, 8: unicode.Mc,
	9: unicode.Nd, 10: unicode.Nl, 11: unicode.No, 12: unicode.Zs, 13: unicode.Zl, 14: unicode.Zp, 15: unicode.Cc, 16: unicode.Cf, 18: unicode.Co, 19: unicode.Cs,
	20: unicode.Pd, 21: unicode.Ps, 22: unicode.Pe, 23: unicode.Pc, 24: unicode.Po, 25: unicode.Sm, 26: unicode.Sc, 27: unicode.Sk, 28: unicode.So, 29: unicode.Pi, 30: unicode.Pf}

// characterType is Character.getType: 0 for unassigned code points.
func characterType(r rune) int32 {
	for i, table := range characterTypes {
		if table != nil && unicode.Is(table, r) {
			return int32(i)
		}
	}
	return 0
}

func isUnicodeIdentifierStart(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start)
}

func isHighSurrogate(r rune) bool { return r>>10 == 0xD800>>10 }
func isLowSurrogate(r rune) bool  { return r>>10 == 0xDC00>>10 }

func isIdentifierIgnorable(r rune) bool {
	return r >= 0 && r <= 8 || r >= 0xE && r <= 0x1B || r >= 0x7F && r <= 0x9F || unicode.Is(unicode.Cf, r)
}

func isJavaIdentifierStart(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Sc, unicode.Pc)
}

func isJavaIdentifierPart(r rune) bool {
	return isJavaIdentifierStart(r) || unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc) || isIdentifierIgnorable(r)
}

func invalidCodePoint(r rune) error {
	return Throw("java.lang.IllegalArgumentException", "Not a valid Unicode code point: 0x%X", uint32(r))
}

// inText makes a method whose first argument is a string. Another method takes a char[] there, so
// that a null is ambiguous.
func inText(f func(c call[Char], s string) (Value, error)) func(call[Char]) (Value, error) {
	return func(c call[Char]) (Value, error) {
		s, ok := c.args[0].(string)
		if !ok {
			return nil, errNoMethod
		}
		return f(c, s)
	}
}
