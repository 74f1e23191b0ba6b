// Package jsonschema validates JSON with JSON Schema draft 4 as the json-schema-validator of
// java-json-tools does (fge's), which is where the messages of API Gateway's validation errors come
// from: the same verdicts, the same messages, in the same order.
//
// What sets it apart from other validators: every keyword of a schema reports, even if type or enum
// has already failed; the members of an object or array are validated only while nothing has failed
// (the library's default, without deepCheck); 1.0 is a number and not an integer; uniqueItems
// treats two equal objects as different if their members are in a different order; formats are
// those of Java's libraries. References lead only inside the document. The keywords id and $schema
// are ignored.
//
// Reading and validating a body draw their steps and memory from a budget.
package jsonschema

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/gateway/ecmaregexp"
)

// Schema is a compiled schema, safe for concurrent use.
type Schema struct {
	ref      *Schema // what it refers to; nothing else counts
	source   *Value
	types    uint // bits by Kind
	typeText string

	enum     []*Value
	enumText string

	minimum, maximum                *bound
	multipleOf                      *bound
	minLength, maxLength            int // -1 if there is none
	minItems, maxItems              int
	minProperties, maxProperties    int
	pattern                         *ecmaregexp.Regexp
	format                          string
	uniqueItems                     bool
	required                        []string
	dependencies                    []dependency
	properties                      map[string]*Schema
	patternProperties               []patternProperty
	noAdditional, noAdditionalItems bool
	additionalProperties            *Schema
	items                           *Schema
	tuple                           []*Schema // nil if items is one schema
	isTuple                         bool
	additionalItems                 *Schema
	allOf, anyOf, oneOf             []*Schema
	not                             *Schema
}

type bound struct {
	value     decimal
	text      string
	exclusive bool
}

type dependency struct {
	name   string
	names  []string // sorted; of a property dependency
	schema *Schema  // of a schema dependency
}

type patternProperty struct {
	pattern *ecmaregexp.Regexp
	schema  *Schema
}

// A SchemaError describes an invalid schema.
type SchemaError struct {
	Pointer string // to the position in the document, as a JSON Pointer
	Message string
}

func (e *SchemaError) Error() string { return fmt.Sprintf("#%s: %s", e.Pointer, e.Message) }

// Document holds schemas and what they refer to.
type Document struct {
	// Dropped are JSON Pointers to what the compiled schemas leave out: references in place of a
	// list of properties, which API Gateway's import of OpenAPI documents ignores.
	Dropped []string

	root     *Value
	compiled map[*Value]*Schema
}

// NewDocument returns a document, which must not be changed from then on.
func NewDocument(root *Value) *Document {
	return &Document{root: root, compiled: map[*Value]*Schema{}}
}

// Compile compiles the schema at a JSON Pointer, with everything it refers to. The error is a
// *SchemaError. It is not for concurrent use; schemas are.
func (d *Document) Compile(pointer string) (*Schema, error) {
	v := d.root.at(pointerTokens(pointer))
	if v == nil {
		return nil, &SchemaError{pointer, "there is nothing here"}
	}
	c := compiler{doc: d, pointers: map[*Schema]string{}, model: v, modelPointer: pointer}
	s, err := c.schema(v, pointer)
	if err == nil {
		err = c.loops()
	}
	if err != nil {
		for _, v := range c.made {
			delete(d.compiled, v)
		}
		return nil, err
	}
	return s, nil
}

func pointerTokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	tokens := strings.Split(pointer[1:], "/")
	for i, t := range tokens {
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(t, "~1", "/"), "~0", "~")
	}
	return tokens
}

var escapeToken = strings.NewReplacer("~", "~0", "/", "~1")

func pointerTo(pointer string, tokens ...string) string {
	for _, t := range tokens {
		pointer += "/" + escapeToken.Replace(t)
	}
	return pointer
}

// maxSchemaDepth is the maximum nesting of schemas.
const maxSchemaDepth = 1000

