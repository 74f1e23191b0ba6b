package sam

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// Creatable is a resource that requests to AWS services may need and that can be created at a
// stand-in.
type Creatable struct {
	ID   string // logical ID
	Kind string // its Type
	Name string // the resource's name: its name property, or the logical ID
	ARN  string // empty if the Type has none
	// Properties are the resource's, resolved, for the types in Options.Creates, without those
	// that only a deployment knows.
	Properties *yaml.Node
	Definition *yaml.Node // of a state machine, resolved, nil if it cannot be read
	Pos        document.Position
}

// creatables lists the resources of the template, in its order.
func (r *resolver) creatables(order []*resource) (all []*Creatable) {
	stood, warnings, problems := r.stood, r.warnings, r.problems // what is left out of these resources is not reported
	defer func() { r.stood, r.warnings, r.problems = stood, warnings, problems }()
	for _, res := range order {
		name, msg := r.name(res)
		if msg != "" {
			continue
		}
		c := &Creatable{ID: res.id, Kind: res.kind, Name: name, Pos: r.files.pos(res.key), Properties: document.Mapping(res.key)}
		all = append(all, c)
		if !slices.Contains(r.o.Creates, res.kind) {
			continue
		}
		if a, ok := arns[res.kind]; ok {
			c.ARN = r.arn(a[0], fmt.Sprintf(a[1], name))
		}
		for k, v := range document.Pairs(res.properties) {
			if v, ps := r.resolve(v); len(ps) == 0 && v != nil {
				document.Put(c.Properties, k.Value, v)
			}
		}
		if strings.HasSuffix(res.kind, "::StateMachine") {
			c.Definition = r.definition(c.Properties)
		}
	}
	return all
}

// definition returns that of a state machine: an object or text in the template, or in a file
// next to it.
func (r *resolver) definition(properties *yaml.Node) *yaml.Node {
	substituted := func(file string, text []byte) *yaml.Node {
		all := string(text)
		for k, v := range document.Pairs(document.Get(properties, "DefinitionSubstitutions")) {
			all = strings.ReplaceAll(all, "${"+k.Value+"}", v.Value)
		}
		n, err := document.Parse(file, []byte(all), document.Options{})
		if err != nil {
			return nil
		}
		return n
	}
	for _, key := range []string{"Definition", "DefinitionString"} {
		switch n := document.Get(properties, key); {
		case n == nil:
		case n.Kind == yaml.MappingNode:
			if text, err := document.JSON(n); err == nil {
				return substituted(r.files.template, text)
			}
		default:
			return substituted(r.files.template, []byte(n.Value))
		}
	}
	uri := document.Get(properties, "DefinitionUri")
	if uri == nil || uri.Kind != yaml.ScalarNode || strings.Contains(uri.Value, "://") {
		return nil
	}
	name := filepath.Join(filepath.Dir(r.files.template), filepath.FromSlash(uri.Value))
	data, err := r.files.readFile(name)
	if err != nil {
		return nil
	}
	return substituted(name, data)
}
