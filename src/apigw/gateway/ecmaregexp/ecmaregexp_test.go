package ecmaregexp_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/gateway/ecmaregexp"
)

// tests/libraries compares the engine with Rhino itself; these tests cover failure modes that
// only our engine has.
func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{`^a{2,3}$`, "aaaa", false},
		{`^a{2,3}$`, "aaa", true},
		{`^(a|ab)(c|bcd)(d*)$`, "abcd", true},
		{`(a*)*b`, "aaac", false},
		{`(a*)*`, "b", true},
		{`^(?:(a)|b)*\1$`, "ab", true}, // the iteration of b has made \1 empty
		{`^(a+?)(b*)c$`, "aabbc", true},
		{`(?=(a+))\1b`, "aab", true},
		{`^(?!(a)b)\1`, "ac", true},
		{`x*?y`, "xxy", true},
		{`[^a-c]`, "abc", false},
		{`^[b-dx-za-cX]+$`, "abcdxyzX", true},
		{`[^b-dx-za-c]`, "abcdxyz", false},
		{`^[\W]+$`, "-é\uffff\x00", true},
		{`^[^\W\d]+$`, "ab_", true},
		{`^[^\W\d]+$`, "ab1", false},
		{`^[\s\S]$`, "\uffff", true},
		{`\bfoo\B`, "foobar", true},
		{`^(?:a?){3}$`, "aa", true},
		{`^(?:a|b)+?$`, strings.Repeat("ab", 5000), true},
		{`(?:(?=a)a)+$`, strings.Repeat("a", 5000), true},
	} {
		re, err := ecmaregexp.Compile(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got, err := re.Match(nil, c.text); got != c.want || err != nil {
			t.Errorf("%s on %.20q: %v, %v", c.pattern, c.text, got, err)
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		`a(b`:    `"a(b" is not a valid regular expression of ECMA 262: a '(' is not closed at position 3`,
		`a)`:     `"a)" is not a valid regular expression of ECMA 262: a ')' without its '(' at position 1`,
		`[b-a]`:  `"[b-a]" is not a valid regular expression of ECMA 262: a range whose end is before its start at position 4`,
		`**`:     `"**" is not a valid regular expression of ECMA 262: a quantifier without anything to repeat at position 0`,
		`a{3,2}`: `"a{3,2}" is not a valid regular expression of ECMA 262: a quantifier whose maximum is less than its minimum at position 5`,
		strings.Repeat("(", ecmaregexp.MaxNesting): "",
	} {
		_, err := ecmaregexp.Compile(pattern)
		if err == nil || want != "" && err.Error() != want {
			t.Errorf("%.20s:\n got %v\nwant %s", pattern, err, want)
		}
	}
}

// limits are those of the fuzzing: whatever the pattern, matching ends within them.
var limits = budget.Limits{Steps: 200_000, Bytes: 4 << 20}

func TestRunawayMatchEnds(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{`^(a+)+$`, `^(?!x)(a+)+$`, `(a|aa)+$`, `(?:a?){60000}b`, `^(?:(?:a*)*)*$`} {
		re, err := ecmaregexp.Compile(pattern)
		if err != nil {
			t.Fatal(err)
		}
		limit := (*budget.LimitError)(nil)
		if ok, err := re.Match(budget.New(t.Context(), limits), strings.Repeat("a", 200)+"!"); ok || !errors.As(err, &limit) {
			t.Errorf("%s: %v, %v", pattern, ok, err)
		}
	}
}

func TestValid(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{`a(b)\1`: true, `a(b`: false, ``: true, `\`: false} {
		if ok, err := ecmaregexp.Valid(nil, text); ok != want || err != nil {
			t.Errorf("%s: %v, %v", text, ok, err)
		}
	}
	limit := (*budget.LimitError)(nil)
	if _, err := ecmaregexp.Valid(budget.New(t.Context(), limits), strings.Repeat("a", 1<<20)); !errors.As(err, &limit) {
		t.Errorf("a long text: %v", err)
	}
}

func FuzzMatch(f *testing.F) {
	for _, s := range []string{`^\d{3}$`, `(a|b)*?c`, `[^\w-z]`, `(?=a)b|(?!c)\1`, `\u12`, `a{2`, `[\cA-z]`, `(((a*)*)*)*`, `\8\12\0`} {
		f.Add(s, "abc123")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, err := ecmaregexp.Compile(pattern)
		if err != nil {
			return
		}
		b := budget.New(t.Context(), limits)
		if _, err := re.Match(b, text); err != nil && err != b.Err() {
			t.Fatalf("%q on %q: %v", pattern, text, err)
		}
	})
}
