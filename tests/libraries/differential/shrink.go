package main

import (
	"bytes"
	"encoding/json"
	"strings"

	"example.com/guessing-game/tests/libraries"
)

// shrink finds a smaller question on which the two still differ, with the same kinds of answers: it
// leaves out members and items of JSON, and ever smaller pieces of other text, for as long as that
// succeeds.
func (c *comparison) shrink(q libraries.Question) (libraries.Question, error) {
	first, err := c.judge([]libraries.Question{q})
	if err != nil {
		return q, err
	}
	kind := first[0].ours.Status + " " + first[0].real.Status
	for again := true; again; {
		again = false
		for _, part := range parts(&q) {
			for {
				candidates := smaller(*part)
				questions := make([]libraries.Question, len(candidates))
				before := *part
				for i, s := range candidates {
					*part = s
					questions[i] = clone(q)
				}
				*part = before
				verdicts, err := c.judge(questions)
				if err != nil {
					return q, err
				}
				better := -1
				for i, v := range verdicts {
					if v.differs && v.ours.Status+" "+v.real.Status == kind && (questions[i].Template == "") == (q.Template == "") {
						better = i
						break
					}
				}
				if better < 0 {
					break
				}
				*part = candidates[better]
				again = true
			}
		}
	}
	return q, nil
}

// parts are the strings of a question.
func parts(q *libraries.Question) []*string {
	switch {
	case q.Template != "":
		return []*string{&q.Template, q.Body}
	case q.Body != nil:
		return []*string{&q.Schema, q.Body}
	case q.Path != nil:
		return []*string{q.Path, &q.Document}
	}
	return []*string{&q.Document}
}

func clone(q libraries.Question) libraries.Question {
	if q.Path != nil {
		path := *q.Path
		q.Path = &path
	}
	if q.Body != nil {
		body := *q.Body
		q.Body = &body
	}
	return q
}

// smaller makes smaller strings, the smallest first.
func smaller(text string) (candidates []string) {
	if v, ok := parse(text); ok {
		v.reduce(func() { candidates = append(candidates, v.String()) }, func(r *node) {
			candidates = append(candidates, r.String())
		})
	}
	characters := strings.Split(text, "")
	for size := len(characters) / 2; size > 0; size /= 2 {
		step := max(1, size/2)
		for i := 0; i+size <= len(characters) && len(candidates) < 2000; i += step {
			candidates = append(candidates, strings.Join(characters[:i], "")+strings.Join(characters[i+size:], ""))
		}
	}
	return candidates
}

// node is JSON with its order, numbers and repeated names as written.
type node struct {
	text  string // of a scalar
	names []string
	items []*node
	open  byte // '{', '[' or 0
}

func parse(text string) (*node, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	n, err := read(d)
	if err != nil || d.More() {
		return nil, false
	}
	return n, true
}

func read(d *json.Decoder) (*node, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	open, ok := t.(json.Delim)
	if !ok {
		text, err := marshal(t)
		return &node{text: text}, err
	}
	n := &node{open: byte(open)}
	for d.More() {
		if open == '{' {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			n.names = append(n.names, name.(string))
		}
		item, err := read(d)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
	}
	_, err = d.Token()
	return n, err
}

func marshal(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

func (n *node) String() string {
	if n.open == 0 {
		return n.text
	}
	var b strings.Builder
	b.WriteByte(n.open)
	for i, item := range n.items {
		if i > 0 {
			b.WriteByte(',')
		}
		if n.open == '{' {
			name, _ := marshal(n.names[i])
			b.WriteString(name + ":")
		}
		b.WriteString(item.String())
	}
	b.WriteByte(n.open + 2)
	return b.String()
}

// reduce visits the tree with one thing left out or simplified at a time: visit gets the whole,
// replace only one part.
func (n *node) reduce(visit func(), replace func(*node)) {
	if n.open == 0 {
		before := n.text
		for _, simple := range []string{"null", "0", "1", `""`, `"a"`} {
			if len(simple) < len(before) {
				n.text = simple
				visit()
			}
		}
		n.text = before
		return
	}
	for _, item := range n.items {
		replace(item)
	}
	for i := range n.items {
		items, names := n.items, n.names
		n.items = append(append([]*node{}, items[:i]...), items[i+1:]...)
		if n.open == '{' {
			n.names = append(append([]string{}, names[:i]...), names[i+1:]...)
		}
		visit()
		n.items, n.names = items, names
	}
	for i, item := range n.items {
		item.reduce(visit, func(r *node) {
			n.items[i] = r
			visit()
			n.items[i] = item
		})
	}
}
