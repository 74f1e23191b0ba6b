package jsonschema

import (
	"strings"
	"unicode"
	"unicode/utf16"
)

// validEmail is JavaMail's strict InternetAddress: one address of RFC 822, optionally with a name
// before it, or a group.
func validEmail(s string) bool {
	list, ok := addresses(strings.Trim(s, javaTrimmed))
	if !ok || len(list) != 1 {
		return false
	}
	address := list[0]
	if i := strings.IndexByte(address, ':'); i > 0 && strings.HasSuffix(address, ";") {
		_, ok := addresses(address[i+1 : len(address)-1])
		return ok
	}
	return validMailbox(address, true, true)
}

// javaTrimmed are the characters that String.trim removes.
const javaTrimmed = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f "

// addresses reads a list of addresses.
func addresses(s string) (list []string, ok bool) {
	const none = -1
	start, end := none, none
	group, route := false, false
	finish := func(to int) bool {
		if end == none {
			end = to
		}
		address := strings.Trim(s[start:end], javaTrimmed)
		if !validMailbox(address, route, false) {
			return false
		}
		list = append(list, address)
		start, end, route = none, none, false
		return true
	}
	// skip returns the index of the next c that has no backslash before it, or the length.
	skip := func(i int, c byte) int {
		for ; i < len(s) && s[i] != c; i++ {
			if s[i] == '\\' {
				i++
			}
		}
		return min(i, len(s))
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(': // a comment
			if start != none && end == none {
				end = i
			}
			nesting := 1
			for i++; i < len(s) && nesting > 0; i++ {
				switch s[i] {
				case '\\':
					i++
				case '(':
					nesting++
				case ')':
					nesting--
				}
			}
			if nesting > 0 {
				return nil, false
			}
			i--
		case ')', '>':
			return nil, false
		case '<':
			if route {
				return nil, false
			}
			from := i
			quoted := false
			for i++; i < len(s) && (quoted || s[i] != '>'); i++ {
				switch s[i] {
				case '\\':
					i++
				case '"':
					quoted = !quoted
				}
			}
			if quoted || i >= len(s) {
				return nil, false
			}
			if !group {
				start = from + 1
			}
			route, end = true, i
		case '"', '[':
			if start == none {
				start = i
			}
			closing := s[i]
			if closing == '[' {
				closing = ']'
			}
			if i = skip(i+1, closing); i >= len(s) {
				return nil, false
			}
		case ';':
			if start == none {
				route, end = false, none
				continue
			}
			if !group {
				return nil, false
			}
			group = false
			list = append(list, strings.Trim(s[start:i+1], javaTrimmed))
			start, end, route = none, none, false
		case ',':
			if start == none || group {
				route = false
				if start == none {
					end = none
				}
				continue
			}
			if !finish(i) {
				return nil, false
			}
		case ':':
			if group {
				return nil, false
			}
			if start == none {
				start = i
			}
			group = true
		case ' ', '\t', '\r', '\n':
		default:
			if start == none {
				start = i
			}
		}
	}
	return list, start == none || finish(len(s))
}

// validMailbox checks local@domain, with a route before it if that is allowed. Only the last check
// requires the domain.
func validMailbox(s string, route, last bool) bool {
	if s == "" {
		return false
	}
	start := 0
	if route && s[0] == '@' {
		for {
			i := strings.IndexAny(s[start:], ",:")
			if i < 0 {
				break
			}
			if i += start; s[start] != '@' {
				return false
			}
			start = i + 1
			if s[i] == ':' {
				break
			}
		}
	}
	at, ok := localPart(s, start, last)
	if !ok {
		return false
	}
	if at < 0 {
		return !last
	}
	return validDomain(s[at+1:], s[at])
}

// localPart reads up to the '@', whose index it returns, -1 if there is none.
func localPart(s string, start int, last bool) (at int, ok bool) {
	quoted := false
	var c, before byte
	c = 0xFF
	i := start
	for ; i < len(s); i++ {
		before, c = c, s[i]
		next := byte(0)
		more := i+1 < len(s)
		if more {
			next = s[i+1]
		}
		if c == '\\' || before == '\\' {
			continue
		}
		switch {
		case c == '"':
			if quoted && last && more && next != '@' || !quoted && last && i != 0 {
				return 0, false
			}
			quoted = !quoted
			continue
		case c == '\r' && more && next != '\n':
			return 0, false
		case c == '\n' && more && next != ' ' && next != '\t':
			return 0, false
		case c == '.' && (i == start || before == '.'):
			return 0, false
		}
		if quoted {
			continue
		}
		if c == '@' {
			if i == 0 || before == '.' {
				return 0, false
			}
			break
		}
		if c <= ' ' || c == 0x7F || strings.IndexByte(`()<>,;:\"[]@`, c) >= 0 {
			return 0, false
		}
	}
	if quoted {
		return 0, false
	}
	if c != '@' {
		return -1, true
	}
	return min(i, len(s)-1), true
}

func validDomain(s string, before byte) bool {
	if s == "" || s[0] == '.' {
		return false
	}
	literal := false
	last := rune(before)
	units := utf16.Encode([]rune(s))
	for i, c := range units {
		switch {
		case c == '[':
			if i != 0 {
				return false
			}
			literal = true
		case c == ']':
			if i != len(units)-1 {
				return false
			}
			literal = false
		case c <= ' ' || c == 0x7F:
			return false
		case !literal && !(unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c)) || c == '-' || c == '.'):
			return false
		case !literal && c == '.' && last == '.':
			return false
		}
		last = rune(c)
	}
	return last != '.'
}
