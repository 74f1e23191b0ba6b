package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// Limits of render: the length of a line, and the time that a template may take.
const (
	maxRenderLine = 64 << 20
	renderTimeout = 30 * time.Second
)

func newRender(s *cli.System) *cobra.Command {
	var engine, file, contextFile string
	cmd := &cobra.Command{
		Use:   "render [-f TEMPLATE [-c CONTEXT.json]]",
		Short: "Render Velocity templates",
		Long: `Render Velocity templates: one file, or a stream of JSON lines.

With -f, the template of a file is rendered with the variables of a JSON object and written to standard output.

Without it, every line of standard input is a JSON object with a template, its variables, and an id of any kind; for every line
there is one on standard output, in the same order and at once, so that a program can drive apigw render through pipes:

  {"id": 1, "template": "Hello $name!", "context": {"name": "world"}}
  {"id":1,"output":"Hello world!"}
  {"id": 2, "template": "#if(true"}
  {"id":2,"error":"…","line":1,"column":…}

JSON becomes what a Java program would pass to Velocity: LinkedHashMap, ArrayList, String, Boolean, null, Integer (else Long, else
BigInteger) and Double. A line that cannot be rendered yields an error object and does not end the run. Empty lines, and objects with
neither an id nor a template, are skipped.

Engines:
  apigateway   Velocity 1.7 as API Gateway sets it up: a null reference renders as nothing;
               no #macro, no #evaluate
  velocity     stock Apache Velocity 1.7`,
		Example: `  apigw render -f hello.vtl -c variables.json
  echo '{"id":1,"template":"$a","context":{"a":[1,2]}}' | apigw render --engine velocity`,
		Args: cli.Takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var setting vtl.Setting
			switch engine {
			case "apigateway":
				setting = vtl.APIGateway
			case "velocity":
				setting = vtl.Velocity
			default:
				return cli.Usagef("--engine %q: it must be apigateway or velocity", engine)
			}
			if file == "" {
				if contextFile != "" {
					return cli.Usagef("--context goes with --file; on standard input every line has its own context")
				}
				return renderLines(cmd.Context(), s.Stdin, s.Stdout, setting)
			}
			return renderFile(cmd.Context(), s.Stdout, setting, file, contextFile)
		},
	}
	f := cmd.Flags()
	f.StringVar(&engine, "engine", "apigateway", "`NAME` of the engine whose behaviour to follow: apigateway or velocity")
	cli.OneOf(cmd, "engine", "apigateway", "velocity")
	f.StringVarP(&file, "file", "f", "", "render the template in this `FILE`")
	f.StringVarP(&contextFile, "context", "c", "", "`FILE` with a JSON object, the variables of the template")
	return cmd
}

func renderFile(ctx context.Context, w io.Writer, setting vtl.Setting, file, contextFile string) error {
	source, err := document.ReadGiven(file)
	if err != nil {
		return err
	}
	var data []byte
	if contextFile != "" {
		if data, err = document.ReadGiven(contextFile); err != nil {
			return err
		}
	}
	vars, err := variables(data)
	if err != nil {
		return fmt.Errorf("%s: %w", contextFile, err)
	}
	out, err := render(ctx, file, string(source), vars, setting)
	if err != nil {
		return templateError(file, err)
	}
	_, err = io.WriteString(w, out)
	return err
}

// templateError formats an error of a template as file:line:column, the line itself and a caret
// under the column.
func templateError(file string, err error) error {
	var e *vtl.Error
	if !errors.As(err, &e) || e.Line == 0 {
		return fmt.Errorf("%s: %w", file, err)
	}
	msg := fmt.Sprintf("%s:%d:%d: %s", file, e.Line, e.Column, e.Message)
	if e.Source != "" {
		msg += "\n    " + e.Source + "\n    " + e.Caret()
	}
	return errors.New(msg)
}

