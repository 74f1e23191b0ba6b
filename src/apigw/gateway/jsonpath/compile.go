package jsonpath

import (
	"fmt"
	"math"
	"strings"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// compiler reads a path from left to right. It accepts and refuses what Jayway does, oddities
// included: one stray character after a final bracket is ignored, a comma inside a quoted name is
// refused, and so on.
type compiler struct {
	chars
	depth int
	tail  *token
}

// Compile compiles a path. The error is a *SyntaxError.
func Compile(path string) (*Path, error) {
	if len(path) > MaxLength {
		return nil, &SyntaxError{Path: path[:40] + "…", Message: fmt.Sprintf("longer than %d bytes", MaxLength)}
	}
	return compile(java.Units(path), 0)
}

// compile compiles a path inside others.
func compile(units []uint16, depth int) (p *Path, err error) {
	c := compiler{chars: newChars(units), depth: depth}
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(*fault)
			if !ok {
				panic(r)
			}
			p, err = nil, &SyntaxError{Path: c.text(), Offset: f.offset, Message: f.message}
		}
	}()
	c.trim()
	if len(units) == 0 {
		c.invalid("the path is empty")
	}
	if units[0] != '$' && units[0] != '@' {
		c.chars = newChars(append([]uint16{'$', '.'}, units...))
		c.trim()
	}
	if c.at(c.last) == '.' {
		c.invalid("a path must not end with a '.'")
	}
	return c.path(), nil
}

// inner compiles a nested path or a part of one; its fault counts as one of the surrounding path.
func (c *compiler) inner(units []uint16) *Path {
	c.deeper()
	p, err := compile(units, c.depth)
	if err != nil {
		c.invalid(err.Error())
	}
	return p
}

func (c *compiler) deeper() {
	if c.depth++; c.depth > MaxDepth {
		panic(&fault{offset: c.pos, message: fmt.Sprintf("more than %d nested paths and conditions", MaxDepth)})
	}
}

func isSpace(c uint16) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// path reads a whole path and determines whether it is definite.
func (c *compiler) path() *Path {
	for c.has(c.pos) && isSpace(c.cur()) {
		c.pos++
	}
	if c.cur() != '$' && c.cur() != '@' {
		c.invalid("a path begins with $ or @")
	}
	first := &token{kind: root}
	p := &Path{source: c.text(), root: first, relative: c.cur() == '@'}
	c.tail = first
	if !c.atEnd() {
		c.pos++
		if c.cur() != '.' && c.cur() != '[' {
			c.invalid(fmt.Sprintf("found %q where '.' or '[' must follow", rune(c.cur())))
		}
		for more := true; more; more = !c.atEnd() {
			before := c.pos
			if c.step(); c.pos <= before {
				c.invalid("nothing follows that can be read")
			}
		}
	}
	p.definite = true
	for t := first; t != nil; t = t.next {
		t.upstream = p.definite
		p.definite = p.definite && t.definite()
	}
	return p
}

func (c *compiler) add(t *token) {
	c.tail.next = t
	c.tail = t
}

func (c *compiler) step() {
	for {
		switch c.cur() {
		case '[':
			c.bracket()
		case '.':
			descends := c.has(c.pos+1) && c.at(c.pos+1) == '.'
			if descends {
				c.add(&token{kind: descent})
				c.pos++
			} else if !c.has(c.pos + 1) {
				c.invalid("a path must not end with a '.'")
			}
			c.pos++
			if c.cur() == '.' {
				c.invalid("found a '.' too many")
			}
			continue // with what must follow
		case '*':
			c.pos++
			c.add(&token{kind: wildcard})
		default:
			c.name()
		}
		return
	}
}

// name reads a property or a function call.
func (c *compiler) name() {
	if c.cur() == ' ' {
		c.invalid("found a space where a name must be")
	}
	start, end, call := c.pos, 0, false
	for i := start; c.has(i) && end == 0; i++ {
		switch c.at(i) {
		case ' ':
			c.invalid("write ['my name'] for a name with spaces in it")
		case '.', '[':
			end = i
		case '(':
			end, call = i, true
		}
	}
	if end == 0 {
		end = c.last + 1
	}
	name := java.FromUnits(c.slice(start, end))
	if !call {
		c.pos = end
		c.add(&token{kind: property, names: []string{name}})
		return
	}
	var args []argument
	switch {
	case !c.has(end + 2): // nothing follows
		c.pos = end + 1
	case c.at(end+2) == ')': // one character, which is skipped
		c.pos = end + 2
	default:
		c.pos = end + 1
		args = c.arguments(name)
	}
	c.add(&token{kind: function, names: []string{name}, args: args})
}

