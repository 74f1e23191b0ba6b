// Package render renders Velocity templates outside an API: one of a file, or a stream of JSON
// lines.
package render

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// Limits of render: the length of a line, and the time that a template may take.
const (
	maxLine = 64 << 20
	timeout = 30 * time.Second
)

// File renders the template in a file with the variables in another, none if that is empty.
func File(ctx context.Context, w io.Writer, setting vtl.Setting, file, contextFile string) error {
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
	ctx, cancel := context.WithTimeout(ctx, timeout)
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

type request struct {
	ID       json.RawMessage `json:"id"`
	Template *string         `json:"template"`
	Context  json.RawMessage `json:"context"`
}

type answer struct {
	ID     json.RawMessage `json:"id"`
	Output *string         `json:"output,omitempty"`
	Error  string          `json:"error,omitempty"`
	Line   int             `json:"line,omitempty"`
	Column int             `json:"column,omitempty"`
}

// Lines renders the template of each line of JSON that it reads, and writes a line for it.
func Lines(ctx context.Context, r io.Reader, w io.Writer, setting vtl.Setting) error {
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
			result := answer{Error: fmt.Sprintf("line %d of the input is longer than %d bytes", number, maxLine)}
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
		if len(long) <= maxLine {
			long = append(long, line...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == nil && len(long) > maxLine {
			err = errLineTooLong
		}
		return long, err
	}
}

func renderLine(ctx context.Context, number int, text []byte, setting vtl.Setting) (result answer) {
	var q request
	if err := json.Unmarshal(text, &q); err != nil {
		// The id may be readable nevertheless.
		var only struct {
			ID json.RawMessage `json:"id"`
		}
		_ = json.Unmarshal(text, &only)
		return answer{ID: only.ID, Error: fmt.Sprintf("line %d of the input is not a request: %s", number, err)}
	}
	if q.Template == nil {
		if q.ID == nil {
			return answer{}
		}
		return answer{ID: q.ID, Error: fmt.Sprintf("line %d of the input has no template", number)}
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
		result.Error = fmt.Sprintf("the template took longer than %v", timeout)
	}
	if result.Error == "" {
		result.Error = "the template failed"
	}
	return result
}
