// Package mask hides values wherever requests are shown: members, parameters and headers by their
// names, and secrets wherever they occur.
package mask

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hidden replaces a value that is hidden by its name.
const Hidden = "***"

// Masker hides the values of members by their names, in text that may be JSON, JSON inside a string
// of JSON to any depth, percent-coded JSON, a map as Java prints it, a query string, or a malformed
// or truncated form of these. Case and the escaping of names are ignored.
//
// It reads text rather than documents, so it works even where nothing parses: an unterminated value
// hides everything after it. It cannot recognise a value under another name, or in another encoding
// such as Base64. The nil Masker hides nothing.
type Masker struct {
	names  []string
	member *regexp.Regexp // a name up to where its value begins
	name   *regexp.Regexp // a name
	begun  *regexp.Regexp // text that ends in the beginning of a member, before its value
}

// New makes a Masker from the names of members. Empty names are ignored.
func New(names []string) *Masker {
	m := &Masker{}
	const (
		quote = `(?:\\*["']|\\+u002[27]|(?:%5C)*%2[27])`
		blank = `(?:\s|\\+[nrt]|%20|%0A|%0D|%09|\+)*`
	)
	var alternatives, beginnings []string
	for _, name := range names {
		if name == "" {
			continue
		}
		m.names = append(m.names, name)
		var all, begun strings.Builder
		for i, r := range name {
			letter := fmt.Sprintf(`(?:%s|\\+u(?:%04x|%04x))`, regexp.QuoteMeta(string(r)), unicode.ToLower(r), unicode.ToUpper(r))
			all.WriteString(letter)
			if i > 0 {
				begun.WriteString("(?:")
			}
			begun.WriteString(letter)
		}
		begun.WriteString("(?:" + quote + "?" + blank + ")?" + strings.Repeat(")?", utf8.RuneCountInString(name)-1))
		alternatives, beginnings = append(alternatives, all.String()), append(beginnings, begun.String())
	}
	if len(alternatives) == 0 {
		return nil
	}
	any := `(?i:` + strings.Join(alternatives, "|") + `)`
	m.member = regexp.MustCompile(any + `(?i:(` + quote + `)?` + blank + `(?:[:=]|%3A|%3D)` + blank + `)`)
	m.name = regexp.MustCompile(any)
	m.begun = regexp.MustCompile(`(?i:(?:` + strings.Join(beginnings, "|") + `)(?:\\+(?:u[0-9a-f]{0,3})?|%[0-9a-f]?)?$)`)
	return m
}

// mayName quickly rules out most strings that mention no name.
func (m *Masker) mayName(text string) bool {
	if strings.Contains(text, `\u`) {
		return true
	}
	for _, name := range m.names {
		if name[0] >= utf8.RuneSelf {
			return true
		}
		for i := 0; i+len(name) <= len(text); i++ {
			if lower(text[i]) == lower(name[0]) && strings.EqualFold(text[i:i+len(name)], name) {
				return true
			}
		}
	}
	return false
}

