package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"example.com/guessing-game/tests/libraries"
)

// generator makes questions from a seed.
type generator struct{ *rand.Rand }

func (g generator) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g generator) chance(percent int) bool { return g.IntN(100) < percent }

func quote(s string) string {
	q, _ := marshal(s)
	return q
}

// schemaQuestion makes a schema and a body that nearly fits it.
func (g generator) schemaQuestion() libraries.Question {
	s := schemaMaker{generator: g, definitions: g.IntN(3)}
	root := s.schema(3)
	if s.chance(8) {
		root.set("$schema", scalar(quote(s.pick("http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-04/schema", "http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/schema#", "draft-04", "", "http://json-schema.org/draft-03/schema#"))))
	}
	if s.definitions > 0 && root.get("$ref") == nil {
		d := &node{open: '{'}
		for i := range s.definitions {
			s.inDefinition = true
			d.set(fmt.Sprintf("d%d", i), s.schema(2))
		}
		root.set("definitions", d)
		s.root = root
	}
	body := s.body(root, 4)
	if g.chance(2) {
		body = g.pick("", " ", "{", "{} {}", "NaN", "'a'", "[1,]", "01", "1.", "{\"a\":1,\"a\":\"x\"}", "nul", "\"\t\"", "-", "[1 2]", "\ufeff1")
	}
	return libraries.Question{Schema: root.String(), Body: &body}
}

func (n *node) get(name string) *node {
	for i, other := range n.names {
		if other == name {
			return n.items[i]
		}
	}
	return nil
}

func (n *node) set(name string, v *node) {
	for i, other := range n.names {
		if other == name {
			n.items[i] = v
			return
		}
	}
	n.names = append(n.names, name)
	n.items = append(n.items, v)
}

func scalar(text string) *node { return &node{text: text} }

type schemaMaker struct {
	generator
	definitions  int
	inDefinition bool
	root         *node
}

func (s *schemaMaker) name() string {
	return s.pick("a", "b", "c", "id", "name", "é", "a b", "$x", "")
}

func (s *schemaMaker) count() *node { return scalar(strconv.Itoa(s.IntN(5))) }

func (s *schemaMaker) schema(depth int) *node {
	n := &node{open: '{'}
	if s.definitions > 0 && s.root == nil && !s.inDefinition && depth < 3 && s.chance(12) {
		ref := fmt.Sprintf("#/definitions/d%d", s.IntN(s.definitions))
		if s.chance(10) {
			ref = s.pick("#", "", ref+"/properties/a", ref+"/items", "#/definitions/nope", "#/properties/a", ref+"/", "#d0", "#/definitions/d%30", "#%2Fdefinitions%2Fd0")
		}
		n.set("$ref", scalar(quote(ref)))
		if s.chance(10) {
			n.set(s.pick("description", "type", "minLength", "title"), scalar(s.pick(`"string"`, "1")))
		}
		return n
	}
	kind := s.pick("object", "object", "array", "string", "string", "number", "integer", "any")
	if kind != "any" && s.chance(70) {
		n.set("type", s.types(kind))
	}
	for range 1 + s.IntN(3) {
		s.keyword(n, kind, depth)
	}
	if s.chance(1) {
		s.mistake(n)
	}
	return n
}

func (s *schemaMaker) types(kind string) *node {
	if s.chance(80) {
		return scalar(quote(kind))
	}
	list := &node{open: '[', items: []*node{scalar(quote(kind))}}
	for _, other := range []string{"null", "string", "boolean", "integer", "number"} {
		if other != kind && s.chance(25) {
			list.items = append(list.items, scalar(quote(other)))
		}
	}
	return list
}

