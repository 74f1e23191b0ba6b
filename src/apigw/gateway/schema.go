package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// schemas compiles the models of a document. API Gateway takes JSON Schema draft 4.
type schemas struct {
	compiler *jsonschema.Compiler
	doc      *Document
	models   string                // where named models are: "/components/schemas/"
	pointers map[*yaml.Node]string // where each node is first
	plains   map[*yaml.Node]any    // what plain made of a node, which aliases share
	err      error
}

const schemaURL = "document.json"

func newSchemas(doc *Document, swagger bool) *schemas {
	s := &schemas{doc: doc, models: "/components/schemas/"}
	if swagger {
		s.models = "/definitions/"
	}
	return s
}

// prepare turns the document into what the compiler reads, when the first model is met.
func (s *schemas) prepare() {
	s.pointers, s.plains = map[*yaml.Node]string{}, map[*yaml.Node]any{}
	root, err := s.plain(s.doc.root, "", 0)
	if err != nil {
		s.err = err
		return
	}
	s.compiler = jsonschema.NewCompiler()
	s.compiler.DefaultDraft(jsonschema.Draft4)
	s.compiler.UseLoader(noLoader{})
	s.compiler.UseRegexpEngine(compileECMA)
	for _, name := range uncheckedFormats {
		s.compiler.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(any) error { return nil }})
	}
	s.err = s.compiler.AddResource(schemaURL, root)
}

// uncheckedFormats are known to the compiler, but not to the validator of the service, which knows those of draft 4.
var uncheckedFormats = []string{"date", "time", "duration", "period", "iri", "uri-reference", "iri-reference", "uri-template", "semver", "relative-json-pointer"}

// formatTexts complete "string … is " of a value that has not the format asked for.
var formatTexts = map[string]string{
	"date-time": `invalid against requested date format(s) ["yyyy-MM-dd'T'HH:mm:ssZ","yyyy-MM-dd'T'HH:mm:ss.SSSZ"]`,
	"email":     "not a valid email address",
	"hostname":  "not a valid hostname",
	"ipv4":      "not a valid IPv4 address",
	"ipv6":      "not a valid IPv6 address",
	"regex":     "not a valid ECMA 262 regular expression",
	"uri":       "not a valid URI",
	"uuid":      "not a valid UUID",
}

// noLoader keeps a schema from fetching anything.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s leads out of the document", url)
}

// compile compiles the schema at a node of the document.
func (s *schemas) compile(n *yaml.Node) (*jsonschema.Schema, error) {
	if s.pointers == nil {
		s.prepare()
	}
	if s.err != nil {
		return nil, s.err
	}
	pointer, ok := s.pointers[n]
	if !ok {
		return nil, errors.New("the schema is not part of the document")
	}
	sch, err := s.compiler.Compile(schemaURL + "#" + pointer)
	if err != nil {
		return nil, errors.New(strings.ReplaceAll(err.Error(), "\n", " "))
	}
	return sch, nil
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1", "%", "%25", " ", "%20", "{", "%7B", "}", "%7D", "\"", "%22", "^", "%5E", "|", "%7C")

// plain converts nodes to maps, slices and scalars. References to models by their API Gateway address become references inside the
// document; $schema goes, since the draft is fixed.
func (s *schemas) plain(n *yaml.Node, pointer string, depth int) (any, error) {
	if v, ok := s.plains[n]; ok {
		return v, nil
	}
	v, err := s.convert(n, pointer, depth)
	if err == nil {
		s.plains[n] = v
	}
	return v, err
}

func (s *schemas) convert(n *yaml.Node, pointer string, depth int) (any, error) {
	if depth > document.MaxDepth {
		return nil, fmt.Errorf("line %d: more than %d arrays and objects inside each other", n.Line, document.MaxDepth)
	}
	s.pointers[n] = pointer
	switch n.Kind {
	case yaml.MappingNode:
		out := make(map[string]any, len(n.Content)/2)
		for _, m := range members(n) {
			key := m.key.Value
			if m.value.Kind == yaml.ScalarNode && m.value.Tag == "!!str" {
				if key == "$schema" {
					continue
				}
				if key == "$ref" && strings.HasPrefix(m.value.Value, "https://apigateway.") {
					if i := strings.Index(m.value.Value, "/models/"); i >= 0 {
						out[key] = "#" + s.models + m.value.Value[i+len("/models/"):]
						continue
					}
				}
			}
			v, err := s.plain(m.value, pointer+"/"+escapePointer.Replace(key), depth+1)
			if err != nil {
				return nil, err
			}
			out[key] = v
		}
		return out, nil
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		for i, item := range n.Content {
			v, err := s.plain(item, pointer+"/"+strconv.Itoa(i), depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	}
	switch n.Tag {
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value), nil
		}
		var f any
		if err := n.Decode(&f); err == nil {
			return f, nil
		}
	case "!!bool":
		return isTrue(n), nil
	case "!!null":
		return nil, nil
	}
	return n.Value, nil
}

// validate checks a body and answers what is wrong with it in the words of API Gateway's log, empty if nothing is.
func (m *Model) validate(body string) string {
	if m.schema == nil {
		return ""
	}
	if strings.TrimSpace(body) == "" {
		body = "{}" // an empty body counts as an empty object
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		return "Unable to parse JSON body: " + err.Error()
	}
	err = m.schema.Validate(v)
	if err == nil {
		return ""
	}
	var verr *jsonschema.ValidationError
	if !errors.As(err, &verr) {
		return "[" + err.Error() + "]"
	}
	d := schemaDetails{doc: m.doc, body: v}
	d.add(verr)
	return "[" + strings.Join(d.texts, ", ") + "]"
}

