package vtl

import (
	"errors"
	"sync"

	"example.com/guessing-game/src/apigw/vtl/javaregexp"
)

// The methods of String that take regular expressions.

// regexps keeps compiled patterns: templates use few, and in loops.
type regexps struct {
	mu sync.Mutex
	m  map[string]*javaregexp.Regexp
}

// maxRegexps is how many patterns a template keeps compiled.
const maxRegexps = 100

func (r *regexps) get(pattern string) (*javaregexp.Regexp, error) {
	r.mu.Lock()
	re := r.m[pattern]
	r.mu.Unlock()
	if re != nil {
		return re, nil
	}
	re, err := javaregexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	if r.m == nil || len(r.m) >= maxRegexps {
		r.m = map[string]*javaregexp.Regexp{}
	}
	r.m[pattern] = re
	r.mu.Unlock()
	return re, nil
}

func (st *state) regexp(pattern string) (*javaregexp.Regexp, error) {
	re, err := st.tmpl.regexps.get(pattern)
	if err != nil {
		return nil, javaError("java.util.regex.PatternSyntaxException", "%v", err)
	}
	return re, nil
}

func regexpError(err error) error {
	var e *javaregexp.ReplaceError
	if errors.As(err, &e) {
		return javaError(e.Class, "%s", e.Reason)
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

func (st *state) split(s, pattern string, limit int) (Value, bool, error) {
	re, err := st.regexp(pattern)
	if err != nil {
		return nil, false, err
	}
	if pattern == "" && !isASCII(s) {
		return splitUnits(s, limit), true, nil
	}
	defer st.timeRegexp()()
	pieces, err := re.Split(s, limit)
	if err != nil {
		return nil, false, err
	}
	st.need(32 * len(pieces))
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
