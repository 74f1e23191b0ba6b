package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/guessing-game/src/apigw/invoke"
)

// writes records each Write.
type writes []string

func (w *writes) Write(b []byte) (int, error) {
	*w = append(*w, string(b))
	return len(b), nil
}

// TestLines writes the first line at once and gathers those that follow closely, without losing any
// or changing their order.
func TestLines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got writes
		l := newLines(&got)
		line := func(text string, pause time.Duration) {
			fmt.Fprintln(l, text)
			time.Sleep(pause)
			synctest.Wait()
		}
		check := func(when string, want ...string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: written %q, want %q", when, got, want)
			}
			got = nil
		}
		line("1", 0)
		check("the first", "1\n")
		line("2", lineGap/2)
		line("3", 0)
		check("soon after it")
		line("4", lineGap/2)
		check("when the time is over", "2\n3\n4\n")
		line("5", lineGap)
		check("soon after that", "5\n")
		line("6", 0)
		l.flush()
		check("at the end", "6\n")
		time.Sleep(time.Hour)
		check("after the end")
		line("7", lineGap)
		check("after a long time", "7\n")
	})
}

// stopped is a terminal that reads nothing until it is released.
type stopped struct {
	writes
	let chan struct{}
}

func (s *stopped) Write(b []byte) (int, error) {
	<-s.let
	return s.writes.Write(b)
}

// TestLinesNobodyReads: lines that nobody reads stop neither their writers nor the end of the
// program, and are counted.
func TestLinesNobodyReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stopped{let: make(chan struct{})}
		l := newLines(s)
		begin := time.Now()
		text := strings.Repeat("x", 999) + "\n"
		const n = 3000
		for range n {
			fmt.Fprint(l, text)
		}
		if took := time.Since(begin); took > 0 {
			t.Errorf("writing waits %v", took)
		}
		l.flush()
		if took := time.Since(begin); took != flushTime {
			t.Errorf("the end waits %v, want %v", took, flushTime)
		}
		close(s.let)
		time.Sleep(time.Second)
		synctest.Wait()
		all := strings.Join(s.writes, "")
		kept := strings.Count(all, text)
		if kept < maxGathered/len(text) || kept > 2*maxGathered/len(text)+2 { // what is being written, and what waits
			t.Errorf("%d lines are written", kept)
		}
		said := 0 // in one notice or more, by when the writer began
		for _, m := range regexp.MustCompile(`\n… (\d+) lines? dropped: the reader was too slow\n`).FindAllStringSubmatch(all, -1) {
			dropped, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			said += dropped
		}
		if said != n-kept {
			t.Errorf("notices of %d dropped lines, want %d: …%q", said, n-kept, all[len(all)-100:])
		}
		fmt.Fprint(l, "after\n")
		time.Sleep(time.Second)
		synctest.Wait()
		if got := s.writes[len(s.writes)-1]; got != "after\n" {
			t.Errorf("after it is let go: %q", got)
		}
	})
}

