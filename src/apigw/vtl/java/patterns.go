package java

import (
	"cmp"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	javaregexp "example.com/guessing-game/src/apigw/vtl/java/regexp"
)

// The methods of String that take regular expressions.

// patterns are the most recently compiled regular expressions: templates use few, and in loops.
// Reading needs no lock.
var patterns struct {
	compiled atomic.Pointer[map[string]*javaregexp.Regexp]
	adding   sync.Mutex
}

// maxPatterns is how many compiled regular expressions are cached, maxCached the length of the
// longest: compiled, a pattern can take a hundred times its length.
const (
	maxPatterns = 500
	maxCached   = 2000
)

func compileRegexp(budget *Budget, pattern string) (*javaregexp.Regexp, error) {
	known := patterns.compiled.Load()
	if known != nil {
		if re := (*known)[pattern]; re != nil {
			return re, nil
		}
	}
	if err := budget.Step(len(pattern)); err != nil {
		return nil, err
	}
	start := time.Now()
	re, err := javaregexp.Compile(pattern)
	if err != nil {
		err = Throw("java.util.regex.PatternSyntaxException", "%v", err)
	}
	if err := cmp.Or(budget.Spend(time.Since(start)), err); err != nil {
		return nil, err
	}
	if len(pattern) > maxCached {
		return re, nil
	}
	patterns.adding.Lock()
	defer patterns.adding.Unlock()
	var more map[string]*javaregexp.Regexp
	if known = patterns.compiled.Load(); known != nil && len(*known) < maxPatterns {
		more = maps.Clone(*known)
	} else {
		more = map[string]*javaregexp.Regexp{}
	}
	more[pattern] = re
	patterns.compiled.Store(&more)
	return re, nil
}

func regexpError(err error) error {
	var e *javaregexp.ReplaceError
	if errors.As(err, &e) {
		return Throw(e.Class, "%s", e.Reason)
	}
	return err
}

// replaceEmpty replaces the matches of the empty pattern: one before every UTF-16 unit, and one at
// the end.
func replaceEmpty(re *javaregexp.Regexp, s, with string, all bool) (string, error) {
	piece, err := re.ReplaceAll("", with)
	if err != nil || !all {
		return piece + s, err
	}
	return replaceText(s, "", piece), nil
}

func matches(c call[string], pattern string) (Value, error) {
	re, err := compileRegexp(c.Budget, pattern)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	ok, err := re.Matches(c.self)
	return ok, cmp.Or(err, c.Spend(time.Since(start)))
}

// replaceMatches is replaceAll, or replaceFirst; the replacement is the second argument.
func replaceMatches(c call[string], pattern string, all bool) (Value, error) {
	re, err := compileRegexp(c.Budget, pattern)
	if err != nil {
		return nil, err
	}
	s := c.self
	start := time.Now()
	with, isText := c.args[1].(string)
	if !isText {
		// Java checks for a null replacement only if there is something to replace.
		a, err1 := re.ReplaceFirst(s, "a")
		b, err2 := re.ReplaceFirst(s, "b")
		if err := cmp.Or(err1, err2); err != nil {
			return nil, err
		}
		if all && a == b {
			return s, nil
		}
		return nil, errNull
	}
	var out string
	switch {
	case pattern == "" && !isASCII(s):
		out, err = replaceEmpty(re, s, with, all)
	case all:
		if with != "" {
			if err := c.Make(len(s) * (1 + len(with)/16)); err != nil {
				return nil, err
			}
		}
		out, err = re.ReplaceAll(s, with)
	default:
		out, err = re.ReplaceFirst(s, with)
	}
	if err != nil {
		return nil, regexpError(err)
	}
	return out, cmp.Or(c.Spend(time.Since(start)), c.Make(len(out)))
}

func splitString(budget *Budget, s, pattern string, limit int) (Value, error) {
	re, err := compileRegexp(budget, pattern)
	if err != nil {
		return nil, err
	}
	if pattern == "" && !isASCII(s) {
		return splitUnits(s, limit), budget.Make(32 * len(s))
	}
	start := time.Now()
	pieces, err := re.Split(s, limit)
	if err := cmp.Or(err, budget.Spend(time.Since(start)), budget.Make(32*len(pieces))); err != nil {
		return nil, err
	}
	a := &Array{class: "java.lang.String", items: make([]Value, len(pieces))}
	for i, p := range pieces {
		a.items[i] = p
	}
	return a, nil
}

// splitUnits splits between all UTF-16 units, including halves of surrogate pairs.
func splitUnits(s string, limit int) Value {
	u := Units(s)
	a := &Array{class: "java.lang.String"}
	for i := range u {
		if limit > 0 && i == limit-1 {
			a.items = append(a.items, FromUnits(u[i:]))
			return a
		}
		a.items = append(a.items, FromUnits(u[i:i+1]))
	}
	if limit != 0 {
		a.items = append(a.items, "")
	}
	return a
}
