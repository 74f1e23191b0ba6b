package regexp

import (
	"cmp"
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode"
)

// Sets for properties that are not just one general category.
var (
	lowercase   = `\p{Ll}` + rangesOf(unicode.Other_Lowercase)
	uppercase   = `\p{Lu}` + rangesOf(unicode.Other_Uppercase)
	alphabetic  = `\p{L}\p{Nl}` + rangesOf(unicode.Other_Alphabetic)
	whiteSpace  = rangesOf(unicode.White_Space)
	hexDigit    = `\p{Nd}` + rangesOf(unicode.Hex_Digit)
	ideographic = rangesOf(unicode.Ideographic)
	anyCase     = lowercase + uppercase + `\p{Lt}`
	graph       = `\p{L}\p{M}\p{N}\p{P}\p{S}\p{Cf}\p{Co}`
	assigned    = graph + `\p{Z}\p{Cc}`
	ignorable   = `\u0000-\u0008\u000e-\u001b\u007f-\u009f\p{Cf}`
	idStart     = `\p{L}\p{Nl}` + rangesOf(unicode.Other_ID_Start)

	unicodeWord = alphabetic + `\p{M}\p{Nd}\p{Pc}\u200c\u200d` // \w under (?U)
)

// properties are Java's POSIX classes, those of java.lang.Character and categories that are not
// general ones, as sets; with a ^, the set of all other characters.
var properties = map[string]string{
	"Lower": `a-z`, "Upper": `A-Z`, "ASCII": `\u0000-\u007f`, "Alpha": `a-zA-Z`, "Digit": `0-9`, "Alnum": `a-zA-Z0-9`,
	"Punct": `!-\/:-@\[-` + "`" + `{-~`, "Graph": `!-~`, "Print": ` -~`, "Blank": ` \t`, "Cntrl": `\u0000-\u001f\u007f`,
	"XDigit": `0-9a-fA-F`, "Space": spaceSet,
	"javaLowerCase": lowercase, "javaUpperCase": uppercase, "javaTitleCase": `\p{Lt}`,
	"javaWhitespace": `\t-\r\u001c-\u0020\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000`,
	"javaLetter":     `\p{L}`, "javaDigit": `\p{Nd}`, "javaLetterOrDigit": `\p{L}\p{Nd}`, "javaAlphabetic": alphabetic,
	"javaSpaceChar": `\p{Z}`, "javaISOControl": `\p{Cc}`, "javaIdeographic": ideographic, "javaDefined": assigned,
	"javaJavaIdentifierStart": `\p{L}\p{Nl}\p{Sc}\p{Pc}`, "javaJavaIdentifierPart": `\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mc}\p{Mn}` + ignorable,
	"javaUnicodeIdentifierStart": idStart, "javaIdentifierIgnorable": ignorable,
	"javaUnicodeIdentifierPart": idStart + `\p{Pc}\p{Nd}\p{Mc}\p{Mn}` + ignorable + rangesOf(unicode.Other_ID_Continue),
	"L1":                        `\u0000-\u00ff`, "LC": `\p{Lu}\p{Ll}\p{Lt}`, "LD": `\p{L}\p{Nd}`, "all": `\s\S`,
	"C": `^\p{L}\p{M}\p{N}\p{P}\p{S}\p{Z}`, "Cn": "^" + assigned, "Cs": `\ud800-\udfff`,
}

// posix are the POSIX classes as (?U) redefines them, in lower case.
var posix = map[string]string{
	"lower": lowercase, "upper": uppercase, "alpha": alphabetic, "digit": `\p{Nd}`, "alnum": alphabetic + `\p{Nd}`, "punct": `\p{P}`,
	"blank": `\p{Zs}\t`, "cntrl": `\p{Cc}`, "space": whiteSpace, "xdigit": hexDigit, "graph": graph, "print": graph + `\p{Zs}`,
}

// named are the properties that only \p{Is...} has, in lower case.
var named = map[string]string{
	"alphabetic": alphabetic, "letter": `\p{L}`, "uppercase": uppercase, "lowercase": lowercase, "titlecase": `\p{Lt}`,
	"punctuation": `\p{P}`, "whitespace": whiteSpace, "white_space": whiteSpace, "control": `\p{Cc}`, "ideographic": ideographic,
	"hexdigit": hexDigit, "hex_digit": hexDigit, "word": unicodeWord, "joincontrol": `\u200c\u200d`, "join_control": `\u200c\u200d`,
	"assigned": assigned, "noncharactercodepoint": rangesOf(unicode.Noncharacter_Code_Point), "noncharacter_code_point": rangesOf(unicode.Noncharacter_Code_Point),
}

