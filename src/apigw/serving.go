package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"

	"example.com/guessing-game/src/gateway"
	"example.com/guessing-game/src/invoke"
)

// serving is a project being served. A reload replaces it as a whole, so that a request sees one version from its start to its end.
type serving struct {
	project   *project
	functions *functions
	gateways  []*gateway.Gateway // in the order of project.apis
	lambda    http.Handler
	active    sync.WaitGroup // requests under way

	observe    func(*answered) // nil if nobody wants to know
	executions sync.Map        // request id → *gateway.Execution, from the gateway's Observe to the end of the request
}

// answered is a request that a gateway has answered.
type answered struct {
	serving   *serving
	api       *api
	request   *http.Request
	execution *gateway.Execution
	report    invoke.Report // of the function's invocation; zero if there was none
}

// newServing makes the gateways of a project. observe is called for every request, unless it is nil; t, unless it is nil,
// traces invocations over the Invoke API.
func newServing(o *source, p *project, fs *functions, base gateway.Options, t *tracer, observe func(*answered)) (*serving, error) {
	sv := &serving{project: p, functions: fs, observe: observe}
	for _, a := range p.apis {
		options := o.options(a, base)
		options.Functions = fs
		options.Tracing = options.Tracing || base.Tracing
		if observe != nil {
			options.Observe = func(e *gateway.Execution) { sv.executions.Store(e.RequestID, e) }
		}
		g, err := gateway.New(a.doc, options)
		if err != nil {
			return nil, placed(a.API, err)
		}
		sv.gateways = append(sv.gateways, g)
	}
	byName := map[string]invoke.Function{}
	add := func(name string, f *function) {
		byName[name] = f
		if t != nil {
			byName[name] = direct{f, t}
		}
	}
	for _, f := range fs.list {
		add(f.ID, f)
	}
	for _, f := range fs.list {
		add(f.Name, f)
	}
	sv.lambda = &invoke.Server{Functions: byName, Region: o.region, AccountID: o.account, Logger: base.Log}
	return sv, nil
}

// ServeHTTP hands a request to its API: the only one; the one that the first label of the Host names, by logical ID or API id; or the
// first that has the stage of the path.
func (sv *serving) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i := sv.choose(r)
	if sv.observe == nil {
		sv.gateways[i].ServeHTTP(w, r)
		return
	}
	x := &answered{serving: sv, api: sv.project.apis[i]}
	x.request = r.WithContext(context.WithValue(r.Context(), reportKey{}, &x.report))
	sv.gateways[i].ServeHTTP(w, x.request)
	for name, values := range w.Header() {
		if !strings.EqualFold(name, "x-amzn-RequestId") || len(values) == 0 {
			continue
		}
		// There is none if the client has gone.
		if e, ok := sv.executions.LoadAndDelete(values[0]); ok {
			x.execution = e.(*gateway.Execution)
			sv.observe(x)
		}
	}
}

func (sv *serving) choose(r *http.Request) int {
	if len(sv.gateways) == 1 {
		return 0
	}
	label, _, dotted := strings.Cut(r.Host, ".")
	stage, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	for i, a := range sv.project.apis {
		if dotted && (strings.EqualFold(label, a.ID) || label == a.RestAPIID) {
			return i
		}
	}
	for i, a := range sv.project.apis {
		if a.Stage == stage {
			return i
		}
	}
	return 0
}

// url is where an API is reached, with its stage.
func (sv *serving) url(i int, addr net.Addr) string {
	a := sv.project.apis[i]
	for _, other := range sv.project.apis[:i] {
		if other.Stage == a.Stage {
			_, port, _ := net.SplitHostPort(addr.String())
			return "http://" + strings.ToLower(a.ID) + ".localhost:" + port + "/" + a.Stage + "/"
		}
	}
	return "http://" + reachable(addr) + "/" + a.Stage + "/"
}

// reachable is an address as a client on this machine can use it: 127.0.0.1 where a server listens on all addresses.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
