package functions

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/explain"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/sam"
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
		n, err := (&Log{w: &b, console: &console.Console{}, name: test.function, metrics: test.metrics}).Write([]byte(test.in))
		if b.String() != test.want || n != len(test.in) || err != nil {
			t.Errorf("%s: %q, %d, %v, want %q", test.name, b.String(), n, err, test.want)
		}
	}
}

// An error that a runtime writes is shown once: its place here, type and message below. The logs
// are those of the runtimes (Python's lines begin with no-break spaces).
func TestWithoutError(t *testing.T) {
	t.Parallel()
	const python = "  File \"/app.py\", line 9, in handler\n    find(7)\n"
	for _, c := range []struct{ name, failure, log, want string }{
		{"Python", "NotFound: no order", "looking\n[ERROR] NotFound: no order\nTraceback (most recent call last):\n" + python, "looking\nTraceback (most recent call last):\n" + python},
		{"Python, two lines", "E: no\norder", "[ERROR] E: no\norder\nTraceback (most recent call last):\n" + python, "Traceback (most recent call last):\n" + python},
		{
			"Python that cannot begin, twice", "Runtime.ImportModuleError: Unable to import module 'bad': No module named 'x'",
			strings.Repeat("[ERROR] Runtime.ImportModuleError: Unable to import module 'bad': No module named 'x'\nTraceback (most recent call last):\n", 2), "",
		},
		{"another error", "E: this", "[ERROR] E: other\nTraceback (most recent call last):\n" + python, "[ERROR] E: other\nTraceback (most recent call last):\n" + python},
		{
			"Node.js", "TypeError: no order",
			"T\tID\tINFO\t{ looking: true }\nT\tID\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"no order\",\"stack\":[\"TypeError: no order\",\"    at handler (/app.js:1:63)\"]}\nafter\n",
			"T\tID\tINFO\t{ looking: true }\n    at handler (/app.js:1:63)\nafter\n",
		},
		{
			"Ruby", "Function<RuntimeError>: no order",
			"Error raised from handler method\n{\n  \"errorMessage\": \"no order\",\n  \"errorType\": \"Function<RuntimeError>\",\n  \"stackTrace\": [\n    \"/app.rb:2:in 'handler'\"\n  ]\n}\n",
			"Error raised from handler method\n/app.rb:2:in 'handler'\n",
		},
		{
			"Node.js that cannot begin, twice", "Runtime.ImportModuleError: Error: Cannot find module 'x'\nRequire stack:\n- /b.cjs",
			strings.Repeat("T\tundefined\tERROR\tUncaught Exception \t"+`{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'x'\nRequire stack:\n- /b.cjs",`+
				`"stack":["Runtime.ImportModuleError: Error: Cannot find module 'x'","Require stack:","- /b.cjs","    at main (/b.cjs:655:19)"]}`+"\n", 2),
			"    at main (/b.cjs:655:19)\n",
		},
		{
			"a log in JSON", "E: m", `{"level":"ERROR","errorType":"E","errorMessage":"m","stackTrace":["x"]}` + "\n",
			`{"level":"ERROR","errorType":"E","errorMessage":"m","stackTrace":["x"]}` + "\n",
		},
		{"the game", "GameNotFound: no game", `{"level":"WARN","msg":"GameNotFound: no game"}` + "\n", `{"level":"WARN","msg":"GameNotFound: no game"}` + "\n"},
		{"braces", "E: m", strings.Repeat("x {\n", 99), strings.Repeat("x {\n", 99)},
		{"nothing", "E: m", "", ""},
	} {
		if got := string(withoutError([]byte(c.log), c.failure)); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// The user's command gets advice if it lacks AWS's runtime client; nothing else does.
func TestAdvised(t *testing.T) {
	t.Parallel()
	const or = "; or leave the flag out, and apigw runs app.handler by itself."
	for _, c := range []struct{ command, runtime, log, want string }{
		{"python3", "python3.12", "/usr/bin/python3: No module named awslambdaric\n", "The command of --function F needs AWS's runtime client: pip install awslambdaric, for the Python that it calls" + or},
		{"python3", "python3.12", "ModuleNotFoundError: No module named 'awslambdaric'\n", "The command of --function F needs AWS's runtime client: pip install awslambdaric, for the Python that it calls" + or},
		{"node", "nodejs20.x", "Error: Cannot find module 'aws-lambda-ric'\n", "The command of --function F needs AWS's runtime client: npm install aws-lambda-ric" + or},
		{"ruby", "provided.al2023", "cannot load such file -- aws_lambda_ric (LoadError)\n", "The command of --function F needs AWS's runtime client: gem install aws_lambda_ric."},
		{"python3", "python3.12", "No module named 'requests'\n", ""},
		{"", "python3.12", "No module named awslambdaric\n", ""},
	} {
		f := &Function{Function: &sam.Function{ID: "F", Runtime: c.runtime, Handler: "app.handler"}}
		if c.command != "" {
			f.command = []string{c.command}
		}
		var want []explain.Finding
		if c.want != "" {
			want = []explain.Finding{{Text: c.want}}
		}
		if got := f.Advised(nil, "", c.log); !slices.Equal(got, want) {
			t.Errorf("%s %s: got %v, want %v", c.command, c.log, got, want)
		}
	}
}

// Lines are held until the end of an invocation, but no longer than holdTime and not without
// bounds; nothing is shown twice or lost.
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

// BenchmarkHeldLog measures the cost of holding and showing what a function logs in one invocation.
func BenchmarkHeldLog(b *testing.B) {
	f := &Function{shown: NewLog(io.Discard, &console.Console{}, false)}
	line := []byte(`{"time":"2026-11-30T03:35:34.123Z","level":"INFO","msg":"event","kind":"gameRequested","outcome":"GameCreated","ms":0.123}` + "\n")
	metrics := []byte(`{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"x"}]},"n":1}` + "\n")
	b.ReportAllocs()
	for b.Loop() {
		log := f.hold()
		log.Write(line)
		log.Write(metrics)
		_, unseen := log.end()
		f.shown.append(nil, unseen)
	}
}