// schemaDetails collects the texts of fge's json-schema-validator, which the service uses, for each keyword that failed.
type schemaDetails struct {
	doc   *Document
	body  any
	texts []string
}

func (d *schemaDetails) say(format string, args ...any) {
	d.texts = append(d.texts, fmt.Sprintf(format, args...))
}

// at is the part of the body that an error is about, as JSON text.
func (d *schemaDetails) at(location []string) string {
	v := d.body
	for _, part := range location {
		switch c := v.(type) {
		case map[string]any:
			v = c[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(c) {
				return ""
			}
			v = c[i]
		}
	}
	return jsonText(v)
}

// alternatives is how many schemas the keyword lists that failed.
func (d *schemaDetails) alternatives(e *jsonschema.ValidationError, keyword string) int {
	_, fragment, _ := strings.Cut(e.SchemaURL, "#")
	if p, err := url.PathUnescape(fragment); err == nil {
		fragment = p
	}
	return len(items(get(d.doc.pointer(fragment), keyword)))
}

func (d *schemaDetails) add(e *jsonschema.ValidationError) {
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		missing := slices.Sorted(slices.Values(k.Missing))
		d.texts = append(d.texts, "object has missing required properties ("+jsonText(missing)+")")
	case *kind.Type:
		got := k.Got
		if got == "number" && !strings.ContainsAny(d.at(e.InstanceLocation), ".eE") {
			got = "integer"
		}
		d.say("instance type (%s) does not match any allowed primitive type (allowed: %s)", got, jsonText(allowedTypes(k.Want)))
	case *kind.Enum:
		d.say("instance value (%s) not found in enum (possible values: %s)", jsonText(k.Got), jsonText(k.Want))
	case *kind.AdditionalProperties:
		d.texts = append(d.texts, "object instance has properties which are not allowed by the schema: "+jsonText(slices.Sorted(slices.Values(k.Properties))))
	case *kind.MinLength:
		d.say("string %s is too short (length: %d, required minimum: %d)", d.at(e.InstanceLocation), k.Got, k.Want)
	case *kind.MaxLength:
		d.say("string %s is too long (length: %d, maximum allowed: %d)", d.at(e.InstanceLocation), k.Got, k.Want)
	case *kind.Pattern:
		d.say("ECMA 262 regex %q does not match input string %q", k.Want, k.Got)
	case *kind.Minimum:
		d.say("numeric instance is lower than the required minimum (minimum: %s, found: %s)", ratText(k.Want), ratText(k.Got))
	case *kind.ExclusiveMinimum:
		d.say("numeric instance is not strictly greater than the required minimum %s", ratText(k.Want))
	case *kind.Maximum:
		d.say("numeric instance is greater than the required maximum (maximum: %s, found: %s)", ratText(k.Want), ratText(k.Got))
	case *kind.ExclusiveMaximum:
		d.say("numeric instance is not strictly lower than the required maximum %s", ratText(k.Want))
	case *kind.MultipleOf:
		d.say("remainder of division is not zero (%s / %s)", ratText(k.Got), ratText(k.Want))
	case *kind.MinItems:
		d.say("array is too short: must have at least %d elements but instance has %d elements", k.Want, k.Got)
	case *kind.MaxItems:
		d.say("array is too long: must have at most %d elements but instance has %d elements", k.Want, k.Got)
	case *kind.UniqueItems:
		d.texts = append(d.texts, "array must not contain duplicate elements")
	case *kind.MinProperties:
		d.say("object has too few properties (found %d but schema requires at least %d)", k.Got, k.Want)
	case *kind.MaxProperties:
		d.say("object has too many properties (found %d but schema requires at most %d)", k.Got, k.Want)
	case *kind.AnyOf:
		d.say("instance failed to match at least one required schema among %d", d.alternatives(e, "anyOf"))
	case *kind.OneOf:
		d.say("instance failed to match exactly one schema (matched %d out of %d)", len(k.Subschemas), d.alternatives(e, "oneOf"))
	case *kind.AllOf:
		total := d.alternatives(e, "allOf")
		d.say("instance failed to match all required schemas (matched only %d out of %d)", total-len(e.Causes), total)
	case *kind.Format:
		is, ok := formatTexts[k.Want]
		if !ok {
			is = "not a valid " + k.Want
		}
		d.say("string %s is %s", jsonText(k.Got), is)
	case *kind.Not:
		d.texts = append(d.texts, "instance matched a schema which it should not have")
	default:
		causes := slices.Clone(e.Causes) // in no order of their own where properties are concerned
		slices.SortStableFunc(causes, func(a, b *jsonschema.ValidationError) int {
			return slices.Compare(a.InstanceLocation, b.InstanceLocation)
		})
		for _, c := range causes {
			d.add(c)
		}
		if len(e.Causes) == 0 {
			d.texts = append(d.texts, strings.ReplaceAll(e.Error(), "\n", " "))
		}
	}
}

// allowedTypes: where numbers are allowed, so are integers.
func allowedTypes(want []string) []string {
	types := slices.Clone(want)
	if slices.Contains(types, "number") && !slices.Contains(types, "integer") {
		types = append(types, "integer")
	}
	sort.Strings(types)
	return types
}

func jsonText(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func ratText(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'f', -1, 64)
}
