package sam

import (
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// Creatable is a resource that requests to AWS services need, which somebody may make at a stand-in: a table, a queue, a topic, a bucket,
// a stream, an event bus or a state machine.
type Creatable struct {
	ID   string // logical ID
	Kind string // its Type
	Name string // what the resource is called: its name property, or the logical ID
	// Properties are the resource's, resolved. Those that only a deployment knows are not in it.
	Properties *yaml.Node
	Definition *yaml.Node // of a state machine, resolved, nil if it cannot be read
	Pos        document.Position
}

var creatable = []string{
	"AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table", "AWS::Events::EventBus", "AWS::Kinesis::Stream", "AWS::S3::Bucket", "AWS::SNS::Topic",
	"AWS::SQS::Queue", "AWS::Serverless::SimpleTable", "AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine",
}

// creatables lists the resources of the template that can be made, in its order.
func (r *resolver) creatables(order []*resource) (all []*Creatable) {
	stood, warnings, problems := r.stood, r.warnings, r.problems // what is left out of these resources is not reported
	defer func() { r.stood, r.warnings, r.problems = stood, warnings, problems }()
	for _, res := range order {
		if !slices.Contains(creatable, res.kind) {
			continue
		}
		name, msg := r.name(res)
		if msg != "" {
			continue
		}
		c := &Creatable{ID: res.id, Kind: res.kind, Name: name, Pos: r.files.pos(res.key), Properties: document.Mapping(res.key)}
		for k, v := range document.Pairs(res.properties) {
			if v, ps := r.resolve(v); len(ps) == 0 && v != nil {
				document.Put(c.Properties, k.Value, v)
			}
		}
		if strings.HasSuffix(res.kind, "::StateMachine") {
			c.Definition = r.definition(c.Properties)
		}
		all = append(all, c)
	}
	return all
}

// definition is that of a state machine: written out as an object or as text, or in a file beside the template.
func (r *resolver) definition(properties *yaml.Node) *yaml.Node {
	for _, key := range []string{"Definition", "DefinitionString"} {
		switch n := document.Get(properties, key); {
		case n == nil:
		case n.Kind == yaml.MappingNode:
			return n
		default:
			if n, err := document.Parse(r.files.template, []byte(n.Value), document.Options{}); err == nil {
				return n
			}
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
	text := string(data)
	for k, v := range document.Pairs(document.Get(properties, "DefinitionSubstitutions")) {
		text = strings.ReplaceAll(text, "${"+k.Value+"}", v.Value)
	}
	n, err := document.Parse(name, []byte(text), document.Options{})
	if err != nil {
		return nil
	}
	return n
}
