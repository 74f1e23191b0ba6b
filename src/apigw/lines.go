package main

import (
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/gateway/mask"
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

// masked is w with values hidden in the lines that one function logs; w itself where there is nothing to hide.
func masked(w io.Writer, m *mask.Masker) io.Writer {
	if m == nil || w == io.Discard {
		return w
	}
	return &maskedWriter{w: w, masker: m}
}

const (
	// maxLine is from what length on a line may be a piece of a longer one: see invoke.Config.Logs.
	maxLine = 256 << 10
	// maxBlock bounds the lines that are hidden together.
	maxBlock = 4 * maxLine
)

// maskedWriter hides values in lines of a log. Of a value that goes on in the next lines, as programs print JSON for people, it hides
// these too, as long as they are indented or close a bracket; they are written when the value ends.
type maskedWriter struct {
	w      io.Writer
	masker *mask.Masker

	mu    sync.Mutex
	block string // lines that end inside a value
	cut   bool   // its last line is a piece of a longer one
}

func (m *maskedWriter) Write(text []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		m.add(&b, line)
	}
	if b.Len() == 0 {
		return len(text), nil
	}
	if _, err := io.WriteString(m.w, b.String()); err != nil {
		return 0, err
	}
	return len(text), nil
}

// add takes the next line and writes what is ready.
func (m *maskedWriter) add(b *strings.Builder, line string) {
	cut := len(line) > maxLine
	switch {
	case m.block == "":
	case m.cut:
		line = strings.TrimSuffix(m.block, "\n") + line
	case strings.IndexByte(" \t}])", line[0]) >= 0 && len(m.block) < maxBlock:
		line = m.block + line
	default:
		m.end(b, m.block)
	}
	m.block = ""
	if len(line) < maxBlock && m.masker.Open(strings.TrimSuffix(line, "\n"), cut) {
		m.block, m.cut = line, cut
		return
	}
	m.end(b, line)
}

// maskedLog hides values in the records of a log, a Write each.
type maskedLog struct {
	w      io.Writer
	masker *mask.Masker
}

func (m maskedLog) Write(record []byte) (int, error) {
	_, err := io.WriteString(m.w, m.masker.Text(strings.TrimSuffix(string(record), "\n"))+"\n")
	return len(record), err
}

// end writes lines that are whole, or that nothing follows.
func (m *maskedWriter) end(b *strings.Builder, lines string) {
	b.WriteString(m.masker.Text(strings.TrimSuffix(lines, "\n")))
	b.WriteByte('\n')
}
