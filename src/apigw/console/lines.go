package console

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/visible"
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

// Lines writes whole lines in order: the first after a pause at once, and those that follow closely
// together, since one write for each line of a busy server would take as much time as the requests.
// Nothing in them controls a terminal. Callers never wait: a stopped terminal (Ctrl-S) and a pager
// that nobody scrolls must not stop requests. It is safe for concurrent use.
type Lines struct {
	w io.Writer

	mu       sync.Mutex
	gathered []byte
	dropped  int           // dropped for lack of room
	written  chan struct{} // closed when everything is written; nil if nothing is being written
}

// NewLines makes the lines of a stream.
func NewLines(w io.Writer) *Lines { return &Lines{w: w} }

// Both are the lines of two streams, in one order if both have the same destination.
func Both(a, b io.Writer) (*Lines, *Lines) {
	first := NewLines(a)
	if samePlace(a, b) {
		return first, first
	}
	return first, NewLines(b)
}

func samePlace(a, b io.Writer) bool {
	f, ok := File(a)
	g, too := File(b)
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
func (l *Lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.gathered) > 0 && len(l.gathered)+len(b) > maxGathered {
		l.dropped += max(1, bytes.Count(b, []byte{'\n'}))
		return len(b), nil
	}
	l.gathered = append(l.gathered, visible.Output(b)...)
	if l.written == nil {
		l.written = make(chan struct{})
		go l.write()
	}
	return len(b), nil
}

// write writes the lines that wait, and those that arrive within lineGap of each write.
func (l *Lines) write() {
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
			batch = fmt.Appendf(batch, "… %s dropped: the reader was too slow\n", Plural(l.dropped, "line"))
			l.dropped = 0
		}
		l.gathered = spare[:0]
		l.mu.Unlock()
		_, _ = l.w.Write(batch) // if the reader is gone, nothing can be done
		spare = batch
		time.Sleep(lineGap)
	}
}

// Flush waits until all lines are written, for flushTime at most.
func (l *Lines) Flush() {
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
