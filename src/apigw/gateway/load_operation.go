package gateway

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// unresolved is the only key of an operation in which the reader of the document could not resolve
// something; its value says why.
const unresolved = "x-apigw-unresolved"

func (l *loader) operation(r *Route, op, shared *yaml.Node) {
	name := r.Name()
	r.OperationID = text(get(op, "operationId"))
	l.parameters(r, op, shared)
	if l.api.Swagger {
		l.swaggerBody(r, op, shared)
	} else {
		l.requestBody(r, op)
	}
	if n := get(op, "x-amazon-apigateway-request-validator"); n != nil {
		r.Validator = l.validator(n, name)
	} else if l.defaultValidator != "" {
		for i := range l.api.Validators {
			if l.api.Validators[i].Name == l.defaultValidator {
				r.Validator = &l.api.Validators[i]
			}
		}
	}
	l.security(r, op)
	l.methodResponses(r, op)
	n, reason := l.doc.deref(get(op, "x-amazon-apigateway-integration"))
	if n == nil || n.Kind != yaml.MappingNode {
		if why := text(get(op, unresolved)); why != "" {
			l.unsupported(r.Position, name, why, "") // the reason says what to do
			return
		}
		if reason == "" {
			reason = "the method has no x-amazon-apigateway-integration, so API Gateway refuses to deploy it"
		}
		l.problem(r.Position, name, reason, "add one: type aws with a Lambda uri, aws_proxy, or mock")
		return
	}
	l.integration(r, n)
}

var parameterPlaces = map[string]string{"path": "path", "query": "querystring", "header": "header"}

// parameters reads those of the method and those of the path that the method does not override.
func (l *loader) parameters(r *Route, op, shared *yaml.Node) {
	seen := map[string]string{} // name → position
	for _, n := range slices.Concat(items(get(op, "parameters")), items(shared)) {
		p, reason := l.doc.deref(n)
		if p == nil {
			l.problem(l.doc.at(n), r.Name(), reason, "correct the reference")
			continue
		}
		in, ok := parameterPlaces[text(get(p, "in"))]
		if !ok { // body and formData are not parameters to API Gateway; it ignores cookies
			continue
		}
		param := Parameter{Position: l.doc.at(p), In: in, Name: text(get(p, "name")), Required: isTrue(get(p, "required"))}
		schema := get(p, "schema")
		if l.api.Swagger {
			schema = p
		}
		param.Example = cmp.Or(text(get(p, "example")), text(get(schema, "example")), text(get(schema, "default")))
		if enum := items(get(schema, "enum")); param.Example == "" && len(enum) > 0 {
			param.Example = text(enum[0])
		}
		if other, ok := seen[param.Name]; ok {
			if other != in {
				l.problem(param.Position, r.Name(), fmt.Sprintf("%q is the name of a parameter in %s and of one in %s", param.Name, other, in),
					"parameter names must be unique across querystring, header and path")
			}
			continue
		}
		seen[param.Name] = in
		r.Parameters = append(r.Parameters, param)
	}
}

// requestBody reads the models of an OpenAPI 3.0 operation.
func (l *loader) requestBody(r *Route, op *yaml.Node) {
	n := get(op, "requestBody")
	if n == nil {
		return
	}
	body, reason := l.doc.deref(n)
	if body == nil {
		l.problem(l.doc.at(n), r.Name(), reason, "correct the reference")
		return
	}
	for _, m := range members(get(body, "content")) {
		if schema := get(m.value, "schema"); schema != nil {
			l.model(r, m.key.Value, schema)
		}
	}
}

// swaggerBody reads the model of a Swagger 2.0 operation: its parameter in: body, for each type it
// consumes.
func (l *loader) swaggerBody(r *Route, op, shared *yaml.Node) {
	consumes := texts(get(op, "consumes"))
	if consumes == nil {
		consumes = l.consumes
	}
	if len(consumes) == 0 {
		consumes = []string{"application/json"}
	}
	for _, list := range []*yaml.Node{get(op, "parameters"), shared} {
		for _, n := range items(list) {
			p, _ := l.doc.deref(n)
			if schema := get(p, "schema"); text(get(p, "in")) == "body" && schema != nil {
				for _, mediaType := range consumes {
					l.model(r, mediaType, schema)
				}
				return
			}
		}
	}
}

func (l *loader) model(r *Route, mediaType string, schema *yaml.Node) {
	m := Model{Position: l.doc.at(schema), MediaType: mediaOf(mediaType), Node: schema}
	if ref := text(get(schema, "$ref")); ref != "" {
		m.Name = ref[strings.LastIndexByte(ref, '/')+1:]
	}
	var err error
	var at Position
	if m.schema, at, err = l.schemas.compile(schema); err != nil {
		l.problem(at, r.Name(), "the schema of the body is not valid: "+err.Error(), "correct the schema; API Gateway uses JSON Schema draft 4")
	}
	for _, at := range l.schemas.dropped() {
		l.dropped(at, r.Name(), "properties cannot be a $ref, which is ignored", "write a $ref in place of a schema, or list the properties")
	}
	r.Models = append(r.Models, m)
}

func (l *loader) methodResponses(r *Route, op *yaml.Node) {
	for _, m := range members(get(op, "responses")) {
		response, reason := l.doc.deref(m.value)
		if response == nil {
			l.problem(l.doc.at(m.key), r.Name(), reason, "correct the reference")
			continue
		}
		mr := MethodResponse{Position: l.doc.at(m.key), Status: m.key.Value}
		for _, h := range members(get(response, "headers")) {
			mr.Headers = append(mr.Headers, h.key.Value)
		}
		r.Responses = append(r.Responses, mr)
	}
}
