package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/tools/txtar"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/deployed"
	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/mappingtest"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/replay"
	"example.com/guessing-game/src/apigw/visible"
)

const requestsFormat = `--requests FILE is a txtar archive of requests, each in the form of a test's request:

    -- won --
    POST /games/1
    Content-Type: application/json

    {"guess": 7}`

func newCompare(s *cli.System) *cobra.Command {
	var o project.Source
	var account accountFlags
	var junit string
	cmd := &cobra.Command{
		Use:   "compare --rest-api-id ID [TEST|DIR…]",
		Short: "Compare the local gateway with the API in your account",
		Long: `Send the requests of mapping tests to TestInvokeMethod of the REST API in your account, run the same requests through the local
documents with the response that the function or service gave there, and show the first step that differs, side by side.

TestInvokeMethod runs the API as it is edited now, under a stage of its own; values of that stage, times and generated ids are not
compared. Its calls reach the real functions and services: requests that may write need --yes, after the list of them was shown.

` + requestsFormat + `

The exit status is 1 if anything differs.`,
		Example: `  apigw compare --rest-api-id abc123 tests/mappings
  apigw compare --rest-api-id abc123 --stage prod --requests requests.txtar --yes --junit report.xml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			begin := time.Now()
			requests, err := account.collect(args)
			if err != nil {
				return err
			}
			a, err := o.LoadOne(s)
			if err != nil {
				return err
			}
			local := &replay.Local{Document: a.Doc, Options: o.Options(a, gateway.Options{})}
			if err := local.Open(); err != nil {
				return a.Placed(err)
			}
			api, sent, err := account.open(cmd.Context(), s, &o, requests)
			if err != nil {
				return err
			}
			var outcomes []*mappingtest.Outcome
			failed := 0
			for _, r := range sent {
				out, diff, err := account.compare(cmd.Context(), api, local, r, columns(s))
				if err != nil {
					return err
				}
				outcomes = append(outcomes, out)
				if out.Passed() {
					fmt.Fprintf(s.Stdout, "same    %s  %s %d\n", r.name, out.Route, out.Status)
					continue
				}
				failed++
				fmt.Fprintf(s.Stdout, "DIFFER  %s  %s %d\n%s", r.name, out.Route, out.Status, indent(strings.Join(visible.Lines(diff), "\n")+"\n"))
			}
			if junit != "" {
				if err := writeReport(junit, func(w io.Writer) error { return mappingtest.WriteJUnit(w, outcomes) }); err != nil {
					return err
				}
			}
			fmt.Fprintf(s.Stdout, "%d same, %d differ in %.1f s\n", len(sent)-failed, failed, time.Since(begin).Seconds())
			if failed > 0 {
				return cli.ErrSilent
			}
			return nil
		},
	}
	f := cmd.Flags()
	o.Register(f)
	account.register(cmd)
	f.StringVar(&junit, "junit", "", "write a JUnit report to this `FILE`")
	return cmd
}

// accountFlags select the API of the account, and the requests.
type accountFlags struct {
	id       string
	requests string
	yes      bool
}

func (f *accountFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.id, "rest-api-id", "", "`ID` of the REST API in your account")
	flags.StringVar(&f.requests, "requests", "", "send the requests of this `FILE` as well")
	flags.BoolVarP(&f.yes, "yes", "y", false, "send requests that may write")
}

// namedRequest is a request and its source.
type namedRequest struct {
	deployed.Request
	name string
	test *mappingtest.Case // nil for --requests
}

// collect reads the requests from tests and --requests.
func (f *accountFlags) collect(args []string) ([]namedRequest, error) {
	if f.id == "" {
		return nil, cli.Usagef("which API? Pass --rest-api-id ID (aws apigateway get-rest-apis lists them)")
	}
	files, err := testFiles(args)
	if err != nil {
		return nil, err
	}
	var all []namedRequest
	for _, file := range files {
		c, err := mappingtest.Read(file)
		if err != nil {
			return nil, err
		}
		r, err := parseRequest(c.Request(""))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		// Request puts a slash where the stage would be.
		r.Path = strings.TrimPrefix(r.Path, "/")
		all = append(all, namedRequest{r, file, c})
	}
	if f.requests != "" {
		data, err := document.ReadGiven(f.requests)
		if err != nil {
			return nil, err
		}
		for _, part := range txtar.Parse(data).Files {
			r, err := parseRequest(string(part.Data))
			if err != nil {
				return nil, fmt.Errorf("%s: -- %s --: %w", f.requests, part.Name, err)
			}
			all = append(all, namedRequest{r, f.requests + " " + part.Name, nil})
		}
	}
	if len(all) == 0 {
		return nil, cli.Usagef("there are no requests: name tests, or pass --requests FILE")
	}
	return all, nil
}

// parseRequest reads a request in the form of a test's.
func parseRequest(text string) (deployed.Request, error) {
	head, body, _ := strings.Cut(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n")
	lines := strings.Split(strings.TrimRight(head, "\n"), "\n")
	words := strings.Fields(lines[0])
	if len(words) != 2 || !strings.HasPrefix(words[1], "/") {
		return deployed.Request{}, fmt.Errorf("the first line of a request is METHOD /PATH, not %q", lines[0])
	}
	for _, h := range lines[1:] {
		if name, _, ok := strings.Cut(h, ":"); !ok || name == "" {
			return deployed.Request{}, fmt.Errorf("%q is not a header: write Name: value", h)
		}
	}
	return deployed.Request{Method: words[0], Path: words[1], Header: lines[1:], Body: strings.TrimSuffix(body, "\n")}, nil
}

// invocable is a request and its method in the account.
type invocable struct {
	namedRequest
	method deployed.Method
}

// open reads the API and finds the methods of the requests. It lists requests that may write, and
// refuses them without --yes.
func (f *accountFlags) open(ctx context.Context, s *cli.System, o *project.Source, requests []namedRequest) (*deployed.API, []invocable, error) {
	api, err := deployed.Open(ctx, f.id, o.Stage, o.Region)
	if err != nil {
		return nil, nil, err
	}
	var found []invocable
	var writing []string
	for _, r := range requests {
		m, ok := api.Method(r.Method, r.Path)
		if !ok {
			fmt.Fprintf(s.Stderr, "skipped %s: the API in the account has no %s %s\n", r.name, r.Method, r.Path)
			continue
		}
		if m.Writes {
			writing = append(writing, fmt.Sprintf("  %s %s  (%s)", r.Method, r.Path, r.name))
		}
		found = append(found, invocable{r, m})
	}
	if len(writing) > 0 {
		fmt.Fprintf(s.Stderr, "These requests run integrations in your account that may write:\n%s\n", strings.Join(writing, "\n"))
		if !f.yes {
			return nil, nil, errors.New("nothing was sent; pass --yes to send them")
		}
	}
	if len(found) == 0 {
		return nil, nil, errors.New("the API in the account has none of the requests' methods")
	}
	return api, found, nil
}

// compare sends one request to both sides.
func (f *accountFlags) compare(ctx context.Context, api *deployed.API, local *replay.Local, r invocable, width int) (*mappingtest.Outcome, string, error) {
	begin := time.Now()
	e, err := api.Invoke(ctx, r.method, r.Request)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", r.name, err)
	}
	result, err := local.Run(ctx, e)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", r.name, err)
	}
	out := &mappingtest.Outcome{
		Case: &mappingtest.Case{File: r.name}, Route: cmp.Or(result.Route, r.method.Name), Status: e.Status, Duration: time.Since(begin),
	}
	var shown string
	switch {
	case len(result.Differences) > 0:
		d := result.Differences[0]
		shown = string(d.Step) + "\n" + d.SideBySide(width, "AWS", "here")
	case result.Skipped != "":
		shown = result.Skipped + "\n"
	}
	out.Diff = shown
	return out, shown, nil
}

// columns is the width of indented output.
func columns(s *cli.System) int {
	const indented = 6
	return max(s.Console(s.Stdout).Width, 40) - indented
}
