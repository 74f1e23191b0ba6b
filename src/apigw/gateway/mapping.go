package gateway

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/gateway/jsonpath"
	"example.com/guessing-game/src/apigw/gateway/jsonsmart"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// sourceKind is where a parameter mapping gets its value.
type sourceKind uint8

const (
	fromStatic sourceKind = iota + 1
	fromPath
	fromQuery
	fromQueryAll
	fromHeader
	fromHeaderAll
	fromBody
	fromStageVariable
	fromContext
	fromResponseHeader
	fromResponseHeaderAll
	fromResponseBody
)

// source is a parsed mapping expression.
type source struct {
	kind sourceKind
	name string         // of the parameter, header, variable; the text of a static value
	path *jsonpath.Path // inside a body, nil for all of it
}

var (
	requestTarget  = regexp.MustCompile(`^integration\.request\.(path|querystring|header)\.(.+)$`)
	responseTarget = regexp.MustCompile(`^method\.response\.(header)\.(.+)$`)
	gatewayTarget  = regexp.MustCompile(`^gatewayresponse\.(header|path|querystring)\.(.+)$`)
)

// prefixes of mapping expressions, by where they may be used.
type sourcePrefixes []struct {
	prefix string
	kind   sourceKind
}

var clientSources = sourcePrefixes{
	{"method.request.path.", fromPath},
	{"method.request.querystring.", fromQuery},
	{"method.request.multivaluequerystring.", fromQueryAll},
	{"method.request.header.", fromHeader},
	{"method.request.multivalueheader.", fromHeaderAll},
	{"stageVariables.", fromStageVariable},
	{"context.", fromContext},
}

var requestSources = append(sourcePrefixes{{"method.request.body", fromBody}}, clientSources...)

var responseSources = sourcePrefixes{
	{"integration.response.header.", fromResponseHeader},
	{"integration.response.multivalueheader.", fromResponseHeaderAll},
	{"integration.response.body", fromResponseBody},
	{"stageVariables.", fromStageVariable},
	{"context.", fromContext},
}

// mappings reads requestParameters or responseParameters.
func (l *loader) mappings(n *yaml.Node, route string, target *regexp.Regexp, sources sourcePrefixes) []Mapping {
	var ms []Mapping
	for _, m := range members(n) {
		mp := Mapping{Position: l.doc.at(m.key), Target: m.key.Value, Source: text(m.value)}
		t := target.FindStringSubmatch(mp.Target)
		if t == nil {
			l.problem(mp.Position, route, fmt.Sprintf("%q is not a target of a parameter mapping", mp.Target), "write "+strings.NewReplacer(`^`, "", `$`, "", `\`, "", "(.+)", "NAME", "(header)", "header").Replace(target.String()))
			continue
		}
		mp.in, mp.name = t[1], t[2]
		var err error
		if mp.source, err = parseSource(mp.Source, sources); err != nil {
			l.problem(l.doc.at(m.value), route, fmt.Sprintf("%s: %v", mp.Target, err), "write a mapping expression such as method.request.header.X, or static text in single quotes")
			continue
		}
		ms = append(ms, mp)
	}
	return ms
}

func parseSource(s string, sources sourcePrefixes) (source, error) {
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		return source{kind: fromStatic, name: s[1 : len(s)-1]}, nil
	}
	for _, p := range sources {
		rest, ok := strings.CutPrefix(s, p.prefix)
		if !ok {
			continue
		}
		if p.kind != fromBody && p.kind != fromResponseBody {
			if rest == "" {
				return source{}, fmt.Errorf("%q names nothing", s)
			}
			return source{kind: p.kind, name: rest}, nil
		}
		src := source{kind: p.kind, name: rest}
		if rest == "" {
			return src, nil
		}
		if rest[0] != '.' && rest[0] != '[' {
			continue
		}
		var err error
		if src.path, err = jsonpath.Compile("$" + rest); err != nil {
			return source{}, err
		}
		return src, nil
	}
	return source{}, fmt.Errorf("%q is not a mapping expression", s)
}

// resolve returns the value of a mapping's source. ok is false if there is no value: the mapping is
// then left out.
func (x *exchange) resolve(s source) (value string, ok bool, err error) {
	switch s.kind {
	case fromStatic:
		return s.name, true, nil
	case fromPath:
		value, ok = x.pathParams.last(s.name)
	case fromQuery:
		value, ok = x.query().last(s.name)
	case fromQueryAll:
		vs := x.query().all(s.name)
		return strings.Join(vs, ","), len(vs) > 0, nil
	case fromHeader:
		value, ok = x.header(s.name)
	case fromHeaderAll:
		vs := x.headerAll(s.name)
		return strings.Join(vs, ","), len(vs) > 0, nil
	case fromStageVariable:
		value, ok = x.g.o.StageVariables[s.name]
	case fromContext:
		value, ok = x.contextString(s.name)
	case fromBody:
		return bodyValue(x.budget, &x.request, s.path)
	case fromResponseHeader:
		value, ok = x.result.headers.fold(s.name)
	case fromResponseHeaderAll:
		value, ok = x.result.headers.joined(s.name)
	case fromResponseBody:
		return bodyValue(x.budget, &x.response, s.path)
	}
	return value, ok, nil
}

// bodyValue extracts a value from a body for a parameter mapping. An object or array becomes JSON;
// a path can lead into a string that is itself JSON, as an errorMessage often is. A body that looks
// like JSON but is invalid is an error even if all of it is mapped.
func bodyValue(b *java.Budget, p *payload, path *jsonpath.Path) (string, bool, error) {
	doc, err := p.document(b)
	if err != nil {
		return "", false, err
	}
	if path == nil {
		return p.textOrEmptyObject(), true, nil
	}
	v, err := path.Find(b, doc)
	if err == jsonpath.ErrNotFound {
		v, err = findReparsed(b, doc, path.String())
	}
	if spent := b.Err(); spent != nil {
		return "", false, spent
	}
	if err != nil || v == nil {
		return "", false, nil
	}
	return mappedText(v), true, nil
}

func mappedText(v java.Value) string {
	switch v.(type) {
	case *java.Map, *java.List:
		return string(java.AppendJSON(nil, v))
	}
	return java.String(v)
}

// findReparsed walks a dotted path, reading strings that hold JSON on the way.
func findReparsed(b *java.Budget, v java.Value, path string) (java.Value, error) {
	for _, name := range strings.Split(strings.TrimPrefix(path, "$."), ".") {
		if s, ok := v.(string); ok && strings.HasPrefix(strings.TrimSpace(s), "{") {
			inner, err := jsonsmart.Parse(b, s)
			if err != nil {
				return nil, jsonpath.ErrNotFound
			}
			v = inner
		}
		m, ok := v.(*java.Map)
		if !ok {
			return nil, jsonpath.ErrNotFound
		}
		if v, ok = m.Get(name); !ok {
			return nil, jsonpath.ErrNotFound
		}
	}
	return v, nil
}
