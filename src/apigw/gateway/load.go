package gateway

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// loader turns a document into an API and records every problem it finds.
type loader struct {
	doc      *Document
	o        Options
	api      *API
	schemas  *schemas
	problems Problems

	defaultValidator string
	apiKeySchemes    map[string]bool
	authorizers      map[string]*Authorizer // by scheme
	consumes         []string
}

// Load reads what a document describes without creating a Gateway, for tools that inspect
// documents. Problems of single routes are in the routes too. The error is a Problems.
func Load(doc *Document, o Options) (*API, error) {
	l := &loader{doc: doc, o: o.withDefaults(), api: &API{Document: doc}}
	l.load()
	if len(l.problems) > 0 {
		sort.SliceStable(l.problems, func(i, j int) bool { return l.problems[i].Line < l.problems[j].Line })
		l.api.Problems = l.problems
		return l.api, l.problems
	}
	return l.api, nil
}

func (l *loader) load() {
	root := l.doc.root
	openapi, swagger := text(get(root, "openapi")), text(get(root, "swagger"))
	switch {
	case swagger == "2.0" || swagger == "2":
		l.api.Swagger = true
	case strings.HasPrefix(openapi, "3.0"):
	case openapi != "":
		l.problem(l.doc.at(get(root, "openapi")), "", fmt.Sprintf("OpenAPI %s: API Gateway imports OpenAPI 3.0 and Swagger 2.0 only", openapi), "write openapi: 3.0.1 and use only what that version has")
	default:
		l.problem(l.doc.at(root), "", "the document has neither openapi: 3.0.x nor swagger: \"2.0\"", "provide an OpenAPI 3.0 or Swagger 2.0 document")
	}
	l.api.Title = text(get(get(root, "info"), "title"))
	l.schemas = newSchemas(l.doc, l.api.Swagger)
	l.consumes = texts(get(root, "consumes"))
	for _, n := range items(get(root, "x-amazon-apigateway-binary-media-types")) {
		l.api.BinaryMediaTypes = append(l.api.BinaryMediaTypes, text(n))
	}
	l.compression(get(root, "x-amazon-apigateway-minimum-compression-size"))
	l.stageVariables()
	l.validators(root)
	l.securitySchemes(root)
	l.resourcePolicy(get(root, "x-amazon-apigateway-policy"))
	l.gatewayResponses(get(root, "x-amazon-apigateway-gateway-responses"))
	l.paths(get(root, "paths"))
}

// Quotas of a stage's variables.
const (
	MaxStageVariables     = 100
	MaxStageVariableName  = 64  // characters
	MaxStageVariableValue = 512 // characters
)

var stageVariableName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

func (l *loader) stageVariables() {
	at := Position{File: "stage " + l.o.Stage}
	if n := len(l.o.StageVariables); n > MaxStageVariables {
		l.problem(at, "", fmt.Sprintf("there are %d stage variables", n), fmt.Sprintf("a stage has at most %d", MaxStageVariables))
	}
	for _, name := range sortedKeys(l.o.StageVariables) {
		switch value := l.o.StageVariables[name]; {
		case !stageVariableName.MatchString(name) || len(name) > MaxStageVariableName:
			l.problem(at, "", fmt.Sprintf("%q is not a valid name for a stage variable", name), fmt.Sprintf("use up to %d letters, digits and _", MaxStageVariableName))
		case utf8.RuneCountInString(value) > MaxStageVariableValue:
			l.problem(at, "", fmt.Sprintf("the stage variable %s has %d characters", name, utf8.RuneCountInString(value)), fmt.Sprintf("a value has at most %d", MaxStageVariableValue))
		}
	}
}

func (l *loader) validators(root *yaml.Node) {
	for _, m := range members(get(root, "x-amazon-apigateway-request-validators")) {
		l.api.Validators = append(l.api.Validators, Validator{
			Position:   l.doc.at(m.key),
			Name:       m.key.Value,
			Body:       isTrue(get(m.value, "validateRequestBody")),
			Parameters: isTrue(get(m.value, "validateRequestParameters")),
		})
	}
	if n := get(root, "x-amazon-apigateway-request-validator"); n != nil {
		l.defaultValidator = text(n)
		l.validator(n, "")
	}
}

// validator returns the validator that a node names.
func (l *loader) validator(n *yaml.Node, route string) *Validator {
	var names []string
	for i := range l.api.Validators {
		if l.api.Validators[i].Name == text(n) {
			return &l.api.Validators[i]
		}
		names = append(names, l.api.Validators[i].Name)
	}
	fix := "define it in x-amazon-apigateway-request-validators"
	if len(names) > 0 {
		fix += ", where there is " + quoteList(names)
	}
	l.dropped(l.doc.at(n), route, fmt.Sprintf("there is no request validator %q, so nothing is validated", text(n)), fix)
	return nil
}

