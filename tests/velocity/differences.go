package velocity

import (
	"regexp"
	"strings"

	javaregexp "example.com/guessing-game/src/apigw/vtl/java/regexp"
)

// A Difference is a deliberate one between package vtl and the real engine. The differential
// command excuses these and nothing else; the corpus has none of them.
type Difference struct {
	ID     string // stable, VTL-…, as the documentation of package vtl lists it
	Reason string
	Covers func(c *Case, ours, real Outcome) bool
}

// Differences are all the deliberate ones.
var Differences = []Difference{
	{
		ID:     "VTL-HASH",
		Reason: "what Java prints of an array or of an object without a toString of its own holds an address, new in each run",
		Covers: func(c *Case, ours, real Outcome) bool {
			if ours.Failed() || real.Failed() {
				return false
			}
			addresses := hasAddress.MatchString(c.Template)
			return agreeBut(javaHash, ours.Output, real.Output) ||
				addresses && strings.Contains(c.Template, "hashCode") && agreeBut(javaHashOrNumber, ours.Output, real.Output) ||
				addresses && measuresText.MatchString(c.Template) && agreeBut(javaHashOrLength, ours.Output, real.Output)
		},
	},
	{
		ID:     "VTL-FLOAT",
		Reason: "there is no Float, Short or Byte: floatValue is a double, shortValue and byteValue are ints",
		Covers: func(c *Case, _, _ Outcome) bool {
			return strings.Contains(c.Template, "floatValue") || strings.Contains(c.Template, "shortValue") || strings.Contains(c.Template, "byteValue")
		},
	},
	{
		ID:     "VTL-LIMITS",
		Reason: "a limit ends what Java would do for hours or until it is out of memory; #if does not walk through a map that contains itself",
		Covers: func(_ *Case, ours, real Outcome) bool {
			return ours.Class == limited || real.Class == "StackOverflowError"
		},
	},
	{
		ID:     "VTL-REGEX",
		Reason: `regular expressions know no \X, \b{g}, \N{name}, \p{javaMirrored} and flag c, match nothing between the halves of a surrogate pair, refuse && where Java fails later, and forget what a group matched in a part that was given up`,
		Covers: func(c *Case, ours, real Outcome) bool {
			if ours.Failed() {
				return notInRegex.MatchString(c.Template)
			}
			return usesRegex.MatchString(c.Template) && (hasPair(c) && matchesNothing(c.Template) ||
				givesUp.MatchString(c.Template) && groupInRegex.MatchString(c.Template) && readsGroup.MatchString(c.Template))
		},
	},
	{
		ID:     "VTL-FUNCTION",
		Reason: "methods that take functions are not there: a template has no function, and nothing but null passes for one",
		Covers: func(*Case, Outcome, Outcome) bool { return false }, // null has the same effect
	},
	{
		ID:     "VTL-REFLECTION",
		Reason: "templates do not reach Java's reflection: class answers a name and nothing more, describeConstable is not there",
		Covers: func(c *Case, _, _ Outcome) bool {
			return strings.Contains(c.Template, "class") || strings.Contains(c.Template, "getClass") || strings.Contains(c.Template, "describeConstable")
		},
	},
	{
		ID:     "VTL-STREAM",
		Reason: "there are no streams of longs and doubles, no summary statistics and no spliterators, and toList can be changed",
		Covers: func(c *Case, _, real Outcome) bool {
			return partOfStreams.MatchString(c.Template) || strings.Contains(c.Template, "toList") && strings.Contains(real.Error, "ImmutableCollections")
		},
	},
	{
		ID:     "VTL-CHARACTER",
		Reason: "Character's getName, codePointOf, getDirectionality and isMirrored are not there",
		Covers: func(c *Case, _, _ Outcome) bool { return partOfCharacter.MatchString(c.Template) },
	},
	{
		ID:     "VTL-STATIC",
		Reason: "static methods of Java's interfaces are not there",
		Covers: func(c *Case, _, _ Outcome) bool { return interfaceStatic.MatchString(c.Template) },
	},
	{
		ID:     "VTL-TOKENS",
		Reason: "an error message's wording is its own",
		Covers: func(*Case, Outcome, Outcome) bool { return false }, // Agrees does not compare messages
	},
}

