// Package velocity holds the corpus of templates that this project's engine must render exactly as
// Apache Velocity 1.7 does, and what is needed to ask the real engine.
//
// The expectations in the corpus come from the real engine alone: the conformance command writes
// them (-update) and checks them. The test of this package needs no Java; it renders the corpus
// with package vtl and compares.
package velocity

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"example.com/guessing-game/tests/oracle"
)

// A Case is one template with its variables, and Velocity 1.7's output for it in both settings.
type Case struct {
	ID         string          `json:"id"`                // unique in its topic
	Context    json.RawMessage `json:"context,omitempty"` // a JSON object: the variables, none if absent
	Template   string          `json:"template"`
	Velocity   *Outcome        `json:"velocity,omitempty"`   // stock Velocity 1.7
	APIGateway *Outcome        `json:"apigateway,omitempty"` // as API Gateway sets it up
}

// An Outcome is the outcome of a rendering: an output, or an error with its position.
type Outcome struct {
	Output string // the output, if Class is empty
	Error  string // the engine's message; never compared
	Line   int    // where the error is, 1-based; 0 if the engine does not say
	Column int
	Class  string // the kind of error: Velocity's exception, or "Error" from this project's engine; empty if there is an output
}

// Failed reports whether the rendering ended in an error.
func (o Outcome) Failed() bool { return o.Class != "" }

// Agrees reports whether o, this project's outcome, is that of the real engine: the same output, or
// an error at the same position. If the real engine's message names no position, any error agrees.
// The wording of messages is not compared.
func (o Outcome) Agrees(real Outcome) bool {
	if o.Class == panicked || o.Failed() != real.Failed() {
		return false
	}
	if !real.Failed() {
		return o.Output == real.Output
	}
	return real.Line == 0 || o.Line == real.Line && o.Column == real.Column
}

// Same reports whether two outcomes of the real engine are equal. The wording of messages does not
// count: it is partly the JDK's.
func (o Outcome) Same(other Outcome) bool {
	o.Error, other.Error = "", ""
	return o == other
}

// String describes the outcome in one line.
func (o Outcome) String() string {
	if !o.Failed() {
		return fmt.Sprintf("%q", o.Output)
	}
	message, _, _ := strings.Cut(o.Error, "\n")
	return fmt.Sprintf("%s at line %d, column %d: %s", o.Class, o.Line, o.Column, message)
}

// MarshalJSON writes {"output"} or {"error", "line", "column", "class"}.
func (o Outcome) MarshalJSON() ([]byte, error) {
	if !o.Failed() {
		return oracle.Encode(struct {
			Output string `json:"output"`
		}{o.Output})
	}
	return oracle.Encode(struct {
		Error  string `json:"error"`
		Line   int    `json:"line"`
		Column int    `json:"column"`
		Class  string `json:"class"`
	}{o.Error, o.Line, o.Column, o.Class})
}

// A Topic is one file of the corpus: one case on each line. Empty lines and lines that start with
// // are for the reader.
type Topic struct {
	Name  string
	Cases []*Case
	path  string
	lines []line
}

type line struct {
	text string // stored unchanged if it is not a case
	c    *Case
}

// Load reads the corpus, every .jsonl file of a folder, in the order of their names.
func Load(folder string) ([]*Topic, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: no .jsonl files", folder)
	}
	sort.Strings(paths)
	var topics []*Topic
	for _, path := range paths {
		t, err := loadTopic(path)
		if err != nil {
			return nil, err
		}
		topics = append(topics, t)
	}
	return topics, nil
}

func loadTopic(path string) (*Topic, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t := &Topic{Name: strings.TrimSuffix(filepath.Base(path), ".jsonl"), path: path}
	seen := map[string]bool{}
	for i, text := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		if text == "" || strings.HasPrefix(text, "//") {
			t.lines = append(t.lines, line{text: text})
			continue
		}
		c := new(Case)
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(c); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
		if c.ID == "" || seen[c.ID] {
			return nil, fmt.Errorf("%s:%d: id %q is missing or used twice", path, i+1, c.ID)
		}
		seen[c.ID] = true
		t.Cases = append(t.Cases, c)
		t.lines = append(t.lines, line{c: c})
	}
	return t, nil
}

// Save writes the topic back to its file.
func (t *Topic) Save() error {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	for _, l := range t.lines {
		text := []byte(l.text)
		if l.c != nil {
			var err error
			if text, err = l.c.Line(); err != nil {
				return fmt.Errorf("%s: %s: %w", t.path, l.c.ID, err)
			}
		}
		w.Write(text)
		w.WriteByte('\n')
	}
	w.Flush()
	return os.WriteFile(t.path, b.Bytes(), 0o644)
}

// Line returns the case as one line of a corpus file.
func (c *Case) Line() ([]byte, error) { return oracle.Encode(c) }
