package main

import (
	"bytes"
	"io"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/visible"
)

// functionLog writes what a function logs for a person: indented below the line of its request and dimmed, after its name where there
// are others.
type functionLog struct {
	w       io.Writer
	console *console
	name    string // empty where there is only one function
	metrics bool   // records in CloudWatch's embedded metric format are shown as well
	early   bool   // the line of the request is still to come
}

// Write takes whole lines.
func (f *functionLog) Write(text []byte) (int, error) {
	if b := f.append(nil, text); len(b) > 0 {
		if _, err := f.w.Write(b); err != nil {
			return 0, err
		}
	}
	return len(text), nil
}

// append adds whole lines to b as they are shown.
func (f *functionLog) append(b, text []byte) []byte {
	for line := range bytes.Lines(text) {
		if !f.metrics && isMetrics(line) {
			continue
		}
		line = bytes.TrimRight(line, "\r\n")
		shown := visible.Text(string(line))
		if f.name != "" {
			shown = f.name + " | " + shown
		}
		lead := indentation
		if f.early {
			lead = "  … "
		}
		b = append(append(append(b, lead...), f.console.paint(gray, shown)...), '\n')
	}
	return b
}

// indentation is what stands before lines that belong to a request.
const indentation = "    "

// isMetrics reports whether a line is a record in CloudWatch's embedded metric format.
func isMetrics(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")) && bytes.Contains(line, []byte(`"_aws"`)) && bytes.Contains(line, []byte(`"CloudWatchMetrics"`))
}

const (
	// holdTime is how long the lines of an invocation wait for that of its request. Then they are shown as they come.
	holdTime = time.Second
	// maxHeld bounds the lines that wait, maxKept what is kept for the trace page: their end.
	maxHeld = 64 << 10
	maxKept = 16 << 10
)

// heldLog is what a function writes during one invocation, with values hidden.
type heldLog struct {
	live   io.Writer // gets what is shown as it comes; nil if nobody reads it
	masked io.Writer // hides values and writes to add; nil if nothing is hidden

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
		h.masked = &maskedWriter{w: writer(h.add), masker: m}
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

// add takes lines in which nothing is left to hide.
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

// pass shows what has been held, and from now on all that comes.
func (h *heldLog) pass() {
	h.passing = true
	if h.live != nil && h.shown < len(h.text) {
		_, _ = h.live.Write(h.text[h.shown:]) // where nobody reads any more there is nothing to be done
	}
	if extra := len(h.text) - maxKept; extra > 0 {
		h.text = append(h.text[:0], h.text[extra:]...)
	}
	h.shown = len(h.text)
}

// end returns what was written, at least its end, and which part of it has not been shown. What comes later is shown as it comes.
func (h *heldLog) end() (text string, unseen []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.timer != nil {
		h.timer.Stop()
	}
	if m, ok := h.masked.(*maskedWriter); ok {
		m.flush()
	}
	unseen = bytes.Clone(h.text[h.shown:])
	h.passing, h.shown = true, len(h.text)
	return string(h.text[max(0, len(h.text)-maxKept):]), unseen
}
