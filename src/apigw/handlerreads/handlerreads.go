// Package handlerreads guesses what the source of a Lambda function in Python, JavaScript or
// TypeScript reads from an API's request, so that an example request gets further than the first
// line: the members of a JSON body, and the query parameters that the function needs.
//
// It looks for json.loads and JSON.parse of a body, and for what is then read from the result, in
// one file. It is a guess from the text: what a helper in another file reads is not found, whereas
// a read from another variable of the same name is.
package handlerreads

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Limits of the search.
const (
	MaxSource = 64 << 10
	maxNames  = 50
	maxVars   = 20
	maxDepth  = 4
	maxPlaces = 200 // of one variable, and in total
)

// Reads is what a source reads from a request.
type Reads struct {
	// Body is an example of the JSON body, an object; nil if none is read.
	Body *Object
	// Query are the names of parameters that are read as if they were always there.
	Query []string
}

// Object is a JSON object whose members keep the order in which they were found.
type Object struct {
	names  []string
	values map[string]any
}

// MarshalJSON writes the members in order.
func (o *Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range o.names {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(o.values[name])
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// set adds a value at a path, unless a more specific one is there.
func (o *Object) set(path []string, value any) {
	name := path[0]
	old, there := o.values[name]
	if !there && len(o.names) == maxNames {
		return
	}
	if !there {
		if o.values == nil {
			o.values = map[string]any{}
		}
		o.names = append(o.names, name)
	}
	inner, nested := old.(*Object)
	switch {
	case len(path) > 1:
		if !nested {
			inner = &Object{}
			o.values[name] = inner
		}
		inner.set(path[1:], value)
	case nested:
	case !there:
		o.values[name] = value
	default:
		if _, text := old.(string); text {
			o.values[name] = value
		}
	}
}

var (
	// parsed matches the argument of json.loads or JSON.parse, with parentheses in it.
	parsed = regexp.MustCompile(`\b(?:json\.loads|JSON\.parse)\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)`)
	// ofBody matches the body of an event: event['body'], event.get("body"), event.body, body.
	ofBody = regexp.MustCompile(`\bbody\b`)
	// bodyText matches a variable that gets the body as a string: text = event['body'].
	bodyText = regexp.MustCompile(`(?m)\b([A-Za-z_]\w*)\s*(?::[^=\n]+)?=[ \t]*\(?[A-Za-z_]\w*(?:\[\s*['"]body['"]\s*\]|\.get\(\s*['"]body['"]|\??\.body\b)`)
	// loaded matches a body that a library has parsed: Powertools' app.current_event.json_body.
	loaded = regexp.MustCompile(`\.json_body\b`)
	// query matches the parameters of a request's query. API Gateway sends null if there are none,
	// so a default of get has no effect.
	query = regexp.MustCompile(`(?:\[\s*['"]queryStringParameters['"]\s*\]|\.get\(\s*['"]queryStringParameters['"]\s*(?:,\s*(?:\{\}|None)\s*)?\)|\.queryStringParameters\b)`)
	// assigned matches what precedes an expression that is assigned to a variable: x =, const x: T
	// =, { a, b } = .
	assigned    = regexp.MustCompile(`([A-Za-z_$][\w$]*)\s*(?::\s*[^=;{}()\n]+)?=[^=;\n]*$`)
	gets        = regexp.MustCompile(`([A-Za-z_$][\w$]*)\s*(?::\s*[^=;{}()\n]+)?=\s*$`)
	taken       = regexp.MustCompile(`\{([^{}]*)\}\s*(?::[^=;\n]*)?=[^=;\n]*$`)
	memberNames = regexp.MustCompile(`^\s*([A-Za-z_$][\w$]*)\s*(=)?`)
	number      = regexp.MustCompile(`\b(?:int|float|Decimal|Number|parseInt|parseFloat)\(\s*(?:str\(\s*|Decimal\(\s*)?$`)
	loop        = regexp.MustCompile(`\b(?:in|of)\s+$`)
	alternative = regexp.MustCompile(`^\)*\s*(?:or\b|\|\||\?\?|,)`)
)

// Of returns what a source reads.
func Of(source string) (r Reads) {
	if len(source) > MaxSource {
		return r
	}
	texts := map[string]bool{}
	for _, m := range bodyText.FindAllStringSubmatch(source, maxPlaces) {
		texts[m[1]] = true
	}
	body := &reader{source: source, object: &Object{}, vars: map[string][]string{}}
	for _, m := range parsed.FindAllStringSubmatchIndex(source, maxPlaces) {
		argument := source[m[2]:m[3]]
		if ofBody.MatchString(argument) || texts[strings.TrimSpace(argument)] {
			r.Body = body.object
			body.expression(m[0], m[1])
		}
	}
	for _, m := range loaded.FindAllStringIndex(source, maxPlaces) {
		r.Body = body.object
		body.expression(m[0], m[1])
	}
	body.variables()
	params := &reader{source: source, object: &Object{}, vars: map[string][]string{}, needed: true}
	for _, m := range query.FindAllStringIndex(source, maxPlaces) {
		params.expression(m[0], m[1])
	}
	params.variables()
	r.Query = params.object.names
	return r
}

// reader collects what is read from an expression and from the variables that it is assigned to.
type reader struct {
	source string
	object *Object
	vars   map[string][]string // variables, and where in the object they are
	todo   []string            // those still to be searched for
	needed bool                // only what must be there: what is read with neither an alternative nor ?.
}

// expression examines the use of an expression at a place in the source.
func (r *reader) expression(begin, end int) {
	rest := r.source[end:]
	optional := r.needed && (alternative.MatchString(rest) || strings.HasPrefix(rest, "?."))
	if r.read(begin, end) || optional {
		return
	}
	before := r.source[max(0, begin-400):begin]
	if m := taken.FindStringSubmatch(before); m != nil {
		r.members(m[1])
	} else if m := assigned.FindStringSubmatch(before); m != nil {
		r.variable(m[1], nil)
	}
}

// variable queues a variable that gets a value of the object.
func (r *reader) variable(name string, path []string) {
	if _, there := r.vars[name]; !there && len(r.vars) < maxVars && len(path) < maxDepth {
		r.vars[name] = path
		r.todo = append(r.todo, name)
	}
}

// members returns the names of a pattern: { a, b: c, d = 1 }.
func (r *reader) members(pattern string, path ...string) {
	for _, part := range strings.Split(pattern, ",") {
		if m := memberNames.FindStringSubmatch(part); m != nil && (m[2] == "" || !r.needed) {
			r.object.set(append(slices.Clone(path), m[1]), m[1])
		}
	}
}

// variables examines every use of the variables.
func (r *reader) variables() {
	for len(r.todo) > 0 {
		name := r.todo[0]
		r.todo = r.todo[1:]
		for _, m := range regexp.MustCompile(`(?:^|[^\w.$'"])(`+regexp.QuoteMeta(name)+`)\b`).FindAllStringSubmatchIndex(r.source, maxPlaces) {
			if r.read(m[2], m[3], r.vars[name]...) {
				continue
			}
			if t := taken.FindStringSubmatchIndex(r.source[max(0, m[2]-400):m[2]]); t != nil && strings.HasSuffix(strings.TrimSpace(r.source[:m[2]]), "=") {
				from := max(0, m[2]-400)
				r.members(r.source[from+t[2]:from+t[3]], r.vars[name]...)
			}
		}
	}
}

var (
	key    = regexp.MustCompile(`^\s*(\?\.)?\[\s*(?:'([^'\\\n]+)'|"([^"\\\n]+)")\s*\]`)
	get    = regexp.MustCompile(`^\.get\(\s*(?:'([^'\\\n]+)'|"([^"\\\n]+)")\s*(,)?`)
	member = regexp.MustCompile(`^(\?|!)?\.([A-Za-z_$][\w$]*)`)
	isSet  = regexp.MustCompile(`^\s*[-+*/]?=[^=>]`)
	lists  = map[string]bool{"map": true, "forEach": true, "filter": true, "reduce": true, "some": true, "every": true, "append": true, "push": true}
)

// read reads the names after an expression, which is at a path of the object, and reports whether
// there are any.
func (r *reader) read(begin, end int, at ...string) bool {
	rest := r.source[end:]
	path := slices.Clone(at)
	var value any
	optional := false
steps:
	for len(path) < maxDepth {
		switch {
		case key.MatchString(rest):
			m := key.FindStringSubmatch(rest)
			optional = optional || m[1] != ""
			path, rest = append(path, m[2]+m[3]), rest[len(m[0]):]
		case get.MatchString(rest):
			m := get.FindStringSubmatch(rest)
			path, rest = append(path, m[1]+m[2]), rest[len(m[0]):]
			if i := strings.IndexByte(rest, ')'); i >= 0 {
				rest = rest[i+1:]
			}
		case member.MatchString(rest):
			m := member.FindStringSubmatch(rest)
			after := rest[len(m[0]):]
			if strings.HasPrefix(after, "(") || m[2] == "length" { // of the value, not of the event
				if lists[m[2]] {
					value = []any{}
				}
				break steps
			}
			optional = optional || m[1] == "?" && len(path) == len(at)
			path, rest = append(path, m[2]), after
		default:
			break steps
		}
	}
	if len(path) == len(at) {
		return false
	}
	if isSet.MatchString(rest) || r.needed && optional {
		return true
	}
	before := r.source[max(0, begin-40):begin]
	switch {
	case value != nil:
	case number.MatchString(before):
		value = 1
	case loop.MatchString(before):
		value = []any{}
	default:
		value = path[len(path)-1]
		if m := gets.FindStringSubmatch(before); m != nil {
			r.variable(m[1], path)
		}
	}
	r.object.set(path, value)
	return true
}
