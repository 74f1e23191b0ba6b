package sam

import (
	"cmp"
	"path/filepath"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// Code says where the program of a function is, and how it is built. Paths are as written, relative
// to Dir.
type Code struct {
	Dir    string // of the function's template
	URI    string // CodeUri or Code: a folder or archive; empty for images and inline code, and if it is not on this machine
	Inline string // InlineCode or ZipFile
	Image  *Image // nil unless PackageType is Image

	Layers        []Layer // in the order in which they are laid over each other
	Architectures []string

	// BuildMethod and BuildProperties are the function's Metadata for sam build, BuildProperties
	// with plain values.
	BuildMethod     string
	BuildProperties map[string]any
}

// Image is the container image of a function.
type Image struct {
	URI                 string // ImageUri; empty if sam build is to build it
	Tag                 string // Metadata's DockerTag: what sam build tags it with
	Context             string // Metadata's DockerContext, relative to Code.Dir: where sam build builds it; empty if it does not
	Dockerfile          string // Metadata's Dockerfile, relative to the context
	Target              string // Metadata's DockerBuildTarget: the stage to stop at; empty for the last one
	EntryPoint, Command []string
	WorkingDirectory    string
}

// Layer is a layer of a function.
type Layer struct {
	ID  string // logical ID, empty for one that is named by its ARN
	URI string // ContentUri as written, relative to Code.Dir; empty if it is not on this machine
	ARN string // as far as it is known
	// BuildMethod is that of its Metadata: a runtime, or makefile.
	BuildMethod string
}

// code reads where a function's program is. Whatever cannot be resolved is left out: the values
// matter only when the function runs.
func (r *resolver) code(res *resource) Code {
	c := Code{Dir: filepath.Dir(r.files.pos(res.key).File)}
	p := res.properties
	text := func(n *yaml.Node) string {
		v := r.quiet(n)
		if v == nil || v.Kind != yaml.ScalarNode {
			return ""
		}
		return v.Value
	}
	image := document.Get(p, "ImageUri")
	if res.kind == "AWS::Lambda::Function" {
		if code := r.quiet(document.Get(p, "Code")); code != nil && code.Kind == yaml.ScalarNode {
			c.URI = code.Value
		}
		if asset := document.Get(res.node, "Metadata", "aws:asset:path"); asset != nil && c.URI == "" { // as the CDK and sam write it
			c.URI = text(asset)
		}
		c.Inline, image = text(document.Get(p, "Code", "ZipFile")), document.Get(p, "Code", "ImageUri")
	} else {
		c.URI, c.Inline = text(document.Get(p, "CodeUri")), text(document.Get(p, "InlineCode"))
		if document.Get(p, "CodeUri") == nil && c.Inline == "" {
			c.URI = "."
		}
	}
	if text(document.Get(p, "PackageType")) == "Image" || image != nil {
		config := document.Get(p, "ImageConfig")
		metadata := func(name string) string { return text(document.Get(res.node, "Metadata", name)) }
		c.URI, c.Inline = "", ""
		c.Image = &Image{
			URI: text(image), Tag: metadata("DockerTag"), Target: metadata("DockerBuildTarget"),
			EntryPoint: r.texts(document.Get(config, "EntryPoint")), Command: r.texts(document.Get(config, "Command")), WorkingDirectory: text(document.Get(config, "WorkingDirectory")),
		}
		if context, file := metadata("DockerContext"), metadata("Dockerfile"); context != "" || file != "" {
			c.Image.Context, c.Image.Dockerfile = cmp.Or(context, "."), cmp.Or(file, "Dockerfile")
		}
	}
	if c.Inline != "" {
		c.URI = ""
	}
	if layers := document.Get(p, "Layers"); layers != nil && layers.Kind == yaml.SequenceNode {
		for _, n := range layers.Content {
			if l := r.layer(n); l != (Layer{}) {
				c.Layers = append(c.Layers, l)
			}
		}
	}
	c.Architectures = r.texts(document.Get(p, "Architectures"))
	c.BuildMethod = text(document.Get(res.node, "Metadata", "BuildMethod"))
	if properties := r.quiet(document.Get(res.node, "Metadata", "BuildProperties")); properties != nil {
		properties.Decode(&c.BuildProperties) // a malformed one counts as none: sam build rejects it
	}
	return c
}

// layer reads an entry of Layers: a reference to a layer of the template, or an ARN.
func (r *resolver) layer(n *yaml.Node) Layer {
	id := ""
	if name, arg, ok := intrinsic(n); ok && name == "Ref" {
		id = arg.Value
	} else if v := r.quiet(n); v != nil && v.Kind == yaml.ScalarNode {
		id = v.Value
	}
	res := r.resources[id]
	if res == nil || res.kind != "AWS::Serverless::LayerVersion" && res.kind != "AWS::Lambda::LayerVersion" {
		if v := r.quiet(n); v != nil && v.Kind == yaml.ScalarNode {
			return Layer{ARN: v.Value}
		}
		return Layer{}
	}
	l := Layer{ID: id}
	if method := r.quiet(document.Get(res.node, "Metadata", "BuildMethod")); method != nil {
		l.BuildMethod = method.Value
	}
	if asset := document.Get(res.node, "Metadata", "aws:asset:path"); asset != nil {
		l.URI = asset.Value
	}
	for _, property := range []string{"ContentUri", "Content"} {
		if v := r.quiet(document.Get(res.properties, property)); v != nil && v.Kind == yaml.ScalarNode {
			l.URI = v.Value
		}
	}
	return l
}

// quiet resolves a node whose problems do not matter here; nil if it has no value.
func (r *resolver) quiet(n *yaml.Node) *yaml.Node {
	if n == nil {
		return nil
	}
	noted := r.noted
	r.noted = nil
	defer func() { r.noted = noted }()
	v, ps := r.resolve(n)
	if len(ps) > 0 {
		return nil
	}
	return v
}

// texts are the strings of a list.
func (r *resolver) texts(n *yaml.Node) (all []string) {
	v := r.quiet(n)
	if v == nil || v.Kind != yaml.SequenceNode {
		return nil
	}
	for _, e := range v.Content {
		if e.Kind == yaml.ScalarNode {
			all = append(all, e.Value)
		}
	}
	return all
}
