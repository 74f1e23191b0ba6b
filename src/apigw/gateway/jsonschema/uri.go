package jsonschema

import (
	"strings"
	"unicode"
)

// charset is the set of ASCII characters allowed in a part of a URI. With other it also accepts
// escaped and other characters.
type charset struct {
	chars string
	other bool
}

const (
	uriMark   = "-_.!~*'()"
	uriDigits = "0123456789"
)

var (
	uriAny      = charset{uriMark + ";/?:@&=+$,[]", true}
	uriPath     = charset{uriMark + ":@&=+$,;/", true}
	uriUserInfo = charset{uriMark + ";:&=+$,", true}
	uriRegistry = charset{uriMark + "$,;:@&=+", true}
	uriServer   = charset{uriMark + ";:&=+$,.@[]%", true}
	uriScheme   = charset{"+-.", false}
	uriScope    = charset{"_.", false}
)

// fits reports whether all characters are allowed there.
func (k charset) fits(s string) bool {
	for i, c := range s {
		switch {
		case c < 0x80 && (isAlphanumeric(byte(c)) || strings.ContainsRune(k.chars, c)):
		case k.other && c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
		case k.other && c > 0x80 && !unicode.Is(unicode.Z, c) && !unicode.Is(unicode.Cc, c):
		default:
			return false
		}
	}
	return true
}

// validURI follows java.net.URI: relative references are URIs, and so is the empty string.
func validURI(s string) bool {
	s, fragment, hasFragment := strings.Cut(s, "#")
	if !uriAny.fits(fragment) {
		return false
	}
	if i := strings.IndexAny(s, ":/?"); i >= 0 && s[i] == ':' {
		if i == 0 || !isAlpha(s[0]) || !uriScheme.fits(s[1:i]) {
			return false
		}
		if s = s[i+1:]; !strings.HasPrefix(s, "/") {
			return s != "" && uriAny.fits(s)
		}
	}
	path, query, _ := strings.Cut(s, "?")
	if rest, ok := strings.CutPrefix(path, "//"); ok {
		authority, after, slash := strings.Cut(rest, "/")
		if authority == "" && !slash && len(path) == len(s) && !hasFragment {
			return false // nothing at all after the slashes
		}
		if authority != "" && !uriRegistry.fits(authority) && !(uriServer.fits(authority) && validServer(authority)) {
			return false
		}
		path = after
	}
	return uriPath.fits(path) && uriAny.fits(query)
}

// validServer checks what is not the name of a registry: [user@]host[:port] with an IPv6 address as
// its host.
func validServer(s string) bool {
	if user, host, ok := strings.Cut(s, "@"); ok {
		if !uriUserInfo.fits(user) {
			return false
		}
		s = host
	}
	rest, ok := strings.CutPrefix(s, "[")
	if !ok {
		return false
	}
	address, port, ok := strings.Cut(rest, "]")
	if !ok || address == "" {
		return false
	}
	if host, scope, ok := strings.Cut(address, "%"); ok && host != "" {
		if scope == "" || !uriScope.fits(scope) {
			return false
		}
		address = host
	}
	if !validIPv6Reference(address) {
		return false
	}
	if port == "" {
		return true
	}
	digits, ok := strings.CutPrefix(port, ":")
	n := strings.TrimLeft(digits, "0")
	return ok && digitsAt(digits, len(digits)) == len(digits) && (len(n) < 10 || len(n) == 10 && n <= "2147483647")
}

// validIPv6Reference is an address as RFC 2373 writes it.
func validIPv6Reference(s string) bool {
	before, after, compressed := strings.Cut(s, "::")
	n, ok := hexWords(before, !compressed)
	if !ok {
		return false
	}
	m, ok := hexWords(after, true)
	if !ok {
		return false
	}
	if compressed {
		return n+m < 16
	}
	return n == 16
}

// hexWords counts the bytes of words with colons between them, the last of which may be an IPv4
// address.
func hexWords(s string, quad bool) (bytes int, ok bool) {
	if s == "" {
		return 0, true
	}
	words := strings.Split(s, ":")
	for i, word := range words {
		if quad && i == len(words)-1 && strings.Contains(word, ".") {
			return bytes + 4, validQuad(word)
		}
		if word == "" || len(word) > 4 {
			return 0, false
		}
		for j := range len(word) {
			if !isHex(word[j]) {
				return 0, false
			}
		}
		bytes += 2
	}
	return bytes, true
}

func validQuad(s string) bool {
	parts := strings.Split(s, ".")
	for _, part := range parts {
		n := strings.TrimLeft(part, "0")
		if part == "" || digitsAt(part, len(part)) < len(part) || len(n) > 3 || len(n) == 3 && n > "255" {
			return false
		}
	}
	return len(parts) == 4
}
