package main

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/functions"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/provision"
	"example.com/guessing-game/src/apigw/sam"
	"example.com/guessing-game/src/apigw/shellword"
)

// maxListed bounds the routes that the greeting lists, maxPathWidth the width of the column of
// their paths.
const (
	maxListed    = 30
	maxPathWidth = 70
)

// writeFunctions lists how functions run; those that do not, for the same reason, in one line.
func (st *starter) writeFunctions(b *strings.Builder, c *console.Console, sv *serving) {
	type line struct {
		of  []string // logical IDs
		how string
	}
	var lines []*line
	unable := map[string]*line{} // by the reason
	for _, f := range sv.functions.List {
		how := f.Reached(st.backend.Endpoint)
		building, missing := f.State()
		if missing != nil && f.Remote == nil {
			if same := unable[missing.Error()]; same != nil {
				same.of = append(same.of, f.ID)
				same.how = c.Paint(console.Yellow, "do not run here:"+strings.ReplaceAll(" "+missing.Error(), " its ", " their "))
				continue
			}
			how = c.Paint(console.Yellow, "does not run here: "+missing.Error())
		} else if building {
			how += c.Paint(console.Yellow, " (building …)")
		}
		lines = append(lines, &line{[]string{f.ID}, how})
		if missing != nil && f.Remote == nil {
			unable[missing.Error()] = lines[len(lines)-1]
		}
	}
	for _, l := range lines {
		fmt.Fprintf(b, "  %s %s\n", c.Paint(console.Bold, strings.Join(l.of, ", ")), l.how)
	}
}

// writeServers lists where the servers listen, and which of them are open to more than this
// machine.
func (st *starter) writeServers(b *strings.Builder, c *console.Console, sv *serving, ls *listeners) {
	row := func(name, address, note string) {
		line := fmt.Sprintf("  %s %s%s\n", c.Paint(console.Bold, fmt.Sprintf("%-7s", name)), c.Paint(console.Cyan, fmt.Sprintf("%-40s", address)), c.Paint(console.Gray, note))
		b.WriteString(c.Folded(line, len("  Lambda  ")))
	}
	for i, a := range sv.project.Served {
		note := a.ID + ", " + console.Plural(len(sv.gateways[i].Routes()), "route")
		if len(sv.project.Served) > 1 {
			_, port, _ := net.SplitHostPort(ls.rest[0].Addr().String()) // a listener's address has a port
			note += ", also at " + strings.ToLower(a.ID) + ".localhost:" + port
		}
		row("REST", sv.url(i, ls), note)
	}
	other := func(name, flag string, l net.Listener, note string) {
		if l == nil {
			row(name, "off", "--"+flag+" PORT enables it")
			return
		}
		row(name, "http://"+reachable(l.Addr()), note)
	}
	other("Lambda", "lambda-port", ls.lambda, "Lambda Invoke API")
	other("Trace", "trace-port", ls.trace, "trace viewer")
	if ls.xray == nil {
		row("X-Ray", "off", "--xray-port PORT receives segments")
	} else {
		row("X-Ray", "udp "+ls.xray.Addr(), "trace segments from functions")
	}
	if st.aws != nil && st.aws.Installed() && needsStandIn(sv) {
		row("AWS", st.aws.URL(), "moto stands in for AWS (--no-stand-in turns this off)")
	}
	for _, open := range st.open(ls) {
		fmt.Fprintf(b, "  %s %s\n", c.Paint(console.Yellow, "open to the network:"), open)
	}
	b.WriteByte('\n')
}

