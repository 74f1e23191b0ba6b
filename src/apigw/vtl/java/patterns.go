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

// patterns are the regular expressions compiled last: templates use few, and in loops. Reading takes no lock.
var patterns struct {
	compiled atomic.Pointer[map[string]*javaregexp.Regexp]
	adding   sync.Mutex
}

// maxPatterns is how many regular expressions are kept compiled.
const maxPatterns = 500

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
	re, err := javaregexp.Compile(pattern)
	if err != nil {
		return nil, Throw("java.util.regex.PatternSyntaxException", "%v", err)
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

// replaceEmpty replaces the matches of the empty pattern: one before every UTF-16 unit, and one at the end.
func replaceEmpty(re *javaregexp.Regexp, s, with string, all bool) (string, error) {
	piece, err := re.ReplaceAll("", with)
	if err != nil || !all {
		return piece + s, err
	}
	return replaceText(s, "", piece), nil
}

func splitString(budget *Budget, s, pattern string, limit int) (Value, bool, error) {
	re, err := compileRegexp(budget, pattern)
	if err != nil {
		return nil, false, err
	}
	if pattern == "" && !isASCII(s) {
		return splitUnits(s, limit), true, nil
	}
	start := time.Now()
	pieces, err := re.Split(s, limit)
	if err := cmp.Or(err, budget.Spend(time.Since(start))); err != nil {
		return nil, false, err
	}
	if err := budget.Make(32 * len(pieces)); err != nil {
		return nil, false, err
	}
	a := &Array{class: "java.lang.String", items: make([]Value, len(pieces))}
	for i, p := range pieces {
		a.items[i] = p
	}
	return a, true, nil
}

// splitUnits splits between all UTF-16 units, halves of surrogate pairs included.
func splitUnits(s string, limit int) Value {
	u := units(s)
	a := &Array{class: "java.lang.String"}
	for i := range u {
		if limit > 0 && i == limit-1 {
			a.items = append(a.items, fromUnits(u[i:]))
			return a
		}
		a.items = append(a.items, fromUnits(u[i:i+1]))
	}
	if limit != 0 {
		a.items = append(a.items, "")
	}
	return a
}
