package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/functions"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/handlerreads"
	"example.com/guessing-game/src/apigw/runtimes"
	"example.com/guessing-game/src/apigw/shellword"
)

// firstRequests fills example requests with what the document does not contain: a body and a query
// that the function or the request template reads, an API key, a token.
type firstRequests struct {
	sv *serving // nil if unknown
	of map[*functions.Function]handlerreads.Reads
}

func newFirstRequests(sv *serving) *firstRequests {
	return &firstRequests{sv, map[*functions.Function]handlerreads.Reads{}}
}

// credentials are the headers with a generated key, or in place of one that is given, and a token
// of a local user pool, by name, quoted for a shell.
func (q *firstRequests) credentials(api int, r *gateway.Route) map[string]string {
	all := map[string]string{}
	if q.sv == nil {
		return all
	}
	if r.APIKeyRequired && api < len(q.sv.keys) {
		for _, k := range q.sv.keys[api] {
			if k.Refused != "" {
				continue
			}
			if k.Made {
				all["x-api-key"] = shellword.Quoted("x-api-key: " + k.Value)
				break
			}
			if all["x-api-key"] == "" { // its value is not repeated
				all["x-api-key"] = shellword.Quoted("x-api-key: VALUE-OF-" + k.ID)
			}
		}
	}
	if r.Authorizer != nil && slices.Contains(q.sv.project.Pools.LocalNames(), r.Authorizer.Name) {
		command, header := tokenOf(q.sv, r.Authorizer.Name)
		all[header] = fmt.Sprintf(`"%s: $(%s)"`, header, command)
	}
	if r.Authorizer != nil && r.Authorizer.Function.Name != "" { // what it accepts, only its author knows
		for _, name := range r.Authorizer.IdentityHeaders() {
			all[name] = shellword.Quoted(name + ": VALUE")
		}
	}
	return all
}

// request returns a JSON body for a route without a model, empty if it needs none, and the names of
// the query parameters that the route needs.
func (q *firstRequests) request(r *gateway.Route) (body string, query []string) {
	in := r.Integration
	if in == nil || in.Type == gateway.Mock {
		return "", nil
	}
	takesBody := slices.Contains([]string{"POST", "PUT", "PATCH"}, r.Method)
	if in.Type == gateway.AWSProxy {
		reads := q.reads(in.Function.Name)
		if takesBody {
			body = example(reads.Body)
		}
		return body, reads.Query
	}
	if !takesBody {
		return "", nil
	}
	if len(in.RequestTemplates) == 0 {
		return "{}", nil
	}
	return ofTemplate(in.RequestTemplates[0].Source), nil
}

// example is a JSON object; an empty one if its members are unknown.
func example(o *handlerreads.Object) string {
	if o == nil {
		return "{}"
	}
	text, err := json.Marshal(o)
	if err != nil {
		return "{}"
	}
	return string(text)
}

// reads returns what a function reads, as far as its source shows.
func (q *firstRequests) reads(name string) handlerreads.Reads {
	if q.sv == nil {
		return handlerreads.Reads{}
	}
	f := q.sv.functions.Find(name)
	if f == nil || f.Function == nil {
		return handlerreads.Reads{}
	}
	reads, there := q.of[f]
	if !there {
		reads = handlerreads.Of(handlerSource(f))
		q.of[f] = reads
	}
	return reads
}

// handlerSource returns the source of a function's handler; empty if there is none, or if it is too
// long.
func handlerSource(f *functions.Function) string {
	if f.Code.Inline != "" {
		return f.Code.Inline
	}
	file := runtimes.HandlerFile(f.Function)
	text, err := document.ReadFileUpTo(file, handlerreads.MaxSource)
	if err != nil || len(text) > handlerreads.MaxSource {
		return ""
	}
	return string(text)
}

// maxMembers bounds how many members of a body are looked for in a template.
const maxMembers = 50

var (
	inputRoot = regexp.MustCompile(`#set\(\s*\$(\w+)\s*=\s*\$input\.path\(\s*['"]\$['"]\s*\)`)
	inputPath = regexp.MustCompile(`\$input\.(?:json|path)\(\s*['"]\$\.([A-Za-z_]\w*)`)
	inputBody = regexp.MustCompile(`\$input\.(?:json|path|body)\b`)
)

// ofTemplate returns a body with the members that a request template reads; empty if it does not
// read the body.
func ofTemplate(template string) string {
	if !inputBody.MatchString(template) {
		return ""
	}
	members := map[string]any{}
	for _, m := range inputPath.FindAllStringSubmatch(template, maxMembers) {
		members[m[1]] = m[1]
	}
	for _, root := range inputRoot.FindAllStringSubmatch(template, maxMembers) {
		of := regexp.MustCompile(`(\bin\s+)?\$!?\{?` + root[1] + `\.([A-Za-z_]\w*)`)
		for _, m := range of.FindAllStringSubmatch(template, maxMembers) {
			if members[m[2]] = m[2]; m[1] != "" { // of a #foreach
				members[m[2]] = []string{m[2]}
			}
		}
	}
	text, err := json.Marshal(members)
	if err != nil {
		return "{}"
	}
	return string(text)
}