type compiler struct {
	doc          *Document
	pointers     map[*Schema]string
	made         []*Value
	model        *Value // the schema being compiled, whose own definitions references may use
	modelPointer string
	depth        int
}

// schema compiles a schema once, however many refer to it.
func (c *compiler) schema(v *Value, pointer string) (*Schema, error) {
	if s := c.doc.compiled[v]; s != nil {
		return s, nil
	}
	fail := func(format string, args ...any) (*Schema, error) {
		return nil, &SchemaError{pointer, fmt.Sprintf(format, args...)}
	}
	if v.kind != Object {
		return fail("a schema must be an object, found %s", article(v.kind))
	}
	if c.depth++; c.depth > maxSchemaDepth {
		return fail("more than %d nested schemas", maxSchemaDepth)
	}
	defer func() { c.depth-- }()
	s := &Schema{source: v, minLength: -1, maxLength: -1, minItems: -1, maxItems: -1, minProperties: -1, maxProperties: -1}
	c.doc.compiled[v] = s
	c.made = append(c.made, v)
	c.pointers[s] = pointer
	if ref := v.Get("$ref"); ref != nil && ref.kind == String && validURI(ref.text) {
		if err := c.keywords(&Schema{}, v, pointer); err != nil { // siblings of a reference have no effect, but must be valid
			return nil, err
		}
		return s, c.reference(s, ref.text, pointer)
	}
	return s, c.keywords(s, v, pointer)
}

// keywords compiles the keywords of a schema.
func (c *compiler) keywords(s *Schema, v *Value, pointer string) error {
	for i, keyword := range v.names {
		compile := keywords[keyword]
		if compile == nil {
			continue // unknown ones are ignored
		}
		k := keywordCompiler{compiler: c, s: s, schema: v, keyword: keyword, value: v.items[i], pointer: pointer}
		if err := compile(&k); err != nil {
			return err
		}
	}
	return nil
}

// reference resolves a $ref in the document, or else in the model's own definitions.
func (c *compiler) reference(s *Schema, ref, pointer string) error {
	fail := func(format string, args ...any) error {
		return &SchemaError{pointerTo(pointer, "$ref"), fmt.Sprintf(format, args...)}
	}
	fragment, ok := strings.CutPrefix(ref, "#")
	if !ok && ref != "" {
		return fail("%s leads out of the document", ref)
	}
	fragment, err := url.PathUnescape(fragment)
	if err != nil || fragment != "" && fragment[0] != '/' {
		return fail("%s is not a reference to a place in the document", ref)
	}
	tokens := pointerTokens(fragment)
	at, target := fragment, c.doc.root.at(tokens)
	if target == nil {
		at, target = c.modelPointer+fragment, c.model.at(tokens)
	}
	if target == nil {
		return fail("%s leads nowhere", ref)
	}
	if target.kind != Object {
		return fail("%s leads to %s, which is not a schema", ref, article(target.kind))
	}
	s.ref, err = c.schema(target, at)
	return err
}

type loopState uint8

const (
	visiting loopState = iota + 1
	visited
)

// loops finds a schema that leads back to itself without descending into the value, so that
// validation would never end.
func (c *compiler) loops() error {
	states := map[*Schema]loopState{}
	for _, v := range c.made {
		if s := c.doc.compiled[v]; s.leadsBack(states) {
			return &SchemaError{c.pointers[s], "the schema refers to itself for the same value: validating it would never end"}
		}
	}
	return nil
}

func (s *Schema) leadsBack(states map[*Schema]loopState) bool {
	if s == nil || states[s] == visited {
		return false
	}
	if states[s] == visiting {
		return true
	}
	states[s] = visiting
	for _, list := range [][]*Schema{{s.ref, s.not}, s.allOf, s.anyOf, s.oneOf} {
		for _, sub := range list {
			if sub.leadsBack(states) {
				return true
			}
		}
	}
	states[s] = visited
	return false
}

