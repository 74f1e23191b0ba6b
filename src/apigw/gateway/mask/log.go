package mask

import (
	"io"
	"strings"
	"sync"
)

const (
	// maxLine is the length from which a line may be a piece of a longer one: see
	// invoke.Config.Logs.
	maxLine = 256 << 10
	// maxBlock bounds the lines that are hidden together.
	maxBlock = 4 * maxLine
)

// Log hides values in the lines of a log that it writes. A value that continues in the next lines,
// as in pretty-printed JSON, is hidden there too, as long as they are indented or close a bracket;
// they are written when the value ends.
type Log struct {
	w      io.Writer
	masker *Masker

	mu    sync.Mutex
	block string // lines that end inside a value
	cut   bool   // its last line is a piece of a longer one
}

// Log returns a writer of whole lines to w.
func (m *Masker) Log(w io.Writer) *Log { return &Log{w: w, masker: m} }

// Write takes whole lines.
func (l *Log) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		l.add(&b, line)
	}
	if b.Len() == 0 {
		return len(text), nil
	}
	if _, err := io.WriteString(l.w, b.String()); err != nil {
		return 0, err
	}
	return len(text), nil
}

// add takes the next line and writes what is ready.
func (l *Log) add(b *strings.Builder, line string) {
	cut := len(line) > maxLine
	switch {
	case l.block == "":
	case l.cut:
		line = strings.TrimSuffix(l.block, "\n") + line
	case strings.IndexByte(" \t}])", line[0]) >= 0 && len(l.block) < maxBlock:
		line = l.block + line
	default:
		l.end(b, l.block)
	}
	l.block = ""
	if len(line) < maxBlock && l.masker.Open(strings.TrimSuffix(line, "\n"), cut) {
		l.block, l.cut = line, cut
		return
	}
	l.end(b, line)
}

// Flush writes the lines that wait for the end of a value.
func (l *Log) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.block == "" {
		return
	}
	var b strings.Builder
	l.end(&b, l.block)
	l.block = ""
	_, _ = io.WriteString(l.w, b.String()) // returned by Write
}

// end writes the lines that are complete, or that nothing follows.
func (l *Log) end(b *strings.Builder, lines string) {
	b.WriteString(l.masker.Text(strings.TrimSuffix(lines, "\n")))
	b.WriteByte('\n')
}

// Records returns a writer to w of the records of a log, one for each Write.
func (m *Masker) Records(w io.Writer) io.Writer { return records{w, m} }

type records struct {
	w      io.Writer
	masker *Masker
}

func (r records) Write(record []byte) (int, error) {
	_, err := io.WriteString(r.w, r.masker.Text(strings.TrimSuffix(string(record), "\n"))+"\n")
	return len(record), err
}
