package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"example.com/guessing-game/src/apigw/account"
	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/functions"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/provision"
	"example.com/guessing-game/src/apigw/sam"
	"example.com/guessing-game/src/apigw/standin"
	"example.com/guessing-game/src/apigw/upstream"
	"example.com/guessing-game/src/apigw/visible"
)

// services locates AWS services and private backends.
type services struct {
	endpoints []string
	account   bool
	create    bool
	none      bool // nothing stands in for AWS
}

func (o *services) register(f *pflag.FlagSet) {
	f.StringArrayVar(&o.endpoints, "endpoint", nil, "send requests for an AWS service to a stand-in, as `NAME=URL`: dynamodb, sqs, states, s3, lambda, vpclink:ID …")
	f.BoolVar(&o.account, "aws", false, "send requests to AWS services without an endpoint to the real account, with your credentials")
}

// registerStandIn adds the flag of commands that run functions.
func (o *services) registerStandIn(f *pflag.FlagSet) {
	f.BoolVar(&o.none, "no-stand-in", false, "let functions call AWS although there are no credentials, rather than moto's server where that is installed")
}

// registerCreate adds the flag for creating resources, which only start has.
func (o *services) registerCreate(f *pflag.FlagSet) {
	f.BoolVar(&o.create, "create", false, "create the template's missing tables, queues, topics, buckets, streams, state machines and more at the endpoints")
}

// createTime bounds the creation of all resources at stand-ins.
const createTime = 30 * time.Second

// standIn starts a stand-in for AWS if nothing says where its services are: no endpoint, no account
// and no credentials. It returns nil otherwise.
func (st *starter) standIn() (*standin.Server, error) {
	o := &st.services
	if o.none || o.account || len(o.endpoints) > 0 || st.backend.Endpoint != "" || invoke.HasCredentials(st.sys.Environ) ||
		slices.ContainsFunc(st.sys.Environ, func(kv string) bool {
			name, value, _ := strings.Cut(kv, "=")
			return strings.HasPrefix(name, "AWS_ENDPOINT_URL") && value != ""
		}) {
		return nil, nil
	}
	s, err := standin.Listen()
	if err != nil {
		return nil, err
	}
	s.Unknown = func(service, operation string) {
		fmt.Fprintf(st.err, "%s a function calls %s (%s), and nothing stands in for it:\n  pip install 'moto[server]', and apigw start uses it; or --endpoint and AWS_ENDPOINT_URL_… for another stand-in;\n  with AWS credentials in this shell, functions call your account\n",
			st.console.Paint(console.Yellow, "note:"), visible.Text(service), visible.Text(operation))
	}
	s.Lacks = func(service, operation string) {
		fmt.Fprintf(st.err, "%s moto failed on %s of %s: it does not have that operation, or cannot read the request (--endpoint %s=URL names another stand-in)\n",
			st.console.Paint(console.Yellow, "note:"), operation, service, service)
	}
	return s, nil
}

// needsStandIn reports whether a project is likely to call AWS.
func needsStandIn(sv *serving) bool {
	if ss, _ := used(sv.gateways); len(ss) > 0 {
		return true
	}
	without := map[string]bool{} // resources that functions can do without
	for _, f := range sv.functions.List {
		if f.Launch != nil && f.Launch.SDK {
			return true
		}
		for _, id := range f.Without {
			without[id] = true
		}
	}
	return slices.ContainsFunc(sv.project.Creatables, func(r *sam.Creatable) bool { return provision.Called(r) && !without[r.ID] })
}

// standInOnce starts a stand-in, as apigw start does, for a command that sends one request or
// event. The caller closes it.
func standInOnce(s *cli.System, o *project.Source, b *functions.Flags, services *services) (st *starter, err error) {
	st = &starter{sys: s, backend: *b, services: *services, console: s.Console(s.Stderr), err: console.NewLines(s.Stderr)}
	if st.aws, err = st.standIn(); err != nil || st.aws == nil {
		return st, err
	}
	o.StandIn = st.aws.URL()
	st.sys = s.With("AWS_ENDPOINT_URL=" + o.StandIn)
	return st, nil
}

// forServices is the system for senders of requests to services: with the stand-in among its
// endpoints, if there is one.
func (st *starter) forServices() *cli.System {
	if st.aws == nil || st.aws.Installed() {
		return st.sys
	}
	sys := *st.sys
	sys.Environ = slices.DeleteFunc(slices.Clone(sys.Environ), func(kv string) bool { return kv == "AWS_ENDPOINT_URL="+st.aws.URL() })
	return &sys
}

// fillOnce prepares the stand-in for a project that is likely to call it. Functions wait until it
// is ready.
func (st *starter) fillOnce(sv *serving, o *project.Source) {
	if st.aws == nil {
		return
	}
	sv.functions.StandIn, st.source.Region = st.aws, o.Region
	st.aws.Prepare = func(ctx context.Context, endpoint string) { st.fill(ctx, sv.project, endpoint) }
	if st.aws.Installed() && needsStandIn(sv) {
		st.aws.Begin()
	}
}

// close ends the stand-in.
func (st *starter) close() {
	if st.aws != nil {
		st.aws.Close()
	}
	st.err.Flush()
}

// fill creates the resources of a project at moto.
func (st *starter) fill(ctx context.Context, p *project.Project, endpoint string) {
	e, err := upstream.ParseEndpoints(nil, func(name string) string {
		if name == "AWS_ENDPOINT_URL" {
			return endpoint
		}
		return ""
	})
	if err != nil {
		return
	}
	var made []string
	for _, m := range provision.Create(ctx, upstream.New(e, nil, false), st.source.Region, p.Creatables, func(*gateway.Service) bool { return true }, nil) {
		switch {
		case m.Err != nil:
			fmt.Fprintf(st.err, "%s could not create %s (%s): %v\n", st.console.Paint(console.Yellow, "note:"), m.What, m.Service, m.Err)
		case m.Left == "" && !m.There:
			made = append(made, m.What)
		}
	}
	if len(made) > 0 {
		fmt.Fprintf(st.err, "moto has %s\n", strings.Join(made, ", "))
	}
}