// keywordCompiler compiles one keyword of a schema.
type keywordCompiler struct {
	*compiler
	s       *Schema
	schema  *Value
	keyword string
	value   *Value
	pointer string // of the schema
}

func (k *keywordCompiler) fail(format string, args ...any) error {
	return &SchemaError{pointerTo(k.pointer, k.keyword), k.keyword + " " + fmt.Sprintf(format, args...)}
}

// is checks the type of the keyword's value.
func (k *keywordCompiler) is(kinds ...Kind) error {
	if slices.Contains(kinds, k.value.kind) {
		return nil
	}
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = article(kind)
	}
	return k.fail("must be %s, found %s", strings.Join(names, " or "), article(k.value.kind))
}

func article(k Kind) string {
	switch k {
	case Null:
		return "null"
	case Array, Integer, Object:
		return "an " + k.String()
	}
	return "a " + k.String()
}

func (k *keywordCompiler) sub(v *Value, tokens ...string) (*Schema, error) {
	return k.compiler.schema(v, pointerTo(k.pointer, append([]string{k.keyword}, tokens...)...))
}

// keywords are the draft 4 keywords that the validator supports.
var keywords map[string]func(k *keywordCompiler) error

func init() { // the functions refer to the table
	onlyString := func(k *keywordCompiler) error { return k.is(String) }
	keywords = map[string]func(k *keywordCompiler) error{
		"$schema": uriKeyword, "$ref": uriKeyword, "id": uriKeyword,
		"title": onlyString, "description": onlyString,
		"type": typeKeyword, "enum": enumKeyword, "format": formatKeyword, "pattern": patternKeyword,
		"minimum": boundKeyword, "maximum": boundKeyword, "multipleOf": boundKeyword,
		"exclusiveMinimum": exclusiveKeyword, "exclusiveMaximum": exclusiveKeyword,
		"minLength": countKeyword, "maxLength": countKeyword, "minItems": countKeyword, "maxItems": countKeyword,
		"minProperties": countKeyword, "maxProperties": countKeyword,
		"uniqueItems": uniqueKeyword, "items": itemsKeyword,
		"additionalItems": additionalKeyword, "additionalProperties": additionalKeyword,
		"properties": mapKeyword, "patternProperties": mapKeyword, "definitions": mapKeyword,
		"required": requiredKeyword, "dependencies": dependenciesKeyword,
		"allOf": listKeyword, "anyOf": listKeyword, "oneOf": listKeyword, "not": notKeyword,
	}
}

func uriKeyword(k *keywordCompiler) error {
	if err := k.is(String); err != nil {
		return err
	}
	if !validURI(k.value.text) {
		return k.fail("must be a URI, found %q", k.value.text)
	}
	return nil
}

func typeKeyword(k *keywordCompiler) error {
	if err := k.is(String, Array); err != nil {
		return err
	}
	list := []*Value{k.value}
	if k.value.kind == Array {
		list = k.value.items
	}
	if len(list) == 0 {
		return k.fail("must name at least one type")
	}
	for i, item := range list {
		if item.kind != String {
			return k.fail("must name types, found %s", article(item.kind))
		}
		kind, ok := kindOf(item.text)
		if !ok {
			return k.fail("%q is not a type: there are %s", item.text, strings.Join(kindNames[:], ", "))
		}
		if i == len(list)-1 && len(list) > 1 && slices.ContainsFunc(list[:i], item.equal) {
			return k.fail("names a type twice")
		}
		k.s.types |= 1 << kind
		if kind == Number {
			k.s.types |= 1 << Integer
		}
	}
	var names []string
	for kind, name := range kindNames {
		if k.s.types&(1<<kind) != 0 {
			names = append(names, name)
		}
	}
	k.s.typeText = quotedList(names)
	return nil
}

