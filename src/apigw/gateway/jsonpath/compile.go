package jsonpath

import (
	"fmt"
	"strconv"
	"strings"

	"example.com/guessing-game/src/apigw/gateway/jsonsmart"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// compiler reads a path from left to right.
type compiler struct {
	src   string
	pos   int
	depth int
}

func (c *compiler) fail(format string, args ...any) error {
	return &SyntaxError{Path: c.src, Offset: c.pos, Message: fmt.Sprintf(format, args...)}
}

func (c *compiler) compile() (*Path, error) {
	if len(c.src) > MaxLength {
		return nil, &SyntaxError{Path: c.src[:40] + "…", Message: fmt.Sprintf("longer than %d bytes", MaxLength)}
	}
	c.src = strings.TrimSpace(c.src)
	if c.src == "" {
		return nil, c.fail("the path is empty")
	}
	if c.src[0] != '$' && c.src[0] != '@' {
		c.src = "$." + c.src
	}
	if strings.HasSuffix(c.src, ".") {
		return nil, c.fail("a path must not end with a '.'")
	}
	first := &token{kind: root}
	p := &Path{source: c.src, root: first, relative: c.src[0] == '@'}
	c.pos = 1
	if c.pos < len(c.src) && c.src[c.pos] != '.' && c.src[c.pos] != '[' {
		return nil, c.fail("found %q where '.' or '[' must follow", c.src[c.pos])
	}
	last := first
	for c.pos < len(c.src) {
		t, err := c.step()
		if err != nil {
			return nil, err
		}
		last.next = t
		last = t
	}
	if last.kind == descent {
		return nil, c.fail("a path must not end with '..'")
	}
	p.definite = true
	for t := first; t != nil; t = t.next {
		t.upstream = p.definite
		p.definite = p.definite && t.definite()
	}
	return p, nil
}

func (c *compiler) step() (*token, error) {
	switch c.src[c.pos] {
	case '[':
		return c.bracket()
	case '.':
		if strings.HasPrefix(c.src[c.pos:], "..") {
			c.pos += 2
			if c.pos < len(c.src) && c.src[c.pos] == '.' {
				return nil, c.fail("found a third '.'")
			}
			return &token{kind: descent}, nil
		}
		c.pos++
		if c.pos < len(c.src) && c.src[c.pos] == '.' {
			return nil, c.fail("found a '.' too many")
		}
		if c.src[c.pos] == '[' {
			return c.bracket()
		}
	}
	if c.src[c.pos] == '*' {
		c.pos++
		return &token{kind: wildcard}, nil
	}
	return c.name()
}

// name reads a property or a function call after a '.'.
func (c *compiler) name() (*token, error) {
	n := strings.IndexAny(c.src[c.pos:], " .[(")
	if n == 0 {
		return nil, c.fail("found %q where a name must be", c.src[c.pos])
	}
	if n < 0 {
		n = len(c.src) - c.pos
	}
	word := c.src[c.pos : c.pos+n]
	c.pos += n
	if c.pos == len(c.src) || c.src[c.pos] == '.' || c.src[c.pos] == '[' {
		return &token{kind: property, names: []string{word}}, nil
	}
	if c.src[c.pos] == ' ' {
		return nil, c.fail("write ['my name'] for a name with blanks in it")
	}
	if !functions[word] {
		return nil, c.fail("there is no function %s()", word)
	}
	args, err := c.arguments()
	if err != nil {
		return nil, err
	}
	return &token{kind: function, names: []string{word}, args: args}, nil
}

// argument of a function: a path or a constant.
type argument struct {
	path  *Path
	value java.Value
}

func (c *compiler) arguments() ([]argument, error) {
	closing := c.matching(c.pos)
	if closing < 0 {
		return nil, c.fail("the '(' is not closed")
	}
	var args []argument
	for _, text := range splitTop(c.src[c.pos+1 : closing]) {
		text = strings.TrimSpace(text)
		switch {
		case text == "":
		case text[0] == '$' || text[0] == '@':
			if c.depth+1 > MaxDepth {
				return nil, c.fail("more than %d paths inside each other", MaxDepth)
			}
			sub := compiler{src: text, depth: c.depth + 1}
			p, err := sub.compile()
			if err != nil {
				return nil, err
			}
			args = append(args, argument{path: p})
		default:
			v, err := jsonsmart.Parse(text)
			if err != nil {
				return nil, c.fail("argument %s: %v", text, err)
			}
			args = append(args, argument{value: v})
		}
	}
	c.pos = closing + 1
	return args, nil
}

// matching finds the bracket that closes the one at i, passing over strings and regular expressions; -1 if there is none.
func (c *compiler) matching(i int) int {
	depth := 0
	for ; i < len(c.src); i++ {
		switch ch := c.src[i]; ch {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return i
			}
		case '"', '\'':
			n := closingQuote(c.src[i+1:], ch)
			if n < 0 {
				return -1
			}
			i += n + 1
		case '/':
			if n := closingQuote(c.src[i+1:], ch); n >= 0 && strings.HasSuffix(strings.TrimRight(c.src[:i], " "), "~") {
				i += n + 1
			}
		}
	}
	return -1
}

