// Package libraries compares our JSONPath, lenient JSON and model validation with the Java
// libraries that API Gateway's results reveal: json-path 2.4.0 on json-smart 2.3, and
// json-schema-validator 2.2.14; and whole mapping templates with Velocity 1.7 on these libraries.
// Corpus files hold cases with the real libraries' answers; the differential command makes random
// ones.
package libraries

import (
	"fmt"
	"path/filepath"

	"example.com/guessing-game/tests/oracle"
	"example.com/guessing-game/tests/velocity"
)

// A Library is one of the real ones, with our own counterpart.
type Library struct {
	Name   string
	oracle string // the Java program that puts questions to it
	ours   func(Question) Answer
}

// Libraries are all of them.
var Libraries = []Library{
	{"path", "PathOracle", OurPath},
	{"document", "PathOracle", OurPath},
	{"schema", "SchemaOracle", OurSchema},
	{"template", "TemplateOracle", OurTemplate},
}

// A Question is a path on a document, a document alone, a schema with a body, or a mapping
// template with a body.
type Question struct {
	Template string  `json:"template,omitempty"`
	Document string  `json:"document,omitempty"`
	Path     *string `json:"path,omitempty"`
	Schema   string  `json:"schema,omitempty"`
	Body     *string `json:"body,omitempty"`
}

// An Answer is the result of a question. Error is a message, which is not compared.
type Answer struct {
	Status  string `json:"status"`
	Value   string `json:"value,omitempty"`
	Printed string `json:"printed,omitempty"`
	Error   string `json:"error,omitempty"`
}

// Agrees reports whether the answers are the same.
func (a Answer) Agrees(b Answer) bool {
	return a.Status == b.Status && a.Value == b.Value && a.Printed == b.Printed
}

func (a Answer) String() string {
	b, _ := oracle.Encode(a)
	return string(b)
}

// Ours returns our own code's answer to a question. A panic is an answer that agrees with no
// other.
func (l Library) Ours(q Question) (a Answer) {
	defer func() {
		if r := recover(); r != nil {
			a = Answer{Status: "panic", Error: fmt.Sprint(r)}
		}
	}()
	return l.ours(q)
}

// Start starts the real library, whose jars are in a folder; Install must have fetched them.
func (l Library) Start(jars string) (*oracle.Oracle, error) {
	folder, err := oracle.Beside("oracle")
	if err != nil {
		return nil, err
	}
	engine, err := velocity.ClassPath()
	if err != nil {
		return nil, err
	}
	classes, all := filepath.Join(jars, "classes"), filepath.Join(jars, "*")+":"+engine
	if err := oracle.Compile(folder, all, classes); err != nil {
		return nil, err
	}
	return oracle.Start("-Xmx1g", "-Xss64m", "-cp", classes+":"+all, l.oracle)
}

// Install fetches the real libraries and returns the folder that they are in.
func Install() (string, error) {
	script, err := oracle.Beside("install.sh")
	if err != nil {
		return "", err
	}
	return oracle.Install(script)
}

// Line returns the question as a line of a corpus file.
func (q Question) Line() (string, error) {
	b, err := oracle.Encode(q)
	return string(b), err
}
