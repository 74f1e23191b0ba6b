package gateway

import (
	"errors"
	"fmt"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// input is $input. In a response template body, json and path read the integration's response,
// params still the client's request.
type input struct {
	x *exchange
	p *payload
}

var _ java.Object = (*input)(nil)

// InputMembers returns the names of what $input has.
func InputMembers() []string { return []string{"body", "json", "path", "params"} }

func (in *input) Property(name string) (java.Value, bool) {
	if name == "body" {
		return in.p.textOrEmptyObject(), true
	}
	return nil, false
}

func (in *input) Call(budget *java.Budget, name string, args []java.Value) (java.Value, bool, error) {
	switch name {
	case "params":
		switch len(args) {
		case 0:
			return in.x.params(), true, nil
		case 1:
			if args[0] == nil {
				return nil, true, nil
			}
			if s, ok := args[0].(string); ok {
				return in.x.param(s), true, nil
			}
		}
		return nil, true, java.ErrArguments // Velocity then takes the method without parameters
	case "path", "json":
		if len(args) != 1 {
			break
		}
		if args[0] == nil {
			return nil, true, fmt.Errorf("$input.%s: the path is null; put it in quotes", name)
		}
		path, ok := args[0].(string)
		if !ok {
			break
		}
		v, found, err := in.p.find(budget, in.x.g, path)
		switch {
		case name == "path" || err != nil:
			return v, true, err
		case !found:
			return `""`, true, nil
		}
		text := java.JSON(v) // GW-2: a JSON null is null
		switch v.(type) {
		case *java.Map, *java.List:
			if text == "null" {
				return nil, true, errJSONSize
			}
		}
		return text, true, budget.Make(len(text))
	}
	return nil, false, nil
}

// errJSONSize is the error for a value whose JSON would exceed the maximum output of a template.
var errJSONSize = errors.New("$input.json: the text is too large")

// String: a bare $input prints nothing (recorded on AWS).
func (in *input) String() string { return "" }

// methodVariable is $method: the parameters under the names that mappings of parameters use
// (GW-35).
func (x *exchange) methodVariable() *java.Map {
	m := java.NewMap(1)
	m.Put("request", x.params())
	return m
}

// params is $input.params(): a map of maps in the order path, querystring, header.
func (x *exchange) params() *java.Map {
	if x.paramMap == nil {
		x.paramMap = java.NewMap(3)
		x.paramMap.Put("path", x.pathParams.toMap())
		x.paramMap.Put("querystring", x.query().toMap())
		x.paramMap.Put("header", x.headers().toMap())
	}
	return x.paramMap
}

// param is $input.params(name): the path's, then the query string's, then the header's; nil if
// there is no such parameter.
func (x *exchange) param(name string) java.Value {
	if v, ok := x.pathParams.last(name); ok {
		return v
	}
	if v, ok := x.query().last(name); ok {
		return v
	}
	if v, ok := x.header(name); ok {
		return v
	}
	return nil
}