// writeRoutes lists the routes. It returns the problems that it shows next to their routes, and
// those that belong to none.
func writeRoutes(b *strings.Builder, c *console.Console, sv *serving) (told map[string]bool, left []error) {
	told, left = map[string]bool{}, slices.Clone(sv.project.Left)
	for i, a := range sv.project.Served {
		routes := sv.gateways[i].Routes()
		left = append(left, unlisted(a, sv.gateways[i].API())...)
		width := 38
		for _, r := range routes[:min(len(routes), maxListed)] {
			width = max(width, utf8.RuneCountInString(a.Stage+r.Path)+1)
		}
		for n, r := range routes {
			if r.Problem != nil && n < maxListed {
				told[r.Problem.Reason] = true
			}
			if n == maxListed {
				fmt.Fprintf(b, "  … and %d more\n", len(routes)-n)
				break
			}
			line := fmt.Sprintf("  %-7s %-*s  %s\n", r.Method, min(width, maxPathWidth), "/"+a.Stage+r.Path, c.Paint(console.Gray, target(r, sv.functions)))
			b.WriteString(c.Folded(line, len("  OPTIONS ")))
		}
	}
	return told, left
}

// writeFunctionNotes writes the notes on functions, each once, and how to attach a debugger.
func writeFunctionNotes(b *strings.Builder, c *console.Console, sv *serving) {
	of := map[string][]string{} // functions by the note on them
	var notes []string
	for _, f := range sv.functions.List {
		if f.Launch == nil {
			continue
		}
		for _, text := range f.Launch.Notes {
			if of[text] == nil {
				notes = append(notes, text)
			}
			of[text] = append(of[text], f.ID)
		}
		if f.Launch.Debug != "" && f.Host != nil {
			fmt.Fprintf(b, "  %s attach with this configuration in .vscode/launch.json, then send a request:\n    %s\n", c.Paint(console.Bold, "debug:"), f.Launch.Debug)
		}
	}
	for _, text := range notes {
		fmt.Fprintf(b, "  %s %s: %s\n", c.Paint(console.Yellow, "note:"), strings.Join(of[text], ", "), text)
	}
}

// greet prints where everything is and what to do next.
func (st *starter) greet(sv *serving, ls *listeners) {
	var b strings.Builder
	c := st.sys.Console(st.sys.Stdout)
	fmt.Fprintf(&b, "\napigw serves %s\n\n", sv.project.File)
	st.writeServers(&b, c, sv, ls)
	told, left := writeRoutes(&b, c, sv)
	if len(sv.functions.List) > 0 && len(sv.project.Served) > 0 {
		b.WriteByte('\n')
	}
	st.writeFunctions(&b, c, sv)
	note := func(what any) { fmt.Fprintf(&b, "  %s %v\n", c.Paint(console.Yellow, "note:"), what) }
	writeFunctionNotes(&b, c, sv)
	for _, line := range doors(sv) {
		fmt.Fprintf(&b, "  %s %s\n", c.Paint(console.Bold, line.name), line.how)
	}
	st.writeServices(&b, c, sv)
	for _, q := range sv.project.Problems {
		if !told[q.Error()] {
			fmt.Fprintf(&b, "  %s %v\n", c.Paint(console.Yellow, "left out:"), q)
		}
	}
	for _, err := range left {
		fmt.Fprintf(&b, "  %s %v\n", c.Paint(console.Yellow, "left out:"), err)
	}
	for _, text := range st.notes {
		note(text)
	}
	for _, text := range remarks(sv) {
		note(text)
	}
	said := c.Folded(b.String(), len(console.Indentation))
	b.Reset()
	b.WriteString(said)
	try := firstCurl(sv, ls)
	for _, f := range sv.functions.List {
		if try == "" && len(sv.gateways) == 0 && ls.lambda != nil && f.Host != nil {
			try = fmt.Sprintf("curl -d '{}' %s", shellword.Quoted("http://"+reachable(ls.lambda.Addr())+"/2015-03-31/functions/"+f.Name+"/invocations"))
		}
	}
	if try != "" {
		fmt.Fprintf(&b, "\nTry\n  %s\n", try)
	}
	b.WriteString("\nPress Ctrl-C to stop.\n\n")
	io.WriteString(st.out, b.String())
}

