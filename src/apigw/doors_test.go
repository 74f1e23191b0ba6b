package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guessing-game/tests/serve"
)

const doorsTemplate = `
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {Runtime: provided.al2023, Handler: x, CodeUri: ., Timeout: 10}
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      DefinitionBody:
        openapi: 3.0.1
        info: {title: x, version: '1'}
        paths:
          /x:
            get:
              responses: {'200': {description: ok}}
              x-amazon-apigateway-integration:
                type: mock
                requestTemplates: {application/json: '{"statusCode": 200}'}
                responses: {default: {statusCode: '200'}}
`

func startDoors(t *testing.T, args ...string) *serve.Apigw {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "template.yaml"), []byte(doorsTemplate), 0o600); err != nil {
		t.Fatal(err)
	}
	return startIn(t, dir, append([]string{"--function", "F=testfn"}, args...)...)
}

// startDocument serves an OpenAPI document until the test ends.
func startDocument(t *testing.T, file string, args ...string) *serve.Apigw {
	t.Helper()
	return startIn(t, t.TempDir(), append([]string{"--openapi", file, "--function", "F=testfn"}, args...)...)
}

func startIn(t *testing.T, dir string, args ...string) *serve.Apigw {
	t.Helper()
	cmd := startCommand(args...)
	cmd.Dir = dir
	a, err := serve.Run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// send sends a request with headers, "Host" among them, and returns the status and body of the
// response.
func send(t *testing.T, method, address, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	req.Host = req.Header.Get("Host")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

const invocations = "2015-03-31/functions/F/invocations"

// variable asks the function for a variable of its environment.
func variable(t *testing.T, a *serve.Apigw, name string) string {
	t.Helper()
	status, body := send(t, "POST", a.Lambda+invocations, fmt.Sprintf(`{"env": %q}`, name))
	var answer struct{ Value string }
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	return answer.Value
}

// Every server except the REST API refuses names that others may own, and web pages.
func TestEveryDoorAsksWhoIsThere(t *testing.T) {
	t.Parallel()
	a := startDoors(t)
	runtimeAPI := "http://" + variable(t, a, "AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/"
	xray := "http://" + variable(t, a, "AWS_XRAY_DAEMON_ADDRESS") + "/"
	for _, server := range []struct {
		name, method, url, body, want string
	}{
		{"Invoke API", "POST", a.Lambda + invocations, `{}`, `{"event":{},"name":"F"}`},
		{"trace page", "GET", a.Trace + "api/traces", "", `{"can_replay":true`},
		{"trace page, a change", "POST", a.Trace + "api/clear", "", ""},
		{"X-Ray", "POST", xray + "GetSamplingRules", "{}", "{"},
		{"Runtime API", "GET", runtimeAPI + "ping", "", "pong"},
	} {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(server.url)
			if err != nil {
				t.Fatal(err)
			}
			for _, in := range [][]string{nil, {"Host", "localhost:" + u.Port()}, {"Host", "localhost"}, {"Host", "[::1]:" + u.Port()}} {
				if status, body := send(t, server.method, server.url, server.body, in...); status/100 != 2 || !strings.HasPrefix(body, server.want) {
					t.Errorf("%v: %d %s", in, status, body)
				}
			}
			for _, out := range [][]string{
				{"Host", "evil.example:" + u.Port()},
				{"Host", "evil.example:" + u.Port(), "Origin", "http://evil.example:" + u.Port(), "Sec-Fetch-Site", "same-origin"},
				{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"},
				{"Origin", "http://127.0.0.1:1", "Sec-Fetch-Site", "same-site"},
				{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"},
				{"Origin", "null"},
			} {
				if status, body := send(t, server.method, server.url, server.body, out...); status != 403 || !strings.Contains(body, "message") {
					t.Errorf("%v: %d %s", out, status, body)
				}
			}
		})
	}
	if status, _ := send(t, "GET", a.REST[0]+"x", "", "Host", "api.example.com", "Origin", "https://example.com", "Sec-Fetch-Site", "cross-site"); status != 200 {
		t.Errorf("the REST API under another name: %d", status)
	}
}

// Wherever the REST API listens, the other servers listen only on this machine, and functions
// find X-Ray there.
func TestHosts(t *testing.T) {
	t.Parallel()
	ipv6 := true
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		ipv6 = false
	} else {
		l.Close()
	}
	for _, host := range []string{"0.0.0.0", "::", "", "::1", "localhost", "127.0.0.2"} {
		if !ipv6 && strings.Contains(host, ":") {
			t.Logf("this machine has no IPv6: --host %s is not tested", host)
			continue
		}
		t.Run("host "+host, func(t *testing.T) {
			t.Parallel()
			a := startDoors(t, "--host", host)
			if status, _ := send(t, "GET", a.REST[0]+"x", ""); status != 200 {
				t.Errorf("GET %sx: %d", a.REST[0], status)
			}
			for _, name := range []string{"AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_ADDRESS"} {
				if got := variable(t, a, name); !strings.HasPrefix(got, "127.0.0.1") {
					t.Errorf("%s=%s", name, got)
				}
			}
			for _, other := range []string{a.Lambda, a.Trace} {
				if !strings.HasPrefix(other, "http://127.0.0.1:") {
					t.Errorf("a server listens at %s", other)
				}
			}
			open := host == "0.0.0.0" || host == "::" || host == ""
			if said := strings.Contains(a.String(), fmt.Sprintf("open to the network: anyone who can reach this machine may call the REST API (--host %q)", host)); said != open {
				t.Errorf("open: %v, the greeting:\n%s", open, a.String())
			}
			if strings.Contains(a.String(), "may invoke every function") {
				t.Errorf("the greeting:\n%s", a.String())
			}
		})
	}
}

// The greeting also lists servers that are opened by their own flags.
func TestHostsOfTheOtherServers(t *testing.T) {
	t.Parallel()
	a := startDoors(t, "--lambda-host", "0.0.0.0", "--trace-host", "0.0.0.0", "--xray-host", "0.0.0.0")
	for _, want := range []string{
		`anyone who can reach this machine may invoke every function with any event (--lambda-host "0.0.0.0")`,
		`anyone who can reach this machine may read, repeat and clear the traces (--trace-host "0.0.0.0")`,
		`anyone who can reach this machine may send segments (--xray-host "0.0.0.0")`,
	} {
		if !strings.Contains(a.String(), want) {
			t.Errorf("the greeting does not say: %s\n%s", want, a.String())
		}
	}
	if strings.Contains(a.String(), "call the REST API") {
		t.Errorf("the greeting:\n%s", a.String())
	}
	if got := variable(t, a, "AWS_XRAY_DAEMON_ADDRESS"); !strings.HasPrefix(got, "127.0.0.1:") {
		t.Errorf("AWS_XRAY_DAEMON_ADDRESS=%s", got)
	}
	if status, body := send(t, "GET", a.Trace+"api/traces", "", "Host", "evil.example"); status != 403 {
		t.Errorf("%d %s", status, body)
	}
}

// A name given by --host names the other servers too.
func TestNameOfHost(t *testing.T) {
	t.Parallel()
	name, err := os.Hostname()
	if addr, resolveErr := net.ResolveIPAddr("ip", name); err != nil || resolveErr != nil || addr.IP.IsUnspecified() {
		name = "localhost"
	}
	a := startDoors(t, "--host", name)
	if status, body := send(t, "GET", a.Trace+"api/traces", "", "Host", strings.ToUpper(name)+":80"); status != 200 {
		t.Errorf("%d %s", status, body)
	}
}
