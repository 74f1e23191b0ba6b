package main

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/gateway"
)

// functionLog writes what a function logs for a person: each line after the function's name, dimmed and indented below the lines of
// requests, without Lambda's own lines and metrics, whose figures the line of the request has. It is not for records: --log-level debug
// shows all.
type functionLog struct {
	w       io.Writer
	console *console
	name    string
}

// Write takes whole lines.
func (f *functionLog) Write(text []byte) (int, error) {
	var b strings.Builder
	for line := range bytes.Lines(text) {
		if platformLine.Match(line) || isMetrics(line) {
			continue
		}
		// awslambdaric separates the lines of a traceback by carriage returns, with which a terminal overwrites the line before.
		for part := range strings.FieldsFuncSeq(string(line), func(r rune) bool { return r == '\n' || r == '\r' }) {
			b.WriteString("  " + f.console.paint(gray, f.name+" | "+visible(part)) + "\n")
		}
	}
	if b.Len() == 0 {
		return len(text), nil
	}
	if _, err := io.WriteString(f.w, b.String()); err != nil {
		return 0, err
	}
	return len(text), nil
}

// isMetrics reports whether a line is a record in CloudWatch's embedded metric format.
func isMetrics(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")) && bytes.Contains(line, []byte(`"_aws"`)) && bytes.Contains(line, []byte(`"CloudWatchMetrics"`))
}

// visible is text in which nothing commands a terminal: what a client sends may be in it.
func visible(text string) string {
	if strings.IndexFunc(text, unsafeRune) < 0 {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unsafeRune(r) {
			return utf8.RuneError
		}
		return r
	}, text)
}

// unsafeRune reports whether a character does more than show: controls of ASCII and Latin-1 but for
// the tab, and those that change the direction of what follows.
func unsafeRune(r rune) bool {
	return r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// block is text over several lines as the console shows it: what belongs to the first line is marked, so that nothing in it can pass for
// a line of its own.
func block(text string) string {
	var b strings.Builder
	first := true
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if !first {
			b.WriteString("  | ")
		}
		first = false
		b.WriteString(visible(strings.TrimSuffix(line, "\r")))
		b.WriteByte('\n')
	}
	return b.String()
}

// executionLog is the log of a request for the console.
func executionLog(e *gateway.Execution) string {
	var b strings.Builder
	b.WriteString("\nExecution log for request " + e.RequestID + "\n")
	for _, l := range e.Log() {
		b.WriteString(block(l.Time.UTC().Format("Mon Jan 02 15:04:05 UTC 2006") + " : " + l.Text))
	}
	return b.String()
}

// visibleLines makes lines of functions visible as they are.
type visibleLines struct{ w io.Writer }

// Write takes whole lines.
func (v visibleLines) Write(text []byte) (int, error) {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		line, ended := strings.CutSuffix(line, "\n")
		b.WriteString(visible(strings.ReplaceAll(strings.TrimSuffix(line, "\r"), "\r", "\n")))
		if ended {
			b.WriteByte('\n')
		}
	}
	if _, err := io.WriteString(v.w, b.String()); err != nil {
		return 0, err
	}
	return len(text), nil
}