// argument of a function: a path, or JSON text that is read when the value is needed.
type argument struct {
	path *Path
	json string
}

// arguments reads up to the ')' of a call. Only text that begins with {, a digit, a double quote,
// $ or @ is an argument; anything else is silently ignored.
func (c *compiler) arguments(function string) []argument {
	const (
		none = iota
		json
		path
	)
	kind := none
	parens, brackets, braces, quotes := 1, 0, 0, 0
	var before uint16
	var text []uint16
	args := []argument{}
	for done := false; c.has(c.pos) && !done; {
		u := c.cur()
		c.pos++
		if kind == none {
			if isSpace(u) {
				continue
			}
			switch {
			case u == '{' || u == '"' || isDigit(u):
				kind = json
			case u == '$' || u == '@':
				kind = path
			}
		}
		ends := false
		switch u {
		case '"':
			if before != '\\' && quotes > 0 {
				quotes--
			} else {
				quotes++
			}
		case '(':
			parens++
		case '{':
			braces++
		case '[':
			brackets++
		case '}':
			if braces--; braces < 0 {
				c.invalid("found a '}' too many")
			}
		case ']':
			if brackets--; brackets < 0 {
				c.invalid("found a ']' too many")
			}
		case ')':
			if parens--; parens != 0 {
				text = append(text, u)
			}
			ends = true
		case ',':
			ends = true
		}
		if ends && quotes == 0 && braces == 0 && brackets == 0 && (parens == 0 && u == ')' || parens == 1) {
			done = parens == 0
			switch kind {
			case json:
				args = append(args, argument{json: java.FromUnits(text)})
			case path:
				args = append(args, argument{path: c.argumentPath(text)})
			}
			if kind != none {
				text, kind = nil, none
			}
		}
		if kind != none && !(u == ',' && braces == 0 && brackets == 0 && parens == 1) {
			text = append(text, u)
		}
		before = u
	}
	if braces != 0 || parens != 0 || brackets != 0 {
		c.invalid(fmt.Sprintf("the call of %s is not closed", function))
	}
	return args
}

func (c *compiler) argumentPath(units []uint16) *Path {
	c.deeper()
	sub := compiler{chars: newChars(units), depth: c.depth}
	c.depth--
	return sub.path()
}

func (c *compiler) bracket() {
	switch next := c.nextSignificant(c.pos); {
	case next == '\'' || next == '"':
		c.quotedNames(next)
	case c.indexes(next):
	case next == '*':
		star := c.indexAfter(c.pos, '*')
		if !c.isNextSignificant(star, ']') {
			c.invalid("a ']' must follow the '*'")
		}
		c.pos = c.indexAfter(star, ']') + 1
		c.add(&token{kind: wildcard})
	case c.filter():
	default:
		c.invalid("a quoted name, an index, a slice, * or a filter ?(…) must be between '[' and ']'")
	}
}

// quotedNames reads ['a'] and ['a','b'].
func (c *compiler) quotedNames(quote uint16) {
	var names []string
	start, end := c.pos+1, 0
	inside, escaped, comma := false, false, false
scan:
	for i := start; c.has(i); i++ {
		switch u := c.at(i); {
		case escaped:
			escaped = false
		case u == '\\':
			escaped = true
		case u == ']' && !inside:
			if comma {
				c.invalid("a name is missing after the ',', or is one with a ',' in it")
			}
			break scan
		case u == quote && inside:
			if next := c.nextSignificant(i); next != ']' && next != ',' {
				c.invalid("a ',' or ']' must follow a name")
			}
			end = i
			names = append(names, c.unescape(c.slice(start, end)))
			inside = false
		case u == quote:
			start, inside, comma = i+1, true, false
		case u == ',':
			if comma {
				c.invalid("a name is missing between two ','")
			}
			comma = true
		}
	}
	if len(names) == 0 {
		c.invalid("there is no name between '[' and ']'")
	}
	shut := c.indexAfter(end, ']')
	if shut < 0 { // Jayway starts again at the beginning of the path, until its stack is full
		c.invalid("a ']' must follow a name")
	}
	c.pos = shut + 1
	c.add(&token{kind: property, names: names})
}