// interfaceStatic matches a call of a static method of List, Set or Map.
var interfaceStatic = regexp.MustCompile(`\.(of|copyOf|entry|ofEntries)\(`)

// partOfStreams matches a method that streams and collections do not have here.
var partOfStreams = regexp.MustCompile(`\.(asLongStream|asDoubleStream|summaryStatistics|spliterator)\(`)

// partOfCharacter matches a method that Character does not have here.
var partOfCharacter = regexp.MustCompile(`\.(getName|codePointOf|getDirectionality|isMirrored)\(`)

// Excuse returns the deliberate difference behind two outcomes of a case that do not agree.
func Excuse(c *Case, ours, real Outcome) (id string, ok bool) {
	for _, d := range Differences {
		if d.Covers(c, ours, real) {
			return d.ID, true
		}
	}
	return "", false
}

// javaHash matches what Object.toString prints: a class name and an address.
var javaHash = regexp.MustCompile(`(\[+[A-Z]([\w.$]+;)?|[a-z]+(\.[\w$]+)+)@[0-9a-f]{1,8}`)

// hasAddress finds what makes values whose hashCode is their address; javaHashOrNumber finds such
// hash codes too.
var (
	hasAddress       = regexp.MustCompile(`define|split|foreach|bodyContent|@|toCharArray|getBytes|toArray|values\(|terator|tream\(|chars\(|codePoints\(|lines\(`)
	javaHashOrNumber = regexp.MustCompile(javaHash.String() + `|-?([0-9]\.[0-9]+E[0-9]+|[0-9]{5,})`)
)

// measuresText finds expressions that measure the length of a string, whose numbers
// javaHashOrLength finds: an address has one to eight digits.
var (
	measuresText     = regexp.MustCompile(`length\(|[iI]ndexOf\(|compareTo\(`)
	javaHashOrLength = regexp.MustCompile(javaHash.String() + `|\b[0-9]{1,3}\b`)
)

// notInRegex matches what regular expressions do not support here.
var notInRegex = regexp.MustCompile(`\\[XN]|\\b\{g\}|\(\?[a-zA-Z-]*c|javaMirrored|&&[\]&]`)

// givesUp matches a part of a regular expression that is not backtracked into; readsGroup matches
// a construct that reads a group.
var (
	givesUp      = regexp.MustCompile(`\(\?(<?[=!]|>)|[*+?}]\+`)
	groupInRegex = regexp.MustCompile(`\((\?<\w|[^?])`)
	readsGroup   = regexp.MustCompile(`\$[1-9]|\$\{[a-z]|\\[1-9]|\\k<`)
)

// usesRegex matches a call of a method that takes a regular expression.
var usesRegex = regexp.MustCompile(`\.(replaceAll|replaceFirst|split|matches)\(`)

// surrogate matches half of a surrogate pair as JSON may write it.
var surrogate = regexp.MustCompile(`\\u[dD][89abAB]`)

// hasPair reports whether a case has a character of two UTF-16 units.
func hasPair(c *Case) bool {
	text := c.Template + string(c.Context)
	return surrogate.MatchString(text) || strings.ContainsFunc(text, func(r rune) bool { return r > 0xFFFF })
}

// quotedText matches a string in a template.
var quotedText = regexp.MustCompile(`'[^']*'|"[^"]*"`)

// matchesNothing reports whether a string in a template is a regular expression that matches the
// empty string, and so also between two UTF-16 units.
func matchesNothing(template string) bool {
	for _, text := range quotedText.FindAllString(template, -1) {
		re, err := javaregexp.Compile(text[1 : len(text)-1])
		if err != nil {
			continue
		}
		if found, err := re.Split("ab", -1); err == nil && len(found) > 2 {
			return true
		}
	}
	return false
}

// agreeBut reports whether both outputs are equal except for what matches volatile in the real one.
func agreeBut(volatile *regexp.Regexp, ours, real string) bool {
	marks := volatile.FindAllStringIndex(real, -1)
	if len(marks) == 0 {
		return false
	}
	pattern, at := `^(?s:`, 0
	for _, m := range marks {
		pattern += regexp.QuoteMeta(real[at:m[0]]) + `.{0,80}`
		at = m[1]
	}
	return regexp.MustCompile(pattern + regexp.QuoteMeta(real[at:]) + `)$`).MatchString(ours)
}
