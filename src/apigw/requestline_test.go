package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/invoke"
)

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
		if got := string(c.o.line(&console.Console{Colors: c.colors, Width: c.width})); got != c.want {
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
			got := string(c.o.line(&console.Console{Colors: colors, Width: c.width, Terminal: true}))
			if colors {
				got = regexp.MustCompile(`\x1b\[\d+m`).ReplaceAllString(got, "")
			}
			if got != c.want {
				t.Errorf("%d columns, colours %t:\n got %q\nwant %q", c.width, colors, got, c.want)
			}
		}
	}
}