func render(ctx context.Context, name, source string, vars *vtl.Vars, setting vtl.Setting) (string, error) {
	t, err := vtl.Parse(name, source, vtl.Options{Setting: setting})
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, renderTimeout)
	defer cancel()
	return t.Render(vtl.NewBudget(ctx), vars)
}

// variables makes variables from a JSON object; from empty input, none.
func variables(data []byte) (*vtl.Vars, error) {
	vars := vtl.NewVars()
	data = bytes.TrimSpace(data)
	if len(data) == 0 || bytes.Equal(data, []byte("null")) {
		return vars, nil
	}
	v, err := java.DecodeJSON(data)
	if err != nil {
		return nil, fmt.Errorf("the context is not valid JSON: %w", err)
	}
	m, ok := v.(*java.Map)
	if !ok {
		return nil, errors.New("the context must be a JSON object")
	}
	for k, v := range m.All() {
		vars.Set(java.String(k), v)
	}
	return vars, nil
}

type renderRequest struct {
	ID       json.RawMessage `json:"id"`
	Template *string         `json:"template"`
	Context  json.RawMessage `json:"context"`
}

type renderResult struct {
	ID     json.RawMessage `json:"id"`
	Output *string         `json:"output,omitempty"`
	Error  string          `json:"error,omitempty"`
	Line   int             `json:"line,omitempty"`
	Column int             `json:"column,omitempty"`
}

func renderLines(ctx context.Context, r io.Reader, w io.Writer, setting vtl.Setting) error {
	in := bufio.NewReaderSize(r, 1<<20)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for number := 1; ; number++ {
		line, readErr := readLine(in)
		if readErr != nil && readErr != io.EOF && readErr != errLineTooLong {
			return readErr
		}
		if text := bytes.TrimSpace(line); len(text) > 0 || readErr == errLineTooLong {
			result := renderResult{Error: fmt.Sprintf("line %d of the input is longer than %d bytes", number, maxRenderLine)}
			if readErr != errLineTooLong {
				result = renderLine(ctx, number, text, setting)
			}
			if result.ID != nil || result.Error != "" {
				if err := enc.Encode(result); err != nil {
					return err
				}
				if _, err := w.Write(out.Bytes()); err != nil {
					return err
				}
				out.Reset()
			}
		}
		if readErr == io.EOF {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

var errLineTooLong = errors.New("line too long")

// readLine reads a line. One that is too long is read to its end and discarded.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return line, err
	}
	long := bytes.Clone(line)
	for {
		line, err = r.ReadSlice('\n')
		if len(long) <= maxRenderLine {
			long = append(long, line...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == nil && len(long) > maxRenderLine {
			err = errLineTooLong
		}
		return long, err
	}
}

func renderLine(ctx context.Context, number int, text []byte, setting vtl.Setting) (result renderResult) {
	var q renderRequest
	if err := json.Unmarshal(text, &q); err != nil {
		// The id may be readable nevertheless.
		var only struct {
			ID json.RawMessage `json:"id"`
		}
		_ = json.Unmarshal(text, &only)
		return renderResult{ID: only.ID, Error: fmt.Sprintf("line %d of the input is not a request: %s", number, err)}
	}
	if q.Template == nil {
		if q.ID == nil {
			return renderResult{}
		}
		return renderResult{ID: q.ID, Error: fmt.Sprintf("line %d of the input has no template", number)}
	}
	result.ID = q.ID
	if result.ID == nil {
		result.ID = json.RawMessage("null")
	}
	vars, err := variables(q.Context)
	if err != nil {
		result.Error = err.Error()
		return result
	}
	output, err := render(ctx, "template", *q.Template, vars, setting)
	if err == nil {
		result.Output = &output
		return result
	}
	result.Error = err.Error()
	var e *vtl.Error
	if errors.As(err, &e) {
		result.Error, result.Line, result.Column = e.Message, e.Line, e.Column
	}
	if errors.Is(err, context.DeadlineExceeded) {
		result.Error = fmt.Sprintf("the template took longer than %v", renderTimeout)
	}
	if result.Error == "" {
		result.Error = "the template failed"
	}
	return result
}
