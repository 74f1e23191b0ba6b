// Command bench compares apigw start with serverless-offline on the same Lambda route and the
// same mapping templates, in turns within one run: rates and latencies under wrk, memory, and the
// time from exec to the first response; that of sam local start-api too, if Docker and the SAM
// CLI are or can be installed; and an http_proxy route with a plain reverse proxy in Go, in front
// of the same backend. It prints a report and writes it to docs/bench-gateway.md. Needs
// tests/load/install.sh, and Linux for the memory.
//
//	go run ./tests/load/bench [-rounds 3] [-seconds 5] [-starts 7] [-write docs/bench-gateway.md]
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"example.com/guessing-game/tests/load"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run.
type bench struct {
	rounds, seconds, starts int
	folder                  string // tests/load
	tmp                     string
	apigw, stub, document   string
	backend                 string // program, tests/load/backend
	backendAddress          string
}

func run(ctx context.Context) error {
	var b bench
	flag.IntVar(&b.rounds, "rounds", 3, "how many times each measurement is taken, in turns")
	flag.IntVar(&b.seconds, "seconds", 5, "length of each measurement")
	flag.IntVar(&b.starts, "starts", 7, "how many times each program is started")
	write := flag.String("write", "docs/bench-gateway.md", "`FILE` of the repository to write the report to; empty for none")
	flag.Parse()
	root, err := command("", "go", "env", "GOMOD")
	if err != nil {
		return err
	}
	root = filepath.Dir(root)
	b.folder = filepath.Join(root, "tests", "load")
	if b.tmp, err = os.MkdirTemp("", "bench-gateway"); err != nil {
		return err
	}
	defer os.RemoveAll(b.tmp)
	if err := b.prepare(root); err != nil {
		return err
	}
	if b.backendAddress, err = freeAddress(); err != nil {
		return err
	}
	backend, err := load.Start(b.tmp, filepath.Join(b.tmp, "backend.log"), nil, b.backend, "-address", b.backendAddress)
	if err != nil {
		return err
	}
	defer backend.Kill()
	r := report{bench: &b, machine: machine()}
	if r.starts, err = b.measureStarts(ctx); err != nil {
		return err
	}
	if r.loads, err = b.measureLoads(ctx); err != nil {
		return err
	}
	if r.sam, err = b.measureSAM(ctx, root); err != nil {
		r.noSAM = firstLine(err.Error())
		progress("sam local start-api is not measured: %v", err)
	}
	text := r.String()
	fmt.Print(text)
	if *write == "" {
		return nil
	}
	return os.WriteFile(filepath.Join(root, *write), []byte(text), 0o644)
}

func (b *bench) prepare(root string) error {
	if _, err := exec.LookPath("wrk"); err != nil {
		return errors.New("there is no wrk: run tests/load/install.sh")
	}
	if _, err := os.Stat(filepath.Join(b.folder, "serverless-offline", "node_modules", "serverless-offline")); err != nil {
		return errors.New("there is no serverless-offline: run tests/load/install.sh")
	}
	b.apigw, b.stub, b.document = filepath.Join(b.tmp, "apigw"), filepath.Join(b.tmp, "stub"), filepath.Join(b.tmp, "openapi.yaml")
	if _, err := command(root, "go", "build", "-trimpath", "-o", b.apigw, "./src/apigw"); err != nil {
		return err
	}
	if _, err := command(root, "go", "build", "-trimpath", "-o", b.stub, "./tests/load/stub"); err != nil {
		return err
	}
	b.backend = filepath.Join(b.tmp, "backend")
	if _, err := command(root, "go", "build", "-trimpath", "-o", b.backend, "./tests/load/backend"); err != nil {
		return err
	}
	return load.WriteDocument(b.folder, b.document)
}

func freeAddress() (string, error) {
	port, err := load.FreePort()
	return "127.0.0.1:" + port, err
}

// program is one of the compared programs, with its settings.
type program struct {
	name, what string
	start      func(port string) (*load.Server, error)
	routes     []route
}

// route is a request to measure.
type route struct {
	name, method, path, body string
}

var (
	mockRoute   = route{"MOCK", "GET", "/prod/mock/7a1c", ""}
	lambdaRoute = route{"Lambda", "POST", "/prod/games/7a1c", `{"guess":5}`}
	proxyRoute  = route{"http_proxy", "GET", "/prod/proxied/7a1c", ""}
)

