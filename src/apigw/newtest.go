package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"example.com/guessing-game/src/apigw/bench"
	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/project"
)

// newTestOptions are the flags of apigw test --new.
type newTestOptions struct {
	name, data, result, failure string
	headers                     []string
}

func (n *newTestOptions) register(f *pflag.FlagSet) {
	f.StringVar(&n.name, "new", "", "start a test of a request in the file `NAME`.txtar")
	f.StringArrayVarP(&n.headers, "header", "H", nil, "request header of --new, as `'Name: value'`")
	f.StringVarP(&n.data, "data", "d", "", "request `BODY` of --new (default: an example that fits the model)")
	f.StringVar(&n.result, "result", "", "what the function returns in the test of --new: `JSON`, or the body of a service's response")
	f.StringVar(&n.failure, "function-error", "", "the `JSON` error with which the function fails in the test of --new")
}

// write writes a test of a request.
func (n *newTestOptions) write(ctx context.Context, s *cli.System, o *project.Source, args []string) error {
	if len(args) != 2 {
		return cli.Usagef("--new %s needs the request: apigw test --new %s METHOD PATH", n.name, n.name)
	}
	if n.result != "" && n.failure != "" {
		return cli.Usagef("pass --result or --function-error, not both")
	}
	file := strings.TrimSuffix(n.name, ".txtar") + ".txtar"
	if _, err := os.Stat(file); err == nil {
		return fmt.Errorf("%s already exists; --update writes what it expects", file)
	}
	a, err := o.LoadOne(s)
	if err != nil {
		return err
	}
	g, err := o.Gateway(a, o.Options(a, gateway.Options{}).LetPast())
	if err != nil {
		return err
	}
	local := &bench.API{API: a.API, Gateway: g}
	attempt := &bench.Attempt{Request: bench.Request{Method: strings.ToUpper(args[0]), Path: args[1], Body: bench.NewBody(n.data)}}
	for _, h := range n.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok || name == "" {
			return cli.Usagef("-H %q: it must be of the form Name: value", h)
		}
		attempt.Request.Headers = append(attempt.Request.Headers, bench.Header{Name: name, Value: strings.TrimSpace(value)})
	}
	run, err := local.Try(ctx, attempt)
	if err != nil {
		return cli.Usage(err)
	}
	for _, r := range g.Routes() {
		if r.Name() != run.Route || r.Problem != nil {
			continue
		}
		example := exampleOf(a, r, g.API()).Request
		if n.data == "" && r.Method != "GET" {
			attempt.Request.Body = example.Body
		}
		if len(n.headers) == 0 && (attempt.Request.Text != "" || len(example.Headers) > 1) {
			attempt.Request.Headers = example.Headers
		}
		attempt.Result = n.returned(r.Integration)
		if r := attempt.Result; r != nil && r.Status == 0 && !json.Valid([]byte(r.Text)) {
			return cli.Usagef("--result %s: what a function returns is JSON, which this is not", r.Text)
		}
	}
	kept, err := local.Keep(ctx, attempt, fmt.Sprintf("%s %s", attempt.Request.Method, args[1]))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = out.WriteString(kept.Text)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	fmt.Fprintf(s.Stdout, "%s %s\n%s", s.Console(s.Stdout).Paint(console.Yellow, "wrote"), file, indent(kept.Text))
	fmt.Fprintf(s.Stdout, "Change it, and apigw test --update %s then writes the response.\n", file)
	return nil
}

// returned is what the function or service of an integration returns in the new test.
func (n *newTestOptions) returned(in *gateway.Integration) *bench.Result {
	r := &bench.Result{Body: bench.NewBody("{}")}
	switch {
	case in.Type == gateway.Mock:
		return nil
	case n.failure != "":
		r.Failed, r.Body = true, bench.NewBody(n.failure)
	case n.result != "":
		r.Body = bench.NewBody(n.result)
	case in.Type == gateway.AWSProxy:
		r.Body = bench.NewBody(`{"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": "{}"}`)
	}
	if in.Leads() {
		r.Status = 200
	}
	return r
}
