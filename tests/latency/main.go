// Command latency measures how long the function takes: from exec to its first request for work,
// in its first invocation and in warm ones, with the CPU time, memory and page faults that it
// takes; compared with an empty lambda.Start and the same game in Rust, all under the project's
// own Runtime API host, in one interleaved run. With -aws it measures the deployed function
// instead. docs/latency.md has the results.
//
//	go run ./tests/latency                 the whole report, into docs/latency
//	go run ./tests/latency -clean          the same, and how long clean builds take
//	go run ./tests/latency -smoke          builds and runs everything once, and says what ran
//	go run ./tests/latency -aws STACK      the deployed function of a stack (needs the AWS CLI and its credentials)
//
// It needs Linux, Go and Rust (cargo); Java for DynamoDB Local, without which the games in
// DynamoDB are left out; and a writable cgroup for the CPU shares. The report says what was left
// out.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"example.com/guessing-game/tests/dynamodb"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the command's flags.
type options struct {
	rounds, warm int
	out          string
	only         *regexp.Regexp
	smoke, clean bool
	stack        string
}

// command is the program; it returns the exit code: 1 if it failed, 2 if it was used wrongly.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("latency", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.rounds, "rounds", 15, "processes of each variant; cold starts with -aws")
	flags.IntVar(&o.warm, "warm", 0, "warm invocations a process (default 800; 60 with -aws)")
	flags.StringVar(&o.out, "out", "", "`folder` of the report and its plots (default docs/latency; .cache/latency/STACK with -aws)")
	flags.Func("only", "measure only the variants whose name matches this `expression`, such as ^go-plain$ under a profiler", func(s string) (err error) {
		o.only, err = regexp.Compile(s)
		return err
	})
	flags.BoolVar(&o.smoke, "smoke", false, "build and run everything once, and say what ran")
	flags.BoolVar(&o.clean, "clean", false, "build everything anew and report how long that takes")
	flags.StringVar(&o.stack, "aws", "", "measure the deployed function of this CloudFormation `stack` instead")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() > 0 || o.rounds < 1 || o.warm < 0 {
		fmt.Fprintln(stderr, "latency takes flags only, at least 1 round and no negative number")
		flags.Usage()
		return 2
	}
	byDefault := func(warm int, out string) {
		if o.warm == 0 {
			o.warm = warm
		}
		if o.out == "" {
			o.out = filepath.FromSlash(out)
		}
	}
	p := newProgress(stderr)
	defer p.clear()
	var r result
	var err error
	if o.stack != "" {
		byDefault(60, ".cache/latency/"+o.stack)
		r, err = measureStack(ctx, cloud{cli: []string{"aws"}, stack: o.stack, rounds: o.rounds, warm: o.warm, poll: 5 * time.Second}, p)
	} else {
		byDefault(800, "docs/latency")
		if o.smoke {
			o.rounds, o.warm = 1, 30
		}
		r, err = measure(ctx, o, p, stderr)
	}
	p.clear()
	if measured, ok := r.(*report); err == nil && ok && o.smoke {
		_, err = io.WriteString(stdout, measured.ran())
	} else if err == nil {
		if err = write(r, o.out); err == nil {
			fmt.Fprintf(stdout, "%s\nThe whole report is in %s.\n", r.summary(), filepath.Join(o.out, "report.md"))
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, "latency:", err)
		return 1
	}
	return 0
}

// measure builds the programs and measures all variants of them.
func measure(ctx context.Context, o options, p *progress, log io.Writer) (*report, error) {
	dir, err := os.MkdirTemp("", "latency")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	r := newReport("make latency", commit(ctx), o.rounds)
	profile := "release"
	if o.smoke {
		profile = "smoke"
	}
	all := programs(dir, profile)
	asked := func(endpoint string) []*variant {
		return slices.DeleteFunc(variants(all, endpoint, o.warm), func(v *variant) bool { return o.only != nil && !o.only.MatchString(v.name) })
	}
	for _, p := range all {
		if slices.ContainsFunc(asked("http://127.0.0.1"), func(v *variant) bool { return v.program == p }) {
			r.programs = append(r.programs, p)
		}
	}
	for i, program := range r.programs {
		p.show("building", i, len(r.programs), program.name)
		if err := program.make(ctx, dir, o.clean); err != nil {
			return nil, err
		}
	}
	if r.author, err = authorCosts(ctx, dir, r.programs); err != nil {
		return nil, err
	}

	p.show("starting", 0, 1, "DynamoDB Local")
	endpoint := ""
	var output bytes.Buffer
	local, err := dynamodb.Start(ctx, 0, &output)
	if err != nil {
		r.noTable = fmt.Sprintf("DynamoDB Local could not be started, so the functions that keep games there were not measured: %v", err)
		p.clear()
		fmt.Fprintf(log, "latency: %s\n%s", r.noTable, output.String())
	} else {
		defer local.Stop()
		if err := local.CreateTable(ctx, tableName); err != nil {
			return nil, err
		}
		endpoint = local.URL
	}
	r.variants = asked(endpoint)

	// The function's trace segments are sent but discarded, as if to a daemon.
	sink, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
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

	// The first process of each variant fills the page cache and warms up DynamoDB Local; it does
	// not count.
	for i, v := range r.variants {
		p.show("warming up", i, len(r.variants), v.name)
		if _, err := v.process(ctx, sink.LocalAddr().String()); err != nil {
			return nil, fmt.Errorf("%s: %w", v.name, err)
		}
	}
	// Each round runs all variants in another order, so that none always follows the same one and
	// a slow minute affects all alike.
	for round := range o.rounds {
		for n, i := range rand.Perm(len(r.variants)) {
			v := r.variants[i]
			p.show("measuring", round*len(r.variants)+n, o.rounds*len(r.variants), v.name)
			s, err := v.process(ctx, sink.LocalAddr().String())
			if err != nil {
				return nil, fmt.Errorf("%s: %w", v.name, err)
			}
			v.samples.add(s)
		}
	}
	return r, nil
}

// commit names the measured commit.
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	name := strings.TrimSpace(string(out))
	if exec.CommandContext(ctx, "git", "diff", "--quiet", "HEAD", "--", "src/function", "src/lambdaloop", "src/xray", "src/rawio", "src/appendjson", "src/store", "src/game", "src/apigw/invoke", "tests/latency", "go.mod").Run() != nil {
		name += " with changes"
	}
	return name
}

// progress is a bar on a terminal, and an occasional line elsewhere.
type progress struct {
	w     io.Writer
	on    bool
	drawn bool
	next  time.Time // of a line
}

// linePause is the time between two lines of progress without a terminal.
const linePause = 2 * time.Second

func newProgress(w io.Writer) *progress {
	p := &progress{w: w}
	if file, ok := w.(*os.File); ok {
		info, err := file.Stat()
		p.on = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// show draws the bar: how many of how many are done, and which one is next.
func (p *progress) show(what string, done, of int, next string) {
	if !p.on {
		if now := time.Now(); now.After(p.next) {
			p.next = now.Add(linePause)
			fmt.Fprintf(p.w, "%s %s (%d of %d)\n", what, next, done+1, of)
		}
		return
	}
	const width = 30
	full := done * width / of
	fmt.Fprintf(p.w, "\r\x1b[K%-10s [%s%s] %3d %%  %s", what, strings.Repeat("#", full), strings.Repeat(".", width-full), done*100/of, next)
	p.drawn = true
}

// clear removes the bar.
func (p *progress) clear() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.drawn = false
	}
}
