// Package project reads the template or document that a command works on, as its flags and sam's
// configuration files say, and gives each API what the gateway needs to serve it: its stage, the
// keys and users of this machine, and what stands in for authorizers.
package project

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/local"
	"example.com/guessing-game/src/apigw/provision"
	"example.com/guessing-game/src/apigw/sam"
	"example.com/guessing-game/src/apigw/samconfig"
)

// Source names the template or document that a command works on, and its parameters.
type Source struct {
	Dir      string // folder of the template, empty for the one that apigw runs in
	Stage    string
	EnvVars  string // file of environment variables
	Region   string
	Account  string
	StandIn  string // URL of AWS's stand-in; empty if there is none
	Lenient  bool   // serve what can be served despite mistakes
	Tolerant bool   // accept templates with mistakes, for commands that report them in their own way

	template, openapi, api string
	configFile, configEnv  string
	stageVariables         map[string]string
	overrides, imports     []string
	authorizers            []string
	iamUsers               []string
	allowOutside           bool
	apiKeys                []string
	invalidation           string
	noThrottling           bool
	flags                  *pflag.FlagSet // of the command
	configured             bool           // samconfig.toml has been read
}

// DefaultTemplates are tried in this order, as sam does, if neither --template nor --openapi is
// given.
var DefaultTemplates = []string{"template.yaml", "template.yml", "template.json"}

// Register adds the flags of commands that run APIs.
func (o *Source) Register(f *pflag.FlagSet) {
	o.RegisterDocument(f)
	f.StringVar(&o.Stage, "stage", "", "stage `NAME` (default: that of the template, or prod)")
	f.StringToStringVar(&o.stageVariables, "stage-variables", nil, "stage variables as `K=V,K2=V2`, overriding those of the template")
	f.Lookup("stage-variables").DefValue = ""
	f.StringVarP(&o.EnvVars, "env-vars", "n", "", "JSON `FILE` of environment variables, in the format of sam local")
	f.StringArrayVar(&o.authorizers, "authorizer", nil, authorizerUsage)
	f.StringArrayVar(&o.iamUsers, "iam-user", nil, iamUserUsage)
	f.StringArrayVar(&o.apiKeys, "api-key", nil, apiKeyUsage)
	f.BoolVar(&o.noThrottling, "no-throttling", false, "do not limit the rate of requests, whatever stages and usage plans say")
	f.StringVar(&o.invalidation, "cache-invalidation", "warn", "what a client that may not invalidate the cache gets for Cache-Control: max-age=0: `HOW` is warn, 403, ignore or open (everybody may)")
	f.BoolVar(&o.Lenient, "lenient", false, "start despite mistakes that AWS would reject; their routes return 501")
}

// RegisterDocument adds the flags for the template or document.
func (o *Source) RegisterDocument(f *pflag.FlagSet) {
	o.flags = f
	f.StringVarP(&o.template, "template", "t", "", "SAM or CloudFormation `FILE` (default template.yaml)")
	f.StringVar(&o.openapi, "openapi", "", "OpenAPI or Swagger `FILE`; with --template, the definition of its API")
	f.StringVar(&o.api, "api", "", "logical `ID` of the API to serve if the template has several")
	f.StringArrayVar(&o.overrides, "parameter-overrides", nil, "template parameter values, as `'K=V K2=V2'`")
	f.StringArrayVar(&o.imports, "import", nil, "value of an export that Fn::ImportValue reads, as `NAME=VALUE`")
	f.StringVar(&o.Region, "region", "", "AWS `REGION` to act in (default: AWS_REGION, or "+local.Region+")")
	f.String("profile", "", "`NAME` of a profile of AWS's configuration, whose credentials are used")
	f.StringVar(&o.Account, "account", local.AccountID, "AWS account `NUMBER` to act as")
	f.StringVar(&o.configFile, "config-file", "", "configuration `FILE` of sam's (default samconfig.toml, .yaml or .yml)")
	f.StringVar(&o.configEnv, "config-env", "default", "`NAME` of the configuration environment in it")
	f.BoolVar(&o.allowOutside, "allow-outside", false, "let the template include files from outside its repository")
}

// Project is the content of a template or document, ready to be served.
type Project struct {
	*sam.Template
	Served []*API  // those of the template's APIs that --api and --stage choose
	Left   []error // why --lenient left something out
	Pools  *Pools
	IAM    *IAMUsers

	authorizers map[string]gateway.StandIn
	usage       usagePlans
}

// API is a REST API with its parsed document.
type API struct {
	*sam.API
	Doc      *gateway.Document
	project  *Project
	deployed string // the stage that the template names
}