// TestLinesOfTwoStreams: lines of two streams are in one order if both go to one file, and
// otherwise in their own.
func TestLinesOfTwoStreams(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func(name string) *os.File {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	out, err := bothLines(open("both"), open("both"))
	var want strings.Builder
	for i := range 100 {
		l := []*lines{out, err}[i%2]
		fmt.Fprintln(l, i)
		fmt.Fprintln(&want, i)
	}
	out.flush()
	err.flush()
	if got, _ := os.ReadFile(filepath.Join(dir, "both")); string(got) != want.String() {
		t.Errorf("written\n%s\nwant\n%s", got, want.String())
	}
	if out, err := bothLines(open("one"), open("other")); out == err {
		t.Error("two files are taken for one")
	}
}

func TestRequestLine(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 13, 4, 5, 6e6, time.Local)
	for _, c := range []struct {
		o      outcome
		ms     float64
		colors bool
		width  int
		want   string
	}{
		{outcome{method: "GET", path: "/prod/games/7a1c", status: 200}, 0.285, false, 120,
			"13:04:05.006  GET     /prod/games/7a1c                                     200     0.28 ms\n"},
		{outcome{method: "OPTIONS", path: "/é" + strings.Repeat("x", 60), status: 204, report: invoke.Report{Billed: 2 * time.Millisecond}}, 1234567.891, false, 120,
			"13:04:05.006  OPTIONS /é" + strings.Repeat("x", 60) + " 204 1234567.89 ms  billed 2 ms  warm\n"},
		{outcome{method: "PROPPATCH", path: "/\x1b", status: 302, report: invoke.Report{Billed: 123456 * time.Millisecond, ColdStart: true}}, 10, true, 120,
			"\x1b[90m13:04:05.006\x1b[0m  \x1b[1mPROPPATCH /�" + strings.Repeat(" ", 50) + "\x1b[0m \x1b[36m302\x1b[0m    10.00 ms  billed 123456 ms  \x1b[34mcold\x1b[0m\n"},
		{outcome{method: "POST", path: "/", status: 400, kind: "BAD_REQUEST_BODY"}, 1, false, 120,
			"13:04:05.006  POST    /                                                    400     1.00 ms  BAD_REQUEST_BODY\n"},
		{outcome{method: "INVOKE", path: "Function", status: 200, failed: true}, 1, true, 80,
			"\x1b[90m13:04:05.006\x1b[0m  \x1b[1mINVOKE  Function              \x1b[0m \x1b[31m200\x1b[0m     1.00 ms\n"},
		{outcome{method: "GET", path: "/a", status: 200, report: invoke.Report{Billed: 12 * time.Millisecond}}, 12.5, false, 80,
			"13:04:05.006  GET     /a                     200    12.50 ms  billed 12 ms  warm\n"},
	} {
		c.o.start, c.o.end = start, start.Add(time.Duration(c.ms*1e6))
		if got := string(c.o.line(&console{colors: c.colors, width: c.width})); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

// A narrow terminal breaks no word of a line; what does not fit is left out, or placed below.
func TestRequestLineWithoutRoom(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 13, 4, 5, 6e6, time.Local)
	cold, warm := invoke.Report{Billed: 12 * time.Millisecond, ColdStart: true}, invoke.Report{Billed: 12 * time.Millisecond}
	for _, c := range []struct {
		o     outcome
		width int
		want  string
	}{
		{outcome{path: "/games", status: 403, kind: "MISSING_AUTHENTICATION_TOKEN"}, 120,
			"13:04:05.006  GET     /games                                               403     1.00 ms  MISSING_AUTHENTICATION_TOKEN\n"},
		{outcome{path: "/games", status: 403, kind: "MISSING_AUTHENTICATION_TOKEN"}, 110,
			"13:04:05.006  GET     /games                                               403     1.00 ms\n    MISSING_AUTHENTICATION_TOKEN\n"},
		{outcome{path: "/games", status: 502, kind: "DEFAULT_5XX", report: warm}, 80,
			"13:04:05.006  GET     /games                 502     1.00 ms  billed 12 ms  warm\n    DEFAULT_5XX\n"},
		{outcome{path: "/games", status: 200, report: cold}, 60, "13:04:05.006  GET     /games              200     1.00 ms\n"},
		{outcome{path: "/games", status: 200, report: cold}, 64, "13:04:05.006  GET     /games              200     1.00 ms  cold\n"},
		{outcome{path: "/games", status: 200, report: warm}, 58, "13:04:05.006  GET     /games              200     1.00 ms\n"},
	} {
		c.o.method, c.o.start, c.o.end = "GET", start, start.Add(time.Millisecond)
		for _, colors := range []bool{false, true} {
			got := string(c.o.line(&console{colors: colors, width: c.width, terminal: true}))
			if colors {
				got = regexp.MustCompile(`\x1b\[\d+m`).ReplaceAllString(got, "")
			}
			if got != c.want {
				t.Errorf("%d columns, colours %t:\n got %q\nwant %q", c.width, colors, got, c.want)
			}
		}
	}
}

// A terminal breaks lines between words, and continuations are indented; text for copying, and
// output that is not a terminal's, is left alone.
func TestFolded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"  REST    http://127.0.0.1/  Api, 7 routes\n", "  REST    http://127.0.0.1/\n    Api, 7 routes\n"},
		{"  note: one two three four five six seven\n", "  note: one two three four five\n    six seven\n"},
		{"  \x1b[33mnote:\x1b[0m one two three four five six seven\n", "  \x1b[33mnote:\x1b[0m one two three four five\n    six seven\n"},
		{"  one two three four five six seven eight nine ten eleven twelve", "  one two three four five six\n    seven eight nine ten eleven\n    twelve"},
		{"  exactly as wide as it is 30\n", "  exactly as wide as it is 30\n"},
		{"  exactly as wide as it is, 3001\n", "  exactly as wide as it is, 3001\n"},
		{"  ééééé ééééé ééééé ééééé ééééé ééééé\n", "  ééééé ééééé ééééé ééééé ééééé\n    ééééé\n"},
		{"  http://127.0.0.1/a/path/that/is/longer/than/a/line\n", "  http://127.0.0.1/a/path/that/is/longer/than/a/line\n"},
		{"    {\"name\": \"a configuration to copy\"}\n", "    {\"name\": \"a configuration to copy\"}\n"},
		{"\n\n", "\n\n"}, {"", ""},
	} {
		if got := (&console{terminal: true, width: 32}).folded(c.in, 4); got != c.want {
			t.Errorf("%q:\n got %q\nwant %q", c.in, got, c.want)
		}
		if got := (&console{width: 32}).folded(c.in, 4); got != c.in {
			t.Errorf("%q: without a terminal it is %q", c.in, got)
		}
	}
}
