package java

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text functions of String and Character: case, white space, order and search.

func javaWhitespace(r rune) bool {
	switch {
	case r >= '\t' && r <= '\r', r >= 0x1c && r <= ' ':
		return true
	case r == 0xa0, r == 0x2007, r == 0x202f:
		return false
	}
	return unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp)
}

// upper and lower are toUpperCase and toLowerCase in the root locale: with Unicode's special cases,
// unlike Go's.
func upper(s string) string {
	if isASCII(s) {
		return strings.ToUpper(s)
	}
	b := make([]byte, 0, len(s))
	for i, size := 0, 0; i < len(s); i += size {
		var r rune
		r, size = DecodeUnit(s[i:])
		if special, ok := specialUpper[r]; ok {
			b = append(b, special...)
		} else {
			b = AppendUnit(b, unicode.ToUpper(r))
		}
	}
	return string(b)
}

var specialUpper = map[rune]string{
	'ß': "SS", 'ŉ': "ʼN", 'ǰ': "J̌", 'ΐ': "Ϊ́", 'ΰ': "Ϋ́", 'և': "ԵՒ", 'ẖ': "H̱", 'ẗ': "T̈", 'ẘ': "W̊", 'ẙ': "Y̊", 'ẚ': "Aʾ",
	'ﬀ': "FF", 'ﬁ': "FI", 'ﬂ': "FL", 'ﬃ': "FFI", 'ﬄ': "FFL", 'ﬅ': "ST", 'ﬆ': "ST",
}

func lower(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	b := make([]byte, 0, len(s))
	before := false // a letter precedes
	for i, size := 0, 0; i < len(s); i += size {
		var r rune
		switch r, size = DecodeUnit(s[i:]); r {
		case 'İ':
			b = append(b, "i̇"...)
		case 'Σ':
			after, _ := DecodeUnit(s[i+size:])
			if before && !unicode.IsLetter(after) {
				b = append(b, "ς"...)
			} else {
				b = append(b, "σ"...)
			}
		default:
			b = AppendUnit(b, unicode.ToLower(r))
		}
		before = unicode.IsLetter(r)
	}
	return string(b)
}

func equalFold(a, b string) bool {
	x, y := Units(a), Units(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !foldEqual(x[i], y[i]) {
			return false
		}
	}
	return true
}

func foldEqual(a, b uint16) bool {
	if a == b {
		return true
	}
	u, v := unicode.ToUpper(rune(a)), unicode.ToUpper(rune(b))
	return u == v || unicode.ToLower(u) == unicode.ToLower(v)
}

// CompareStrings is String.compareTo: the difference of the first two units that differ, or else
// the difference of the lengths.
func CompareStrings(a, b string) int32 {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for i > 0 && (i < len(a) && !utf8.RuneStart(a[i]) || i < len(b) && !utf8.RuneStart(b[i])) {
		i--
	}
	a, b = a[i:], b[i:]
	x, y := firstUnits(a), firstUnits(b)
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return int32(x[i]) - int32(y[i])
		}
	}
	return int32(utf16Len(a) - utf16Len(b))
}

// firstUnits returns the units of the first two characters of s, which are enough to distinguish it
// from a string that starts with another.
func firstUnits(s string) []uint16 {
	_, n := DecodeUnit(s)
	_, m := DecodeUnit(s[n:])
	return Units(s[:n+m])
}

func compareFold(a, b string) int32 {
	x, y := Units(a), Units(b)
	for i := 0; i < len(x) && i < len(y); i++ {
		if !foldEqual(x[i], y[i]) {
			return unicode.ToLower(unicode.ToUpper(rune(x[i]))) - unicode.ToLower(unicode.ToUpper(rune(y[i])))
		}
	}
	return int32(len(x) - len(y))
}

// indexOf is indexOf and lastIndexOf of a string or a character's code, from a position if from is
// not nil.
func indexOf(s string, last bool, what, from Value) (Value, error) {
	var x string
	switch w := what.(type) {
	case string:
		x = w
	case int32:
		if w < 0 || w > unicode.MaxRune {
			return Int(-1), nil
		}
		x = string(AppendUnit(nil, w))
	case nil:
		return nil, errNull
	default:
		return nil, errNoMethod
	}
	// In separate units a string is found wherever Java finds it, and nowhere else.
	s, x = separateUnits(s), separateUnits(x)
	if last {
		end := len(s)
		if from != nil {
			if from.(int32) < 0 {
				return Int(-1), nil
			}
			end = min(end, unitOffset(s, int(from.(int32)))+len(x))
		}
		return Int(unitsBefore(s, strings.LastIndex(s[:end], x))), nil
	}
	start := 0
	if from != nil {
		start = unitOffset(s, int(from.(int32)))
	}
	i := strings.Index(s[start:], x)
	if i >= 0 {
		i += start
	}
	return Int(unitsBefore(s, i)), nil
}

// unitOffset is the byte at which unit n begins, the length of s if there are fewer.
func unitOffset(s string, n int) int {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, size := DecodeUnit(s[i:])
		i += size
	}
	return i
}

// unitsBefore is how many units come before byte i, -1 if i is -1.
func unitsBefore(s string, i int) int32 {
	if i < 0 {
		return -1
	}
	return int32(utf16Len(s[:i]))
}

// replaceText is String.replace: an empty target is found between all UTF-16 units.
func replaceText(s, old, with string) string {
	if old != "" || isASCII(s) {
		return JoinHalves(strings.ReplaceAll(s, old, with))
	}
	var b []byte
	for _, u := range Units(s) {
		b = append(b, with...)
		b = AppendUnit(b, rune(u))
	}
	return JoinHalves(string(append(b, with...)))
}
