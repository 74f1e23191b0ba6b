package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/explain"
	"example.com/guessing-game/src/apigw/functions"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/invoke/jackson"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/recorder"
	"example.com/guessing-game/src/apigw/visible"
)

// invoker is apigw invoke.
type invoker struct {
	sys                        *cli.System
	source                     project.Source
	backend                    functions.Flags
	services                   services
	headers, hidden            []string
	data, event                string
	result, functionError      string
	status                     int
	asJSON, quiet, showSecrets bool
	// Whether these flags are given: an empty value is one too.
	hasResult, hasError, hasStatus bool
}

func newInvoke(s *cli.System) *cobra.Command {
	v := &invoker{sys: s}
	cmd := &cobra.Command{
		Use:   "invoke METHOD PATH | invoke [FUNCTION] [-e EVENT.json]",
		Short: "Send one request through the gateway, or an event to a function",
		Long: `Send one request through the gateway, without a server, and show the log of every mapping step in API Gateway's own wording, as the
test page of its console does; then the response.

With FUNCTION it sends an event to that function instead, bypassing the gateway, as sam local invoke does, and writes the result; the
function may be left out if there is only one. The exit status is 1 if the function failed.

PATH is the path of a resource, without the stage, with its query string: /games/1?verbose=true.

The function is run as a child process (--function), invoked at an endpoint (--lambda-endpoint), or mocked by --result or
--function-error. An AWS service or HTTP backend gets its request (--endpoint, --aws), or is mocked by --result and --status. The exit
status is 1 if the gateway itself failed (a template, a function that cannot be reached, no response to select), and 0 for every other
response, whatever its status.`,
		Example: `  apigw invoke POST /games/1 -H 'Content-Type: application/json' -d '{"guess": 5}'
  apigw invoke GET /games/1 --result '{"id": "1", "status": "won"}'
  apigw invoke GET /games/1 --function-error '{"errorMessage": "GameNotFound: no game 1"}'
  apigw invoke GET /notes/1 --endpoint dynamodb=http://127.0.0.1:8000
  apigw invoke GET /notes/1 --result '{"__type": "ResourceNotFoundException"}' --status 400
  apigw invoke GET / --json | jq .body
  apigw invoke OrdersFunction -e events/order.json
  echo '{}' | apigw invoke OrdersFunction -e -`,
		Args: cli.Takes(0, 2),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return v.function(cmd, args)
			}
			given := cmd.Flags().Changed
			v.hasResult, v.hasError, v.hasStatus = given("result"), given("function-error"), given("status")
			return v.request(cmd.Context(), args[0], args[1])
		},
	}
	f := cmd.Flags()
	v.source.Register(f)
	v.backend.Register(f)
	v.services.register(f)
	v.services.registerStandIn(f)
	f.StringArrayVarP(&v.headers, "header", "H", nil, "request header, as `'Name: value'`")
	f.StringVarP(&v.event, "event", "e", "", "event of a function: a `FILE`, or - for standard input (default: {})")
	f.StringVarP(&v.data, "data", "d", "", "request body; `@FILE` reads it from a file, @- from standard input")
	f.StringVar(&v.result, "result", "", "mock the function with this `JSON` result, or the service or backend with this response body")
	f.IntVar(&v.status, "status", http.StatusOK, "`STATUS` of the mocked service or backend response (see --result)")
	f.StringVar(&v.functionError, "function-error", "", "mock a function that fails with this `JSON` error")
	f.BoolVar(&v.asJSON, "json", false, "write one JSON object instead of text")
	f.BoolVarP(&v.quiet, "quiet", "q", false, "write the response alone")
	f.StringSliceVar(&v.hidden, "mask", nil, "`NAMES` of JSON members, parameters and headers whose values the log shows as ***")
	f.BoolVar(&v.showSecrets, "show-secrets", false, "show the values of Authorization, Cookie and x-api-key headers in the log")
	return cmd
}

