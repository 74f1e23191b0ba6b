package sam

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// A StandIn is a value that takes the place of one that only a deployment knows.
type StandIn struct {
	document.Position        // where the value was needed first
	Of                string // whose value it is: "the parameter Stage", "Orders"
	Why               string // "has no default"
	Value             string
	Fix               string // how to set the right one
}

// String says what stands in for what, and how to set the right value.
func (s StandIn) String() string {
	return fmt.Sprintf("%s: %s %s, so %q stands in for it (%s)", s.Position, s.Of, s.Why, s.Value, s.Fix)
}

// stand records a stand-in, and returns its value.
func (r *resolver) stand(at *yaml.Node, of, why, value, fix string) string {
	if r.noted != nil {
		*r.noted = append(*r.noted, StandIn{r.files.pos(at), of, why, value, fix})
	}
	return value
}

// standIns returns the stand-ins that f uses, without recording them.
func (r *resolver) standIns(f func()) []StandIn {
	var met []StandIn
	outer := r.noted
	r.noted = &met
	defer func() { r.noted = outer }()
	f()
	return met
}

// depends reports whether what f resolves depends on a stand-in, which it records.
func (r *resolver) depends(f func()) bool {
	met := r.standIns(f)
	if r.noted != nil {
		*r.noted = append(*r.noted, met...)
	}
	return len(met) > 0
}

// once returns a list of stand-ins without duplicates.
func once(all []StandIn) []StandIn {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(all), func(s StandIn) bool {
		twice := seen[s.Of]
		seen[s.Of] = true
		return twice
	})
}

// deployed records that a variable's value names something that does not exist on this machine: a
// table, a queue, a role.
func (r *resolver) deployed(res *resource, at *yaml.Node, value string) {
	if r.variable && !isFunction(res.kind) && !strings.HasPrefix(res.kind, "AWS::Lambda::") {
		r.stand(at, res.id, "exists only once deployed", value, "pass --parameter-overrides "+res.id+"=NAME")
	}
}

var dynamicReference = regexp.MustCompile(`\{\{resolve:([a-z-]+):([^{}]*)\}\}`)

// dynamic replaces dynamic references with stand-ins: the name of the parameter or secret.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
func (r *resolver) dynamic(n *yaml.Node) *yaml.Node {
	c := *n
	c.Value = dynamicReference.ReplaceAllStringFunc(n.Value, func(reference string) string {
		m := dynamicReference.FindStringSubmatch(reference)
		name := m[2]
		if a, err := arn.Parse(name); err == nil && m[1] == "secretsmanager" {
			name = strings.TrimPrefix(a.Resource, "secret:")
		}
		name, _, _ = strings.Cut(name, ":")
		return r.stand(n, "what "+reference+" refers to", "exists only once deployed", name, "put a parameter in its place, or set the variable with --env-vars FILE")
	})
	return &c
}

// uriStandIn is a resolved URI; one that is a stand-in, and so no URI, becomes that of a host
// that does not resolve.
func (r *resolver) uriStandIn(n, resolved *yaml.Node) *yaml.Node {
	if len(r.standIns(func() { r.resolve(n) })) == 0 {
		return resolved
	}
	c := *resolved
	c.Value = "http://" + strings.ToLower(strings.Trim(resolved.Value, "/")) + ".invalid"
	return &c
}

// attributeStandIn stands in for an attribute of a resource: a host name that does not resolve if
// the attribute is a host name, else the attribute's name.
func (r *resolver) attributeStandIn(id, attr string, at *yaml.Node) string {
	value := id + "." + attr
	for _, end := range []string{"DNSName", "DomainName", "Address", "Endpoint", "Url", "URL", "Hostname", "Host", "Uri", "URI"} {
		if !strings.HasSuffix(attr, end) {
			continue
		}
		value = strings.ToLower(id) + ".invalid" // RFC 6761: never resolves
		if strings.HasPrefix(end, "U") {
			value = "http://" + value
		}
		break
	}
	return r.stand(at, id+"."+attr, "is known only once deployed", value, "pass --parameter-overrides "+id+"."+attr+"=VALUE")
}
