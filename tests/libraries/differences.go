package libraries

import (
	"regexp"
	"slices"
	"strings"

	"example.com/guessing-game/tests/velocity"
)

// Excuse returns the deliberate difference behind two answers that do not agree, "" if there is
// none. A template may also have one of Velocity's.
func Excuse(q Question, ours, real Answer) string {
	if q.Template != "" {
		c := &velocity.Case{Template: q.Template, Context: []byte(*q.Body)}
		if id, ok := velocity.Excuse(c, outcome(ours), outcome(real)); ok {
			return id
		}
	}
	for _, d := range Differences {
		if d.Covers(q, ours, real) {
			return d.ID
		}
	}
	return ""
}

func outcome(a Answer) velocity.Outcome {
	o := velocity.Outcome{Output: a.Printed, Error: a.Error}
	if a.Status != "value" {
		o.Class = a.Status
	}
	return o
}

// A Difference is a deliberate one from a real library. The differential command excuses these
// and nothing else.
type Difference struct {
	ID     string // as package gateway's documentation lists it
	Reason string
	Covers func(q Question, ours, real Answer) bool
}

// Differences are all the deliberate ones.
var Differences = []Difference{
	{
		ID:     "GW-70",
		Reason: "a regular expression on which Rhino itself fails is not valid",
		Covers: func(_ Question, _, real Answer) bool {
			return real.Status == "schema" && strings.Contains(real.Error, "ArrayIndexOutOfBoundsException")
		},
	},
	{
		ID:     "GW-70",
		Reason: "a model is of draft 4 whatever its $schema, its id changes no reference, and a reference that leads to no schema or back to itself is refused before it is needed",
		Covers: func(q Question, ours, real Answer) bool {
			return strings.Contains(q.Schema, `"$schema":"http://json-schema.org/draft-03`) ||
				strings.Contains(q.Schema, `"id":`) && strings.Contains(q.Schema, `"$ref"`) && real.Status == "schema" ||
				leadsAstray.MatchString(ours.Error) && real.Status != "schema"
		},
	},
	{
		ID:     "GW-71",
		Reason: "a budget ends what the library would do for ever, and numbers of absurd exponents are refused",
		Covers: func(_ Question, ours, real Answer) bool {
			return real.Status == "endless" || ours.Status == "body" && strings.Contains(ours.Error, "exponent beyond")
		},
	},
	{
		ID:     "GW-72",
		Reason: "append leaves the document as it is",
		Covers: func(q Question, _, _ Answer) bool {
			if q.Path != nil && appendsTwice.MatchString(*q.Path) {
				return true
			}
			return slices.ContainsFunc(pathInTemplate.FindAllString(q.Template, -1), appendsTwice.MatchString)
		},
	},
	{
		ID:     "GW-73",
		Reason: "numbers of absurd exponents are not read",
		Covers: func(_ Question, ours, _ Answer) bool {
			return ours.Status == "document" && strings.Contains(ours.Error, "is not a number with an exponent")
		},
	},
}

// leadsAstray is our message for a reference to something that is not a schema of the document,
// or back to itself.
var leadsAstray = regexp.MustCompile("leads nowhere|which is not a schema|leads out of the document|is not a reference to a place in the document|refers to itself for the same value")

// pathInTemplate matches a string between quotes, as which a template gives a JSONPath.
var pathInTemplate = regexp.MustCompile(`'[^']*'|"[^"]*"`)

// appendsTwice matches a path that may reach a list again after appending to it, or that appends
// the document to itself.
var appendsTwice = regexp.MustCompile(`append\(.*(append\(|[$@])|(\*|\.\.|\?|,|:).*append\(`)
