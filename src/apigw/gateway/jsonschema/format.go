package jsonschema

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// formats check strings. Each returns the problem, "" if there is none. The method format also
// checks regex; other formats are ignored.
var formats = map[string]func(s string) string{
	"date-time":    formatOf(validDateTime, `string "%s" is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]`),
	"email":        formatOf(validEmail, `string "%s" is not a valid email address`),
	"hostname":     formatOf(validHostname, `string "%s" is not a valid hostname`),
	"ipv4":         formatOf(func(s string) bool { return addressBytes(s) == 4 }, `string "%s" is not a valid IPv4 address`),
	"ipv6":         formatOf(func(s string) bool { return addressBytes(s) == 16 }, `string "%s" is not a valid IPv6 address`),
	"uri":          formatOf(validURI, `string "%s" is not a valid URI`),
	"json-pointer": formatOf(validJSONPointer, `input string "%s" is not a valid JSON Pointer`),
	"mac":          formatOf(validMAC, `input string "%s" is not a valid MAC address`),
	"uuid":         formatOf(validUUID, `input string "%s" is not a valid UUID`),
	"base64":       base64Format,
	"md5":          hexFormat(32),
	"sha1":         hexFormat(40),
	"sha256":       hexFormat(64),
	"sha512":       hexFormat(128),
}

func formatOf(valid func(string) bool, text string) func(string) string {
	return func(s string) string {
		if valid(s) {
			return ""
		}
		return fmt.Sprintf(text, s)
	}
}

func validJSONPointer(s string) bool {
	if s != "" && s[0] != '/' {
		return false
	}
	for rest := s; ; {
		i := strings.IndexByte(rest, '~')
		if i < 0 {
			return true
		}
		if rest = rest[i+1:]; rest == "" || rest[0] != '0' && rest[0] != '1' {
			return false
		}
	}
}

