package main

import (
	"bytes"
	"encoding/json"
	"strings"

	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/visible"
)

// executionLog is the log of a request for a person: API Gateway's lines, on a terminal with dimmed
// dates and each body below its name, indented as JSON.
func executionLog(c *console.Console, e *gateway.Execution) string {
	var b strings.Builder
	b.WriteString(c.Paint(console.Gray, "Execution log for request "+e.RequestID) + "\n")
	for _, l := range e.Log() {
		date := l.Time.UTC().Format(logDate) + " : "
		name, body, ok := cutBody(l.Text)
		if !ok || !c.Terminal {
			b.WriteString(c.Paint(console.Gray, date) + block(l.Text))
			continue
		}
		b.WriteString(c.Paint(console.Gray, date) + name + "\n")
		var indented bytes.Buffer
		if json.Indent(&indented, []byte(body), "", "  ") == nil {
			body = indented.String()
		}
		for line := range strings.SplitSeq(body, "\n") {
			b.WriteString(console.Indentation + c.Paint(console.Bold, visible.Text(line)) + "\n")
		}
	}
	return b.String()
}

// logDate is the date before each line of an execution log.
const logDate = "Mon Jan 02 15:04:05 UTC 2006"

// cutBody splits a line of the execution log that has one of the four bodies.
func cutBody(text string) (name, body string, ok bool) {
	name, body, ok = strings.Cut(text, " transformations: ")
	if !ok || strings.TrimSpace(body) == "" || !strings.Contains(name, " body ") || strings.ContainsAny(name, "{\n") {
		return "", "", false
	}
	return name + " transformations:", strings.TrimSuffix(body, "\n"), true
}

// block formats text of several lines for the console: the lines after the first are marked, so
// that none of them can pass for a line of the console.
func block(text string) string {
	return strings.Join(visible.Lines(text), "\n  | ") + "\n"
}
