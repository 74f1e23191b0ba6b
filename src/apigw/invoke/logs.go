package invoke

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"sync"
)

// maxLogLine bounds a line that is held until its end arrives; longer ones are written in pieces
// (CloudWatch Logs takes events of 256 KB).
const maxLogLine = 256 << 10

// lineWriter writes whole lines to a writer, from any goroutine.
type lineWriter struct {
	mu       sync.Mutex
	w        io.Writer
	platform bool // also receives the lines of the platform
}

// writeLine writes to a writer of the lines' own, or to the common one if that is nil.
func (l *lineWriter) writeLine(own io.Writer, line []byte) {
	if own != nil {
		own.Write(line)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.w.Write(line) // an error of the log does not affect the invocation
}

// logStream is the log of one environment: the process's output, which it reads from a pipe,
// interleaved with the lines of the platform.
type logStream struct {
	out  *lineWriter
	file *os.File // the end of the pipe from which the output is read
	pipe logPipe

	mu      sync.Mutex
	partial []byte // a line whose end has not arrived yet
	chunk   []byte
	own     io.Writer // of the current invocation, nil if there is none
	tail    []byte    // the last LogTailBytes since begin
	tailing bool
	done    chan struct{} // closed when the pipe has ended
}

// newLogStream makes the stream and the end of the pipe that the process writes to.
func newLogStream(out *lineWriter) (*logStream, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	pipe, err := newLogPipe(r)
	if err != nil {
		return nil, nil, errors.Join(err, r.Close(), w.Close())
	}
	s := &logStream{out: out, file: r, pipe: pipe, chunk: make([]byte, 32<<10), done: make(chan struct{})}
	return s, w, nil
}

// follow reads until the pipe ends or is closed.
func (s *logStream) follow() {
	defer close(s.done)
	s.pipe.follow(s.readAvailable)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.partial) > 0 {
		s.line(append(s.partial, '\n'), false)
		s.partial = nil
	}
}

// catchUp reads what the process has already written, so that it precedes the lines of the platform
// that follow.
func (s *logStream) catchUp() {
	s.pipe.catchUp(s.readAvailable)
}

// readFunc reads from a pipe without waiting. If there is nothing to read, its error is errNothing.
type readFunc func([]byte) (int, error)

var errNothing = errors.New("nothing to read now")

// readAvailable reads everything in the pipe without waiting. It returns true at its end.
func (s *logStream) readAvailable(read readFunc) (ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		n, err := read(s.chunk)
		switch {
		case errors.Is(err, errNothing):
			return false
		case err != nil || n <= 0:
			return true
		default:
			s.split(s.chunk[:n])
		}
	}
}

// split writes the complete lines of b and keeps the rest.
func (s *logStream) split(b []byte) {
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			s.partial = append(s.partial, b...)
			if len(s.partial) >= maxLogLine {
				s.line(append(s.partial, '\n'), false)
				s.partial = s.partial[:0]
			}
			return
		}
		if len(s.partial) > 0 {
			s.line(append(s.partial, b[:i+1]...), false)
			s.partial = s.partial[:0]
		} else {
			s.line(b[:i+1], false)
		}
		b = b[i+1:]
	}
}

func (s *logStream) line(line []byte, platform bool) {
	line = withoutReturns(line)
	if s.tailing {
		s.tail = append(s.tail, line...)
		if extra := len(s.tail) - LogTailBytes; extra > 0 {
			s.tail = append(s.tail[:0], s.tail[extra:]...)
		}
	}
	if !platform || s.out.platform {
		s.out.writeLine(s.own, line)
	}
}

// withoutReturns turns carriage returns, with which Lambda's runtimes separate the lines of one
// event, into line breaks: a terminal would return to the start of the line and overwrite it.
func withoutReturns(line []byte) []byte {
	body := bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if bytes.IndexByte(body, '\r') < 0 {
		return line
	}
	body = bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))
	return append(bytes.ReplaceAll(body, []byte("\r"), []byte("\n")), '\n')
}

// heard reports whether anybody receives the lines of the platform.
func (s *logStream) heard() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tailing || s.out.platform && (s.own != nil || s.out.w != io.Discard)
}

// platform writes a line of the Lambda platform.
func (s *logStream) platform(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line([]byte(line+"\n"), true)
}

// begin starts the log of an invocation, and its tail if it is wanted.
func (s *logStream) begin(in *Invocation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.own, s.tailing, s.tail = in.Log, in.LogTail, s.tail[:0]
}

// result ends the log of an invocation and returns its tail in base64.
func (s *logStream) result() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.own = nil
	if !s.tailing {
		return ""
	}
	s.tailing = false
	return base64.StdEncoding.EncodeToString(s.tail)
}
