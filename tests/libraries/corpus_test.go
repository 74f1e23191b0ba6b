package libraries

import (
	"regexp"
	"testing"
)

// Our code gives the same answers as the real libraries, which the conformance command has written
// into the corpus and checks.
func TestCorpus(t *testing.T) {
	t.Parallel()
	for _, l := range Libraries {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			c, err := l.Load("corpus")
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Cases) < 20 {
				t.Errorf("only %d cases", len(c.Cases))
			}
			for _, m := range l.Check(c) {
				t.Error(m)
			}
		})
	}
}

// A case that our code fails is reported.
func TestCheckTellsDifferences(t *testing.T) {
	t.Parallel()
	path := "$.a"
	c := &Corpus{Cases: []*Case{
		{ID: "right", Question: Question{Document: `{"a":1}`, Path: &path}, Answer: &Answer{Status: "value", Value: "1", Printed: "1"}},
		{ID: "wrong", Question: Question{Document: `{"a":1}`, Path: &path}, Answer: &Answer{Status: "value", Value: "1L", Printed: "1"}},
		{ID: "new", Question: Question{Document: `{"a":1}`, Path: &path}},
	}}
	messages := Libraries[0].Check(c)
	if len(messages) != 2 || !regexp.MustCompile("^wrong: ").MatchString(messages[0]) || !regexp.MustCompile("^new: no answer").MatchString(messages[1]) {
		t.Errorf("%q", messages)
	}
}

// Deliberate differences are excused, others are not.
func TestExcuse(t *testing.T) {
	t.Parallel()
	body, list := "1", "{d:[]}"
	for _, c := range []struct {
		name string
		q    Question
		real Answer
		want string
	}{
		{"a reference to itself that is not needed", Question{Schema: `{"properties":{"a":{"$ref":"#/properties/a"}}}`, Body: &body}, Answer{Status: "valid", Printed: "[]"}, "GW-70"},
		{"a reference that leads nowhere", Question{Schema: `{"properties":{"a":{"$ref":"#/nope"}}}`, Body: &body}, Answer{Status: "valid", Printed: "[]"}, "GW-70"},
		{"an array in a template", Question{Template: "$input.body.split('')", Body: &body}, Answer{Status: "value", Printed: "[Ljava.lang.String;@1b2c3d"}, "VTL-HASH"},
		{"a list that is appended to while it is walked", Question{Template: "#foreach($e in $input.path('$..*append(.5)')),#end", Body: &list}, Answer{Status: "value", Printed: ",,"}, "GW-72"},
		{"another verdict", Question{Schema: `{"type":"string"}`, Body: &body}, Answer{Status: "valid", Printed: "[]"}, ""},
		{"another text", Question{Template: "$input.body", Body: &body}, Answer{Status: "value", Printed: "2"}, ""},
	} {
		ours := OurSchema
		if c.q.Template != "" {
			ours = OurTemplate
		}
		if got := Excuse(c.q, ours(c.q), c.real); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