// Load reads the template or document.
func (o *Source) Load(s *cli.System) (*Project, error) {
	if !o.configured {
		if _, _, err := o.Configure(s, "local_start_api"); err != nil {
			return nil, err
		}
	}
	so := sam.Options{Account: o.Account, Region: o.Region, LookupEnv: s.LookupEnv, Lenient: true, AllowOutside: o.allowOutside,
		Creates: provision.Types()}
	if o.Region == "" {
		o.Region = cmp.Or(s.Getenv("AWS_REGION"), s.Getenv("AWS_DEFAULT_REGION"), local.Region)
		so.Region = o.Region
	}
	// SDKs send requests to the host in a queue's URL, whatever their endpoint.
	so.Queues = cmp.Or(o.StandIn, s.Getenv("AWS_ENDPOINT_URL_SQS"), s.Getenv("AWS_ENDPOINT_URL"))
	var err error
	if so.Parameters, err = samconfig.Overrides(o.overrides); err != nil {
		return nil, err
	}
	if so.Imports, err = cli.KeyValues("--import", o.imports); err != nil {
		return nil, err
	}
	if o.EnvVars != "" {
		data, err := document.ReadGiven(o.EnvVars)
		if err != nil {
			return nil, err
		}
		if so.Environment, err = samconfig.EnvVars(data); err != nil {
			return nil, fmt.Errorf("%s: %w", o.EnvVars, err)
		}
	}
	p := &Project{}
	p.Pools = &Pools{cache: userCache}
	if p.authorizers, p.Pools.given, err = readAuthorizers(o.authorizers); err != nil {
		return nil, err
	}
	if p.IAM, err = readIAMUsers(o.iamUsers); err != nil {
		return nil, err
	}
	if p.usage.given, err = cli.KeyValues("--api-key", o.apiKeys); err != nil {
		return nil, err
	}
	template := o.template
	if template == "" && o.openapi == "" {
		var err error
		if template, err = o.find(); err != nil {
			return nil, err
		}
	}
	so.Definition = o.openapi
	switch {
	case template != "" && isDir(template):
		p.Template, err = sam.ReadAssembly(template, so)
	case template != "":
		p.Template, err = sam.Read(template, so)
	default:
		so.Definition = ""
		p.Template, err = sam.ReadOpenAPI(o.openapi, so)
	}
	if err != nil {
		return nil, err
	}
	p.Pools.template = p.Template
	if err := o.mistakes(p.Problems); err != nil {
		return nil, err
	}
	return p, o.choose(p)
}

// find looks for the template in a folder.
func (o *Source) find() (string, error) {
	dir := cmp.Or(o.Dir, ".")
	if info, err := os.Stat(dir); err != nil {
		return "", cli.Usagef("%s: %s", dir, document.Reason(err))
	} else if !info.IsDir() {
		return dir, nil // a template, whatever its name
	}
	for _, name := range DefaultTemplates {
		if file := filepath.Join(dir, name); exists(file) {
			return file, nil
		}
	}
	for _, assembly := range []string{dir, filepath.Join(dir, "cdk.out")} {
		if sam.IsAssembly(assembly) {
			return assembly, nil
		}
	}
	if exists(filepath.Join(dir, "cdk.json")) {
		return "", fmt.Errorf("the application in %s has not been synthesized; run cdk synth in it", dir)
	}
	where := "here"
	if o.Dir != "" {
		where = "in " + o.Dir
	}
	template, openapi := near(dir)
	return "", cli.Usagef("there is no template.yaml %s; pass --template %s or --openapi %s", where, cmp.Or(template, "FILE"), cmp.Or(openapi, "FILE"))
}

