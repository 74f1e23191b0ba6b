// Command apigw is API Gateway on a laptop: it runs the REST API of a SAM template or an OpenAPI
// document, its mapping templates and its Lambda functions on this machine, without an account and
// without Docker.
//
// It serves REST APIs (v1) with integrations of every type: aws (Lambda and other AWS services),
// aws_proxy, http, http_proxy and mock. See apigw --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/invoke"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// gcPercent lets the heap, of which little outlives a request, grow to three times what is in use
// before it is collected. That saves an eighth of the CPU time of a request and takes some 10 MB.
// GOGC in the environment overrides it.
const gcPercent = 200

// memoryLimit is the size of the process in bytes beyond which garbage is collected earlier than
// gcPercent requires: otherwise a few requests that use their full budgets would grow the process
// to gigabytes. GOMEMLIMIT in the environment overrides it.
const memoryLimit = 512 << 20

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	ctx, stop := untilSignal()
	code := run(ctx, os.Args[1:], &cli.System{Stdin: os.Stdin, Stdout: console.Screened(os.Stdout), Stderr: console.Screened(os.Stderr), Environ: os.Environ(), Args: os.Args[1:]})
	stop()
	os.Exit(code)
}

// endTime is how long a command may take to end after a signal. The longest task of an orderly end
// is to remove a container.
const endTime = 8 * time.Second

// untilSignal is a context that ends with the first signal to end: Ctrl-C, SIGTERM, or SIGHUP when
// the terminal closes (unless nohup has it ignored). With the second one, or if the command does
// not end, as when it reads a template that takes long, the program ends at once, and with it every
// process that functions have started.
func untilSignal() (context.Context, func()) {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, cancel := context.WithCancel(context.Background())
	received := make(chan os.Signal, 2)
	signal.Notify(received, ends...)
	go func() {
		<-received
		cancel()
		select {
		case <-received:
		case <-time.After(endTime):
		}
		invoke.Kill()
		os.Exit(exitFailed)
	}()
	return ctx, cancel
}

// run runs a command line and returns the exit code.
func run(ctx context.Context, args []string, s *cli.System) int {
	root := newRoot(s)
	root.SetArgs(dashes(args))
	root.SetIn(s.Stdin)
	root.SetOut(s.Stdout)
	root.SetErr(s.Stderr)
	started := false
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	cmd, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, cli.ErrSilent):
		return exitFailed
	case !started || cli.IsUsage(err):
		cli.Complain(s, cli.Hint(err, cmd.CommandPath()+" --help says how it is used"), sourceLines())
		return exitUsage
	}
	cli.Complain(s, err, sourceLines())
	return exitFailed
}

// dashes accepts the flags of apigw test with a single dash, as go test has them.
func dashes(args []string) []string {
	if len(args) == 0 || args[0] != "test" {
		return args
	}
	args = slices.Clone(args)
	for i, a := range args {
		name, _, _ := strings.Cut(a, "=")
		if slices.Contains([]string{"-run", "-update", "-junit", "-complete", "-verbose"}, name) {
			args[i] = "-" + a
		}
	}
	return args
}

func newRoot(s *cli.System) *cobra.Command {
	root := &cobra.Command{
		Use:   "apigw",
		Short: "API Gateway on a laptop",
		Long: `API Gateway on a laptop: run a REST API with its mapping templates and Lambda functions on this machine.

apigw reads a SAM or CloudFormation template (or a stand-alone OpenAPI document) and serves its REST APIs as API Gateway would, with
Velocity mapping templates, request validators, selection patterns and gateway responses. It runs the Lambda functions behind them as
child processes over the Lambda Runtime API.

All integration types are served: aws (Lambda and other AWS services), aws_proxy, http, http_proxy and mock. So are Lambda and Cognito
authorizers, IAM authorization, API keys and resource policies. What AWS would reject is reported with file, line and column before
anything listens; a route that only apigw does not support returns 501, and apigw start says so.

Check documents and mapping templates with apigw check and apigw test, hold them against a deployed API with apigw compare and
apigw replay, and make tests from real traffic with apigw record. apigw completion SHELL prints a completion script.`,
		Example: `  apigw start --function HelloFunction=./bin/hello
  apigw invoke GET /hello --function HelloFunction=./bin/hello
  apigw check
  apigw test tests/mappings
  apigw token --claim sub=ann
  apigw completion bash > ~/.local/share/bash-completion/completions/apigw`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
	}
	root.SetVersionTemplate("apigw {{.Version}}\n")
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return cli.UnknownCommand(root, args)
	}
	root.Args = cobra.ArbitraryArgs
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(cli.FlagError)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { cli.Help(s, cmd, flagGroups) })
	root.AddCommand(newStart(s), newInvoke(s), newRender(s), newTest(s), newCheck(s), newToken(s), newLambda(s), newWebAdapter(s), newReplay(s), newCompare(s), newRecord(s))
	root.AddCommand(&cobra.Command{
		Use: "version", Short: "Print the version", Args: cli.Takes(0, 0),
		Run: func(*cobra.Command, []string) { fmt.Fprintf(s.Stdout, "apigw %s\n", version()) },
	})
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Short = "Print a completion script for a shell"
			c.Long = c.Short + ". The help of each says where to put it."
			for _, shell := range c.Commands() {
				shell.Short = "Print the completion script for " + shell.Name()
			}
		}
	}
	return root
}

// stamped is the version that a release or an image is built with.
var stamped string

// version describes the program: its version or commit, whether the working tree had changes, the
// Go version and the system.
func version() string {
	v, built := stamped, runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH
	info, ok := debug.ReadBuildInfo()
	if v == "" && ok {
		v = info.Main.Version // from go install or, with the commit and +dirty, go build in a working tree
	}
	if v == "" {
		v = "(devel)"
	}
	return v + " " + built
}
