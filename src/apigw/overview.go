package main

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/schemaexample"
	"example.com/guessing-game/src/apigw/shellword"
	"example.com/guessing-game/src/apigw/trace"
	"example.com/guessing-game/src/apigw/tracing"
)

// overview is the trace page's description of what is served now.
func (st *starter) overview(ls *listeners) trace.Overview {
	sv := st.acquire()
	defer sv.active.Done()
	o := trace.Overview{APIs: []trace.API{}, Functions: []string{}}
	var titles []string
	first := newFirstRequests(sv)
	for i, a := range sv.project.Served {
		if len(ls.rest) == 0 { // the template had none when the ports were opened
			break
		}
		loaded, base := sv.gateways[i].API(), sv.url(i, ls)
		titles = append(titles, cmp.Or(loaded.Title, a.ID))
		served := trace.API{Name: a.ID, URL: base, Routes: []trace.Route{}}
		for _, r := range loaded.Routes {
			served.Routes = append(served.Routes, trace.Route{Method: r.Method, Path: r.Path, Target: target(r, sv.functions), Curl: curl(loaded.Document, base, r, first, i)})
		}
		o.APIs = append(o.APIs, served)
	}
	o.Title = strings.Join(titles, ", ")
	if len(o.APIs) > 0 {
		o.Curl = firstCurl(sv, ls)
	}
	if ls.lambda != nil {
		o.Invoke, o.InvokeCommand = "http://"+reachable(ls.lambda.Addr()), st.firstInvoke(sv, ls)
	}
	for _, f := range sv.functions.List {
		o.Functions = append(o.Functions, f.Name)
	}
	return o
}

// firstCurl is an example request: to a route without parameters, a GET if there is one.
func firstCurl(sv *serving, ls *listeners) string {
	score, first := -1, func() string { return "" }
	for i, g := range sv.gateways {
		for _, r := range g.Routes() {
			n := 0
			if r.Problem == nil {
				n += 16
			}
			if r.Method == "GET" {
				n++
			}
			if r.Method != "OPTIONS" {
				n += 2
			}
			if !strings.Contains(r.Path, "{") {
				n += 4
			}
			if r.Integration != nil && r.Integration.Type != gateway.Mock {
				n += 2
			}
			if n > score {
				score, first = n, func() string { return curl(g.API().Document, sv.url(i, ls), r, newFirstRequests(sv), i) }
			}
		}
	}
	return first()
}

// firstInvoke is an example invocation of a function that runs here; empty if there is none. Both
// versions of the AWS CLI take the payload of a file unchanged, through fileb://.
func (st *starter) firstInvoke(sv *serving, ls *listeners) string {
	for _, f := range sv.functions.List {
		if ls.lambda != nil && f.Host != nil {
			return tracing.InvokeAPI{Address: reachable(ls.lambda.Addr()), Region: st.source.Region}.Command(f.Name, "fileb://EVENT.json", "out.json")
		}
	}
	return ""
}

// curl returns a request to a route as a command, with the names of parameters as their values and
// a body that fits the model, or else the one that first finds. If the generated example does not
// fit, because of a pattern for instance, the body is left to the reader.
func curl(doc *gateway.Document, base string, r *gateway.Route, first *firstRequests, api int) string {
	body, query := first.request(r)
	credentials := first.credentials(api, r)
	if r.Authorizer != nil {
		query = append(slices.Clone(query), r.Authorizer.IdentityQuery()...)
	}
	path, required := fill(r, query...)
	curl := "curl -i "
	if r.Method != "GET" && r.Method != "ANY" {
		curl += "-X " + shellword.Quoted(r.Method) + " "
	}
	curl += shellword.Quoted(base + strings.TrimPrefix(path, "/"))
	for _, name := range slices.Sorted(maps.Keys(credentials)) {
		curl += " -H " + credentials[name]
	}
	for _, h := range required {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(credentials)), func(name string) bool { return strings.EqualFold(name, h.Name) }) {
			curl += " -H " + shellword.Quoted(h.Name+": "+h.Value)
		}
	}
	for _, m := range r.Models {
		if m.MediaType == "application/json" || m.MediaType == "$default" {
			body = string(schemaexample.JSON(m.Node, doc.Root(), schemaexample.Options{}))
			if !m.Fits(context.Background(), body) {
				body = "@BODY.json"
			}
		}
	}
	if body != "" {
		curl += " -H 'Content-Type: application/json' -d " + shellword.Quoted(body)
	}
	return curl
}

// fill returns the path of a route with the query parameters that it requires and those in names,
// and the headers that it requires. The value of each parameter is one that the document gives, or
// its name.
func fill(r *gateway.Route, known ...string) (path string, headers []gateway.Header) {
	path = r.Path
	query := url.Values{}
	for _, name := range known {
		query.Set(name, name)
	}
	for _, p := range r.Parameters {
		switch {
		case p.In == "path" && p.Example != "":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(p.Example))
		case p.In == "querystring" && (p.Required || query.Has(p.Name)):
			query.Set(p.Name, cmp.Or(p.Example, p.Name))
		case !p.Required:
		case p.In == "header" && !strings.EqualFold(p.Name, "Content-Type") && !strings.EqualFold(p.Name, "Host"):
			headers = append(headers, gateway.Header{Name: p.Name, Value: cmp.Or(p.Example, p.Name)})
		}
	}
	path = strings.NewReplacer("{", "", "+}", "", "}", "").Replace(path)
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path, headers
}
