package invoke

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// rawFunction speaks to the Runtime API by hand and reports the responses, status and body, a line
// each. RAW says what to do.
func rawFunction() {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime"
	var seen []string
	do := func(method, url, body string, header ...string) *http.Response {
		req, _ := http.NewRequest(method, url, strings.NewReader(body))
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			fmt.Println(err)
			os.Exit(9)
		}
		text, _ := io.ReadAll(resp.Body)
		if method == "POST" || resp.StatusCode != 200 {
			seen = append(seen, fmt.Sprintf("%d %s", resp.StatusCode, strings.TrimSpace(string(text))))
		}
		return resp
	}
	if os.Getenv("RAW") == "init-error" {
		do("POST", base+"/init/error", `{"errorMessage":"no config","errorType":"Config.Missing"}`, "Lambda-Runtime-Function-Error-Type", "Runtime.Config")
		os.Exit(1)
	}
	do("POST", base+"/invocation/none/response", "{}")
	for {
		id := do("GET", base+"/invocation/next", "").Header.Get("Lambda-Runtime-Aws-Request-Id")
		switch os.Getenv("RAW") {
		case "mistakes":
			do("POST", base+"/invocation/other/response", "{}")
			do("POST", base+"/invocation/other/error", "{}")
			do("GET", base+"/invocation/next", "")
			do("POST", base+"/init/error", "{}")
			do("PUT", strings.Replace(base, "2018-06-01/runtime", "2022-07-01/telemetry", 1), "{}")
			do("POST", strings.Replace(base, "2018-06-01/runtime", "2020-01-01/extension/register", 1), "{}")
			do("GET", base+"/nothing", "")
			do("DELETE", base+"/invocation/next", "")
			fmt.Println(strings.Join(seen, "\n"))
			do("POST", base+"/invocation/"+id+"/response", `"first"`)
			seen = nil
			do("POST", base+"/invocation/"+id+"/response", `"second"`)
			do("POST", base+"/invocation/"+id+"/error", `"third"`)
			fmt.Println(strings.Join(seen, "\n"))
			return
		case "mode":
			do("POST", base+"/invocation/"+id+"/response", "{}", "Lambda-Runtime-Function-Response-Mode", "buffered")
		case "large":
			seen = nil
			do("POST", base+"/invocation/"+id+"/response", strings.Repeat("x", MaxResponseBytes+1))
		case "noerror":
			do("POST", base+"/invocation/"+id+"/error", "", "Lambda-Runtime-Function-Error-Type", "My.Error")
		case "race": // two responses at once, the first of them slow
			slow, body := io.Pipe()
			done := make(chan string)
			req, _ := http.NewRequest("POST", base+"/invocation/"+id+"/response", slow)
			req.Header.Set("Expect", "100-continue") // the body is requested when the response has begun
			go func() {
				resp, err := (&http.Transport{ExpectContinueTimeout: time.Minute}).RoundTrip(req)
				if err != nil {
					done <- err.Error()
					return
				}
				done <- resp.Status
			}()
			body.Write([]byte(`"sl`))
			do("POST", base+"/invocation/"+id+"/response", `"quick"`)
			body.Write([]byte(`ow"`))
			body.Close()
			fmt.Println("the slow one:", <-done)
		case "leave": // responds and ends without asking for more
			do("POST", base+"/invocation/"+id+"/response", `"bye"`)
			time.Sleep(50 * time.Millisecond) // it ends after a while: it may get the next event before
			return
		case "forget": // responds without waiting for the confirmation, then ends at once
			req, _ := http.NewRequest("POST", base+"/invocation/"+id+"/response", strings.NewReader(`"bye"`))
			go http.DefaultClient.Do(req)
			for range 10_000_000 {
			}
			os.Exit(0)
		}
		fmt.Println(strings.Join(seen, "\n"))
	}
}

func TestRuntimeAPIAnswersMistakes(t *testing.T) {
	t.Parallel()
	h, logs := testHost(t, "raw", func(cfg *Config) { cfg.Env["RAW"] = "mistakes" })
	if resp := mustInvoke(t, h, `{}`); string(resp.Payload) != `"first"` || resp.FunctionError != "" {
		t.Errorf("%+v %s", resp, resp.Payload)
	}
	eventually(t, "it ends", func() bool { return h.environments() == 0 })
	want := `400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}
400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}
400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}
403 {"errorMessage":"Transition from RuntimeRunning to RuntimeReady failed for runtime. Error: State transition is not allowed","errorType":"InvalidStateTransition"}
403 {"errorMessage":"Transition from RuntimeRunning to RuntimeInitError failed for runtime. Error: State transition is not allowed","errorType":"InvalidStateTransition"}
202 {"errorMessage":"Telemetry API is not supported","errorType":"Telemetry.NotSupported"}
403 {"errorMessage":"Extensions are not supported by this host","errorType":"Extension.NotSupported"}
404 404 page not found
405 Method Not Allowed
`
	if !strings.Contains(logs.String(), want) {
		t.Errorf("log\n%s\nwant\n%s", logs, want)
	}
	want = `403 {"errorMessage":"Transition from RuntimeResponseSent to RuntimeInvocationResponse failed for runtime. Error: State transition is not allowed","errorType":"InvalidStateTransition"}
403 {"errorMessage":"Transition from RuntimeResponseSent to RuntimeInvocationErrorResponse failed for runtime. Error: State transition is not allowed","errorType":"InvalidStateTransition"}
`
	eventually(t, "the second responses are refused in the log: "+want, func() bool { return strings.Contains(logs.String(), want) })
}

func TestRuntimeAPIFunctionErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ raw, payload, log string }{
		{"mode", `"errorType":"Runtime.InvalidResponseModeHeader"`, `400 {"errorMessage":"Invalid function response mode","errorType":"InvalidFunctionResponseMode"}`},
		{"large", `"errorType":"Function.ResponseSizeTooLarge"`, `413 {"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"}`},
		{"noerror", `{"errorType":"My.Error","errorMessage":"RequestId: `, `202 {"status":"OK"}`},
	} {
		t.Run(c.raw, func(t *testing.T) {
			t.Parallel()
			h, logs := testHost(t, "raw", func(cfg *Config) { cfg.Env["RAW"] = c.raw })
			resp := mustInvoke(t, h, `{}`)
			if resp.FunctionError != "Unhandled" || !strings.Contains(string(resp.Payload), c.payload) {
				t.Errorf("%+v %s", resp, resp.Payload)
			}
			eventually(t, "the function reads "+c.log, func() bool { return strings.Contains(logs.String(), c.log) })
		})
	}
}

func TestRuntimeAPITakesOneAnswer(t *testing.T) {
	t.Parallel()
	h, logs := testHost(t, "raw", func(cfg *Config) { cfg.Env["RAW"] = "race" })
	for range 2 {
		if resp := mustInvoke(t, h, `{}`); string(resp.Payload) != `"quick"` || resp.FunctionError != "" {
			t.Errorf("%+v %s", resp, resp.Payload)
		}
	}
	eventually(t, "the slow responses are refused", func() bool { return strings.Count(logs.String(), "the slow one: 403") == 2 })
}

// A response counts although the process ends before it is confirmed.
func TestRuntimeAPITakesTheLastWords(t *testing.T) {
	t.Parallel()
	h, _ := testHost(t, "raw", func(cfg *Config) { cfg.Env["RAW"] = "forget" })
	for range 10 {
		resp := mustInvoke(t, h, `{}`)
		if got := string(resp.Payload); got != `"bye"` && !strings.Contains(got, "Runtime.ExitError") {
			t.Errorf("%+v %s", resp, got)
		}
	}
}
