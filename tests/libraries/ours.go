package libraries

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/gateway/jsonpath"
	"example.com/guessing-game/src/apigw/gateway/jsonschema"
	"example.com/guessing-game/src/apigw/gateway/jsonsmart"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// limits are far beyond what any case needs.
var limits = budget.Limits{Steps: 20_000_000, Bytes: 1 << 28}

// OurPath answers for packages jsonpath and jsonsmart.
func OurPath(q Question) Answer {
	b := budget.New(context.Background(), limits)
	document, err := jsonsmart.Parse(b, q.Document)
	if err != nil {
		return Answer{Status: "document", Error: err.Error()}
	}
	if q.Path == nil {
		return valueAnswer(document)
	}
	path, err := jsonpath.Compile(*q.Path)
	if err != nil {
		return Answer{Status: "error", Error: err.Error()}
	}
	v, err := path.Find(b, document)
	switch {
	case errors.Is(err, jsonpath.ErrNotFound):
		return Answer{Status: "not found"}
	case err != nil:
		return Answer{Status: "error", Error: err.Error()}
	}
	return valueAnswer(v)
}

func valueAnswer(v java.Value) Answer {
	printed := java.String(v)
	if v == nil {
		printed = "null"
	}
	return Answer{Status: "value", Value: string(appendTyped(nil, v)), Printed: printed}
}

// appendTyped writes JSON in which a letter after each number gives its type, as PathOracle does.
func appendTyped(b []byte, v java.Value) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendQuoted(b, v)
	case int64:
		return append(strconv.AppendInt(b, v, 10), 'L')
	case *big.Int:
		return append(v.Append(b, 10), 'B')
	case *java.Decimal:
		return append(append(b, v.String()...), 'D')
	case *java.Map:
		b = append(b, '{')
		comma := ""
		for key, item := range v.All() {
			b = append(b, comma...)
			comma = ","
			b = append(appendQuoted(b, key.(string)), ':')
			b = appendTyped(b, item)
		}
		return append(b, '}')
	case *java.List:
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendTyped(b, v.At(i))
		}
		return append(b, ']')
	}
	return append(b, java.String(v)...)
}

func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for _, c := range java.Units(s) {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', byte(c))
		case c < 32 || c > 126:
			b = fmt.Appendf(b, "\\u%04x", c)
		default:
			b = append(b, byte(c))
		}
	}
	return append(b, '"')
}

// OurSchema answers for package jsonschema.
func OurSchema(q Question) Answer {
	b := budget.New(context.Background(), limits)
	root, err := jsonschema.Parse(b, q.Schema)
	if err != nil {
		return Answer{Status: "schema", Error: err.Error()}
	}
	body, err := jsonschema.Parse(b, *q.Body)
	if err != nil {
		return Answer{Status: "body", Error: err.Error()}
	}
	schema, err := jsonschema.NewDocument(root).Compile("")
	if err != nil {
		return Answer{Status: "schema", Error: err.Error()}
	}
	messages, err := schema.Validate(b, body)
	if err != nil {
		return Answer{Status: "schema", Error: err.Error()}
	}
	status := "valid"
	if len(messages) > 0 {
		status = "invalid"
	}
	return Answer{Status: status, Printed: "[" + strings.Join(jsonschema.Unordered(messages), ", ") + "]"}
}