// provision creates the resources of a project at stand-ins, never in the real account.
func (st *starter) provision(p *project.Project, gateways []*gateway.Gateway) []provision.Made {
	if !st.services.create {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), createTime)
	defer cancel()
	var names []string
	ss, _ := used(gateways)
	for _, s := range ss {
		names = append(names, s.Name)
	}
	return provision.Create(ctx, st.sender, st.source.Region, p.Creatables, func(s *gateway.Service) bool {
		u, _ := st.sender.Endpoints.Of(s)
		return u != nil
	}, names)
}

// lambdaName is the NAME of --endpoint that directs functions without a command to an Invoke
// endpoint, as --lambda-endpoint does.
const lambdaName = "lambda"

// sender returns the sender of the requests. An endpoint for functions is set in b.
func (o *services) sender(ctx context.Context, s *cli.System, b *functions.Flags) (*upstream.Sender, error) {
	e, err := upstream.ParseEndpoints(o.endpoints, s.Getenv)
	if err != nil {
		return nil, cli.Usagef("--endpoint: %v", err)
	}
	if given, ok := keyValue(o.endpoints, lambdaName); ok && b.Endpoint == "" {
		b.Endpoint = given
	}
	b.Endpoint = cmp.Or(b.Endpoint, s.Getenv("AWS_ENDPOINT_URL_LAMBDA"))
	c := account.OfEnvironment(s.Getenv)
	if c == nil && o.account {
		if c, err = account.Credentials(ctx); err != nil {
			return nil, fmt.Errorf("--aws: %w", err)
		}
	}
	return upstream.New(e, c, o.account), nil
}

// keyValue finds the value of a NAME=VALUE.
func keyValue(pairs []string, name string) (string, bool) {
	for _, p := range pairs {
		if v, ok := strings.CutPrefix(p, name+"="); ok {
			return v, true
		}
	}
	return "", false
}

// used lists the services and VPC links that the routes of gateways use, each once.
func used(gateways []*gateway.Gateway) (ss []*gateway.Service, links []*gateway.VPCLink) {
	byName, byID := map[string]*gateway.Service{}, map[string]*gateway.VPCLink{}
	for _, g := range gateways {
		for _, r := range g.Routes() {
			switch in := r.Integration; {
			case r.Problem != nil || in == nil:
			case in.Service != nil && in.Service.Name != "":
				byName[in.Service.Name] = in.Service
			case in.VPCLink != nil:
				byID[in.VPCLink.ID] = in.VPCLink
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		ss = append(ss, byName[name])
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		links = append(links, byID[id])
	}
	return ss, links
}

// writeServices lists the services that routes use and where they are, with advice for those
// without an endpoint.
func (st *starter) writeServices(b *strings.Builder, c *console.Console, sv *serving) {
	ss, links := used(sv.gateways)
	if len(ss)+len(links)+len(sv.made) > 0 {
		b.WriteByte('\n')
	}
	for _, s := range ss {
		u, _ := st.sender.Endpoints.Of(s) // what cannot be read was rejected before
		switch {
		case u != nil:
			fmt.Fprintf(b, "  %s at %s\n", c.Paint(console.Bold, s.Name), u)
		case st.sender.Account:
			fmt.Fprintf(b, "  %s in the AWS account of your credentials (--aws)\n", c.Paint(console.Bold, s.Name))
		default:
			fmt.Fprintf(b, "  %s %s\n", c.Paint(console.Bold, s.Name), c.Paint(console.Yellow, "has no endpoint: "+strings.ReplaceAll(upstream.Advice(s.Name), "\n", "\n    ")))
		}
	}
	for _, m := range sv.made {
		switch {
		case m.Err != nil:
			fmt.Fprintf(b, "  %s %s (%s): %v\n", c.Paint(console.Yellow, "could not create"), m.What, m.Service, m.Err)
		case m.Whole:
			fmt.Fprintf(b, "  %s was not created (%s): %s\n", m.What, m.Service, m.Left)
			continue
		case m.There:
			fmt.Fprintf(b, "  %s already exists (%s)\n", m.What, m.Service)
		default:
			fmt.Fprintf(b, "  %s created (%s)\n", m.What, m.Service)
		}
		if m.Left != "" {
			fmt.Fprintf(b, "    without %s\n", m.Left)
		}
	}
	for _, l := range links {
		if u := st.sender.Endpoints.OfLink(l); u != nil {
			fmt.Fprintf(b, "  %s at %s\n", c.Paint(console.Bold, "VPC link "+l.ID), u)
			continue
		}
		fmt.Fprintf(b, "  %s %s\n", c.Paint(console.Bold, "VPC link "+l.ID), c.Paint(console.Yellow, "is called at the uri as written: pass --endpoint vpclink:"+l.ID+"=URL"))
	}
}

// leads describes what an integration sends, and where.
func leads(in *gateway.Integration) string {
	switch {
	case in.Service == nil, in.Service.Name == "": // its service depends on the stage's variables
		return in.HTTPMethod + " " + in.URI
	case in.Service.Action != "":
		return in.Service.Name + " " + in.Service.Action
	}
	_, path, _ := strings.Cut(in.URI, ":path/")
	return in.Service.Name + " " + in.HTTPMethod + " /" + strings.TrimLeft(path, "/")
}