func (s *schemaMaker) keyword(n *node, kind string, depth int) {
	if kind == "any" || s.chance(15) {
		keyword := s.pick("enum", "enum", "allOf", "anyOf", "oneOf", "not", "title", "format", "default", "x-unknown", "const", "nullable", "readOnly", "example", "examples", "contains", "if", "then", "$comment", "propertyNames")
		if depth == 0 && keyword != "title" {
			keyword = "enum"
		}
		switch keyword {
		case "enum":
			n.set("enum", s.enum())
		case "not":
			n.set("not", s.schema(depth-1))
		case "title":
			n.set("title", scalar(`"t"`))
		case "format":
			n.set("format", scalar(quote(s.format())))
		case "default", "x-unknown", "const", "nullable", "readOnly", "example", "examples", "contains", "if", "then", "$comment", "propertyNames":
			n.set(keyword, scalar(s.value(1)))
		default:
			n.set(keyword, s.schemas(depth-1))
		}
		return
	}
	switch kind {
	case "object":
		s.objectKeyword(n, depth)
	case "array":
		s.arrayKeyword(n, depth)
	case "string":
		switch s.IntN(5) {
		case 0:
			n.set("minLength", s.count())
		case 1:
			n.set("maxLength", s.count())
		case 2, 3:
			n.set("pattern", scalar(quote(s.pattern())))
		case 4:
			n.set("format", scalar(quote(s.format())))
		}
	default:
		s.numberKeyword(n)
	}
}

func (s *schemaMaker) schemas(depth int) *node {
	list := &node{open: '['}
	for range 1 + s.IntN(3) {
		list.items = append(list.items, s.schema(max(depth, 0)))
	}
	return list
}

func (s *schemaMaker) objectKeyword(n *node, depth int) {
	switch s.IntN(9) {
	case 0, 1, 2:
		if depth == 0 {
			return
		}
		p := &node{open: '{'}
		for range 1 + s.IntN(3) {
			p.set(s.name(), s.schema(depth-1))
		}
		n.set("properties", p)
	case 3:
		n.set("required", s.names())
	case 4:
		if depth > 0 && s.chance(50) {
			n.set("additionalProperties", s.schema(depth-1))
		} else {
			n.set("additionalProperties", scalar(s.pick("false", "false", "true")))
		}
	case 5:
		n.set("minProperties", s.count())
	case 6:
		n.set("maxProperties", s.count())
	case 7:
		p := &node{open: '{'}
		for range 1 + s.IntN(2) {
			p.set(s.pick("^a", "b$", "[a-c]", ".", "^$", "n.m", "é"), s.schema(max(depth-1, 0)))
		}
		n.set("patternProperties", p)
	case 8:
		d := &node{open: '{'}
		for range 1 + s.IntN(2) {
			if s.chance(60) || depth == 0 {
				d.set(s.name(), s.names())
			} else {
				d.set(s.name(), s.schema(depth-1))
			}
		}
		n.set("dependencies", d)
	}
}

func (s *schemaMaker) names() *node {
	list := &node{open: '['}
	seen := map[string]bool{}
	for range 1 + s.IntN(3) {
		if name := s.name(); !seen[name] {
			seen[name] = true
			list.items = append(list.items, scalar(quote(name)))
		}
	}
	return list
}

func (s *schemaMaker) arrayKeyword(n *node, depth int) {
	switch s.IntN(7) {
	case 0, 1:
		n.set("items", s.schema(max(depth-1, 0)))
	case 2:
		n.set("items", s.schemas(depth-1))
		if s.chance(50) {
			n.set("additionalItems", scalar("false"))
		} else if depth > 0 {
			n.set("additionalItems", s.schema(depth-1))
		}
	case 3:
		n.set("minItems", s.count())
	case 4:
		n.set("maxItems", s.count())
	case 5, 6:
		n.set("uniqueItems", scalar("true"))
	}
}

func (s *schemaMaker) number() string {
	return s.pick("0", "1", "2", "-1", "5", "10", "1.0", "2.50", "0.1", "1e2", "1E+2", "1e-10", "-0", "-0.0", "100", "1000", "1.10", "0.000001",
		"0.0000001", "12345678901234567890", "1e30", "9223372036854775807", "9223372036854775808", "2147483648", "0.500000000000000000001", "-2.5e-3",
		strconv.Itoa(s.IntN(20)-5), fmt.Sprintf("%d.%d", s.IntN(20), s.IntN(100)))
}

