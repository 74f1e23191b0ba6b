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
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/invoke"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// system is the program's access to the outside world.
type system struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string
	args           []string // of the command line
}

func (s *system) console(w io.Writer) *console.Console { return console.Of(w, s.getenv) }

func (s *system) getenv(name string) string {
	value, _ := s.lookupEnv(name)
	return value
}

func (s *system) lookupEnv(name string) (value string, set bool) {
	for _, kv := range s.environ {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v, true
		}
	}
	return "", false
}

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
	code := run(ctx, os.Args[1:], &system{os.Stdin, os.Stdout, os.Stderr, os.Environ(), os.Args[1:]})
	stop()
	os.Exit(code)
}

// untilSignal is a context that ends with the first signal to end: Ctrl-C, SIGTERM, or SIGHUP when
// the terminal closes (unless nohup has it ignored). With the second one the program ends at once,
// and with it every process that functions have started.
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
		<-received
		invoke.Kill()
		os.Exit(exitFailed)
	}()
	return ctx, cancel
}

// errSilent is the error of a command that has already reported what went wrong.
var errSilent = errors.New("failed")

// usageError is a mistake in the command line that cobra does not find.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run runs a command line and returns the exit code.
func run(ctx context.Context, args []string, s *system) int {
	root := newRoot(s)
	root.SetArgs(dashes(args))
	root.SetIn(s.stdin)
	root.SetOut(s.stdout)
	root.SetErr(s.stderr)
	started := false
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	cmd, err := root.ExecuteContextC(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errSilent):
		return exitFailed
	case !started || errors.As(err, &usage):
		complain(s, hinted{err, cmd.CommandPath() + " --help says how it is used"})
		return exitUsage
	}
	complain(s, err)
	return exitFailed
}

// complain prints an error, one line for each that it joins, and below it what may help.
func complain(s *system, err error) {
	c := s.console(s.stderr)
	for line := range strings.Lines(message(err) + "\n") {
		prefix := c.Paint(console.Red, "error: ")
		if note, ok := strings.CutPrefix(line, "note: "); ok {
			prefix, line = c.Paint(console.Yellow, "note: "), note
		}
		fmt.Fprint(s.stderr, prefix, line)
	}
	if hint := (hinted{}); errors.As(err, &hint) {
		fmt.Fprintln(s.stderr, c.Paint(console.Yellow, "hint: ")+hint.hint)
	}
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

func newRoot(s *system) *cobra.Command {
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
		return unknownCommand(root, args)
	}
	root.Args = cobra.ArbitraryArgs
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { help(s, cmd) })
	root.AddCommand(newStart(s), newInvoke(s), newRender(s), newTest(s), newCheck(s), newToken(s), newLambda(s), newWebAdapter(s), newReplay(s), newCompare(s), newRecord(s))
	root.AddCommand(&cobra.Command{
		Use: "version", Short: "Print the version", Args: takes(0, 0),
		Run: func(*cobra.Command, []string) { fmt.Fprintf(s.stdout, "apigw %s\n", version()) },
	})
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
