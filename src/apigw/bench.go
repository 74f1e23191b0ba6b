package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/bench"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/invoke/jackson"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/recorder"
	"example.com/guessing-game/src/apigw/schemaexample"
	"example.com/guessing-game/src/apigw/trace"
	"example.com/guessing-game/src/apigw/traceheader"
	"example.com/guessing-game/src/apigw/tracing"
)

// maxTries is how many requests are tried at once; others wait.
const maxTries = 2

// bench lets the trace page try a request, send it and save it as a test.
func (st *starter) bench() map[string]trace.Action {
	slots := make(chan struct{}, maxTries)
	try := func(body []byte, do func(*bench.API, *bench.Attempt) (any, error)) (any, error) {
		var t bench.Attempt
		if err := decode(body, &t); err != nil {
			return nil, err
		}
		slots <- struct{}{}
		defer func() { <-slots }()
		sv := st.acquire()
		defer sv.active.Done()
		a, err := sv.bench(t.API)
		if err != nil {
			return nil, err
		}
		return do(a, &t)
	}
	return map[string]trace.Action{
		"GET /api/bench": func(context.Context, []byte) (any, error) {
			sv := st.acquire()
			defer sv.active.Done()
			return sv.benchRoutes(), nil
		},
		"POST /api/bench/try": func(ctx context.Context, body []byte) (any, error) {
			return try(body, func(a *bench.API, t *bench.Attempt) (any, error) { return a.Try(ctx, t) })
		},
		"POST /api/bench/keep": func(ctx context.Context, body []byte) (any, error) {
			return try(body, func(a *bench.API, t *bench.Attempt) (any, error) { return a.Keep(ctx, t, "Kept from the trace page.") })
		},
		"POST /api/bench/send": st.send,
	}
}

func decode(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("the body of the request is invalid: %w", err)
	}
	return nil
}

// bench returns the API with an id, or the first if the id is empty.
func (sv *serving) bench(id string) (*bench.API, error) {
	for i, a := range sv.project.Served {
		if id == "" || a.ID == id {
			return &bench.API{API: a.API, Gateway: sv.gateways[i]}, nil
		}
	}
	return nil, fmt.Errorf("there is no API %q", id)
}

// benchRoute is a route with an example request.
type benchRoute struct {
	API       string           `json:"api"`
	Route     string           `json:"route"`
	Type      string           `json:"type,omitempty"`
	Request   bench.Request    `json:"request"`
	Templates []bench.Template `json:"templates,omitempty"`
}

// benchRoutes returns all routes, each with a request that fits its model.
func (sv *serving) benchRoutes() any {
	var out struct {
		Routes    []benchRoute `json:"routes"`
		Functions []string     `json:"functions,omitempty"`
	}
	for i, a := range sv.project.Served {
		for _, r := range sv.gateways[i].Routes() {
			if r.Problem == nil {
				out.Routes = append(out.Routes, exampleOf(a, r, sv.gateways[i].API()))
			}
		}
	}
	for _, f := range sv.functions.List {
		out.Functions = append(out.Functions, f.ID)
	}
	return out
}

func exampleOf(a *project.API, r *gateway.Route, loaded *gateway.API) benchRoute {
	x := benchRoute{API: a.ID, Route: r.Name(), Type: r.Integration.Type}
	x.Request.Method = strings.Replace(r.Method, "ANY", http.MethodPost, 1)
	path, required := fill(r)
	x.Request.Path = "/" + a.Stage + path
	media := ""
	for _, m := range r.Models {
		if media == "" || m.MediaType == "application/json" {
			media = cmp.Or(strings.Replace(m.MediaType, "$default", "", 1), "application/json")
			x.Request.Text = string(schemaexample.JSON(m.Node, loaded.Document.Root(), schemaexample.Options{}))
		}
	}
	template := func(t *gateway.Template, status string) {
		x.Templates = append(x.Templates, bench.Template{
			Key: bench.Key{Status: status, MediaType: t.MediaType}, Place: a.At(t.Position).String(), Source: t.Source,
		})
	}
	for _, t := range r.Integration.RequestTemplates {
		template(t, "")
		if media == "" && r.Method != http.MethodGet {
			media = t.MediaType
		}
	}
	for _, ir := range r.Integration.Responses {
		for _, t := range ir.ResponseTemplates {
			template(t, ir.Status)
		}
	}
	if media != "" && media != "$default" {
		x.Request.Headers = append(x.Request.Headers, bench.Header{Name: "Content-Type", Value: media})
	}
	if r.APIKeyRequired {
		x.Request.Headers = append(x.Request.Headers, bench.Header{Name: "x-api-key", Value: "example"})
	}
	for _, h := range required {
		x.Request.Headers = append(x.Request.Headers, bench.Header(h))
	}
	return x
}

// send sends a request to the REST API as replay does, or an event to a function as the Invoke API
// does. It returns the id of the trace.
func (st *starter) send(ctx context.Context, body []byte) (any, error) {
	var s tracing.Sent
	if err := decode(body, &s); err != nil {
		return nil, err
	}
	id := traceheader.NewTraceID(time.Now(), rand.Reader)
	if s.Function != "" {
		return map[string]string{"trace_id": id}, st.sendEvent(ctx, s, id)
	}
	req, err := st.tracer.Changed(ctx, s)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Amzn-Trace-Id", traceheader.Header{Root: id, Sampled: "1"}.String())
	recorder.Send(st.serveREST(0), req)
	return map[string]string{"trace_id": id}, nil
}

func (st *starter) sendEvent(ctx context.Context, s tracing.Sent, id string) error {
	event, err := s.Event.Bytes()
	if err != nil {
		return err
	}
	sv := st.acquire()
	defer sv.active.Done()
	f := sv.functions.Find(s.Function)
	if f == nil {
		return fmt.Errorf("there is no function %q", s.Function)
	}
	if complaint := jackson.Complaint(event); complaint != "" {
		return fmt.Errorf("the event is not JSON: %s", complaint)
	}
	if strings.Contains(string(event), `"`+mask.Hidden+`"`) {
		return errors.New("the event has *** in place of a hidden value: enter the value")
	}
	// The trace has the function's error.
	_, _ = tracing.Reporting(f, st.invoked).Invoke(ctx, invoke.Invocation{Payload: event, TraceHeader: traceheader.Header{Root: id, Sampled: "1"}.String()})
	return nil
}
