package regexp_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/vtl/java/regexp"
)

// A case holds the results of Java 17's String methods: matches, replaceAll, replaceFirst and
// split with a limit of 0, 2 and -1.
type javaCase struct {
	Pattern, Text, With     string
	Error                   string // "syntax" if the pattern is refused
	Matches                 bool
	All, First              string
	ReplaceError            string // Java's exception
	Split, Split2, SplitAll []string
}

// testdata/java17.jsonl was written by Java itself.
func TestAgreesWithJava(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/java17.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	n := 0
	for ; lines.Scan(); n++ {
		var c javaCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		check(t, c)
	}
	if err := lines.Err(); err != nil || n < 500 {
		t.Fatalf("%d cases (%v)", n, err)
	}
}

func check(t *testing.T, c javaCase) {
	re, err := regexp.Compile(c.Pattern)
	if c.Error != "" || err != nil {
		var syntax *regexp.SyntaxError
		if c.Error == "" || !errors.As(err, &syntax) {
			t.Errorf("%q: got %v, Java says %q", c.Pattern, err, c.Error)
		}
		return
	}
	if got, err := re.Matches(c.Text); err != nil || got != c.Matches {
		t.Errorf("%q matches %q: got %v (%v), want %v", c.Pattern, c.Text, got, err, c.Matches)
	}
	all, err := re.ReplaceAll(c.Text, c.With)
	first, err1 := re.ReplaceFirst(c.Text, c.With)
	if c.ReplaceError != "" {
		var e *regexp.ReplaceError
		if !errors.As(errors.Join(err, err1), &e) || e.Class != c.ReplaceError {
			t.Errorf("%q in %q by %q: got %q, %q (%v), want %s", c.Pattern, c.Text, c.With, all, first, err, c.ReplaceError)
		}
	} else if err != nil || err1 != nil || all != c.All || first != c.First {
		t.Errorf("%q in %q by %q: got %q, %q (%v), want %q, %q", c.Pattern, c.Text, c.With, all, first, err, c.All, c.First)
	}
	for limit, want := range map[int][]string{0: c.Split, 2: c.Split2, -1: c.SplitAll} {
		if got, err := re.Split(c.Text, limit); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q splits %q, limit %d: got %q (%v), want %q", c.Pattern, c.Text, limit, got, err, want)
		}
	}
}

func TestRunawayMatchEnds(t *testing.T) {
	t.Parallel()
	re, err := regexp.Compile(`(a+)+(?=c)b`)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if _, err := re.Matches(strings.Repeat("a", 60) + "b"); !errors.Is(err, regexp.ErrTimeout) {
		t.Errorf("got %v after %v, want ErrTimeout", err, time.Since(start))
	}
}

func TestPatternLength(t *testing.T) {
	t.Parallel()
	if _, err := regexp.Compile(strings.Repeat("a", regexp.MaxPatternBytes)); err != nil {
		t.Error(err)
	}
	var e *regexp.SyntaxError
	if _, err := regexp.Compile(strings.Repeat("a", regexp.MaxPatternBytes+1)); !errors.As(err, &e) {
		t.Errorf("got %v, want a *SyntaxError", err)
	}
}

// Compiling takes time that is quadratic in the groups and the characters of a class, so there is a
// limit to both.
func TestCostlyPatterns(t *testing.T) {
	t.Parallel()
	var letters strings.Builder
	for r := rune(0x4E00); letters.Len() < 60_000; r += 2 {
		letters.WriteRune(r)
	}
	for name, pattern := range map[string]string{
		"line starts":          "(?m)" + strings.Repeat("^", 60_000),
		"groups":               strings.Repeat("(a)", 20_000),
		"boundaries":           "(?U)" + strings.Repeat(`\b`, 30_000),
		"words":                "(?U)" + strings.Repeat(`\w`, 30_000),
		"characters":           "[" + letters.String() + "]",
		"characters in a not":  "[^" + letters.String() + "]",
		"both cases":           "(?iu)[" + letters.String() + "]",
		"intersections":        "[a" + strings.Repeat("&&[ab]", 10_000) + "]",
		"a lot of look-behind": strings.Repeat("(?<=(a))", 7_500),
	} {
		var e *regexp.SyntaxError
		if _, err := regexp.Compile(pattern); !errors.As(err, &e) {
			t.Errorf("%s: got %v, want a *SyntaxError", name, err)
		}
	}
	for name, pattern := range map[string]string{
		"groups":     strings.Repeat("(a)", 3_000),
		"characters": "[" + letters.String()[:18_000] + "]",
		"words":      "(?U)" + strings.Repeat(`\w`, 100),
	} {
		if _, err := regexp.Compile(pattern); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, p := range []string{`a(?<n>b)[^c&&[d]]\Q.\E{2,3}+`, `(?i)\p{Lu}`, `[\w-]`, `(?x) a #`, `\k<n>`, `[[[`} {
		f.Add(p, "abc", "$1")
	}
	f.Fuzz(func(t *testing.T, pattern, text, with string) {
		if len(text) > 50 {
			return
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			var e *regexp.SyntaxError
			if !errors.As(err, &e) {
				t.Errorf("%q: %v is not a *SyntaxError", pattern, err)
			}
			return
		}
		_, _ = re.Matches(text)
		_, _ = re.ReplaceAll(text, with)
		_, _ = re.Split(text, 0)
	})
}
