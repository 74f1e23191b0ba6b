package regexp

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestSequenceAgreesWithTheEngine compares the two ways to match on random patterns of the simple
// kind.
func TestSequenceAgreesWithTheEngine(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	one := func(from ...string) string { return from[r.IntN(len(from))] }
	taken := 0
	for range 20_000 {
		pattern := one("", "", "", "^")
		for range 1 + r.IntN(3) {
			pattern += one("a", "b", "/", ":", " ", `\d`, `\w`, `\s`, `\S`, `\W`, `\.`, `\n`, "[ab]", "[^a]", "[a-c1-]", `[\w.-]`, `[^\s]`, "[^b/]", "[-a]", `\r`, `\D`)
			pattern += one("", "", "+", "*", "?", "{2}", "{1,2}", "{2,}")
		}
		pattern += one("", "", "", "$")
		re, err := Compile(pattern)
		if err != nil {
			t.Fatalf("%q: %v", pattern, err)
		}
		if re.simple == nil {
			continue
		}
		taken++
		general := *re
		general.simple = nil
		text := ""
		for range r.IntN(8) {
			text += one("a", "a", "b", "c", "/", "1", ":", " ", ".", "\n", "\r\n", "\r", "-", "_")
		}
		if got, want := all(t, re, text), all(t, &general, text); got != want {
			t.Errorf("%q in %q: got %s, want %s", pattern, text, got, want)
		}
		got, _ := re.Matches(text)
		if want, _ := general.Matches(text); got != want {
			t.Errorf("%q matches %q: got %v, want %v", pattern, text, got, want)
		}
	}
	if taken < 5000 {
		t.Errorf("only %d of 20,000 patterns were sequences", taken)
	}
}

func all(t *testing.T, re *Regexp, text string) (places string) {
	if err := re.each(text, func(m match) bool {
		places += fmt.Sprintf("[%d,%d)", m.start, m.end)
		return true
	}); err != nil {
		t.Errorf("%q in %q: %v", re, text, err)
	}
	return places
}

func TestParseSequence(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"/+", "/$", "[^a-z0-9]+", "[^0-9+]", "[0-9+ ()-]{6,20}", `^\w+: `, `\s+$`, `^\s+`, "[0-9]{1,3}", `\d+`, "a{2}", `[\w-]+`} {
		if parseSequence(pattern) == nil {
			t.Errorf("%q is a sequence", pattern)
		}
	}
	for _, pattern := range []string{"", "^", "$", "a*", "(a)", "a|b", "a.b", "a+?", "a++", `\1`, `a\b`, "[a", "[]a]", "[a&&b]", "[a[b]]", `[a-\d]`, "[z-a]", "a{", "a{2,1}", "a{1001}",
		"a**", "[a-z]+b", "a+a", `\w*\d+`, "é", "[é]", "^a^", "a$b", `\`, "]", "}", "(?i)a", `[\r ]+$`} {
		if parseSequence(pattern) != nil {
			t.Errorf("%q is not a sequence", pattern)
		}
	}
}

func TestSequenceEndsInTime(t *testing.T) {
	t.Parallel()
	re, err := Compile("a[a-z]+1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := re.ReplaceAll(strings.Repeat("a", 300_000), ""); err != ErrTimeout {
		t.Errorf("got %v, want %v", err, ErrTimeout)
	}
	re, err = Compile("[a-z]+1")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := re.ReplaceAll(strings.Repeat("a", 300_000)+"1", ""); got != "" || err != nil {
		t.Errorf("got %d characters, %v", len(got), err)
	}
}