// closingQuote finds the first unescaped quote.
func closingQuote(s string, quote byte) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case quote:
			return i
		}
	}
	return -1
}

// splitTop splits at the commas that are inside no bracket and no string.
func splitTop(s string) []string {
	var parts []string
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '"', '\'':
			if n := closingQuote(s[i+1:], s[i]); n >= 0 {
				i += n + 1
			}
		case ',':
			if depth == 0 {
				parts = append(parts, s[from:i])
				from = i + 1
			}
		}
	}
	return append(parts, s[from:])
}

func (c *compiler) bracket() (*token, error) {
	closing := c.matching(c.pos)
	if closing < 0 {
		return nil, c.fail("the '[' is not closed")
	}
	inner := strings.TrimSpace(c.src[c.pos+1 : closing])
	var t *token
	var err error
	switch {
	case inner == "":
		err = c.fail("nothing between '[' and ']'")
	case inner == "*":
		t = &token{kind: wildcard}
	case inner[0] == '\'' || inner[0] == '"':
		t, err = c.quotedNames(inner)
	case inner[0] == '?':
		t, err = c.condition(inner)
	case strings.Contains(inner, ":"):
		t, err = c.slice(inner)
	default:
		t, err = c.indexes(inner)
	}
	if err != nil {
		return nil, err
	}
	c.pos = closing + 1
	return t, nil
}

func (c *compiler) quotedNames(inner string) (*token, error) {
	t := &token{kind: property}
	for _, part := range splitTop(inner) {
		part = strings.TrimSpace(part)
		if len(part) < 2 || part[0] != inner[0] || closingQuote(part[1:], part[0]) != len(part)-2 {
			return nil, c.fail("found %s where a name between %c and %[2]c must be", part, inner[0])
		}
		t.names = append(t.names, unescape(part[1:len(part)-1]))
	}
	return t, nil
}

func (c *compiler) indexes(inner string) (*token, error) {
	t := &token{kind: index}
	for _, part := range strings.Split(inner, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return nil, c.fail("found [%s] where a quoted name, an index, a slice, * or a filter ?(…) must be", inner)
		}
		t.indexes = append(t.indexes, n)
	}
	return t, nil
}

func (c *compiler) slice(inner string) (*token, error) {
	t := &token{kind: slice}
	parts := strings.Split(inner, ":")
	for i, part := range parts[:2] { // Jayway has no step: it reads one and forgets it
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, c.fail("found [%s] where a slice [from:to] must be", inner)
		}
		if i == 0 {
			t.from = &n
		} else {
			t.to = &n
		}
	}
	if t.from == nil && t.to == nil {
		return nil, c.fail("found [%s]: a slice needs one end at least", inner)
	}
	return t, nil
}

// unescape undoes the escapes inside a quoted name.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'u':
			if i+4 < len(s) {
				if n, err := strconv.ParseUint(s[i+1:i+5], 16, 32); err == nil {
					b.WriteRune(rune(n))
					i += 4
					continue
				}
			}
			b.WriteByte('u')
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