func enumKeyword(k *keywordCompiler) error {
	if err := k.is(Array); err != nil {
		return err
	}
	if hasDuplicate(k.value.items) {
		return k.fail("has a value twice")
	}
	k.s.enum = append([]*Value{}, k.value.items...)
	k.s.enumText = string(k.value.appendJSON(nil))
	return nil
}

func formatKeyword(k *keywordCompiler) error {
	if err := k.is(String); err != nil {
		return err
	}
	k.s.format = k.value.text
	return nil
}

func patternKeyword(k *keywordCompiler) (err error) {
	if err := k.is(String); err != nil {
		return err
	}
	if k.s.pattern, err = ecmaregexp.Compile(k.value.text); err != nil {
		return k.fail("%v", err)
	}
	return nil
}

func boundKeyword(k *keywordCompiler) error {
	if err := k.is(Integer, Number); err != nil {
		return err
	}
	b := &bound{value: k.value.number, text: k.value.numberText()}
	if b.value.isLong() {
		b.text = b.value.plain()
	}
	switch k.keyword {
	case "minimum":
		k.s.minimum = b
		b.exclusive = isTrue(k.schema.Get("exclusiveMinimum"))
	case "maximum":
		k.s.maximum = b
		b.exclusive = isTrue(k.schema.Get("exclusiveMaximum"))
	default:
		k.s.multipleOf = b
		if b.value.sign() <= 0 {
			return k.fail("must be greater than 0, found %s", b.text)
		}
	}
	return nil
}

func isTrue(v *Value) bool { return v != nil && v.kind == Boolean && v.truth }

func exclusiveKeyword(k *keywordCompiler) error {
	if err := k.is(Boolean); err != nil {
		return err
	}
	with := strings.ToLower(strings.TrimPrefix(k.keyword, "exclusive"))
	if k.schema.Get(with) == nil {
		return k.fail("must appear together with %s", with)
	}
	return nil
}

func countKeyword(k *keywordCompiler) error {
	if err := k.is(Integer); err != nil {
		return err
	}
	if n := k.value.number; !n.isInt() || n.negative {
		return k.fail("must be from 0 to 2147483647, found %s", k.value.numberText())
	}
	n := 0
	if _, err := fmt.Sscan(k.value.numberText(), &n); err != nil {
		return k.fail("%v", err)
	}
	switch k.keyword {
	case "minLength":
		k.s.minLength = n
	case "maxLength":
		k.s.maxLength = n
	case "minItems":
		k.s.minItems = n
	case "maxItems":
		k.s.maxItems = n
	case "minProperties":
		k.s.minProperties = n
	case "maxProperties":
		k.s.maxProperties = n
	}
	return nil
}

func uniqueKeyword(k *keywordCompiler) error {
	k.s.uniqueItems = isTrue(k.value)
	return k.is(Boolean)
}

func itemsKeyword(k *keywordCompiler) (err error) {
	if err := k.is(Array, Object); err != nil {
		return err
	}
	if k.value.kind == Object {
		k.s.items, err = k.sub(k.value)
		return err
	}
	if len(k.value.items) == 0 {
		return k.fail("must have at least one schema")
	}
	k.s.isTuple = true
	k.s.tuple, err = k.list(k.value)
	return err
}