// indexes reads [1], [1,2] and slices, and reports whether there is one.
func (c *compiler) indexes(next uint16) bool {
	if !isDigit(next) && next != '-' && next != ':' {
		return false
	}
	end := c.find(c.pos+1, ']')
	if end < 0 {
		return false
	}
	text := strings.Trim(java.FromUnits(c.slice(c.pos+1, end)), javaBlanks)
	for _, u := range java.Units(text) {
		if !isDigit(u) && u != ',' && u != '-' && u != ':' && u != ' ' {
			return false
		}
	}
	t := &token{kind: index}
	if strings.Contains(text, ":") {
		t.kind = slice
		if strings.ContainsAny(text, " ,") {
			c.invalid("a slice cannot contain spaces or commas")
		}
		parts := strings.Split(strings.TrimRight(text, ":"), ":")
		t.from = c.bound(parts, 0)
		t.to = c.bound(parts, 1)
		if t.from == nil && t.to == nil {
			c.invalid("a slice needs a number")
		}
	} else {
		for _, part := range strings.Split(text, ",") {
			t.indexes = append(t.indexes, c.integer(strings.Trim(part, " ")))
		}
	}
	c.pos = end + 1
	c.add(t)
	return true
}

// javaBlanks are the characters that String.trim removes.
const javaBlanks = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f "

func (c *compiler) bound(parts []string, i int) *int {
	if i >= len(parts) || parts[i] == "" {
		return nil
	}
	n := c.integer(parts[i])
	return &n
}

// integer is Integer.parseInt.
func (c *compiler) integer(text string) int {
	digits, negative := strings.CutPrefix(text, "-")
	n := 0
	for _, u := range java.Units(digits) {
		d := java.Digit(rune(u), 10)
		if d < 0 {
			n = math.MaxInt32 + 2
			break
		}
		if n = n*10 + d; n > math.MaxInt32+1 {
			break
		}
	}
	if negative {
		n = -n
	}
	if digits == "" || n > math.MaxInt32 || n < math.MinInt32 {
		c.invalid(fmt.Sprintf("%q is not an index", text))
	}
	return n
}

// filter reads [?( … )], and reports whether there is one.
func (c *compiler) filter() bool {
	question := c.indexAfter(c.pos, '?')
	if question < 0 {
		return false
	}
	open := c.indexAfter(question, '(')
	if open < 0 {
		return false
	}
	shut := c.closing(open, '(', ')', true)
	if shut < 0 || !c.isNextSignificant(shut, ']') {
		return false
	}
	end := c.indexAfter(shut, ']')
	c.deeper()
	f := filterCompiler{compiler: compiler{chars: newChars(c.slice(c.pos, end+1)), depth: c.depth}}
	c.depth--
	c.add(&token{kind: filter, cond: f.compile(c.pos)})
	c.pos = end + 1
	return true
}

// unescape reads the backslashes of a name or a string.
func (c *compiler) unescape(units []uint16) string {
	out, ok := unescape(units)
	if !ok {
		panic(&fault{offset: c.pos, message: `\u must be followed by four hexadecimal digits`})
	}
	return java.FromUnits(out)
}

func unescape(units []uint16) (out []uint16, ok bool) {
	for i := 0; i < len(units); i++ {
		u := units[i]
		if u != '\\' || i+1 == len(units) {
			out = append(out, u)
			continue
		}
		i++
		switch u = units[i]; u {
		case 'r':
			u = '\r'
		case 'f':
			u = '\f'
		case 't':
			u = '\t'
		case 'n':
			u = '\n'
		case 'b':
			u = '\b'
		case 'u':
			if i+4 >= len(units) { // too few are skipped
				return out, true
			}
			n, valid := hex4(units[i+1 : i+5])
			if !valid {
				return nil, false
			}
			u, i = n, i+4
		}
		out = append(out, u)
	}
	return out, true
}

// hex4 is Integer.parseInt of four characters, the first of which may be a sign.
func hex4(units []uint16) (n uint16, ok bool) {
	negative := units[0] == '-'
	if negative || units[0] == '+' {
		units = units[1:]
	}
	for _, u := range units {
		d := java.Digit(rune(u), 16)
		if d < 0 {
			return 0, false
		}
		n = n<<4 | uint16(d)
	}
	if negative {
		n = -n
	}
	return n, true
}
