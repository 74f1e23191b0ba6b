package functions

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"

	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/visible"
)

// Log writes what a function logs for a person: indented below the line of its request and
// dimmed, prefixed with its name if there are several functions.
type Log struct {
	w       io.Writer
	console *console.Console
	name    string // empty if there is only one function
	metrics bool   // records in CloudWatch's embedded metric format are shown as well
	early   bool   // the line of the request is still to come
}

// NewLog makes the log of the only function. With metrics, records in CloudWatch's embedded
// metric format are shown too.
func NewLog(w io.Writer, c *console.Console, metrics bool) *Log {
	return &Log{w: w, console: c, metrics: metrics}
}

// Write takes whole lines.
func (f *Log) Write(text []byte) (int, error) {
	if b := f.append(nil, text); len(b) > 0 {
		if _, err := f.w.Write(b); err != nil {
			return 0, err
		}
	}
	return len(text), nil
}

// append adds whole lines to b in the form in which they are shown.
func (f *Log) append(b, text []byte) []byte {
	for line := range bytes.Lines(text) {
		if !f.metrics && isMetrics(line) {
			continue
		}
		line = bytes.TrimRight(line, "\r\n")
		shown := visible.Text(string(line))
		if f.name != "" {
			shown = f.name + " | " + shown
		}
		lead := console.Indentation
		if f.early {
			lead = "  … "
		}
		b = append(append(append(b, lead...), f.console.Paint(console.Gray, shown)...), '\n')
	}
	return b
}

// maxErrors bounds how many places of a log are tried as the function's error.
const maxErrors = 16

// withoutError returns what a function wrote without the error that it failed with, "TYPE:
// MESSAGE", which the console shows below it: what remains shows where the error occurred. Each
// runtime writes the error in its own form: Python before the traceback, Node.js and Ruby as JSON
// that has the stack in it. An environment that fails during initialization is started once more,
// and logs the same again.
func withoutError(log []byte, failure string) []byte {
	text := string(log)
	if half := text[:len(text)/2]; text == half+half {
		text = half
	}
	if before, after, ok := strings.Cut("\n"+text, "\n[ERROR] "+failure+"\n"); ok {
		// A traceback without lines is left out; its lines begin with no-break spaces.
		if lines, ok := strings.CutPrefix(after, "Traceback (most recent call last):\n"); ok && strings.TrimLeftFunc(lines, unicode.IsSpace) == lines {
			after = lines
		}
		text = strings.TrimPrefix(before+"\n", "\n") + after
	}
	var b strings.Builder
	shown := false // the place; an environment that failed again has the same
	for tries := 0; tries < maxErrors; tries++ {
		begin := strings.Index(text, "{")
		if begin < 0 {
			break
		}
		line := strings.LastIndexByte(text[:begin], '\n') + 1
		d := json.NewDecoder(strings.NewReader(text[begin:]))
		var object json.RawMessage
		var e struct{ Stack, StackTrace []string }
		err := d.Decode(&object)
		end := begin + int(d.InputOffset())
		// An object on a line by itself is a record of the function's log.
		alone := begin == line && !bytes.Contains(object, []byte("\n"))
		if err != nil || alone || gateway.FunctionError(object) != failure || json.Unmarshal(object, &e) != nil || e.Stack == nil && e.StackTrace == nil {
			next := strings.IndexByte(text[begin:], '\n') + 1
			if next == 0 {
				break
			}
			b.WriteString(text[:begin+next])
			text = text[begin+next:]
			continue
		}
		b.WriteString(text[:line])
		if !shown {
			b.WriteString(framesOf(append(e.Stack, e.StackTrace...), failure))
		}
		shown = true
		text = strings.TrimPrefix(strings.TrimLeft(text[end:], " "), "\n")
	}
	return []byte(b.String() + text)
}

// framesOf are the lines of a stack after the failure itself, which may have several lines.
func framesOf(stack []string, failure string) string {
	for n := range stack {
		if strings.Join(stack[:n+1], "\n") == failure {
			stack = stack[n+1:]
			break
		}
	}
	var b strings.Builder
	for _, frame := range stack {
		b.WriteString(strings.TrimSuffix(frame, "\n") + "\n")
	}
	return b.String()
}

// isMetrics reports whether a line is a record in CloudWatch's embedded metric format.
func isMetrics(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")) && bytes.Contains(line, []byte(`"_aws"`)) && bytes.Contains(line, []byte(`"CloudWatchMetrics"`))
}

const (
	// holdTime is how long the lines of an invocation wait for the line of its request. Later lines
	// are shown as they come.
	holdTime = time.Second
	// maxHeld bounds the lines that wait, maxKept the end of them that the trace page gets.
	maxHeld = 64 << 10
	maxKept = 16 << 10
)

// heldLog holds what a function writes during one invocation, with secret values hidden.
type heldLog struct {
	live   io.Writer // gets lines as they come; nil if nobody reads them
	masked *mask.Log // hides values and writes to add; nil if nothing is hidden

	mu      sync.Mutex
	text    []byte
	shown   int         // bytes of text that live has got
	timer   *time.Timer // from the first line on
	passing bool        // lines are shown as they come
}

// hold is a log for an invocation. live may be nil.
func hold(live io.Writer, m *mask.Masker) *heldLog {
	h := &heldLog{live: live}
	if m != nil {
		h.masked = m.Log(writer(h.add))
	}
	return h
}

// writer is a function as an io.Writer.
type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// Write takes whole lines.
func (h *heldLog) Write(lines []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.masked != nil {
		return h.masked.Write(lines)
	}
	return h.add(lines)
}

// add takes lines whose values are already hidden.
func (h *heldLog) add(lines []byte) (int, error) {
	h.text = append(h.text, lines...)
	switch {
	case h.passing || len(h.text)-h.shown > maxHeld:
		h.pass()
	case h.timer == nil && h.live != nil:
		h.timer = time.AfterFunc(holdTime, func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.pass()
		})
	}
	return len(lines), nil
}

// pass shows the lines held so far, and all lines from now on as they come.
func (h *heldLog) pass() {
	h.passing = true
	if h.live != nil && h.shown < len(h.text) {
		_, _ = h.live.Write(h.text[h.shown:]) // if the reader is gone, nothing can be done
	}
	if extra := len(h.text) - maxKept; extra > 0 {
		h.text = append(h.text[:0], h.text[extra:]...)
	}
	h.shown = len(h.text)
}

// end returns what was written, or at least its end, and the part of it that has not been shown.
// Later lines are shown as they come.
func (h *heldLog) end() (text string, unseen []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.timer != nil {
		h.timer.Stop()
	}
	if h.masked != nil {
		h.masked.Flush()
	}
	unseen = bytes.Clone(h.text[h.shown:])
	h.passing, h.shown = true, len(h.text)
	return string(h.text[max(0, len(h.text)-maxKept):]), unseen
}
