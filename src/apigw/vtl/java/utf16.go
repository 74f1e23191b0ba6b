package java

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Java strings are sequences of UTF-16 units. Strings here are UTF-8, in which half of a surrogate
// pair, which substring and charAt can make, is written as the three bytes that UTF-8 would use for
// it if it allowed that (WTF-8). Positions are converted when a template uses them; ASCII strings,
// by far the most common, need no conversion.

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// DecodeUnit returns the rune at the start of s and its length in bytes, half surrogates included.
func DecodeUnit(s string) (r rune, size int) {
	r, size = utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size <= 1 {
		if len(s) >= 3 && s[0] == 0xED && s[1]&0xE0 == 0xA0 && s[2]&0xC0 == 0x80 {
			return 0xD000 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F), 3
		}
	}
	return r, size
}

// AppendUnit appends a rune, or a half surrogate in WTF-8.
func AppendUnit(dst []byte, r rune) []byte {
	if r >= 0xD800 && r <= 0xDFFF {
		return append(dst, 0xED, byte(0x80|(r>>6)&0x3F), byte(0x80|r&0x3F))
	}
	return utf8.AppendRune(dst, r)
}

// utf16Len is the length of s in UTF-16 units.
func utf16Len(s string) int {
	n := 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			n++
			continue
		}
		r, size := DecodeUnit(s[i:])
		i += size
		n++
		if r >= 0x10000 {
			n++
		}
	}
	return n
}

// Units converts s to UTF-16.
func Units(s string) []uint16 {
	u := make([]uint16, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			u = append(u, uint16(s[i]))
			i++
			continue
		}
		r, size := DecodeUnit(s[i:])
		i += size
		if r >= 0x10000 {
			hi, lo := utf16.EncodeRune(r)
			u = append(u, uint16(hi), uint16(lo))
		} else {
			u = append(u, uint16(r))
		}
	}
	return u
}

// FromUnits converts UTF-16 to a string.
func FromUnits(u []uint16) string {
	b := make([]byte, 0, len(u))
	for i := 0; i < len(u); i++ {
		r := rune(u[i])
		if i+1 < len(u) && utf16.IsSurrogate(r) {
			if c := utf16.DecodeRune(r, rune(u[i+1])); c != utf8.RuneError {
				b = utf8.AppendRune(b, c)
				i++
				continue
			}
		}
		b = AppendUnit(b, r)
	}
	return string(b)
}

// substring returns the units from begin to end of s, which must be in range.
func substring(s string, begin, end int) string {
	if isASCII(s) {
		return s[begin:end]
	}
	return FromUnits(Units(s)[begin:end])
}

// separateUnits writes each half of a surrogate pair separately, so that every unit of s can be
// searched for.
func separateUnits(s string) string {
	pairs := false
	for i := range len(s) {
		pairs = pairs || s[i] >= 0xF0
	}
	if !pairs {
		return s
	}
	var b []byte
	for _, u := range Units(s) {
		b = AppendUnit(b, rune(u))
	}
	return string(b)
}

// JoinHalves joins surrogate halves that concatenation brought together.
func JoinHalves(s string) string {
	for i := 0; ; {
		j := strings.IndexByte(s[i:], 0xED)
		if j < 0 {
			return s
		}
		i += j
		if i+5 < len(s) && s[i+1]&0xF0 == 0xA0 && s[i+3] == 0xED && s[i+4]&0xF0 == 0xB0 {
			return FromUnits(Units(s))
		}
		i++
	}
}

// Printable replaces half surrogates with '?', as Java's encoder does.
func Printable(s string) string {
	if strings.IndexByte(s, 0xED) < 0 {
		return s
	}
	s = JoinHalves(s)
	var b []byte
	for i := 0; i < len(s); {
		r, size := DecodeUnit(s[i:])
		if r >= 0xD800 && r <= 0xDFFF {
			if b == nil {
				b = append(b, s[:i]...)
			}
			b = append(b, '?')
		} else if b != nil {
			b = append(b, s[i:i+size]...)
		}
		i += size
	}
	if b == nil {
		return s
	}
	return string(b)
}

// ValidText is s with anything that is not UTF-8 replaced by U+FFFD, as Java decodes it (recorded
// on AWS).
func ValidText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 2*len(s)/8)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			size = malformedLength(s[i:])
		}
		b.WriteRune(r)
		i += size
	}
	return b.String()
}

// malformedLength is how many bytes Java's decoder treats as one malformed character: the
// well-formed start of one, or a whole surrogate.
func malformedLength(s string) int {
	continues := func(i int) bool { return i < len(s) && s[i]&0xC0 == 0x80 }
	switch lead := s[0]; {
	case lead >= 0xE0 && lead <= 0xEF:
		if !continues(1) || lead == 0xE0 && s[1] < 0xA0 {
			return 1
		}
		if lead == 0xED && s[1] >= 0xA0 && continues(2) {
			return 3
		}
		return 2
	case lead >= 0xF0 && lead <= 0xF4:
		if !continues(1) || lead == 0xF0 && s[1] < 0x90 || lead == 0xF4 && s[1] > 0x8F {
			return 1
		}
		if !continues(2) {
			return 2
		}
		return 3
	}
	return 1
}