// reverseProxy is the name of the program that http_proxy is compared with.
const reverseProxy = "reverse proxy in Go"

// programs are in the order of the report's rows: first the ways to run apigw, which are compared
// with the others.
func (b *bench) programs() []program {
	apigw := func(name string, flags ...string) func(string) (*load.Server, error) {
		return func(port string) (*load.Server, error) {
			args := append([]string{b.apigw, "start", "--openapi", b.document, "--function", "Game=" + b.stub, "--port", port, "--lambda-port", "0",
				"--stage-variables", "backend=" + b.backendAddress}, flags...)
			return load.Start(b.tmp, filepath.Join(b.tmp, name+".log"), nil, args...)
		}
	}
	offline := func(name string, flags ...string) func(string) (*load.Server, error) {
		return func(port string) (*load.Server, error) {
			dir := filepath.Join(b.folder, "serverless-offline")
			var ports [3]string
			for i := range ports {
				var err error
				if ports[i], err = load.FreePort(); err != nil {
					return nil, err
				}
			}
			args := append([]string{"node", filepath.Join(dir, "node_modules/.bin/osls"), "offline", "start", "--host", "127.0.0.1", "--noSponsor",
				"--httpPort", port, "--lambdaPort", ports[0], "--albPort", ports[1], "--websocketPort", ports[2]}, flags...)
			return load.Start(dir, filepath.Join(b.tmp, name+".log"), []string{"SLS_TELEMETRY_DISABLED=1", "SLS_NOTIFICATIONS_MODE=off"}, args...)
		}
	}
	routes := []route{lambdaRoute, mockRoute, proxyRoute}
	proxy := func(port string) (*load.Server, error) {
		return load.Start(b.tmp, filepath.Join(b.tmp, "proxy.log"), nil, b.backend, "-address", "127.0.0.1:"+port, "-proxy", "http://"+b.backendAddress)
	}
	return []program{
		{"apigw", "`apigw start --platform-logs`: a line for each request, the function's log, its REPORT (which has the function's time), traces", apigw("apigw", "--platform-logs", "--trace-port", "0", "--xray-port", "0"), routes},
		{"apigw, quiet", "`apigw start --log-level off --trace-port off --xray-port off`", apigw("quiet", "--log-level", "off", "--trace-port", "off", "--xray-port", "off"), routes},
		{"serverless-offline", "serverless-offline 14.8.2 (osls 4.3.1) without flags, with its line for each request", offline("offline"), []route{lambdaRoute}},
		{"serverless-offline in process", "the same with `--useInProcess`: the handler in the gateway's own process", offline("inprocess", "--useInProcess"), []route{lambdaRoute}},
		{reverseProxy, "net/http/httputil.ReverseProxy in a program of its own (tests/load/backend), which keeps its connections", proxy, []route{proxyRoute}},
	}
}

// command runs a program and returns the first line of its output.
func command(dir, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return firstLine(string(out)), nil
}

// figures are wrk's measurements of one run.
type figures struct {
	Requests int `json:"requests"`
	Duration int `json:"duration"` // in microseconds, like all of these
	Failed   int `json:"failed"`
	P50      int `json:"p50"`
	P99      int `json:"p99"`
}

func (f figures) rate() float64 { return float64(f.Requests) / float64(f.Duration) * 1e6 }

// wrk sends a route's request for some seconds.
func (b *bench) wrk(ctx context.Context, port string, r route, clients, seconds int) (figures, error) {
	cmd := exec.CommandContext(ctx, "wrk", "-t", "1", "--timeout", "30s", "-c", fmt.Sprint(clients), "-d", fmt.Sprint(seconds),
		"-s", filepath.Join(b.folder, "bench", "wrk.lua"), "http://127.0.0.1:"+port+r.path)
	cmd.Env = append(os.Environ(), "BENCH_METHOD="+r.method)
	if r.body != "" {
		cmd.Env = append(cmd.Env, "BENCH_BODY="+r.body)
	}
	out, err := cmd.Output()
	if err != nil {
		return figures{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	var f figures
	if err := json.Unmarshal([]byte(lastLine(string(out))), &f); err != nil {
		return f, fmt.Errorf("wrk said %q: %w", out, err)
	}
	if f.Failed > 0 || f.Requests == 0 {
		return f, fmt.Errorf("%d of %d requests failed", f.Failed, f.Requests)
	}
	return f, nil
}
