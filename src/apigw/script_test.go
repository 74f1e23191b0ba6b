package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/rogpeppe/go-internal/testscript"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/tests/serve"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"apigw": main, "testfn": testFunction, "moto_server": motoServer})
}

// motoServer is moto's server as far as apigw start uses it: it prints its address, records what is
// created, and responds with the requested operation and everything created before.
func motoServer() {
	host := os.Args[slices.Index(os.Args, "-H")+1]
	l, err := net.Listen("unix", strings.TrimPrefix(host, "unix://"))
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(os.Stderr, " * Running on "+host)
	var mu sync.Mutex
	made := []string{}
	panic(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		operation := r.Header.Get("X-Amz-Target")
		if strings.Contains(operation, ".Create") {
			body, _ := io.ReadAll(r.Body)
			made = append(made, string(body))
		}
		region := ""
		if scope := strings.Split(r.Header.Get("Authorization"), "/"); len(scope) > 2 {
			region = scope[2]
		}
		json.NewEncoder(w).Encode(map[string]any{"operation": operation, "made": made, "region": region})
	})))
}

// testFunction is a Lambda function: it returns the event, with the environment variable GREETING
// if that is set. An event with "fail" fails with that message, one with "sleep" takes that many
// milliseconds, one with "env" gets the variable of that name, one with "pid" the id of its
// process; one with "say" first writes the text, one with "then" writes it after it has slept.
func testFunction() {
	lambda.Start(func(ctx context.Context, event map[string]any) (map[string]any, error) {
		if line, ok := event["say"].(string); ok && line != "" {
			fmt.Println(line)
		}
		if ms, ok := event["sleep"].(float64); ok {
			time.Sleep(time.Duration(ms) * time.Millisecond)
		}
		if line, ok := event["then"].(string); ok {
			fmt.Println(line)
		}
		if message, ok := event["fail"].(string); ok {
			return nil, errors.New(message)
		}
		if event["pid"] != nil {
			return map[string]any{"pid": os.Getpid()}, nil
		}
		if name, ok := event["env"].(string); ok {
			return map[string]any{"value": os.Getenv(name)}, nil
		}
		if token, ok := event["authorizationToken"].(string); ok {
			if token != "Allow" && token != "Deny" {
				return nil, errors.New(token)
			}
			statement := map[string]any{"Action": "execute-api:Invoke", "Effect": token, "Resource": event["methodArn"]}
			return map[string]any{"principalId": "me", "policyDocument": map[string]any{"Statement": []any{statement}}, "context": map[string]any{"n": 1}}, nil
		}
		answer := map[string]any{"event": event, "name": os.Getenv("AWS_LAMBDA_FUNCTION_NAME")}
		if g := os.Getenv("GREETING"); g != "" {
			answer["greeting"] = g
		}
		if c, ok := lambdacontext.FromContext(ctx); ok && c.TenantID != "" {
			answer["tenant"] = c.TenantID
		}
		return answer, nil
	})
}

// TestScript runs the scripts of testdata/script. In addition to the commands of testscript there
// are
//
//	code N COMMAND…         run a command that must exit with the status N
//	start [ARG…]            run apigw start in the background with free ports; $REST, $LAMBDA and $TRACE are its addresses,
//	                        $REST_PORT, $LAMBDA_PORT and $TRACE_PORT their ports
//	http METHOD URL [-H …] [-d BODY]   send a request, with the content of a file if BODY is @FILE; its status, sorted headers and body are the output
//	httpwith FILE METHOD URL …         the same, with the content of a file in the header Authorization
//	wait-for REGEXP         wait until apigw start has written something that matches
//	stop                    end apigw start, which must exit with 0; its output is the output
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			e.Values["server"] = &server{}
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("GORACE", noNap)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": cmdCode, "start": cmdStart, "http": cmdHTTP, "httpwith": cmdHTTPWith, "wait-for": cmdWaitFor, "end": cmdEnd,
		},
	})
}

func cmdCode(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit status %d, want %s", code, args[0])
	}
}

// server is an apigw start in the background.
type server struct{ *serve.Apigw }

// noNap keeps the race detector from sleeping for a second at the end of each program that it is
// built into, and tests start hundreds.
const noNap = "atexit_sleep_ms=0"

