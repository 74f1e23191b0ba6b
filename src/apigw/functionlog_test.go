package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/guessing-game/src/apigw/gateway/mask"
)

func TestFunctionLog(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, function, in, want string
		metrics                  bool
	}{
		{"a line", "", "hello\n", "    hello\n", false},
		{"one of several functions", "F", "a\nb\n", "    F | a\n    F | b\n", false},
		{"line ends of Windows", "", "a\r\n", "    a\n", false},
		{"metrics", "", `{"_aws":{"Timestamp":1,"CloudWatchMetrics":[]},"n":1}` + "\n", "", false},
		{"metrics that are wanted", "", `{"_aws":{"CloudWatchMetrics":[]}}` + "\n", `    {"_aws":{"CloudWatchMetrics":[]}}` + "\n", true},
		{"JSON", "", `{"level":"info"}` + "\n", "    {\"level\":\"info\"}\n", false},
		{"commands to a terminal", "", "a\x1b[2J\x1b]0;x\x07\u202eb\tc\n", "    a�[2J�]0;x��b\tc\n", false},
	} {
		var b bytes.Buffer
		n, err := (&functionLog{w: &b, console: &console{}, name: test.function, metrics: test.metrics}).Write([]byte(test.in))
		if b.String() != test.want || n != len(test.in) || err != nil {
			t.Errorf("%s: %q, %d, %v, want %q", test.name, b.String(), n, err, test.want)
		}
	}
}

// Lines are held until the end of an invocation, but not for longer than holdTime and not without bounds; nothing is shown twice or lost.
func TestHeldLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var live bytes.Buffer
		check := func(when string, h *heldLog, wantLive, wantText, wantUnseen string) {
			t.Helper()
			synctest.Wait()
			text, unseen := h.end()
			if live.String() != wantLive || text != wantText || string(unseen) != wantUnseen {
				t.Errorf("%s: shown %q, text %q, unseen %q; want %q, %q, %q", when, live.String(), text, unseen, wantLive, wantText, wantUnseen)
			}
		}
		h := hold(&live, nil)
		h.Write([]byte("a\n"))
		h.Write([]byte("b\n"))
		check("soon", h, "", "a\nb\n", "a\nb\n")
		h.Write([]byte("late\n"))
		check("after the end", h, "late\n", "a\nb\nlate\n", "")
		time.Sleep(2 * holdTime)
		check("long after it", h, "late\n", "a\nb\nlate\n", "")

		live.Reset()
		h = hold(&live, nil)
		h.Write([]byte("a\n"))
		time.Sleep(holdTime)
		synctest.Wait()
		h.Write([]byte("b\n"))
		check("a long request", h, "a\nb\n", "a\nb\n", "")

		live.Reset()
		h = hold(&live, mask.New([]string{"pin"}))
		h.Write([]byte("{\n"))
		h.Write([]byte("  \"pin\": {\n"))
		h.Write([]byte("    \"a\": 42\n"))
		check("a value that does not end", h, "", "{\n  \"pin\": \"***\"\n", "{\n  \"pin\": \"***\"\n")

		live.Reset()
		h = hold(&live, nil)
		line := strings.Repeat("x", 999) + "\n"
		for range 1000 {
			h.Write([]byte(line))
		}
		text, unseen := h.end()
		if got := live.String() + string(unseen); got != strings.Repeat(line, 1000) || len(text) > maxKept || cap(h.text) > 4*maxHeld {
			t.Errorf("a long log: %d bytes shown, %d unseen, %d kept in %d", live.Len(), len(unseen), len(text), cap(h.text))
		}
	})
}

func TestBlock(t *testing.T) {
	t.Parallel()
	if got, want := block("body: {\x1b\r\nSun Nov 29 : forged\n"), "body: {�\n  | Sun Nov 29 : forged\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
