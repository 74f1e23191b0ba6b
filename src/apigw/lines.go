package main

import (
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/gateway"
)

const (
	// lineGap is the time between two writes of lines: those that come in between are written together.
	lineGap = 5 * time.Millisecond
	// maxGathered is how many bytes of lines wait before they are written at once.
	maxGathered = 64 << 10
)

// lines writes whole lines in the order in which they come: the first of a while at once, and those that follow it closely together,
// since a write of its own for every line of a busy server would take as much time as the requests. It is safe for concurrent use.
type lines struct {
	w io.Writer

	mu       sync.Mutex
	gathered []byte
	waiting  bool // for timer, which writes what is gathered
	timer    *time.Timer
	last     time.Time // of the last write
}

func newLines(w io.Writer) *lines {
	l := &lines{w: w}
	l.timer = time.AfterFunc(time.Hour, l.flush)
	l.timer.Stop()
	return l
}

// bothLines are the lines of two streams, in one order where they lead to the same place.
func bothLines(a, b io.Writer) (*lines, *lines) {
	first := newLines(a)
	if samePlace(a, b) {
		return first, first
	}
	return first, newLines(b)
}

func samePlace(a, b io.Writer) bool {
	f, ok := a.(*os.File)
	g, too := b.(*os.File)
	if !ok || !too {
		return false
	}
	one, err := f.Stat()
	if err != nil {
		return false
	}
	other, err := g.Stat()
	return err == nil && os.SameFile(one, other)
}

// Write takes whole lines. What happens to them later changes nothing for who wrote them.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.waiting {
		if now := time.Now(); now.Sub(l.last) >= lineGap {
			l.last = now
			return l.w.Write(b)
		}
		l.waiting = true
		l.timer.Reset(lineGap)
	}
	if l.gathered = append(l.gathered, b...); len(l.gathered) > maxGathered {
		l.write()
	}
	return len(b), nil
}

// flush writes what is there.
func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer.Stop()
	l.waiting = false
	l.write()
}

func (l *lines) write() {
	if len(l.gathered) > 0 {
		_, _ = l.w.Write(l.gathered) // where nobody reads any more there is nothing to be done
		l.gathered, l.last = l.gathered[:0], time.Now()
	}
}

// maskedWriter hides values in the lines of functions' logs, each for itself: a value that does not end hides no other line.
type maskedWriter struct {
	w      io.Writer
	masker *gateway.Masker
}

func (m *maskedWriter) Write(text []byte) (int, error) {
	if m.masker == nil {
		return m.w.Write(text)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		line, ended := strings.CutSuffix(line, "\n")
		if b.WriteString(m.masker.Text(line)); ended {
			b.WriteByte('\n')
		}
	}
	if _, err := io.WriteString(m.w, b.String()); err != nil {
		return 0, err
	}
	return len(text), nil
}