// request sends a request through the gateway.
func (v *invoker) request(ctx context.Context, method, path string) error {
	if v.event != "" {
		return cli.Usagef("-e sets the event of a function; a request has a body, set with -d")
	}
	body, err := requestBody(v.data, v.sys.Stdin)
	if err != nil {
		return err
	}
	if _, err := recorder.Request(ctx, "", method, path, v.headers, nil); err != nil {
		return cli.Usage(err)
	}
	if err := v.check(); err != nil {
		return err
	}
	if _, _, err := v.source.Configure(v.sys, "local_start_api"); err != nil {
		return err
	}
	aws, err := standInOnce(v.sys, &v.source, &v.backend, &v.services)
	if err != nil {
		return err
	}
	defer aws.close()
	p, err := v.source.Load(v.sys)
	if err != nil {
		return err
	}
	a, err := p.One()
	if err != nil {
		return err
	}
	var functionLog bytes.Buffer
	called, out, end, err := v.called(ctx, p, aws, &functionLog)
	if err != nil {
		return err
	}
	defer end()
	var execution *gateway.Execution
	options := v.source.Options(a, gateway.Options{
		Functions: called, Upstream: out, Observe: func(e *gateway.Execution) { execution = e }, ShowSecrets: v.showSecrets, Mask: v.hidden,
	})
	if _, played := called.(*recorder.Function); played {
		options = options.LetPast()
	} else if _, err := v.source.Limit(a, &options); err != nil {
		return err
	}
	g, err := v.source.Gateway(a, options)
	if err != nil {
		return err
	}
	if err := p.CheckAuthorizers([]*gateway.API{g.API()}); err != nil {
		return err
	}
	req, err := recorder.Request(ctx, a.Stage, method, path, v.headers, body)
	if err != nil {
		return cli.Usage(err)
	}
	w := recorder.Send(g, req)
	if v.hasResult && execution != nil && execution.Function != "" && !json.Valid([]byte(v.result)) {
		return cli.Usagef("--result %s: what a function returns is JSON, which this is not; in a shell it needs quotes, as in --result '{\"id\": 1}'", v.result)
	}
	show := showInvocation
	switch {
	case v.asJSON:
		show = showInvocationJSON
	case v.quiet:
		show = showQuietly
	}
	if err := show(v.sys, a, w, execution, functionLog.String()); err != nil {
		return err
	}
	if execution != nil && execution.ResponseType != "" && execution.Status >= 500 {
		return cli.ErrSilent
	}
	return nil
}

// check rejects flags that contradict each other.
func (v *invoker) check() error {
	if v.hasError && !json.Valid([]byte(v.functionError)) {
		return cli.Usagef("--function-error %s: it must be JSON, as in '{\"errorMessage\": \"NotFound: no order 1\", \"errorType\": \"NotFound\"}'", v.functionError)
	}
	if v.hasResult && v.hasError {
		return cli.Usagef("pass --result or --function-error, not both")
	}
	if v.hasStatus && !v.hasResult {
		return cli.Usagef("--status needs --result: it is the status of that response")
	}
	return nil
}

// called are the functions, services and backends of a request: those of the project, or what plays
// them. end ends them.
func (v *invoker) called(ctx context.Context, p *project.Project, aws *starter, log io.Writer) (invoked gateway.Invoker, out gateway.Upstream, end func(), err error) {
	if out, err = v.services.sender(ctx, aws.forServices(), &v.backend); err != nil {
		return nil, nil, nil, err
	}
	switch {
	case v.hasResult:
		return &recorder.Function{Payload: []byte(v.result)}, &recorder.Service{Status: v.status, Body: []byte(v.result)}, func() {}, nil
	case v.hasError:
		return &recorder.Function{Payload: []byte(v.functionError), Failed: true}, out, func() {}, nil
	}
	masker := mask.New(v.hidden)
	w := functions.Surroundings{
		System: aws.sys, Region: v.source.Region, Account: v.source.Account, Logs: log, Platform: true, Masker: masker, Log: slog.New(slog.NewTextHandler(masker.Records(v.sys.Stderr), nil)), Client: functions.NewClient(),
	}
	fs, err := v.backend.New(p, w)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := v.backend.Connect(fs, nil, w); err != nil {
		return nil, nil, nil, err
	}
	aws.fillOnce(&serving{project: p, functions: fs}, &v.source)
	return fs, out, fs.Close, nil
}

