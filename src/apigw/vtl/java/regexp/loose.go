package regexp

import (
	"regexp"
	"strings"
)

// Java remembers where a loop has failed, so that patterns like (a+)+b do not take exponential
// time, as they do in other engines. A looser pattern, which matches wherever the pattern does
// and more, shows in linear time that there is nothing to find, or where a search need not look.

// loosen turns a translated pattern into a looser one for package regexp, without look-arounds
// and back references. It returns nil if that is not possible.
func loosen(text string) (find, whole *regexp.Regexp) {
	text, atEnd := strings.CutSuffix(text, endOfInput)
	var b strings.Builder
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\\':
			i = loosenEscape(&b, text, i)
		case c == '[':
			b.WriteByte('[')
			for i++; text[i] != ']'; {
				if text[i] == '\\' {
					i = loosenEscape(&b, text, i)
				} else {
					b.WriteByte(text[i])
					i++
				}
			}
			b.WriteByte(']')
			i++
		case hasAnyPrefix(text[i:], "(?=", "(?!", "(?<=", "(?<!"):
			b.WriteString("(?:)")
			i = afterGroup(text, i)
		case strings.HasPrefix(text[i:], "(?>"):
			b.WriteString("(?:")
			i += 3
		default:
			b.WriteByte(c)
			i++
		}
	}
	if atEnd {
		b.WriteString(`(?:\r\n|[\n\r\x{85}\x{2028}\x{2029}])?\z`)
	}
	text = b.String()
	find, err := regexp.Compile(text)
	if err != nil {
		return nil, nil
	}
	whole, err = regexp.Compile(`\A(?:` + text + `)\z`)
	if err != nil {
		return nil, nil
	}
	return find, whole
}

// loosenEscape writes the escape at byte i, and returns its end.
func loosenEscape(b *strings.Builder, text string, i int) int {
	switch c := text[i+1]; {
	case c == 'u':
		b.WriteString(`\x{` + text[i+2:i+6] + `}`)
		return i + 6
	case c == 'b' || c == 'B' || c == 'G':
		b.WriteString("(?:)")
	case isDigit(c):
		b.WriteString(`(?s:.*)`)
		for i++; i < len(text) && isDigit(text[i]); i++ {
		}
		return i
	case isAlnum(c):
		b.WriteString(text[i : i+2])
	default:
		b.WriteString(regexp.QuoteMeta(text[i+1 : i+2]))
	}
	return i + 2
}

// afterGroup returns the position after the group at byte i.
func afterGroup(text string, i int) int {
	for depth := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '[':
			for i++; text[i] != ']'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return i
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