// caseless are the sets that the properties of case become under (?i).
var caseless = map[string]string{
	"Lower": `a-zA-Z`, "Upper": `a-zA-Z`,
	"javaLowerCase": anyCase, "javaUpperCase": anyCase, "javaTitleCase": anyCase,
	"lowercase": anyCase, "uppercase": anyCase, "titlecase": anyCase, "lower": anyCase, "upper": anyCase,
}

const generalCategories = " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp Cc Cf Co "

// rangesOf writes a table of Unicode as members of a set.
func rangesOf(table *unicode.RangeTable) string {
	var b strings.Builder
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			b.WriteString(quote(lo) + "-" + quote(hi))
			return
		}
		for r := lo; r <= hi; r += stride {
			b.WriteString(quote(r))
		}
	}
	for _, t := range table.R16 {
		add(rune(t.Lo), rune(t.Hi), rune(t.Stride))
	}
	for _, t := range table.R32 {
		add(rune(t.Lo), rune(t.Hi), rune(t.Stride))
	}
	return b.String()
}

// property reads \p{Name}, \pL and their negations.
func (t *translator) property() (set string, negated bool, err error) {
	negated = t.src[t.i+1] == 'P'
	t.i += 2
	if t.i >= len(t.src) {
		return "", false, t.fail("a property is missing")
	}
	name := t.src[t.i : t.i+1]
	if name == "{" {
		end := strings.IndexByte(t.src[t.i:], '}')
		if end < 0 {
			return "", false, t.fail("a property is not closed")
		}
		name = t.src[t.i+1 : t.i+end]
		t.i += end + 1
	} else {
		t.i++
	}
	set = t.propertyNamed(name)
	if set == "" {
		return "", false, t.fail("unknown property %q", name)
	}
	if positive, ok := strings.CutPrefix(set, "^"); ok {
		return positive, !negated, nil
	}
	return set, negated, nil
}

// propertyNamed returns the set of a property, "" if there is none.
func (t *translator) propertyNamed(name string) string {
	if kind, value, ok := strings.Cut(name, "="); ok {
		switch strings.ToLower(kind) {
		case "sc", "script":
			return scriptNamed(value)
		case "blk", "block":
			return blocks()[foldName(value)]
		case "gc", "general_category":
			return t.category(value)
		}
		return ""
	}
	if block, ok := strings.CutPrefix(name, "In"); ok {
		return blocks()[foldName(block)]
	}
	if value, ok := strings.CutPrefix(name, "Is"); ok {
		lower := strings.ToLower(value)
		return cmp.Or(t.anyCase(named, lower), t.anyCase(posix, lower), t.category(value), scriptNamed(value))
	}
	if t.flags.unicodeClass {
		if set := t.anyCase(posix, strings.ToLower(name)); set != "" {
			return set
		}
	}
	return t.category(name)
}

// anyCase returns the set that a table has for a name; under (?i), of letters of all cases.
func (t *translator) anyCase(table map[string]string, name string) string {
	set := table[name]
	if set != "" && t.flags.ignoreCase {
		set = cmp.Or(caseless[name], set)
	}
	return set
}

func (t *translator) category(name string) string {
	if set := t.anyCase(properties, name); set != "" {
		return set
	}
	if name == "" || !strings.Contains(generalCategories, " "+name+" ") {
		return ""
	}
	if t.flags.ignoreCase && (name == "Lu" || name == "Ll" || name == "Lt") {
		return properties["LC"]
	}
	return `\p{` + name + `}`
}

// scriptList holds the codes of the scripts that have one in Java 17, and their names.
//
//go:embed scripts.txt
var scriptList string

// scripts maps names and codes in lower case to the names as Go spells them.
var scripts = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for name := range unicode.Scripts {
		names[strings.ToLower(name)] = name
	}
	for line := range strings.Lines(scriptList) {
		var code, name string
		if _, err := fmt.Sscan(line, &code, &name); err != nil {
			panic(fmt.Sprintf("regexp: scripts.txt: %q: %v", line, err))
		}
		names[strings.ToLower(code)] = name
	}
	return names
})

// scriptNamed returns the set of a script, "" if there is none.
func scriptNamed(name string) string {
	if script := scripts()[strings.ToLower(name)]; script != "" {
		return `\p{` + script + `}`
	}
	return ""
}