// function sends an event to a function, and writes its result on standard output and its log
// on standard error.
func (v *invoker) function(cmd *cobra.Command, args []string) error {
	if _, _, err := v.source.Configure(v.sys, "local_invoke"); err != nil {
		return err
	}
	payload := []byte("{}")
	var err error
	switch v.event {
	case "":
	case "-":
		payload, err = io.ReadAll(v.sys.Stdin)
	default:
		if payload, err = document.ReadGiven(v.event); err != nil {
			err = fmt.Errorf("-e %s: %s", v.event, document.Reason(err))
		}
	}
	if err != nil {
		return err
	}
	if complaint := jackson.Complaint(payload); complaint != "" {
		return cli.Usagef("the event is not JSON: %s", explain.Tidied(complaint))
	}
	aws, err := standInOnce(v.sys, &v.source, &v.backend, &v.services)
	if err != nil {
		return err
	}
	defer aws.close()
	p, err := v.source.Load(v.sys)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(v.sys.Stderr, nil))
	w := functions.Surroundings{System: aws.sys, Region: v.source.Region, Account: v.source.Account, Logs: v.sys.Stderr, Platform: true, Log: log, Client: functions.NewClient(), Say: func(text string) { fmt.Fprintln(v.sys.Stderr, text) }}
	fs, err := v.backend.New(p, w)
	if err != nil {
		return err
	}
	f, err := fs.Named(args, p.File)
	if err != nil {
		return err
	}
	fs.List = []*functions.Function{f}
	if err := v.backend.Connect(fs, nil, w); err != nil {
		return err
	}
	defer fs.Close()
	aws.fillOnce(&serving{project: p, functions: fs}, &v.source)
	fs.Await(cmd.Context(), f.Name)
	response, err := f.Invoke(cmd.Context(), invoke.Invocation{Payload: payload})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(v.sys.Stdout, "%s\n", response.Payload); err != nil {
		return err
	}
	if response.FunctionError != "" {
		return cli.ErrSilent
	}
	return nil
}

// requestBody returns the value of --data: the string itself, or the content of @FILE.
func requestBody(data string, stdin io.Reader) ([]byte, error) {
	name, ok := strings.CutPrefix(data, "@")
	switch {
	case !ok:
		return []byte(data), nil
	case name == "-":
		return io.ReadAll(stdin)
	}
	return document.ReadGiven(name)
}

func showInvocation(s *cli.System, a *project.API, w *recorder.Response, e *gateway.Execution, functionLog string) error {
	out, c := s.Console(s.Stdout), s.Console(s.Stderr)
	switch {
	case e == nil:
	case out.Terminal:
		fmt.Fprint(s.Stdout, executionLog(out, e))
	default:
		fmt.Fprint(s.Stdout, e.Text())
	}
	if functionLog != "" {
		fmt.Fprintf(s.Stdout, "\n%s\n", out.Paint(console.Bold, "Function log"))
		for line := range strings.Lines(functionLog) {
			fmt.Fprintln(s.Stdout, out.Paint(console.Gray, visible.Text(strings.TrimSuffix(line, "\n"))))
		}
	}
	if e != nil {
		for _, f := range explain.Findings(a.API, e) {
			fmt.Fprintf(s.Stderr, "\n%s\n", f.Labelled(c))
		}
	}
	fmt.Fprintln(s.Stdout)
	return showResponse(s, w)
}