func (s *schemaMaker) numberKeyword(n *node) {
	switch s.IntN(3) {
	case 0:
		n.set("minimum", scalar(s.number()))
		if s.chance(40) {
			n.set("exclusiveMinimum", scalar(s.pick("true", "false")))
		}
	case 1:
		n.set("maximum", scalar(s.number()))
		if s.chance(40) {
			n.set("exclusiveMaximum", scalar(s.pick("true", "false")))
		}
	case 2:
		n.set("multipleOf", scalar(s.pick("1", "2", "0.1", "0.01", "2.5", "1e-3", "10", "1e2", "3", "0.25", "7.0")))
	}
}

func (s *schemaMaker) enum() *node {
	list := &node{open: '['}
	seen := map[string]bool{}
	for range s.IntN(4) {
		if v := s.value(1); !seen[v] {
			seen[v] = true
			list.items = append(list.items, scalar(v))
		}
	}
	return list
}

func (s *schemaMaker) format() string {
	return s.pick("date-time", "date-time", "email", "email", "hostname", "ipv4", "ipv6", "uri", "uri", "regex", "uuid", "json-pointer", "mac", "md5", "sha1",
		"base64", "date", "time", "int32", "int64", "float", "double", "byte", "binary", "password", "Email", "ip-address", "utc-millisec", "color", "sha256", "uri-template", "phone", "host-name", "sha512")
}

// mistake makes a schema that is usually refused.
func (s *schemaMaker) mistake(n *node) {
	switch s.IntN(12) {
	case 0:
		n.set("minLength", scalar(s.pick("1.0", "-1", "2147483648", `"1"`)))
	case 1:
		n.set("type", scalar(s.pick(`"str"`, "[]", `["string","string"]`, "1", `["x"]`)))
	case 2:
		n.set("pattern", scalar(s.pick(`"("`, `"(?i)a"`, `"a{2"`, `"(?<=a)b"`, `"*"`, `"[b-a]"`, `")"`, `"["`, "1")))
	case 3:
		n.set("required", scalar(s.pick("[]", `["a","a"]`, "true", "[1]")))
	case 4:
		n.set("properties", scalar(s.pick(`{"a":1}`, "[]")))
	case 5:
		n.set("items", scalar(s.pick("[]", "1", `[1]`)))
	case 6:
		n.set("exclusiveMinimum", scalar(s.pick("true", "1")))
	case 7:
		n.set("multipleOf", scalar(s.pick("0", "-1")))
	case 8:
		n.set("enum", scalar(s.pick("[1,1.0]", "{}", `[{"a":1,"b":2},{"b":2,"a":1}]`)))
	case 9:
		n.set(s.pick("allOf", "anyOf", "oneOf"), scalar(s.pick("[]", "{}", "[1]")))
	case 10:
		n.set("not", scalar(s.pick("[]", "1")))
	case 11:
		n.set("dependencies", scalar(s.pick(`{"a":[]}`, `{"a":"b"}`, `{"a":[1]}`, `{"a":["b","b"]}`)))
	}
}

