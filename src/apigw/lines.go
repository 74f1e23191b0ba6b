package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/gateway/mask"
)

const (
	// lineGap is the time between two writes of lines: those that come in between are written
	// together.
	lineGap = 5 * time.Millisecond
	// maxGathered is how many bytes of lines wait to be written. What comes when there are more is
	// dropped and counted.
	maxGathered = 1 << 20
	// flushTime is how long the last lines may take to be written, where nobody may be reading any
	// more.
	flushTime = 300 * time.Millisecond
)

// lines writes whole lines in the order in which they come: the first of a while at once, and those
// that follow it closely together, since a write of its own for every line of a busy server would
// take as much time as the requests. Who has lines never waits: a terminal that has been stopped
// (Ctrl-S) and a pager that nobody scrolls must not stop requests. It is safe for concurrent use.
type lines struct {
	w io.Writer

	mu       sync.Mutex
	gathered []byte
	dropped  int           // lines for which there was no room
	written  chan struct{} // closed when all is written; nil if nobody is writing
}

func newLines(w io.Writer) *lines { return &lines{w: w} }

// bothLines are the lines of two streams, in one order if they lead to the same destination.
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

// Write takes whole lines. What happens to them later does not concern the writer.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.gathered) > 0 && len(l.gathered)+len(b) > maxGathered {
		l.dropped += max(1, bytes.Count(b, []byte{'\n'}))
		return len(b), nil
	}
	l.gathered = append(l.gathered, b...)
	if l.written == nil {
		l.written = make(chan struct{})
		go l.write()
	}
	return len(b), nil
}

// write writes what is there, and what comes within lineGap of each write.
func (l *lines) write() {
	var spare []byte
	for {
		l.mu.Lock()
		batch := l.gathered
		if len(batch) == 0 {
			close(l.written)
			l.written = nil
			l.mu.Unlock()
			return
		}
		if l.dropped > 0 {
			batch = fmt.Appendf(batch, "… %s dropped: the reader was too slow\n", plural(l.dropped, "line"))
			l.dropped = 0
		}
		l.gathered = spare[:0]
		l.mu.Unlock()
		_, _ = l.w.Write(batch) // where nobody reads any more there is nothing to be done
		spare = batch
		time.Sleep(lineGap)
	}
}

// flush waits until what is there is written, for flushTime at most.
func (l *lines) flush() {
	l.mu.Lock()
	written := l.written
	l.mu.Unlock()
	if written == nil {
		return
	}
	timer := time.NewTimer(flushTime)
	defer timer.Stop()
	select {
	case <-written:
	case <-timer.C:
	}
}

// masked is w with values hidden in the lines that one function logs; w itself where there is
// nothing to hide.
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

// maskedWriter hides values in lines of a log. Of a value that goes on in the next lines, as
// programs print JSON for people, it hides these too, as long as they are indented or close a
// bracket; they are written when the value ends.
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

// flush writes the lines that wait for the end of a value.
func (m *maskedWriter) flush() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.block == "" {
		return
	}
	var b strings.Builder
	m.end(&b, m.block)
	m.block = ""
	_, _ = io.WriteString(m.w, b.String()) // as Write
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