// Text returns text with each value that must be hidden replaced by ***, in quotes if its name is
// in quotes.
func (m *Masker) Text(text string) string {
	if m == nil || !m.mayName(text) {
		return text
	}
	var b strings.Builder
	done := 0
	for done < len(text) {
		at := m.member.FindStringSubmatchIndex(text[done:])
		if at == nil {
			break
		}
		name, value := done+at[0], done+at[1]
		if name > 0 && isNameByte(text[name-1]) && !endsEscape(text[:name]) { // the end of a longer name
			b.WriteString(text[done:value])
			done = value
			continue
		}
		b.WriteString(text[done:value])
		open, _, end, closing := m.extent(text, name, value)
		if open == "" && at[2] >= 0 { // not a string, so it gets the quotes of its name
			open = text[done+at[2] : done+at[3]]
			closing = open
		}
		b.WriteString(open)
		b.WriteString(Hidden)
		b.WriteString(closing)
		done = end
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// maxNested bounds how often a part of a hidden value is read, which is how deeply hidden members
// may be nested.
const maxNested = 8

// extent finds the end of the value of a member whose name and value begin at the given places.
// What looks like a member may really be part of a string, and the value found for it may then
// end inside that of a real member. So it ends only where the last member that begins within it
// ends: last is where that one begins.
func (m *Masker) extent(text string, name, value int) (open string, last, end int, closing string) {
	open, end, closing = valueExtent(text, value, isJavaStyle(text[name:value]))
	last = value
	work := maxNested * len(text)
	for from := value; from < end && end < len(text); {
		at := m.member.FindStringIndex(text[from:])
		if at == nil || from+at[0] >= end {
			break
		}
		inner := from + at[1]
		_, innerEnd, innerClosing := valueExtent(text, inner, isJavaStyle(text[from+at[0]:inner]))
		if work -= innerEnd - inner; work < 0 {
			return open, value, len(text), ""
		}
		if innerEnd > end {
			last, end, closing = inner, innerEnd, innerClosing
		}
		from = inner
	}
	return open, last, end, closing
}

// Names reports whether text mentions one of the names.
func (m *Masker) Names(text string) bool {
	return m != nil && m.mayName(text) && m.name.MatchString(text)
}

// endsEscape reports whether s ends in an escape that ends in a letter or digit: \n, \u0022, %22.
func endsEscape(s string) bool { return escapeEnd.MatchString(s[max(0, len(s)-6):]) }

var escapeEnd = regexp.MustCompile(`(?i)(\\[nrtbf]|\\u[0-9a-f]{4}|%[0-9a-f]{2})$`)

// isJavaStyle reports whether a member is name=value, where a value ends at the next name rather
// than at a comma.
func isJavaStyle(member string) bool {
	return strings.ContainsRune(member, '=') || strings.Contains(strings.ToLower(member), "%3d")
}

var (
	jsonValueEnd = regexp.MustCompile(`(?i)[,}\]\n&]|%2C|%7D|%5D|%0A`)
	javaValueEnd = regexp.MustCompile(`(?i), ?[^\s,={}\[\]]+=|[}\n&]|%7D|%0A|%26`)
)

// valueExtent finds where the value that begins at i ends. Quotes around it, open and closing, are
// kept.
func valueExtent(text string, i int, java bool) (open string, end int, closing string) {
	if q, ok := quoteAt(text, i); ok && !java {
		from, to := closingQuote(text, i+q.length, q)
		return text[i : i+q.length], to, text[from:to]
	}
	if i < len(text) && (text[i] == '{' || text[i] == '[') {
		return "", closingBracket(text, i), ""
	}
	if rest := strings.ToLower(text[i:min(len(text), i+3)]); rest == "%7b" || rest == "%5b" {
		return "", len(text), ""
	}
	ends := jsonValueEnd
	if java {
		ends = javaValueEnd
	}
	if at := ends.FindStringIndex(text[i:]); at != nil {
		return "", i + at[0], ""
	}
	return "", len(text), ""
}

// quoteToken is a quotation mark with the backslashes before it, which show how deeply the text it
// delimits is nested.
type quoteToken struct {
	mark   string // ", ', u0022, u0027, %22 or %27
	run    int    // backslashes
	length int    // of all, in bytes
}

// quoteAt reads a quotation mark at i. If there is none, the token's length is that of whatever is
// there instead.
func quoteAt(text string, i int) (quoteToken, bool) {
	rest := text[i:]
	q := quoteToken{run: len(rest) - len(strings.TrimLeft(rest, `\`))}
	q.length = q.run
	if q.run == 0 {
		for hasFold(rest[q.length:], "%5C") {
			q.run, q.length = q.run+1, q.length+len("%5C")
		}
	}
	for _, mark := range quoteMarks {
		if hasFold(rest[q.length:], mark) && (mark[0] != 'u' || q.run > 0) {
			q.mark, q.length = mark, q.length+len(mark)
			return q, true
		}
	}
	return quoteToken{length: max(1, q.length)}, false
}

var quoteMarks = []string{`"`, `'`, "u0022", "u0027", "%22", "%27"}

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// closingQuote finds the quotation mark that ends a string, from i on. At each depth of nesting
// backslashes double: a mark ends the string that a mark with k backslashes began if it has k, or
// k and whole pairs of escaped ones.
func closingQuote(text string, i int, open quoteToken) (from, to int) {
	for i < len(text) {
		q, ok := quoteAt(text, i)
		if ok && q.mark == open.mark && q.run >= open.run && (q.run-open.run)%(2*(open.run+1)) == 0 {
			// Backslashes beyond those of the mark are the end of what it encloses.
			return i + q.length - open.length, i + q.length
		}
		i += q.length
	}
	return len(text), len(text)
}

// closingBracket finds the end of the object or list that begins at i, or of the text.
func closingBracket(text string, i int) int {
	if end := closingBracketAt(text[i:]); end >= 0 {
		return i + end
	}
	return len(text)
}

// closingBracketAt finds the end of the object or list with which text begins; -1 if it does not
// end.
func closingBracketAt(text string) int {
	depth := 0
	for i := 0; i < len(text); {
		q, ok := quoteAt(text, i)
		if ok {
			_, i = closingQuote(text, i+q.length, q)
			continue
		}
		switch text[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
		}
		i += q.length
	}
	return -1
}

// Hides reports whether name is one of the names.
func (m *Masker) Hides(name string) bool {
	if m == nil {
		return false
	}
	for _, n := range m.names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// maxBegun is how much of the end of a string is searched for the beginning of a member.
const maxBegun = 1 << 10

// Open reports whether text ends inside a hidden value, so that what follows text is part of the
// value too. cut means that text may end anywhere, not only at the end of a line: then it is open,
// too, where it ends in what may be the beginning of a name.
func (m *Masker) Open(text string, cut bool) bool {
	if m == nil {
		return false
	}
	if cut && m.begun.MatchString(text[max(0, len(text)-maxBegun):]) {
		return true
	}
	if !m.mayName(text) {
		return false
	}
	done := 0
	for done < len(text) {
		at := m.member.FindStringSubmatchIndex(text[done:])
		if at == nil {
			break
		}
		name, value := done+at[0], done+at[1]
		if name > 0 && isNameByte(text[name-1]) && !endsEscape(text[:name]) { // the end of a longer name
			done = value
			continue
		}
		_, last, end, closing := m.extent(text, name, value)
		if end == len(text) && closing == "" && (cut || !closed(text[last:])) {
			return true
		}
		done = end
	}
	return false
}

// closed reports whether a value that reaches the end of the text is complete: an object or list,
// or anything not in quotes. A value that has not begun is not.
func closed(value string) bool {
	if value == "" {
		return false
	}
	if _, quoted := quoteAt(value, 0); quoted {
		return false
	}
	if value[0] == '{' || value[0] == '[' {
		return closingBracketAt(value) >= 0
	}
	return true
}

// Value returns v, which is JSON as encoding/json decodes it, with hidden parts replaced.
func (m *Masker) Value(v any) any {
	if m == nil {
		return v
	}
	switch v := v.(type) {
	case string:
		return m.Text(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = m.Value(v[i])
		}
		return out
	case map[string]any:
		return m.Members(v)
	}
	return v
}

// Members is Value for an object.
func (m *Masker) Members(object map[string]any) map[string]any {
	if m == nil || object == nil {
		return object
	}
	out := make(map[string]any, len(object))
	for name, member := range object {
		if m.Hides(name) {
			out[name] = Hidden
		} else {
			out[name] = m.Value(member)
		}
	}
	return out
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