// open lists the servers that are open to more than this machine, and what that lets others do.
func (st *starter) open(ls *listeners) (open []string) {
	add := func(l net.Addr, flag, host, what string) {
		if addr, err := netip.ParseAddrPort(l.String()); err != nil || !addr.Addr().Unmap().IsLoopback() {
			open = append(open, fmt.Sprintf("anyone who can reach this machine may %s (%s %q)", what, flag, host))
		}
	}
	if len(ls.rest) > 0 {
		add(ls.rest[0].Addr(), "--host", st.host, "call the REST API")
	}
	if ls.lambda != nil {
		add(ls.lambda.Addr(), "--lambda-host", st.lambdaHost, "invoke every function with any event")
	}
	if ls.trace != nil {
		add(ls.trace.Addr(), "--trace-host", st.traceHost, "read, repeat and clear the traces")
	}
	if ls.xray != nil {
		add(ls.xray.LocalAddr(), "--xray-host", st.xrayHost, "send segments")
	}
	return open
}

// unlisted are the problems that are not shown with a listed route: those of paths without a route
// and of the document as a whole.
func unlisted(a *project.API, loaded *gateway.API) (errs []error) {
	routes := map[string]bool{}
	for _, r := range loaded.Routes {
		routes[r.Name()] = true
	}
	for _, p := range loaded.Problems {
		if !routes[p.Route] {
			errs = append(errs, a.Placed(document.Problems{p}))
		}
	}
	return errs
}

// target describes what a route does with a request.
func target(r *gateway.Route, fs *functions.Set) string {
	if r.Problem != nil {
		return "not served: " + r.Problem.Reason
	}
	if r.Integration.Leads() {
		return leads(r.Integration)
	}
	name := r.Integration.Function.Name
	if f := fs.Find(name); f != nil {
		name = f.ID
	}
	if name == "" && r.Integration.Type != gateway.Mock {
		name = r.Integration.URI // the stage does not have its variables
	}
	switch {
	case r.Integration.Type == gateway.AWSProxy:
		return name + " (proxy)"
	case name != "":
		return name
	}
	return strings.ToLower(r.Integration.Type)
}

// remarks are notes for whoever starts a project: what stands in for values that only a deployment
// has, what in the template is not served, and where AWS behaves differently.
func remarks(sv *serving) (all []string) {
	for _, s := range sv.project.StandIns {
		all = append(all, s.String())
	}
	made := map[string]bool{} // moto's resource of that name
	if aws := sv.functions.StandIn; aws != nil && aws.Installed() {
		for _, c := range sv.project.Creatables {
			made[c.ID] = provision.Called(c)
		}
	}
	type variable struct{ name, value, why string }
	var order []variable
	of, fix := map[variable][]string{}, map[variable]string{}
	for _, f := range sv.functions.List {
		if f.Host == nil {
			continue // whoever runs it sets its variables
		}
		for _, v := range f.Environment {
			if !slices.ContainsFunc(v.StandIns, func(s sam.StandIn) bool { return !made[s.Of] }) {
				continue
			}
			var why []string
			for _, s := range v.StandIns {
				why = append(why, s.Of+" "+s.Why)
			}
			key := variable{v.Name, v.Value, strings.Join(why, ", ")}
			if of[key] == nil {
				order = append(order, key)
				fix[key] = v.StandIns[0].Position.String()
			}
			of[key] = append(of[key], f.ID)
		}
	}
	for _, v := range order {
		functions := of[v]
		if n := len(functions); n > 3 {
			functions = append(slices.Clone(functions[:2]), fmt.Sprintf("%d more", n-2))
		}
		all = append(all, fmt.Sprintf("%s: %s=%s stands in for the right value in %s: %s", fix[v], v.name, v.value, strings.Join(functions, ", "), v.why))
	}
	if len(order) > 0 {
		all = append(all, "to change a variable, set it in this shell or with --env-vars FILE")
	}
	for _, ps := range []document.Problems{sv.project.Warnings, sv.project.Refused, sv.project.Twice, sv.project.Lost, sv.project.RawCalls} {
		for _, p := range ps {
			all = append(all, p.Error())
		}
	}
	for i, a := range sv.project.Served {
		for _, p := range sv.gateways[i].API().Problems {
			if p.Served {
				all = append(all, a.Placed(document.Problems{p}).Error())
			}
		}
	}
	return all
}