var pathMethods = map[string]string{
	"get": "GET", "put": "PUT", "post": "POST", "delete": "DELETE", "options": "OPTIONS", "head": "HEAD", "patch": "PATCH",
	"x-amazon-apigateway-any-method": anyMethod,
}

const anyMethod = "ANY"

func (l *loader) paths(paths *yaml.Node) {
	if paths == nil {
		l.problem(l.doc.at(l.doc.root), "", "the document has no paths", "define at least one path")
		return
	}
	tree := map[string]member{} // path with its variables unnamed → its position
	for _, m := range members(paths) {
		path := m.key.Value
		if strings.HasPrefix(path, "x-") {
			continue
		}
		at := l.doc.at(m.key)
		segments, reason := splitTemplate(path)
		if reason != "" {
			l.problem(at, path, reason, "write a path such as /games/{id} or /files/{path+}")
			continue
		}
		l.siblings(tree, segments, m)
		item, reason := l.doc.deref(m.value)
		if item == nil || item.Kind != yaml.MappingNode {
			l.problem(at, path, "the path has no methods: "+reason, "define at least one method")
			continue
		}
		shared := get(item, "parameters")
		for _, op := range members(item) {
			method, ok := pathMethods[strings.ToLower(op.key.Value)]
			if strings.EqualFold(op.key.Value, "trace") {
				l.problem(l.doc.at(op.key), "TRACE "+path, "API Gateway has no method TRACE", "remove it")
			}
			if !ok {
				continue
			}
			r := &Route{Position: l.doc.at(op.key), PathPosition: at, Method: method, Path: "/" + strings.Join(segments, "/"), segments: segments}
			r.resourceID = resourceID(r.Path)
			before := len(l.problems)
			l.operation(r, op.value, shared)
			r.Problem = reasonOf(l.problems[before:])
			l.api.Routes = append(l.api.Routes, r)
		}
	}
}

// reasonOf picks the reason that a route that cannot be served reports to its callers: that
// something is not supported, else the first problem.
func reasonOf(problems Problems) *Problem {
	var reason *Problem
	for _, p := range problems {
		if !p.Served && (reason == nil || p.Unsupported && !reason.Unsupported) {
			reason = p
		}
	}
	return reason
}

// siblings rejects what API Gateway's tree of resources cannot hold: the same resource twice, or
// two variables in the same position.
func (l *loader) siblings(tree map[string]member, segments []string, m member) {
	key := ""
	for i, s := range segments {
		if parent := key; strings.HasPrefix(s, "{") {
			kind := "/{}"
			if strings.HasSuffix(s, "+}") {
				kind = "/{+}"
			}
			slot := parent + kind
			if other, ok := tree[slot]; ok && other.value.Value != s {
				l.problem(l.doc.at(m.key), m.key.Value, fmt.Sprintf("the variable %s is where %s already has %s (line %d)", s, other.key.Value, other.value.Value, other.key.Line),
					"use the same name in the same position of all paths")
			} else if !ok {
				tree[slot] = member{m.key, &yaml.Node{Value: s}}
			}
			key = slot
		} else {
			key += "/" + s
		}
		if i == len(segments)-1 {
			key += "/"
		}
	}
	if key == "" {
		key = "/"
	}
	if other, ok := tree["="+key]; ok {
		l.problem(l.doc.at(m.key), m.key.Value, fmt.Sprintf("the path is the same resource as %s (line %d)", other.key.Value, other.key.Line), "join the two")
		return
	}
	tree["="+key] = m
}

var pathVariable = regexp.MustCompile(`^\{[\p{L}\p{N}_\-.,:$]+\+?\}$`)

// splitTemplate splits a path template, or returns why API Gateway would refuse it.
func splitTemplate(path string) (segments []string, reason string) {
	if !strings.HasPrefix(path, "/") {
		return nil, "a path must start with /"
	}
	trimmed := strings.Trim(path, "/")
	if trimmed == "" {
		return nil, ""
	}
	segments = strings.Split(trimmed, "/")
	for i, s := range segments {
		switch {
		case s == "":
			return nil, "the path has an empty segment"
		case strings.ContainsAny(s, "{}") && !pathVariable.MatchString(s):
			return nil, fmt.Sprintf("%q: a variable must be the whole of a segment", s)
		case strings.HasSuffix(s, "+}") && i < len(segments)-1:
			return nil, fmt.Sprintf("nothing can follow the greedy variable %s", s)
		}
	}
	return segments, ""
}

// resourceID makes the six letters and digits that identify a resource.
func resourceID(path string) string {
	h := fnv.New64a()
	h.Write([]byte(path))
	s := strconv.FormatUint(h.Sum64(), 36)
	return ("000000" + s)[len(s):]
}

func items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

func texts(n *yaml.Node) []string {
	var out []string
	for _, item := range items(n) {
		out = append(out, text(item))
	}
	return out
}
