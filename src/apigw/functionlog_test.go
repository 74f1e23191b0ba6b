package main

import (
	"bytes"
	"testing"
)

func TestFunctionLog(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, in, want string }{
		{"a line", "hello\n", "  F | hello\n"},
		{"lines", "a\nb\n", "  F | a\n  F | b\n"},
		{"a traceback of awslambdaric", "[ERROR] KeyError: 'x'\rTraceback:\r  File a.py\n", "  F | [ERROR] KeyError: 'x'\n  F | Traceback:\n  F |   File a.py\n"},
		{"line ends of Windows", "a\r\n", "  F | a\n"},
		{"Lambda's own", "START RequestId: 1 Version: $LATEST\nEND RequestId: 1\nREPORT RequestId: 1\tDuration: 1 ms\nXRAY TraceId: 1\n", ""},
		{"metrics", `{"_aws":{"Timestamp":1,"CloudWatchMetrics":[]},"n":1}` + "\n", ""},
		{"JSON", `{"level":"info"}` + "\n", "  F | {\"level\":\"info\"}\n"},
		{"commands to a terminal", "a\x1b[2J\x1b]0;x\x07\u202eb\tc\n", "  F | a�[2J�]0;x��b\tc\n"},
	} {
		var b bytes.Buffer
		n, err := (&functionLog{w: &b, console: &console{}, name: "F"}).Write([]byte(test.in))
		if b.String() != test.want || n != len(test.in) || err != nil {
			t.Errorf("%s: %q, %d, %v, want %q", test.name, b.String(), n, err, test.want)
		}
	}
}

func TestBlock(t *testing.T) {
	t.Parallel()
	if got, want := block("body: {\x1b\r\nSun Nov 29 : forged\n"), "body: {�\n  | Sun Nov 29 : forged\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