// pattern makes a regular expression, or something that looks like one.
func (s *schemaMaker) pattern() string {
	if s.chance(30) {
		return s.pick(`^\d{3}$`, `^[A-Z]{2}-\d+$`, `\p{L}`, `\s`, `\S`, `^.$`, `^.{2}$`, `[[:alpha:]]`, `^(?!x)`, `(a+)+$`, `\bab\b`, `(a)\1`, `^$`, `\Aa`, `\z`, `\e`,
			`\u00e9`, `\x41`, `\cA`, `[\d-z]`, `[^]`, `[]`, `a{,2}`, `a{2}{3}`, `\/`, `^(?:a|b)*?c$`, `(?=a)b`, `\0`, `\8`, `\12`, `[\b]`, `x*`, `(a|ab)(c|bcd)(d*)`, `(z)((a+)?(b+)?(c))*`)
	}
	var b strings.Builder
	for range 1 + s.IntN(4) {
		b.WriteString(s.atom(2))
		if s.chance(35) {
			b.WriteString(s.pick("*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "+?", "??", "{1,2}?", "{", "{a"))
		}
	}
	text := b.String()
	if s.chance(40) {
		text = "^" + text
	}
	if s.chance(40) {
		text += "$"
	}
	return text
}

func (s *schemaMaker) atom(depth int) string {
	switch s.IntN(9) {
	case 0, 1, 2:
		return s.pick("a", "b", "c", "1", "é", "-", "x", " ", "😀", "/", "A")
	case 3:
		return s.pick(`\d`, `\D`, `\w`, `\W`, `\s`, `\S`, `\b`, `\B`, ".", `\.`, `\n`, `\t`, `\x`, `\u`, `\u0061`, `\x61`, `\c`, `\cJ`, `\q`, `\-`, `\01`, `\1`, `\1`, `\2`, `\3`, `\10`, `\11`, `\18`)
	case 4:
		items := ""
		for range 1 + s.IntN(3) {
			items += s.pick("a", "b", "a-c", "0-9", `\d`, `\w`, `\s`, "-", `\]`, ".", "é", `\W`, "^", `\b`, "x-z", `\x41-\x43`, "[", `\-`, `\D`)
		}
		return "[" + s.pick("", "", "^") + items + "]"
	case 5:
		if depth > 0 {
			return "(" + s.pick("", "?:", "?=", "?!", "") + s.atom(depth-1) + s.pick("", "*", "|"+s.atom(depth-1), s.atom(depth-1), "?", "|", "*?") + ")"
		}
	case 6:
		if depth > 0 {
			return s.atom(depth-1) + "|" + s.atom(depth-1)
		}
	case 7:
		return s.pick(`(a)\1`, "(?=a)", "$", "^", "(b*)*", "(a|b)+?", "()", "(|a)", "(a|())", "(?=(.))", "((?=(.)))", "(?!(a)b)", "(?:(a)|b)", "((a)|b)", "(a?)", "(?:(a)?b)", "]")
	}
	return s.pick("a", "b", "1")
}

// value makes any JSON value.
func (s *schemaMaker) value(depth int) string {
	switch s.IntN(9) {
	case 0:
		return "null"
	case 1:
		return s.pick("true", "false")
	case 2, 3:
		return s.number()
	case 4, 5, 6:
		return quote(s.text())
	case 7:
		if depth > 0 {
			var items []string
			for range s.IntN(4) {
				items = append(items, s.value(depth-1))
			}
			return "[" + strings.Join(items, ",") + "]"
		}
	case 8:
		if depth > 0 {
			var items []string
			for range s.IntN(4) {
				items = append(items, quote(s.name())+":"+s.value(depth-1))
			}
			return "{" + strings.Join(items, ",") + "}"
		}
	}
	return s.pick("1", `"a"`)
}

func (s *schemaMaker) text() string {
	if s.chance(20) {
		return s.pick("", "a", "ab", "abc", "a\"b", `a\b`, "é", "😀", "\u00a0", "\u2028", "%s", "a\tb", "\u0001", "x%d", "A", "WOW", "foobar", "日本", "a/b", "\x7f")
	}
	if s.chance(25) {
		return s.formatted(s.format())
	}
	var b strings.Builder
	for range s.IntN(6) {
		b.WriteString(s.pick("a", "b", "c", "1", "2", " ", "é", "-", "A", "_", "x", "\n", "😀", "/", "aa", "12", "."))
	}
	return b.String()
}

// formatted makes text in a format, or nearly.
func (s *schemaMaker) formatted(format string) string {
	n := func(most int) string { return strconv.Itoa(s.IntN(most)) }
	text := ""
	switch format {
	case "date-time", "date", "time":
		text = s.pick("2020", "1999", "0000", "2021", "1900") + "-" + s.pick("01", "02", "12", "13", "00", "6") + "-" + s.pick("01", "28", "29", "30", "31", "32") + s.pick("T", "T", "T", "t", " ") +
			s.pick("10", "23", "24", "00") + ":" + s.pick("00", "59", "60") + ":" + s.pick("00", "59", "60") + s.pick("", "", ".1", ".123", ".123456789012", ".1234567890123", ".", ",5") +
			s.pick("Z", "Z", "z", "+01:00", "+0100", "-01", "+1", "+24:00", "+00:60", "", "+01:00:00", "+010000", "+01:00:00.123", "+0100001", "+01:0", "+01:")
	case "email":
		text = s.pick("joe", "a.b", ".a", "a.", "\"a b\"", "", "é", "a..b", "Joe <joe", "a b", "x,y", "a\\@b", "g:a", "(c)a", "\"a\"b") + s.pick("@", "@", "@", "", "@@") +
			s.pick("x.org", "-x.org", "x", "[1.2.3.4]", "é.org", "x_y.z", ".x", "x.", "x..y", "", "x.org>", "x.org;", "x.org (c)", "x org", "[1]a")
	case "hostname", "host-name":
		text = s.pick("a", "x.org", "a_b.com", "1.2.3.4", "a.b.c.", "-a.b", "a-.b", "é.x", "日本", "a..b", "", ".", "a.1b", "xn--a.b", "a。b", strings.Repeat("a", 64), strings.Repeat("a.", 130), "a b", "A.B", "_a")
	case "ipv4":
		text = n(300) + "." + n(300) + "." + n(300) + s.pick(".", ".", "") + n(260) + s.pick("", "", "", ".1", "/8", "%1")
		if s.chance(20) {
			text = s.pick("::ffff:1.2.3.4", "01.2.3.4", "1.2.3", "1.2.3.4.5", "a.b.c.d", "", "1.2.3.", "0.0.0.0", "+1.2.3.4")
		}
	case "ipv6":
		text = s.pick("::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1::2::3", "fe80::1%eth0", "::1.2.3.4", "::ffff:1.2.3.4", "12345::", "g::", ":1", "1:", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
			"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "", "1.2.3.4", ":::", "1::2:3:4:5:6:7:8", "FE80::AbCd", "::%", "::ffff:1.2.3.4%5")
	case "uri", "uri-template":
		text = s.pick("http://x.org/a?b=c#d", "/rel/path", "example.com", "foo", "", "//x", "http://x/{id}", "http://", "http:", "mailto:a@b", "http://[::1]:80/", "http://[::1", "a b", "http://x/%zz", "http://x/%41", "é",
			"http://é.org/", "1http://x", "http://x:99999999999", "http://a_b/", "#a#b", "?", "//", "///", "http://user@host:80", "http://[1.2.3.4]", "http://[::1%25eth0]", "urn:", "urn:a:b", ":a", "http://x/|", "http://x?a[0]=1", "\\", "//#", "http://[::1]x", "http://%41/", "//a@b@c/", "http://[v1.x]/", "a:b:c", "http://[1:2:3:4:5:6:7:8]", "http://[::1.2.3.4]:", "\u00a0", "a\u2028b", "http://x\u0080")
	case "uuid":
		text = s.pick("123e4567-e89b-12d3-a456-426614174000", "1-1-1-1-1", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g", "+1-1-1-1-1", "1-1-1-1", "1-1-1-1-1-1", "", "-1-1-1-1-1", "123E4567-E89B-12D3-A456-426614174000",
			"00000000000000000-1-1-1-1", "ffffffffffffffff-1-1-1-1", "123e4567-e89b-12d3-a456-4266141740000", "1--1-1-1")
	case "json-pointer":
		text = s.pick("", "/", "/a/b", "a", "/a~0b", "/a~", "/~2", "/~1~0", "#/a")
	case "mac":
		text = s.pick("01:23:45:67:89:ab", "zz:23:45:67:89:ab", "01-23-45-67-89-ab", "01:23:45:67:89", "0:23:45:67:89:ab", "", "01:23:45:67:89:ab:cd")
	case "md5", "sha1", "sha256", "sha512":
		length := map[string]int{"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}[format]
		text = strings.Repeat("a", length-1) + s.pick("b", "F", "g", "", "é", "0", "\"", "xx")
	case "base64":
		text = s.pick("", "abcd", "ab==", "abc=", "abc", "a===", "====", "ab-d", "abc\n", "a=bc", "abcdefg=", "ab=c", "é", "éabc", "😀ab")
	case "regex":
		text = s.pattern()
	}
	if s.chance(5) && text != "" {
		i := s.IntN(len([]rune(text)))
		runes := []rune(text)
		text = string(runes[:i]) + s.pick("", "a", "1", ".", "-", "é", " ", ":", "@", "[", "%") + string(runes[i+1:])
	}
	return text
}

// body makes a body that fits a schema, or something else.
func (s *schemaMaker) body(n *node, depth int) string {
	if n == nil || n.open != '{' || depth == 0 || s.chance(8) {
		return s.value(2)
	}
	if ref := n.get("$ref"); ref != nil && s.root != nil {
		name := strings.TrimSuffix(strings.TrimPrefix(ref.text, `"#/definitions/`), `"`)
		return s.body(s.root.get("definitions").get(name), depth-1)
	}
	if e := n.get("enum"); e != nil && len(e.items) > 0 && s.chance(60) {
		return e.items[s.IntN(len(e.items))].String()
	}
	for _, k := range []string{"allOf", "anyOf", "oneOf"} {
		if list := n.get(k); list != nil && len(list.items) > 0 && s.chance(30) {
			return s.body(list.items[s.IntN(len(list.items))], depth-1)
		}
	}
	switch kind := s.kindOf(n); kind {
	case "object":
		return s.object(n, depth)
	case "array":
		return s.array(n, depth)
	case "string":
		if f := n.get("format"); f != nil && s.chance(80) {
			return quote(s.formatted(strings.Trim(f.text, `"`)))
		}
		return quote(s.text())
	case "integer":
		return strconv.Itoa(s.IntN(15) - 3)
	case "number":
		return s.number()
	case "boolean":
		return s.pick("true", "false")
	case "null":
		return "null"
	}
	return s.value(2)
}

func (s *schemaMaker) kindOf(n *node) string {
	if t := n.get("type"); t != nil {
		if t.open == '[' && len(t.items) > 0 {
			t = t.items[s.IntN(len(t.items))]
		}
		return strings.Trim(t.text, `"`)
	}
	for _, of := range [][2]string{ // in a fixed order, so that a seed makes the same questions each time
		{"properties", "object"}, {"required", "object"}, {"items", "array"}, {"uniqueItems", "array"}, {"pattern", "string"}, {"format", "string"}, {"minimum", "number"},
	} {
		keyword, kind := of[0], of[1]
		if n.get(keyword) != nil {
			return kind
		}
	}
	return ""
}

func (s *schemaMaker) object(n *node, depth int) string {
	var members []string
	add := func(name string, v *node) {
		if s.chance(85) {
			members = append(members, quote(name)+":"+s.body(v, depth-1))
		}
	}
	if p := n.get("properties"); p != nil {
		for i, name := range p.names {
			add(name, p.items[i])
		}
	}
	for _, k := range []string{"required", "dependencies"} {
		if r := n.get(k); r != nil {
			for _, item := range r.items {
				add(strings.Trim(item.text, `"`), nil)
			}
			for _, name := range r.names {
				add(name, nil)
			}
		}
	}
	for range s.IntN(3) {
		add(s.name(), nil)
	}
	s.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return "{" + strings.Join(members, ",") + "}"
}

func (s *schemaMaker) array(n *node, depth int) string {
	var items []string
	for i := range s.IntN(5) {
		v := n.get("items")
		if v != nil && v.open == '[' {
			if v = n.get("additionalItems"); i < len(n.get("items").items) {
				v = n.get("items").items[i]
			}
		}
		items = append(items, s.body(v, depth-1))
	}
	if len(items) > 0 && s.chance(20) {
		items = append(items, items[s.IntN(len(items))])
	}
	return "[" + strings.Join(items, ",") + "]"
}
