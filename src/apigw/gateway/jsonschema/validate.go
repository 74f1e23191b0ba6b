package jsonschema

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/gateway/ecmaregexp"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// Validate checks a value and returns the problems in the validator's order: keywords by name with
// format last, then the items of an array or the members of an object by name. None means that the
// value is valid. The error is the budget's, or reports that the schema depends on itself for the
// same value.
func (s *Schema) Validate(b *budget.Budget, v *Value) ([]string, error) {
	run := validation{b: b}
	r := report{texts: true}
	if err := run.schema(s, v, &r, nil); err != nil {
		return nil, err
	}
	return r.messages, nil
}

// report holds the findings of a schema, or of an alternative in it.
type report struct {
	failed   bool
	texts    bool // wanted; for an alternative only whether it failed
	messages []string
}

type validation struct {
	b *budget.Budget
}

// link is a schema that is validating the same value.
type link struct {
	schema *Schema
	outer  *link
}

func (run *validation) say(r *report, format string, args ...any) error {
	r.failed = true
	if !r.texts {
		return nil
	}
	text := fmt.Sprintf(format, args...)
	r.messages = append(r.messages, text)
	return run.b.Make(len(text))
}

// stepsPerSchema is the cost of validating a value against one schema, in addition to that of its
// keywords.
const stepsPerSchema = 3

// schema validates a value. active are the schemas validating the same value.
func (run *validation) schema(s *Schema, v *Value, r *report, active *link) error {
	if err := run.b.Step(stepsPerSchema); err != nil {
		return err
	}
	if err := run.b.Enter(); err != nil {
		return err
	}
	defer run.b.Leave()
	for l := active; l != nil; l = l.outer {
		if l.schema == s {
			return errLoop
		}
	}
	active = &link{s, active}
	for s.ref != nil {
		s = s.ref
	}
	for _, check := range checks {
		if err := check(run, s, v, r, active); err != nil {
			return err
		}
	}
	if r.failed {
		return nil
	}
	switch v.kind {
	case Array:
		return run.items(s, v, r)
	case Object:
		return run.members(s, v, r)
	}
	return nil
}

func (run *validation) items(s *Schema, v *Value, r *report) error {
	for i, item := range v.items {
		sub := s.additionalItems
		switch {
		case s.items != nil:
			sub = s.items
		case s.isTuple && i < len(s.tuple):
			sub = s.tuple[i]
		}
		if sub == nil {
			continue
		}
		if err := run.schema(sub, item, r, nil); err != nil {
			return err
		}
	}
	return nil
}

