package libraries

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.com/guessing-game/tests/oracle"
)

// A Case is a question with the real library's answer.
type Case struct {
	ID string `json:"id"` // what it shows
	Question
	Answer *Answer `json:"answer,omitempty"`
}

// A Corpus is a library's file of cases, one on each line. Empty lines and lines that start with
// // are for the reader.
type Corpus struct {
	Path  string
	Cases []*Case
	lines []any // string or *Case
}

// Load reads the corpus of a library from a folder.
func (l Library) Load(folder string) (*Corpus, error) {
	c := &Corpus{Path: filepath.Join(folder, l.Name+".jsonl")}
	f, err := os.Open(c.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		text := lines.Text()
		if text == "" || strings.HasPrefix(text, "//") {
			c.lines = append(c.lines, text)
			continue
		}
		k := &Case{}
		if err := json.Unmarshal([]byte(text), k); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", c.Path, n, err)
		}
		c.Cases = append(c.Cases, k)
		c.lines = append(c.lines, k)
	}
	return c, lines.Err()
}

// Save writes the file with the current answers of the cases.
func (c *Corpus) Save() error {
	var b strings.Builder
	for _, line := range c.lines {
		if k, ok := line.(*Case); ok {
			text, err := oracle.Encode(k)
			if err != nil {
				return err
			}
			line = string(text)
		}
		fmt.Fprintln(&b, line)
	}
	return os.WriteFile(c.Path, []byte(b.String()), 0o644)
}

// Check returns a message for each case in which our code's answer differs from the real
// library's.
func (l Library) Check(c *Corpus) (messages []string) {
	for _, k := range c.Cases {
		if k.Answer == nil {
			messages = append(messages, fmt.Sprintf("%s: no answer yet: run the conformance command with -update", k.ID))
			continue
		}
		if got := l.Ours(k.Question); !got.Agrees(*k.Answer) {
			question, _ := k.Question.Line()
			messages = append(messages, fmt.Sprintf("%s: %s\n  got  %v\n  want %v", k.ID, question, got, k.Answer))
		}
	}
	return messages
}
