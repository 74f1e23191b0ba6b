package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/console"
)

// progress is a line on standard error that shows how far a long task is. Without a terminal it is
// silent.
type progress struct {
	w           io.Writer // nil without a terminal
	read, total int64     // bytes; a total of 0 is unknown
	next        time.Time
}

// newProgress returns the progress of reading files; "-" is standard input, whose size is unknown.
func newProgress(s *cli.System, files []string) *progress {
	p := &progress{}
	if f, ok := console.File(s.Stderr); ok && console.IsTerminal(f) {
		p.w = f
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if name == "-" || err != nil {
			p.total = 0
			return p
		}
		p.total += info.Size()
	}
	return p
}

// reader counts what is read from r.
func (p *progress) reader(r io.Reader) io.Reader { return counted{r, p} }

type counted struct {
	io.Reader
	p *progress
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.p.read += int64(n)
	return n, err
}

// show shows the line, ten times a second at most.
func (p *progress) show(requests, differ int) {
	if p.w == nil || time.Now().Before(p.next) {
		return
	}
	p.next = time.Now().Add(100 * time.Millisecond)
	bar := ""
	if p.total > 0 {
		const width = 24
		done := min(1, float64(p.read)/float64(p.total))
		filled := int(done * width)
		bar = fmt.Sprintf("[%s%s] %3.0f %%  ", strings.Repeat("=", filled), strings.Repeat(" ", width-filled), done*100)
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s%.1f MB  %d requests  %d differ", bar, float64(p.read)/1e6, requests, differ)
}

// clear removes the line.
func (p *progress) clear() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
