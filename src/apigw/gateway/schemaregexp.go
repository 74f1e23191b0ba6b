package gateway

import (
	"regexp"
	"time"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxPatternTime bounds how long one pattern of a schema may run, since such expressions can backtrack without end.
const maxPatternTime = time.Second

// ecmaPattern is a regular expression of a schema, which JSON Schema defines as ECMA 262's.
type ecmaPattern struct{ re *regexp2.Regexp }

func (p ecmaPattern) String() string { return p.re.String() }

func (p ecmaPattern) MatchString(s string) bool {
	ok, err := p.re.MatchString(s)
	return ok && err == nil
}

// compileECMA takes Go's linear-time engine where it knows the syntax and a backtracking one for the rest (look-around).
func compileECMA(s string) (jsonschema.Regexp, error) {
	if re, err := regexp.Compile(s); err == nil {
		return re, nil
	}
	re, err := regexp2.Compile(s, regexp2.ECMAScript|regexp2.Unicode)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = maxPatternTime
	return ecmaPattern{re}, nil
}
