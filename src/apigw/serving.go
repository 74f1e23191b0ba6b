package main

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"

	"example.com/guessing-game/src/apigw/functions"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/provision"
	"example.com/guessing-game/src/apigw/tracing"
)

// serving is a project being served. A reload replaces it as a whole, so that a request sees one
// version from beginning to end.
type serving struct {
	project   *project.Project
	functions *functions.Set
	region    string
	keys      [][]project.Key    // of the APIs
	gateways  []*gateway.Gateway // in the order of project.apis
	lambda    http.Handler
	made      []provision.Made // by --create
	active    sync.WaitGroup   // requests in progress

	observe func(*tracing.Answered) // may be nil
}

// newServing makes the gateways of a project. observe, if not nil, is called for every request, and
// invoked for every invocation over the Invoke API.
func newServing(o *project.Source, p *project.Project, fs *functions.Set, base gateway.Options, observe func(*tracing.Answered), invoked func(*tracing.Invocation)) (*serving, error) {
	sv := &serving{project: p, functions: fs, region: o.Region, observe: observe}
	var served []*project.API
	for _, a := range p.Served {
		options := o.Options(a, base)
		options.Functions = fs
		options.Tracing = options.Tracing || base.Tracing
		keys, err := o.Limit(a, &options)
		if err != nil {
			return nil, err
		}
		if observe != nil {
			options.Observe = func(e *gateway.Execution) { sv.answered(a, e) }
		}
		g, err := o.Gateway(a, options)
		if err != nil && o.Lenient && len(p.Served) > 1 {
			p.Left = append(p.Left, err)
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, r := range g.Routes() {
			if in := r.Integration; in != nil && in.Function.Name != "" {
				if f := fs.Find(in.Function.Name); f != nil && f.Config.Debug {
					in.Timeout = f.Config.Timeout // a debugged function may take any time
				}
			}
		}
		served = append(served, a)
		sv.gateways = append(sv.gateways, g)
		sv.keys = append(sv.keys, keys)
	}
	if len(served) == 0 && len(p.Left) > 0 {
		return nil, errors.Join(p.Left...)
	}
	var loaded []*gateway.API
	for _, g := range sv.gateways {
		loaded = append(loaded, g.API())
	}
	if err := p.CheckAuthorizers(loaded); err != nil {
		return nil, err
	}
	p.Served = served
	byName := map[string]invoke.Function{}
	add := func(name string, f *functions.Function) {
		byName[name] = f
		if invoked != nil {
			byName[name] = tracing.Reporting(f, invoked)
		}
	}
	for _, f := range fs.List {
		add(f.ID, f)
	}
	for _, f := range fs.List {
		add(f.Name, f)
	}
	sv.lambda = &invoke.Server{Functions: byName, Qualified: fs.Qualified, Region: o.Region, AccountID: o.Account, Logger: base.Log}
	return sv, nil
}

// serve passes a request to an API: on a port other than the first to that port's own, and on the
// first to the only one, the one named by the first label of the Host, by logical ID or API id,
// or the first one with the stage in the path.
func (sv *serving) serve(w http.ResponseWriter, r *http.Request, port int) {
	if len(sv.gateways) == 0 { // the template had an API when the port was opened
		http.Error(w, "the template no longer has a REST API", http.StatusNotFound)
		return
	}
	i := port
	if port == 0 || port >= len(sv.gateways) {
		i = sv.choose(r)
	}
	if sv.observe == nil {
		sv.gateways[i].ServeHTTP(w, r)
		return
	}
	sv.gateways[i].ServeHTTP(w, r.WithContext(functions.WithReports(r.Context())))
}

// answered reports a request to an API, even if its client left before the response.
func (sv *serving) answered(a *project.API, e *gateway.Execution) {
	if report := functions.ReportsOf(e.Request.Context()); report != nil {
		sv.observe(&tracing.Answered{
			Functions: sv.functions, API: a, Request: e.Request, Execution: e,
			Report: report.Integration, Asked: report.Authorizer, Log: report.Log, Unseen: report.Unseen,
		})
	}
}

func (sv *serving) choose(r *http.Request) int {
	if len(sv.gateways) == 1 {
		return 0
	}
	label, _, dotted := strings.Cut(r.Host, ".")
	stage, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	for i, a := range sv.project.Served {
		if dotted && (strings.EqualFold(label, a.ID) || label == a.RestAPIID) {
			return i
		}
	}
	for i, a := range sv.project.Served {
		if a.Stage == stage {
			return i
		}
	}
	return 0
}

// url is the base URL of an API. One that was added to the template later shares the first port.
func (sv *serving) url(i int, ls *listeners) string {
	port := i
	if i >= len(ls.rest) {
		port = 0
	}
	return "http://" + reachable(ls.rest[port].Addr()) + "/" + sv.project.Served[i].Stage + "/"
}

// reachable is an address for clients on this machine: 127.0.0.1 where a server listens on all
// addresses.
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
