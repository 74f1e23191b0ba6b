package bench

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/recorder"
	"example.com/guessing-game/src/apigw/sam"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// Attempt is a request to try, with what its function, service or backend returns.
type Attempt struct {
	API       string     `json:"api"`
	Request   Request    `json:"request"`
	Result    *Result    `json:"result,omitempty"` // nil: null, or 200 {}
	Templates []Template `json:"templates,omitempty"`
	Context   Context    `json:"context"`
}

// API is what attempts are tried on.
type API struct {
	*sam.API
	Gateway *gateway.Gateway
}

// Try runs an attempt without sending anything. An error says what is wrong with the attempt
// itself.
func (a *API) Try(ctx context.Context, t *Attempt) (*Run, error) {
	at, id := t.Context.Time, t.Context.RequestID
	if at.IsZero() {
		at = time.Now()
	}
	ids := 0
	run, err := a.run(ctx, t, t.Context.Host, func() time.Time { return at }, func() string {
		if ids++; ids == 1 && id != "" {
			return id
		}
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids)
	})
	if run != nil {
		run.Context.Host = t.Context.Host
	}
	return run, err
}

// run runs an attempt. host is empty for that of mapping tests.
func (a *API) run(ctx context.Context, t *Attempt, host string, now func() time.Time, newID func() string) (*Run, error) {
	body, err := t.Request.Bytes()
	if err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	var headers []string
	for _, h := range t.Request.Headers {
		if strings.EqualFold(h.Name, "Content-Length") {
			continue // it is that of the body
		}
		headers = append(headers, h.Name+": "+h.Value)
	}
	req, err := recorder.Request(ctx, a.Stage, t.Request.Method, a.resource(t.Request.Path), headers, body)
	if err != nil {
		return nil, err
	}
	req.Host = cmp.Or(host, req.Host)
	function, service := &recorder.Function{Payload: []byte("null")}, &recorder.Service{Body: []byte("{}")}
	if r := t.Result; r != nil {
		if function.Payload, err = r.Bytes(); err != nil {
			return nil, fmt.Errorf("result: %w", err)
		}
		function.Failed, service.Status, service.Body = r.Failed, r.Status, function.Payload
		if r.Status != 0 && (r.Status < 100 || r.Status > 599) {
			return nil, fmt.Errorf("result: %d is not a status", r.Status)
		}
		for _, h := range r.Headers {
			if service.Header == nil {
				service.Header = http.Header{}
			}
			service.Header[h.Name] = append(service.Header[h.Name], h.Value)
		}
	}
	values := watcher{}
	rehearsal := gateway.Rehearsal{
		Functions: function, Upstream: service, Now: now, NewID: newID, Authorizer: []byte(t.Context.Authorizer), Watch: values.see,
	}
	for _, o := range t.Templates {
		if len(o.Source) > gateway.MaxTemplate {
			return nil, fmt.Errorf("the template has %d bytes, API Gateway accepts at most %d", len(o.Source), gateway.MaxTemplate)
		}
		rehearsal.Templates = append(rehearsal.Templates, gateway.OtherTemplate{Status: o.Status, MediaType: o.MediaType, Source: o.Source})
	}
	var execution *gateway.Execution
	recorder.Send(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		execution, err = a.Gateway.Rehearse(w, r, rehearsal)
	}), req)
	switch {
	case err != nil:
		return nil, err
	case execution == nil:
		return nil, context.Cause(ctx)
	}
	run := Of(execution, a.API, t.Request)
	values.add(execution, run)
	return run, nil
}

// resource is a path without the stage.
func (a *API) resource(path string) string {
	rest, ok := strings.CutPrefix(path, "/"+a.Stage)
	switch {
	case ok && strings.HasPrefix(rest, "/"):
		return rest
	case ok && (rest == "" || rest[0] == '?'):
		return "/" + rest
	}
	return path
}

// Bounds of the recorded values of references.
const (
	maxValues     = 3       // of a reference
	maxValue      = 512     // bytes of one
	maxValueBytes = 1 << 20 // written to find them; later values are left out
)

// watcher records the values of references, by the position of the template in its document, and by
// line and column.
type watcher map[document.Position]*watched

type watched struct {
	byPlace map[[2]int]*Reference
	written int
}

func (w watcher) see(t *gateway.Template, line, column int, v java.Value) {
	at := w[t.Position]
	if at == nil {
		at = &watched{byPlace: map[[2]int]*Reference{}}
		w[t.Position] = at
	}
	r := at.byPlace[[2]int{line, column}]
	if r == nil {
		r = &Reference{}
		at.byPlace[[2]int{line, column}] = r
	}
	if r.Times++; r.Times > maxValues {
		return
	}
	text := "…"
	if at.written < maxValueBytes {
		if _, object := v.(java.Object); object {
			text = java.String(v)
		} else {
			text = java.JSONStart(v, maxValue)
		}
		at.written += len(text)
	}
	if text == "" { // $input itself
		return
	}
	if len(text) > maxValue {
		text = strings.ToValidUTF8(text[:maxValue], "") + "…"
	}
	r.Values = append(r.Values, text)
}

// add adds the masked values to the templates of a run.
func (w watcher) add(e *gateway.Execution, run *Run) {
	for i := range e.Steps {
		t := e.Steps[i].Template
		if t == nil {
			continue
		}
		var into *Template
		switch e.Steps[i].Name {
		case "request mapping":
			into = run.Event.Template
		case "response mapping":
			into = run.Response.Template
		}
		if into == nil || t.Parsed() == nil {
			continue
		}
		for _, ref := range t.Parsed().References() {
			if ref.Assigned {
				continue
			}
			r := Reference{Line: ref.Line, Column: ref.Column, Source: ref.Source}
			if seen := w[t.Position]; seen != nil && seen.byPlace[[2]int{ref.Line, ref.Column}] != nil {
				found := seen.byPlace[[2]int{ref.Line, ref.Column}]
				r.Times = found.Times
				for _, v := range found.Values {
					r.Values = append(r.Values, e.Cover().Text(v))
				}
			}
			into.References = append(into.References, r)
		}
	}
}