// showQuietly writes only the response, and why it failed.
func showQuietly(s *cli.System, a *project.API, w *recorder.Response, e *gateway.Execution, _ string) error {
	if e != nil {
		for _, f := range explain.Findings(a.API, e) {
			if f.Failed {
				fmt.Fprintln(s.Stderr, f.Labelled(s.Console(s.Stderr)))
			}
		}
	}
	return showResponse(s, w)
}

func showResponse(s *cli.System, w *recorder.Response) error {
	c := s.Console(s.Stdout)
	fmt.Fprintln(s.Stdout, c.Paint(console.Bold, "HTTP/1.1 ")+c.Paint(statusColor(w.Status), fmt.Sprintf("%d %s", w.Status, http.StatusText(w.Status))))
	for _, name := range slices.Sorted(maps.Keys(w.Header)) {
		for _, v := range w.Header[name] {
			fmt.Fprintf(s.Stdout, "%s %s\n", c.Paint(console.Gray, name+":"), v)
		}
	}
	body := w.Body.String()
	if body != "" && !strings.HasSuffix(body, "\n") {
		body += "\n"
	}
	_, err := fmt.Fprintf(s.Stdout, "\n%s", body)
	return err
}

// invocationJSON is what apigw invoke --json writes.
type invocationJSON struct {
	Status      int                 `json:"status"`
	Headers     map[string][]string `json:"headers"`
	Body        string              `json:"body"`
	BodyIsB64   bool                `json:"bodyIsBase64,omitempty"` // the body is not text
	RequestID   string              `json:"requestId,omitempty"`
	Route       string              `json:"route,omitempty"`
	Error       string              `json:"error,omitempty"` // what the gateway itself refused, or where it failed
	ErrorType   string              `json:"gatewayResponse,omitempty"`
	Steps       []stepJSON          `json:"steps"`
	Log         []logJSON           `json:"log"`
	FunctionLog string              `json:"functionLog,omitempty"`
}

type stepJSON struct {
	Name      string            `json:"name"`
	Micros    int64             `json:"microseconds"`
	Template  string            `json:"template,omitempty"` // file:line:column
	Input     string            `json:"input,omitempty"`
	Output    string            `json:"output,omitempty"`
	Error     string            `json:"error,omitempty"`
	Variables map[string]string `json:"variables,omitempty"`
}

type logJSON struct {
	Time string `json:"time"`
	Text string `json:"text"`
}

func showInvocationJSON(s *cli.System, a *project.API, w *recorder.Response, e *gateway.Execution, functionLog string) error {
	out := invocationJSON{Status: w.Status, Headers: w.Header, Body: w.Body.String(), Steps: []stepJSON{}, Log: []logJSON{}, FunctionLog: functionLog}
	if !utf8.Valid(w.Body.Bytes()) {
		text, _ := json.Marshal(w.Body.Bytes()) // base64 in quotes
		out.Body, out.BodyIsB64 = strings.Trim(string(text), `"`), true
	}
	if e != nil {
		out.RequestID, out.ErrorType, out.Error = e.RequestID, e.ResponseType, strings.TrimSpace(explain.Failure(a.API, e))
		if e.Route != nil {
			out.Route = e.Route.Name()
		}
		for _, st := range e.Steps {
			j := stepJSON{Name: st.Name, Micros: st.End.Sub(st.Start).Microseconds(), Input: st.Input, Output: st.Output}
			if st.Template != nil {
				j.Template = a.At(st.Template.Position).String()
			}
			if st.Err != nil {
				j.Error = st.Err.Error()
			}
			for _, v := range st.Variables {
				if j.Variables == nil {
					j.Variables = map[string]string{}
				}
				j.Variables[v.Name] = v.Value
			}
			out.Steps = append(out.Steps, j)
		}
		for _, l := range e.Log() {
			out.Log = append(out.Log, logJSON{l.Time.UTC().Format(time.RFC3339Nano), l.Text})
		}
	}
	enc := json.NewEncoder(s.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