// near looks for what somebody in the wrong folder may have meant: a template above it or one
// folder below, and a document with one of the usual names.
func near(dir string) (template, openapi string) {
	folders := []string{filepath.Join(dir, ".."), filepath.Join(dir, "../.."), filepath.Join(dir, "../../..")}
	entries, _ := os.ReadDir(dir) // a folder that cannot be read has no suggestion
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			folders = append(folders, filepath.Join(dir, e.Name()))
		}
	}
	for _, folder := range folders {
		for _, name := range DefaultTemplates {
			if file := filepath.Join(folder, name); template == "" && exists(file) {
				template = file
			}
		}
	}
	for _, name := range []string{"openapi", "swagger", "api"} {
		for _, form := range []string{".yaml", ".yml", ".json"} {
			if file := filepath.Join(dir, name+form); openapi == "" && exists(file) {
				openapi = file
			}
		}
	}
	return template, openapi
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// mistakes are the problems that AWS would reject, nil if there are none or if --lenient accepts
// them. What only apigw does not support does not keep the rest from being served.
func (o *Source) mistakes(ps document.Problems) error {
	ps = slices.DeleteFunc(slices.Clone(ps), func(p *document.Problem) bool { return o.Lenient || o.Tolerant || p.Unsupported || p.Served })
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// Gateway makes the gateway for an API.
func (o *Source) Gateway(a *API, options gateway.Options) (*gateway.Gateway, error) {
	options.Lenient = true
	g, err := gateway.New(a.Doc, options)
	if err == nil {
		err = o.mistakes(g.API().Problems)
	}
	if err != nil {
		return nil, a.Placed(err)
	}
	return g, nil
}

// One returns the API of a project that must have exactly one.
func (p *Project) One() (*API, error) {
	switch len(p.Served) {
	case 0:
		return nil, p.NoAPI()
	case 1:
		return p.Served[0], nil
	}
	return nil, cli.Usagef("%s has several APIs; choose one with --api: %s", p.File, strings.Join(apiIDs(p), ", "))
}

// LoadOne reads the template and returns its one API.
func (o *Source) LoadOne(s *cli.System) (*API, error) {
	p, err := o.Load(s)
	if err != nil {
		return nil, err
	}
	return p.One()
}

// NoAPI returns the error for a template without anything to serve.
func (p *Project) NoAPI() error {
	msg := p.File + ": there is no REST API in it (AWS::Serverless::Api, AWS::ApiGateway::RestApi, or Api events of a function)"
	for _, w := range p.Warnings {
		msg += "\nnote: " + w.Error()
	}
	return errors.New(msg)
}

// Options returns the gateway's options for an API.
func (o *Source) Options(a *API, g gateway.Options) gateway.Options {
	g.Stage, g.StageVariables = a.Stage, a.StageVariables
	g.AccountID, g.Region, g.APIID, g.Lenient = o.Account, o.Region, a.RestAPIID, o.Lenient
	g.Tracing, g.Traced, g.Authorizers = a.Tracing, a.Tracing, a.project.authorizers
	g.UserPool, g.IAMUser = a.project.Pools.Find, a.project.IAM.find
	return g
}

func apiIDs(p *Project) []string {
	var ids []string
	for _, a := range p.Served {
		ids = append(ids, a.ID)
	}
	return ids
}

// RefersTo reports whether an integration or an authorizer refers to a function of this name.
func (p *Project) RefersTo(name string) bool {
	leads := regexp.MustCompile(`^arn:[^/]*:lambda:path/+(?:2015-03-31|2021-11-15)/functions/(?:.*:function:)?` + regexp.QuoteMeta(name) + `[:/]`)
	var found func(n *yaml.Node) bool
	found = func(n *yaml.Node) bool {
		return n.Kind == yaml.ScalarNode && leads.MatchString(n.Value) || slices.ContainsFunc(n.Content, found)
	}
	return slices.ContainsFunc(p.Served, func(a *API) bool { return found(a.Document) })
}

// choose selects the APIs that --api and --stage name, and parses their documents.
func (o *Source) choose(p *Project) error {
	var ids, stages []string
	for _, a := range p.APIs {
		ids, stages = append(ids, a.ID), append(stages, a.Stage)
	}
	chosen := p.APIs
	if o.api != "" {
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(a *sam.API) bool { return a.ID != o.api })
		if len(chosen) == 0 {
			return cli.Usagef("--api %s: %s has no such API; it has %s", o.api, p.File, cmp.Or(strings.Join(ids, ", "), "none"))
		}
	}
	if len(chosen) == 0 && len(p.Functions) == 0 {
		return p.NoAPI()
	}
	if o.Stage != "" && len(chosen) > 1 {
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(a *sam.API) bool { return a.Stage != o.Stage })
		if len(chosen) == 0 {
			return cli.Usagef("--stage %s: no API of %s has this stage (there are %s); to rename one, choose it with --api", o.Stage, p.File, strings.Join(stages, ", "))
		}
	}
	var errs []error
	for _, a := range chosen {
		deployed := a.Stage
		a.Stage = cmp.Or(o.Stage, a.Stage)
		if a.StageVariables == nil {
			a.StageVariables = map[string]string{}
		}
		for k, v := range o.stageVariables {
			a.StageVariables[k] = v
		}
		doc, err := gateway.NewDocument(a.File, a.Document)
		if err != nil {
			errs = append(errs, a.Placed(err))
			continue
		}
		p.Served = append(p.Served, &API{a, doc, p, deployed})
	}
	if len(errs) > 0 && o.Lenient && len(p.Served) > 0 {
		p.Left = append(p.Left, errs...)
		return nil
	}
	return errors.Join(errs...)
}

// Advised adds advice to an error of loading.
func (o *Source) Advised(s *cli.System, err error) error {
	var ps document.Problems
	if o.Lenient || !errors.As(err, &ps) {
		return err
	}
	lenient := *o
	lenient.Lenient = true
	if _, err2 := lenient.Load(s); err2 != nil {
		return err // it would not help
	}
	return cli.Hint(err, "--lenient starts anyway and returns 501 for the broken routes")
}
