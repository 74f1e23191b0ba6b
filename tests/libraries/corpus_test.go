package libraries

import (
	"regexp"
	"testing"
)

// Our code gives the answers of the real libraries, which the conformance command has written into the corpus and checks.
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

// A case that our code fails is told.
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