// startCommand is an apigw start with free ports.
func startCommand(args ...string) *exec.Cmd {
	cmd := exec.Command("apigw", append([]string{"start", "--port", "0", "--lambda-port", "0", "--trace-port", "0", "--xray-port", "0"}, args...)...)
	cmd.Env = environment(os.Getenv("PATH"), "/nonexistent")
	return cmd
}

// environment is that of an apigw start: nothing of the shell's but what make cover needs.
func environment(path, home string) []string {
	all := []string{"PATH=" + path, "HOME=" + home, "GORACE=" + noNap}
	if dir := os.Getenv("GOCOVERDIR"); dir != "" {
		all = append(all, "GOCOVERDIR="+dir)
	}
	return all
}

func cmdStart(ts *testscript.TestScript, _ bool, args []string) {
	cmd := startCommand(args...)
	cmd.Dir = ts.Getenv("WORK")
	cmd.Env = append(environment(ts.Getenv("PATH"), ts.Getenv("WORK")), "TESTSCRIPT_COMMAND=apigw")
	for _, name := range []string{"GREETING", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"} {
		if value := ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	a, err := serve.Run(cmd)
	ts.Check(err)
	ts.Defer(a.Kill)
	ts.Value("server").(*server).Apigw = a
	addresses := map[string]string{"LAMBDA": a.Lambda, "TRACE": a.Trace}
	if n := len(a.REST); n > 0 {
		addresses["REST"] = a.REST[0]
	}
	for name, address := range addresses {
		if address == "" {
			continue
		}
		ts.Setenv(name, strings.TrimSuffix(address, "/"))
		if u, err := url.Parse(address); err == nil {
			ts.Setenv(name+"_PORT", u.Port())
		}
	}
}

// cmdEnd ends the server and shows everything it has written. It is not called stop, which
// testscript takes for the end of the script.
func cmdEnd(ts *testscript.TestScript, _ bool, _ []string) {
	s := ts.Value("server").(*server)
	ts.Check(s.Stop())
	fmt.Fprint(ts.Stdout(), s.String())
}

func cmdWaitFor(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Value("server").(*server).Await(regexp.MustCompile(args[0]).MatchString))
}

// cmdHTTPWith is cmdHTTP with the content of a file in the header Authorization.
func cmdHTTPWith(ts *testscript.TestScript, neg bool, args []string) {
	token := strings.TrimSpace(ts.ReadFile(args[0]))
	cmdHTTP(ts, neg, append(args[1:], "-H", "Authorization: "+token))
}

func cmdHTTP(ts *testscript.TestScript, _ bool, args []string) {
	method, url, body := args[0], args[1], ""
	header := http.Header{}
	for rest := args[2:]; len(rest) > 1; rest = rest[2:] {
		switch rest[0] {
		case "-H":
			name, value, _ := strings.Cut(rest[1], ":")
			header.Add(name, strings.TrimSpace(value))
		case "-d":
			body = rest[1]
			if file, ok := strings.CutPrefix(body, "@"); ok {
				body = ts.ReadFile(file)
			}
		}
	}
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	ts.Check(err)
	req.Header, req.Host = header, header.Get("Host")
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), resp.StatusCode)
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		fmt.Fprintf(ts.Stdout(), "%s: %s\n", name, strings.Join(resp.Header[name], ", "))
	}
	fmt.Fprintf(ts.Stdout(), "\n%s\n", text)
}

// TestRenderStream drives apigw render as a program does: each line is read back before the next
// is written.
func TestRenderStream(t *testing.T) {
	t.Parallel()
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	done := make(chan int)
	go func() {
		done <- run(t.Context(), []string{"render"}, &cli.System{Stdin: inRead, Stdout: outWrite, Stderr: io.Discard})
		outWrite.Close()
	}()
	out := bufio.NewReader(outRead)
	for i := range 1000 {
		fmt.Fprintf(inWrite, `{"id":%d,"template":"$x","context":{"x":%d}}`+"\n", i, i*i)
		line, err := out.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			ID     int
			Output string
		}
		if err := json.Unmarshal(line, &got); err != nil || got.ID != i || got.Output != fmt.Sprint(i*i) {
			t.Fatalf("line %d: %s", i, line)
		}
	}
	inWrite.Close()
	if code := <-done; code != 0 {
		t.Errorf("exit status %d", code)
	}
}
