package main

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// played is a cloud whose AWS CLI is testdata/aws/aws.sh, with files in its folder that control
// what happens.
func played(t *testing.T, files map[string]string) (c cloud, folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return cloud{cli: []string{"sh", "testdata/aws/aws.sh", folder}, stack: "guessing-game", rounds: 2, warm: 5, poll: time.Millisecond}, folder
}

func read(t *testing.T, folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wantOriginal checks that the function's environment is what it was.
func wantOriginal(t *testing.T, environment string) {
	t.Helper()
	var got struct{ Variables map[string]string }
	if err := json.Unmarshal([]byte(environment), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"TABLE_NAME": "guessing-game-GameTable-Q1W2E3R4T5Y6", "AWS_EMF_NAMESPACE": "GuessingGame"}
	if !maps.Equal(got.Variables, want) {
		t.Errorf("the function's environment is left as %v; it was %v", got.Variables, want)
	}
}

// function matches the name of the played function.
const function = "guessing-game-GameFunction-x1Yz2AbC3dEf"

func TestMeasureStack(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			c, folder := played(t, map[string]string{"format": format})
			r, err := measureStack(t.Context(), c, newProgress(io.Discard))
			if err != nil {
				t.Fatal(err)
			}
			wantOriginal(t, read(t, folder, "environment.json"))
			s := &r.v.samples
			for _, check := range []struct {
				what string
				got  []float64
				want int
				each float64
			}{
				{"init, ms", s.init, 2, 36.09},
				{"first, ms", s.first, 2, 12.34},
				{"billed cold, ms", s.coldBilled, 2, 49},
				{"warm, µs", s.all(), 10, 4560},
				{"billed warm, ms", s.warmBilled, 10, 5},
				{"a guess, µs", s.warm["guessSubmitted"], 4, 4560},
			} {
				if len(check.got) != check.want || len(check.got) == 0 || check.got[0] != check.each {
					t.Errorf("%s: %v; want %d times %v", check.what, check.got, check.want, check.each)
				}
			}
			if len(r.traces) != 2 || r.traces[0] != 61 || r.faults != 1 {
				t.Errorf("traces %v with %d faults; want 61 and 6 ms and one fault", r.traces, r.faults)
			}
			// 5 ms at 128 MB on arm64: 3.727 events × ($0.20 + 5,000 s × 0.125 GB × $0.0000133334).
			if text := r.markdown(); !strings.Contains(text, "$0.78") || !strings.Contains(text, "2 cold starts of a function with 128 MB on arm64") {
				t.Errorf("the report is\n%s", text)
			}

			// Each round changes the environment before its first invocation, and only a change
			// causes a cold start.
			var commands []string
			for line := range strings.Lines(read(t, folder, "calls")) {
				commands = append(commands, strings.Join(strings.Fields(line)[:2], " "))
			}
			round := " lambda update-function-configuration lambda wait" + strings.Repeat(" lambda invoke", 6)
			want := "cloudformation describe-stack-resource lambda get-function-configuration" + round + round +
				" xray get-trace-summaries xray get-trace-summaries lambda update-function-configuration lambda wait"
			if got := strings.Join(commands, " "); got != want {
				t.Errorf("the calls were\n%s\nwant\n%s", got, want)
			}
			if calls := read(t, folder, "calls"); strings.Contains(calls, "GameTable") {
				t.Errorf("a value of the environment is in the arguments of a command, for everybody to read:\n%s", calls)
			}
		})
	}
}

// Whatever fails, the environment is restored, and the error says what it was.
func TestEnvironmentIsPutBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"an invocation is refused", map[string]string{"fail-invoke": "3"}, `aws lambda invoke: exit status 254\n.*TooManyRequestsException`},
		{"the function answers with an error", map[string]string{"function-error": "8"}, `the answer to {"kind":"guessSubmitted",.*} is Unhandled {"errorMessage":"StoreUnavailable`},
		{"an update is refused", map[string]string{"fail-update": "2"}, `aws lambda update-function-configuration: exit status 254\n.*ResourceConflictException`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.files["format"] = "json"
			cloud, folder := played(t, c.files)
			_, err := measureStack(t.Context(), cloud, newProgress(io.Discard))
			if err == nil || !regexp.MustCompile(c.want).MatchString(err.Error()) {
				t.Errorf("error %v; want %s", err, c.want)
			}
			wantOriginal(t, read(t, folder, "environment.json"))
		})
	}
}

func TestEnvironmentIsPutBackAfterAnInterrupt(t *testing.T) {
	t.Parallel()
	c, folder := played(t, map[string]string{"format": "json", "hang-invoke": "4"})
	ctx, interrupt := context.WithCancel(t.Context())
	go func() {
		for {
			if _, err := os.Stat(filepath.Join(folder, "hanging")); err == nil || ctx.Err() != nil {
				interrupt()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if _, err := measureStack(ctx, c, newProgress(io.Discard)); err == nil {
		t.Error("no error after an interrupt")
	}
	wantOriginal(t, read(t, folder, "environment.json"))
}

// If that is impossible, the error says how to do it by hand, with a file that only this user can
// read.
func TestEnvironmentThatCannotBePutBack(t *testing.T) {
	t.Parallel()
	c, _ := played(t, map[string]string{"format": "json", "fail-update": "3"}) // two rounds, then the restoration
	_, err := measureStack(t.Context(), c, newProgress(io.Discard))
	if err == nil {
		t.Fatal("no error")
	}
	m := regexp.MustCompile(`Put it back with: aws lambda update-function-configuration --function-name ` + function + ` --environment file://(\S+)`).FindStringSubmatch(err.Error())
	if m == nil {
		t.Fatalf("error %v; want a command that puts the environment back", err)
	}
	defer os.Remove(m[1])
	wantOriginal(t, read(t, "", m[1]))
	if info, err := os.Stat(m[1]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s: %v, %v; want it to be readable by this user only", m[1], info.Mode(), err)
	}
}

func TestWithoutTheAWSCLI(t *testing.T) {
	t.Parallel()
	_, err := measureStack(t.Context(), cloud{cli: []string{"no-such-aws"}, stack: "s", rounds: 1}, newProgress(io.Discard))
	if err == nil || !strings.Contains(err.Error(), "the AWS CLI is not installed") {
		t.Errorf("error %v", err)
	}
}
