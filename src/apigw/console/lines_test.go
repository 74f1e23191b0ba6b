package console

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
		l := NewLines(&got)
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
		l.Flush()
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
		l := NewLines(s)
		begin := time.Now()
		text := strings.Repeat("x", 999) + "\n"
		const n = 3000
		for range n {
			fmt.Fprint(l, text)
		}
		if took := time.Since(begin); took > 0 {
			t.Errorf("writing waits %v", took)
		}
		l.Flush()
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
	out, err := Both(open("both"), open("both"))
	var want strings.Builder
	for i := range 100 {
		l := []*Lines{out, err}[i%2]
		fmt.Fprintln(l, i)
		fmt.Fprintln(&want, i)
	}
	out.Flush()
	err.Flush()
	if got, _ := os.ReadFile(filepath.Join(dir, "both")); string(got) != want.String() {
		t.Errorf("written\n%s\nwant\n%s", got, want.String())
	}
	if out, err := Both(open("one"), open("other")); out == err {
		t.Error("two files are taken for one")
	}
}
