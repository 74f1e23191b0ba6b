package sam

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// A stand-alone document may be the template of another tool, such as Terraform's templatefile,
// which replaces ${name} with the ARNs of functions. In its URIs such a name stands for the value
// given with --parameter-overrides, or else for a function of that name.

var placeholder = regexp.MustCompile(`\$\{([^{}]*)\}`)

// uriKeys are the keys whose values name functions.
var uriKeys = map[string]bool{"uri": true, "authorizerUri": true}

// filled is a URI of a stand-alone document with the names filled in.
func (r *resolver) filled(n *yaml.Node) *yaml.Node {
	if n.Kind != yaml.ScalarNode || !strings.Contains(n.Value, "${") {
		return n
	}
	uri := n.Value
	out := placeholder.ReplaceAllStringFunc(uri, func(m string) string {
		name := strings.TrimSpace(m[2 : len(m)-1])
		if literal, ok := strings.CutPrefix(name, "!"); ok { // as in Fn::Sub
			return "${" + literal + "}"
		}
		if strings.HasPrefix(name, "stageVariables.") || strings.HasPrefix(name, "AWS::") || name == "" {
			return m
		}
		if value, ok := r.o.Parameters[name]; ok {
			return value
		}
		id := plainName(name)
		switch {
		case m == uri:
			arn := r.functionARN(r.openFunction(id, n).Name, "")
			return fmt.Sprintf("arn:%s:apigateway:%s:lambda:path/2015-03-31/functions/%s/invocations", r.o.Partition, r.o.Region, arn)
		case strings.Contains(uri, "/functions/"+m), strings.Contains(uri, ":function:"+m):
			return r.openFunction(id, n).Name
		}
		return id
	})
	c := document.Scalar(n, out)
	c.Style = n.Style
	return c
}

// plainName turns an expression such as module.orders.arn into a name that a function can have.
func plainName(expression string) string {
	return strings.Map(func(c rune) rune {
		if c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return c
		}
		return '_'
	}, expression)
}
