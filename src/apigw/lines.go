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
	// lineGap is the time between two writes: lines that arrive in between are written together.
	lineGap = 5 * time.Millisecond
	// maxGathered bounds the bytes of lines that wait to be written. Lines beyond it are dropped
	// and counted.
	maxGathered = 1 << 20
	// flushTime is how long the last lines may take to be written: the reader may be gone.
	flushTime = 300 * time.Millisecond
)

// lines writes whole lines in order: the first after a pause at once, and those that follow closely
// together, since one write for each line of a busy server would take as much time as the requests.
// Callers never wait: a stopped terminal (Ctrl-S) and a pager that nobody scrolls must not stop
// requests. It is safe for concurrent use.
type lines struct {
	w io.Writer

	mu       sync.Mutex
	gathered []byte
	dropped  int           // dropped for lack of room
	written  chan struct{} // closed when everything is written; nil if nothing is being written
}

func newLines(w io.Writer) *lines { return &lines{w: w} }

// bothLines are the lines of two streams, in one order if both have the same destination.
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

// Write takes whole lines. It does not report whether they are written later.
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

// write writes the lines that wait, and those that arrive within lineGap of each write.
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
		_, _ = l.w.Write(batch) // if the reader is gone, nothing can be done
		spare = batch
		time.Sleep(lineGap)
	}
}

// flush waits until all lines are written, for flushTime at most.
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

// masked returns w with values hidden in the lines that one function logs; w itself if there is
// nothing to hide.
func masked(w io.Writer, m *mask.Masker) io.Writer {
	if m == nil || w == io.Discard {
		return w
	}
	return &maskedWriter{w: w, masker: m}
}

const (
	// maxLine is the length from which a line may be a piece of a longer one: see
	// invoke.Config.Logs.
	maxLine = 256 << 10
	// maxBlock bounds the lines that are hidden together.
	maxBlock = 4 * maxLine
)

// maskedWriter hides values in lines of a log. A value that continues in the next lines, as in
// pretty-printed JSON, is hidden there too, as long as they are indented or close a bracket; they
// are written when the value ends.
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
	_, _ = io.WriteString(m.w, b.String()) // returned by Write
}

// maskedLog hides values in the records of a log, one for each Write.
type maskedLog struct {
	w      io.Writer
	masker *mask.Masker
}

func (m maskedLog) Write(record []byte) (int, error) {
	_, err := io.WriteString(m.w, m.masker.Text(strings.TrimSuffix(string(record), "\n"))+"\n")
	return len(record), err
}

// end writes the lines that are complete, or that nothing follows.
func (m *maskedWriter) end(b *strings.Builder, lines string) {
	b.WriteString(m.masker.Text(strings.TrimSuffix(lines, "\n")))
	b.WriteByte('\n')
}
