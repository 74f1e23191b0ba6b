package mappingtest

import (
	"encoding/xml"
	"fmt"
	"io"
)

// The JUnit report, in the form that common CI servers read.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		File    string        `xml:"file,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the outcomes as a JUnit report.
func WriteJUnit(w io.Writer, outcomes []*Outcome) error {
	suite := junitSuite{Name: "apigw test", Tests: len(outcomes)}
	var total float64
	for _, o := range outcomes {
		seconds := o.Duration.Seconds()
		total += seconds
		class := o.Route
		if class == "" {
			class = "no route"
		}
		c := junitCase{Class: class, Name: o.Case.File, File: o.Case.File, Time: fmt.Sprintf("%.4f", seconds)}
		if !o.Passed() {
			suite.Failures++
			c.Failure = &junitFailure{Message: "the actual output is not the expected one", Text: o.Diff + o.Explain}
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Time = fmt.Sprintf("%.4f", total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(junitSuites{Suite: suite}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