func (k *keywordCompiler) list(v *Value) (list []*Schema, err error) {
	for i, item := range v.items {
		s, err := k.sub(item, fmt.Sprint(i))
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func additionalKeyword(k *keywordCompiler) (err error) {
	if err := k.is(Boolean, Object); err != nil {
		return err
	}
	none := k.value.kind == Boolean && !k.value.truth
	var s *Schema
	if k.value.kind == Object {
		if s, err = k.sub(k.value); err != nil {
			return err
		}
	}
	if k.keyword == "additionalItems" {
		k.s.additionalItems, k.s.noAdditionalItems = s, none
	} else {
		k.s.additionalProperties, k.s.noAdditional = s, none
	}
	return nil
}

func mapKeyword(k *keywordCompiler) error {
	if err := k.is(Object); err != nil {
		return err
	}
	if k.keyword == "properties" {
		k.s.properties = make(map[string]*Schema, len(k.value.names))
	}
	for i, name := range k.value.names {
		if k.keyword == "properties" && name == "$ref" && k.value.items[i].kind == String {
			k.doc.Dropped = append(k.doc.Dropped, pointerTo(k.pointer, k.keyword, name))
			continue
		}
		s, err := k.sub(k.value.items[i], name)
		if err != nil {
			return err
		}
		switch k.keyword {
		case "properties":
			k.s.properties[name] = s
		case "patternProperties":
			re, err := ecmaregexp.Compile(name)
			if err != nil {
				return k.fail("%v", err)
			}
			k.s.patternProperties = append(k.s.patternProperties, patternProperty{re, s})
		}
	}
	slices.SortFunc(k.s.patternProperties, func(a, b patternProperty) int {
		return compareNames(a.pattern.String(), b.pattern.String())
	})
	return nil
}

// names reads an array of strings, sorted, each once. Only the last one is compared with the
// others, as in the validator.
func (k *keywordCompiler) names(v *Value) ([]string, error) {
	if v.kind != Array {
		return nil, k.fail("must be an array of names, found %s", article(v.kind))
	}
	if len(v.items) == 0 {
		return nil, k.fail("must have at least one name")
	}
	var names []string
	for _, item := range v.items {
		if item.kind != String {
			return nil, k.fail("must be an array of strings, found %s in it", article(item.kind))
		}
		names = append(names, item.text)
	}
	if last := len(names) - 1; slices.Contains(names[:last], names[last]) {
		return nil, k.fail("has %q twice", names[last])
	}
	slices.SortFunc(names, compareNames)
	return names, nil
}

func requiredKeyword(k *keywordCompiler) (err error) {
	names, err := k.names(k.value)
	k.s.required = slices.Compact(names)
	return err
}

func dependenciesKeyword(k *keywordCompiler) error {
	if err := k.is(Object); err != nil {
		return err
	}
	var properties []string
	for i, name := range k.value.names {
		d := dependency{name: name}
		var err error
		if v := k.value.items[i]; v.kind == Object {
			d.schema, err = k.sub(v, name)
		} else {
			d.names, err = k.names(v)
			properties = append(properties, name)
		}
		if err != nil {
			return err
		}
		k.s.dependencies = append(k.s.dependencies, d)
	}
	// Those on properties report first, in the order of a HashMap, and then those on schemas, by
	// name.
	order := Unordered(properties)
	slices.SortFunc(k.s.dependencies, func(a, b dependency) int {
		switch {
		case a.schema == nil && b.schema == nil:
			return slices.Index(order, a.name) - slices.Index(order, b.name)
		case a.schema == nil:
			return -1
		case b.schema == nil:
			return 1
		}
		return compareNames(a.name, b.name)
	})
	return nil
}

func listKeyword(k *keywordCompiler) error {
	if err := k.is(Array); err != nil {
		return err
	}
	if len(k.value.items) == 0 {
		return k.fail("must have at least one schema")
	}
	list, err := k.list(k.value)
	switch k.keyword {
	case "allOf":
		k.s.allOf = list
	case "anyOf":
		k.s.anyOf = list
	case "oneOf":
		k.s.oneOf = list
	}
	return err
}

func notKeyword(k *keywordCompiler) (err error) {
	k.s.not, err = k.sub(k.value)
	return err
}

// hasDuplicate reports whether a list has a value twice according to the validator: two values that
// are equal and have the same hash.
func hasDuplicate(list []*Value) bool {
	byHash := make(map[int32][]*Value, len(list))
	for _, v := range list {
		h := v.hash()
		if slices.ContainsFunc(byHash[h], v.equal) {
			return true
		}
		byHash[h] = append(byHash[h], v)
	}
	return false
}

var errLoop = errors.New("the schema refers to itself for the same value")
