// Command latency measures how long the function takes: from exec to its first request for work, in its first invocation and in warm
// ones, with what it costs in CPU time, memory and page faults; beside an empty lambda.Start and beside the same game in Rust, all
// under the project's own Runtime API host, in one interleaved run. With -aws it asks the deployed function the same.
//
//	go run ./tests/latency                 the whole report, into docs/latency
//	go run ./tests/latency -smoke          builds and runs everything once, writes nothing
//	go run ./tests/latency -aws STACK      the deployed function of a stack (needs the AWS CLI and its credentials)
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// run is one run of measurements.
type run struct {
	command  string
	commit   string
	when     time.Time
	rounds   int
	programs []*program
	variants []*variant
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(2)
		}
		fmt.Fprintln(os.Stderr, "latency:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("latency", flag.ContinueOnError)
	rounds := flags.Int("rounds", 15, "processes of each variant")
	warm := flags.Int("warm", 800, "warm invocations a process")
	out := flags.String("out", "docs/latency", "`folder` of the report and its plots")
	smoke := flags.Bool("smoke", false, "build and run everything once, print the report, write nothing")
	shares := flags.Bool("shares", true, "measure the CPU shares of memory sizes too")
	endpoint := flags.String("dynamodb", os.Getenv("AWS_ENDPOINT_URL_DYNAMODB"), "`URL` of a DynamoDB Local with the table games, to measure the functions that keep games there")
	stack := flags.String("aws", "", "measure the deployed function of this CloudFormation `stack` instead")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected %q; see -help", flags.Arg(0))
	}
	if *stack != "" {
		return measureAWS(ctx, *stack, *rounds, *warm)
	}
	if *smoke {
		*rounds, *warm = 1, 30
	}

	dir, err := os.MkdirTemp("", "latency")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := &run{command: "make latency", commit: commit(ctx), when: time.Now(), rounds: *rounds, programs: programs(dir)}
	for i, p := range r.programs {
		progress("building", i, len(r.programs), p.name)
		if err := p.make(ctx); err != nil {
			return err
		}
	}
	progress("building", len(r.programs), len(r.programs), "")
	r.variants = variants(r.programs, *endpoint, *warm, *shares)

	// The function's trace segments go where nothing is done with them, as they go to a daemon.
	sink, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer sink.Close()
	go func() {
		buffer := make([]byte, 64<<10)
		for {
			if _, _, err := sink.ReadFrom(buffer); err != nil {
				return
			}
		}
	}()
	for round := range r.rounds {
		for i, v := range r.variants {
			progress("measuring", round*len(r.variants)+i, r.rounds*len(r.variants), v.name)
			if err := v.measure(ctx, sink.LocalAddr().String()); err != nil {
				return err
			}
		}
	}
	progress("measuring", 1, 1, "")
	if *smoke {
		fmt.Print(r.markdown())
		return nil
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	data := map[string]*samples{}
	for _, v := range r.variants {
		data[v.name] = &v.samples
	}
	encoded, err := json.Marshal(data)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(".cache", "latency.json"), encoded, 0o644); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(filepath.Join(*out, "report.md"), []byte(r.markdown()), 0o644); err != nil {
		return err
	}
	if err := writePlots(*out, r.plots()); err != nil {
		return err
	}
	fmt.Printf("%s\n%s\n%s\n%s\nThe whole report is in %s/report.md.\n", r.budgetTable(), r.mainTable(), r.kindTable(), r.shareTable(), *out)
	return nil
}

// memorySizes are those whose CPU share is measured.
var memorySizes = []int{128, 256, 512, 1024, 1769}

// variants are the rows of the report. Without an endpoint the functions that keep games in DynamoDB are measured up to their first
// request for work only as far as they can start without one.
func variants(all []*program, endpoint string, warm int, shares bool) (list []*variant) {
	by := map[string]*program{}
	for _, p := range all {
		by[p.name] = p
	}
	table := map[string]string{"TABLE_NAME": "games", "AWS_ENDPOINT_URL_DYNAMODB": endpoint, "AWS_REGION": "us-east-1"}
	add := func(name, program string, env map[string]string, sampled bool) {
		list = append(list, &variant{name: name, program: by[program], env: env, sampled: sampled, memoryMB: 1769, warm: warm})
	}
	add("go", "go", nil, true)
	add("go-direct", "go-direct", nil, true)
	add("go-empty", "go-empty", nil, true)
	add("rust", "rust", nil, true)
	add("go-standard", "go", map[string]string{"LAMBDA_LOOP": "standard"}, true)
	add("go, untraced", "go", nil, false)
	if endpoint != "" {
		add("go, DynamoDB", "go", table, true)
		add("go-direct, DynamoDB", "go-direct", table, true)
		add("rust-dynamodb", "rust-dynamodb", table, true)
	}
	if !shares {
		return list
	}
	for _, mb := range memorySizes {
		for _, name := range []string{"go", "go-direct", "go-empty", "rust", "rust-dynamodb"} {
			p, env := by[name], map[string]string(nil)
			if p.needsTable {
				if endpoint == "" {
					continue
				}
				env = table
			}
			list = append(list, &variant{name: fmt.Sprintf("%s, %d MB", name, mb), program: p, env: env, sampled: true, memoryMB: mb, share: true, warm: min(warm, 90)})
		}
	}
	return list
}

// commit names the commit that is measured.
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// progress draws a bar on a terminal, and nothing elsewhere.
func progress(what string, done, of int, name string) {
	info, err := os.Stderr.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return
	}
	const width = 30
	full := done * width / max(of, 1)
	fmt.Fprintf(os.Stderr, "\r\x1b[K%-10s [%s%s] %3d %%  %s", what, strings.Repeat("#", full), strings.Repeat(".", width-full), done*100/max(of, 1), name)
	if done >= of {
		fmt.Fprintln(os.Stderr)
	}
}