func (run *validation) members(s *Schema, v *Value, r *report) error {
	if s.properties == nil && s.patternProperties == nil && s.additionalProperties == nil {
		return nil
	}
	if err := run.b.Step(len(v.names)); err != nil {
		return err
	}
	names := slices.Clone(v.names)
	slices.SortFunc(names, compareNames)
	for _, name := range names {
		value, found := v.Get(name), false
		if sub := s.properties[name]; sub != nil {
			found = true
			if err := run.schema(sub, value, r, nil); err != nil {
				return err
			}
		}
		for _, p := range s.patternProperties {
			ok, err := p.pattern.Match(run.b, name)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			found = true
			if err := run.schema(p.schema, value, r, nil); err != nil {
				return err
			}
		}
		if !found && s.additionalProperties != nil {
			if err := run.schema(s.additionalProperties, value, r, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// checks are those of the keywords, in the order of their names, with format last. Each applies
// only to values of its keywords' type.
var checks []func(run *validation, s *Schema, v *Value, r *report, active *link) error

func init() { // the checks call back into Validate
	checks = []func(run *validation, s *Schema, v *Value, r *report, active *link) error{
		(*validation).noMoreItems,
		(*validation).noMoreProperties,
		(*validation).allOf,
		(*validation).anyOf,
		(*validation).dependencies,
		(*validation).enum,
		(*validation).sizes,
		(*validation).not,
		(*validation).oneOf,
		(*validation).pattern,
		(*validation).required,
		(*validation).types,
		(*validation).unique,
		(*validation).format,
	}
}

func (run *validation) noMoreItems(s *Schema, v *Value, r *report, _ *link) error {
	if v.kind == Array && s.noAdditionalItems && s.isTuple && len(v.items) > len(s.tuple) {
		return run.say(r, "schema only allows %d elements in array but instance has %d elements", len(s.tuple), len(v.items))
	}
	return nil
}

func (run *validation) noMoreProperties(s *Schema, v *Value, r *report, _ *link) error {
	if v.kind != Object || !s.noAdditional {
		return nil
	}
	var unwanted []string
	for _, name := range v.names {
		if err := run.b.Step(1); err != nil {
			return err
		}
		allowed := s.properties[name] != nil
		for _, p := range s.patternProperties {
			if allowed {
				break
			}
			var err error
			if allowed, err = p.pattern.Match(run.b, name); err != nil {
				return err
			}
		}
		if !allowed {
			unwanted = append(unwanted, name)
		}
	}
	if unwanted == nil {
		return nil
	}
	slices.SortFunc(unwanted, compareNames)
	return run.say(r, "object instance has properties which are not allowed by the schema: %s", quotedList(unwanted))
}

func (run *validation) allOf(s *Schema, v *Value, r *report, active *link) error {
	n, err := run.matches(s.allOf, v, active)
	if err != nil || n == len(s.allOf) {
		return err
	}
	return run.say(r, "instance failed to match all required schemas (matched only %d out of %d)", n, len(s.allOf))
}

func (run *validation) anyOf(s *Schema, v *Value, r *report, active *link) error {
	n, err := run.matches(s.anyOf, v, active)
	if err != nil || n > 0 || s.anyOf == nil {
		return err
	}
	return run.say(r, "instance failed to match at least one required schema among %d", len(s.anyOf))
}

func (run *validation) oneOf(s *Schema, v *Value, r *report, active *link) error {
	n, err := run.matches(s.oneOf, v, active)
	if err != nil || n == 1 || s.oneOf == nil {
		return err
	}
	return run.say(r, "instance failed to match exactly one schema (matched %d out of %d)", n, len(s.oneOf))
}

// matches counts the schemas that a value is valid against.
func (run *validation) matches(list []*Schema, v *Value, active *link) (n int, err error) {
	for _, sub := range list {
		var own report
		if err := run.schema(sub, v, &own, active); err != nil {
			return 0, err
		}
		if !own.failed {
			n++
		}
	}
	return n, nil
}

func (run *validation) not(s *Schema, v *Value, r *report, active *link) error {
	if s.not == nil {
		return nil
	}
	var own report
	if err := run.schema(s.not, v, &own, active); err != nil || own.failed {
		return err
	}
	return run.say(r, "instance matched a schema which it should not have")
}

// dependencies checks those on properties and then those on schemas, which report like the schema
// itself.
func (run *validation) dependencies(s *Schema, v *Value, r *report, active *link) error {
	if v.kind != Object {
		return nil
	}
	for _, d := range s.dependencies {
		if d.schema != nil || v.Get(d.name) == nil {
			continue
		}
		missing, err := run.missing(d.names, v)
		if err != nil {
			return err
		}
		if missing != nil {
			err := run.say(r, `property "%s" of object has missing property dependencies (schema requires %s; missing: %s)`,
				d.name, quotedList(d.names), quotedList(missing))
			if err != nil {
				return err
			}
		}
	}
	for _, d := range s.dependencies {
		if d.schema == nil || v.Get(d.name) == nil {
			continue
		}
		if err := run.schema(d.schema, v, r, active); err != nil {
			return err
		}
	}
	return nil
}

// missing returns the names of members that an object lacks, each once.
func (run *validation) missing(names []string, v *Value) (missing []string, err error) {
	for _, name := range names {
		if v.Get(name) == nil && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	return missing, run.b.Step(len(names))
}

func (run *validation) required(s *Schema, v *Value, r *report, _ *link) error {
	if v.kind != Object || s.required == nil {
		return nil
	}
	missing, err := run.missing(s.required, v)
	if err != nil || missing == nil {
		return err
	}
	return run.say(r, "object has missing required properties (%s)", quotedList(missing))
}

func (run *validation) enum(s *Schema, v *Value, r *report, _ *link) error {
	if s.enum == nil {
		return nil
	}
	for _, want := range s.enum {
		if err := run.b.Step(min(want.size(), v.size())); err != nil {
			return err
		}
		if want.equal(v) {
			return nil
		}
	}
	return run.say(r, "instance value (%s) not found in enum (possible values: %s)", v.appendJSON(nil), s.enumText)
}

// sizes checks the keywords from maximum to multipleOf.
func (run *validation) sizes(s *Schema, v *Value, r *report, _ *link) error {
	switch v.kind {
	case Integer, Number:
		return run.number(s, v, r)
	case Array:
		return run.count(r, len(v.items), s.minItems, s.maxItems,
			"array is too long: must have at most %[2]d elements but instance has %[1]d elements",
			"array is too short: must have at least %[2]d elements but instance has %[1]d elements")
	case Object:
		return run.count(r, len(v.names), s.minProperties, s.maxProperties,
			"object has too many properties (found %d but schema requires at most %d)",
			"object has too few properties (found %d but schema requires at least %d)")
	case String:
		if s.minLength < 0 && s.maxLength < 0 {
			return nil
		}
		if err := run.b.Read(len(v.text)); err != nil {
			return err
		}
		return run.count(r, utf8.RuneCountInString(v.text), s.minLength, s.maxLength,
			`string "%[3]s" is too long (length: %[1]d, maximum allowed: %[2]d)`,
			`string "%[3]s" is too short (length: %[1]d, required minimum: %[2]d)`, v.text)
	}
	return nil
}

func (run *validation) count(r *report, n, least, most int, tooMany, tooFew string, more ...any) error {
	if most >= 0 && n > most {
		if err := run.say(r, tooMany, append([]any{n, most}, more...)...); err != nil {
			return err
		}
	}
	if least >= 0 && n < least {
		return run.say(r, tooFew, append([]any{n, least}, more...)...)
	}
	return nil
}

func (run *validation) number(s *Schema, v *Value, r *report) error {
	if b := s.maximum; b != nil {
		switch n := v.number.cmp(b.value); {
		case n > 0:
			if err := run.say(r, "numeric instance is greater than the required maximum (maximum: %s, found: %s)", b.text, v.numberText()); err != nil {
				return err
			}
		case n == 0 && b.exclusive:
			if err := run.say(r, "numeric instance is not strictly lower than the required maximum %s", b.text); err != nil {
				return err
			}
		}
	}
	if b := s.minimum; b != nil {
		switch n := v.number.cmp(b.value); {
		case n < 0:
			if err := run.say(r, "numeric instance is lower than the required minimum (minimum: %s, found: %s)", b.text, v.numberText()); err != nil {
				return err
			}
		case n == 0 && b.exclusive:
			if err := run.say(r, "numeric instance is not strictly greater than the required minimum %s", b.text); err != nil {
				return err
			}
		}
	}
	if b := s.multipleOf; b != nil {
		if err := run.b.Step(len(v.number.digits)); err != nil {
			return err
		}
		if !v.number.multipleOf(b.value) {
			return run.say(r, "remainder of division is not zero (%s / %s)", v.numberText(), b.text)
		}
	}
	return nil
}

func (run *validation) pattern(s *Schema, v *Value, r *report, _ *link) error {
	if v.kind != String || s.pattern == nil {
		return nil
	}
	ok, err := s.pattern.Match(run.b, v.text)
	if err != nil || ok {
		return err
	}
	return run.say(r, `ECMA 262 regex "%s" does not match input string "%s"`, s.pattern, v.text)
}

func (run *validation) types(s *Schema, v *Value, r *report, _ *link) error {
	if s.types == 0 || s.types&(1<<v.kind) != 0 {
		return nil
	}
	return run.say(r, "instance type (%s) does not match any allowed primitive type (allowed: %s)", v.kind, s.typeText)
}

func (run *validation) unique(s *Schema, v *Value, r *report, _ *link) error {
	if v.kind != Array || !s.uniqueItems {
		return nil
	}
	if err := run.b.Make(16 * v.size()); err != nil {
		return err
	}
	if hasDuplicate(v.items) {
		return run.say(r, "array must not contain duplicate elements")
	}
	return nil
}

func (run *validation) format(s *Schema, v *Value, r *report, _ *link) error {
	if v.kind == String && s.format == "regex" {
		ok, err := ecmaregexp.Valid(run.b, v.text)
		if err != nil || ok {
			return err
		}
		return run.say(r, `string "%s" is not a valid ECMA 262 regular expression`, v.text)
	}
	check := formats[s.format]
	if v.kind != String || check == nil {
		return nil
	}
	if err := run.b.Read(4 * len(v.text)); err != nil {
		return err
	}
	if text := check(v.text); text != "" {
		return run.say(r, "%s", text)
	}
	return nil
}

// Unordered returns messages in the order of a java.util.HashSet, as API Gateway lists them: each
// once, by hash.
func Unordered(messages []string) []string {
	var distinct []string
	seen := map[string]bool{}
	for _, m := range messages {
		if !seen[m] {
			seen[m] = true
			distinct = append(distinct, m)
		}
	}
	bucket := java.HashBuckets(len(distinct))
	slices.SortStableFunc(distinct, func(a, b string) int { return bucket(a) - bucket(b) })
	for i, m := range distinct {
		distinct[i] = java.Printable(m)
	}
	return distinct
}