// validMAC accepts any letter or digit as hexadecimal, as the validator does.
func validMAC(s string) bool {
	if len(s) != 17 {
		return false
	}
	for i := range len(s) {
		if colon := i%3 == 2; colon && s[i] != ':' || !colon && !isAlphanumeric(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool        { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool        { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isAlphanumeric(c byte) bool { return isDigit(c) || isAlpha(c) }
func isHex(c byte) bool          { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// validUUID is UUID.fromString: five parts of any length, each optionally with a sign.
func validUUID(s string) bool {
	if len(utf16.Encode([]rune(s))) > 36 {
		return false
	}
	parts := strings.Split(s, "-")
	if len(parts) != 5 {
		return false
	}
	for _, part := range parts {
		if !validLong(part) {
			return false
		}
	}
	return true
}

// validLong reports whether Long.parseLong reads a hexadecimal number.
func validLong(s string) bool {
	s = strings.TrimPrefix(s, "+")
	if s == "" {
		return false
	}
	s = strings.TrimLeft(s, "0")
	for i := range len(s) {
		if !isHex(s[i]) {
			return false
		}
	}
	return len(s) < 16 || len(s) == 16 && s[0] < '8'
}

func hexFormat(want int) func(string) string {
	return func(s string) string {
		units := utf16.Encode([]rune(s))
		if len(units) != want {
			return fmt.Sprintf("input string has incorrect length (%d, expected %d)", len(units), want)
		}
		for i, c := range units {
			if c > 'f' || !isHex(byte(c)) {
				return fmt.Sprintf(`illegal character "%s" in input at index %d`, unitText(c), i)
			}
		}
		return ""
	}
}

// unitText is a UTF-16 code unit as text, with half of a surrogate pair in the form that package
// java uses.
func unitText(c uint16) string { return string(java.AppendUnit(nil, rune(c))) }

func base64Format(s string) string {
	units := utf16.Encode([]rune(s))
	if len(units)%4 != 0 {
		return fmt.Sprintf("input has illegal length (must be a multiple of 4, found %d)", len(units))
	}
	text := units
	if n := len(text); n > 0 && text[n-1] == '=' { // at most two at the end
		text = text[:n-1]
		if n > 1 && text[n-2] == '=' {
			text = text[:n-2]
		}
	}
	for i, c := range text {
		if c > 'z' || !isAlphanumeric(byte(c)) && c != '+' && c != '/' {
			return fmt.Sprintf(`illegal character "%s" at index %d (not in Base64 alphabet)`, unitText(units[i]), i)
		}
	}
	return ""
}

// validHostname is Guava's InternetDomainName.
func validHostname(s string) bool {
	s = strings.NewReplacer("\u3002", ".", "\uFF0E", ".", "\uFF61", ".").Replace(s)
	s = strings.TrimSuffix(s, ".")
	if len(utf16.Encode([]rune(s))) > 253 {
		return false
	}
	parts := strings.Split(s, ".")
	if len(parts) > 127 {
		return false
	}
	for i, part := range parts {
		if part == "" || len(utf16.Encode([]rune(part))) > 63 {
			return false
		}
		for j := range len(part) {
			c := part[j]
			if dash := c == '-' || c == '_'; dash && (j == 0 || j == len(part)-1) || !dash && c < 0x80 && !isAlphanumeric(c) {
				return false
			}
		}
		if i == len(parts)-1 && isDigit(part[0]) {
			return false
		}
	}
	return true
}

// addressBytes is how many bytes the address has that Guava's InetAddresses reads, 0 if it reads
// none. An IPv4 address inside an IPv6 one is an IPv4 address to Java.
func addressBytes(s string) int {
	colon, dot := false, false
	zone := -1
scan:
	for i, c := range s {
		switch {
		case c == '.':
			dot = true
		case c == ':':
			if dot {
				return 0
			}
			colon = true
		case c == '%':
			zone = i
			break scan
		case !isJavaHex(c):
			return 0
		}
	}
	switch {
	case colon:
		if dot {
			i := strings.LastIndexByte(s, ':') + 1
			quad := ipv4(s[i:])
			if quad == nil {
				return 0
			}
			s = s[:i] + fmt.Sprintf("%x:%x", quad[0]<<8|quad[1], quad[2]<<8|quad[3])
			// A zone before the last colon has been skipped; one after it is part of the quad,
			// which is then invalid.
		}
		if zone >= 0 && zone < len(s) {
			s = s[:zone]
		}
		return ipv6Bytes(s)
	case dot && ipv4(s) != nil:
		return 4
	}
	return 0
}

// isJavaHex is Character.digit(c, 16) != -1 of what fits into one code unit.
func isJavaHex(c rune) bool { return c <= 0xFFFF && java.Digit(c, 16) >= 0 }

func ipv4(s string) []int {
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return nil
	}
	octets := make([]int, 4)
	for i, part := range parts {
		n, ok := javaInt(part, 10)
		if !ok || n > 255 || len(part) > 1 && part[0] == '0' {
			return nil
		}
		octets[i] = n
	}
	return octets
}

// javaInt reads digits as Integer.parseInt does, up to a size that is too large for every caller.
func javaInt(s string, radix int) (int, bool) {
	n := 0
	for _, c := range s {
		d := java.Digit(c, radix)
		if d < 0 || c > 0xFFFF {
			return 0, false
		}
		if n = n*radix + d; n > 1<<24 {
			return 0, false
		}
	}
	return n, s != ""
}

func ipv6Bytes(s string) int {
	parts := strings.Split(s, ":")
	if len(parts) < 3 || len(parts) > 9 {
		return 0
	}
	skip := -1
	for i := 1; i < len(parts)-1; i++ {
		if parts[i] == "" {
			if skip >= 0 {
				return 0
			}
			skip = i
		}
	}
	high, low := len(parts), 0
	if skip >= 0 {
		high, low = skip, len(parts)-skip-1
		if parts[0] == "" {
			if high--; high != 0 {
				return 0
			}
		}
		if parts[len(parts)-1] == "" {
			if low--; low != 0 {
				return 0
			}
		}
	}
	skipped := 8 - high - low
	if skip >= 0 && skipped < 1 || skip < 0 && skipped != 0 {
		return 0
	}
	var words []int
	read := func(parts []string) bool {
		for _, part := range parts {
			n, ok := javaInt(part, 16)
			if !ok || n > 0xFFFF {
				return false
			}
			words = append(words, n)
		}
		return true
	}
	if !read(parts[:high]) {
		return 0
	}
	words = append(words, make([]int, skipped)...)
	if !read(parts[len(parts)-low:]) {
		return 0
	}
	for i, n := range []int{0, 0, 0, 0, 0, 0xFFFF} {
		if words[i] != n {
			return 16
		}
	}
	return 4
}
