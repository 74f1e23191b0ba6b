package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/local"
	"example.com/guessing-game/src/apigw/provision"
	"example.com/guessing-game/src/apigw/sam"
)

// source names the template or document that a command works on, and its parameters.
type source struct {
	dir               string // folder of the template, empty for the one that apigw runs in
	template, openapi string
	configFile        string
	configEnv         string
	api, stage        string
	stageVariables    map[string]string
	overrides         []string
	imports           []string
	envVars           string
	region, account   string
	flags             *pflag.FlagSet // of the command
	configured        bool           // samconfig.toml has been read
	aws               string         // URL of AWS's stand-in; empty if there is none
	authorizers       []string
	iamUsers          []string
	lenient           bool // serve what can be served despite mistakes
	tolerant          bool // accept templates with mistakes, for commands that report them in their own way
	allowOutside      bool
	apiKeys           []string
	invalidation      string
	noThrottling      bool
}

// defaultTemplates are tried in this order, as sam does, if neither --template nor --openapi is
// given.
var defaultTemplates = []string{"template.yaml", "template.yml", "template.json"}

func (o *source) register(f *pflag.FlagSet) {
	o.registerDocument(f)
	f.StringVar(&o.stage, "stage", "", "stage `NAME` (default: that of the template, or prod)")
	f.StringToStringVar(&o.stageVariables, "stage-variables", nil, "stage variables as `K=V,K2=V2`, overriding those of the template")
	f.Lookup("stage-variables").DefValue = ""
	f.StringVarP(&o.envVars, "env-vars", "n", "", "JSON `FILE` of environment variables, in the format of sam local")
	f.StringArrayVar(&o.authorizers, "authorizer", nil, authorizerUsage)
	f.StringArrayVar(&o.iamUsers, "iam-user", nil, iamUserUsage)
	f.StringArrayVar(&o.apiKeys, "api-key", nil, apiKeyUsage)
	f.BoolVar(&o.noThrottling, "no-throttling", false, "do not limit the rate of requests, whatever stages and usage plans say")
	f.StringVar(&o.invalidation, "cache-invalidation", "warn", "what a client that may not invalidate the cache gets for Cache-Control: max-age=0: `HOW` is warn, 403, ignore or open (everybody may)")
	f.BoolVar(&o.lenient, "lenient", false, "start despite mistakes that AWS would reject; their routes return 501")
}

// registerDocument adds the flags for the template or document.
func (o *source) registerDocument(f *pflag.FlagSet) {
	o.flags = f
	f.StringVarP(&o.template, "template", "t", "", "SAM or CloudFormation `FILE` (default template.yaml)")
	f.StringVar(&o.openapi, "openapi", "", "OpenAPI or Swagger `FILE`; with --template, the definition of its API")
	f.StringVar(&o.api, "api", "", "logical `ID` of the API to serve if the template has several")
	f.StringArrayVar(&o.overrides, "parameter-overrides", nil, "template parameter values, as `'K=V K2=V2'`")
	f.StringArrayVar(&o.imports, "import", nil, "value of an export that Fn::ImportValue reads, as `NAME=VALUE`")
	f.StringVar(&o.region, "region", "", "AWS `REGION` to act in (default: AWS_REGION, or "+local.Region+")")
	f.String("profile", "", "`NAME` of a profile of AWS's configuration, whose credentials are used")
	f.StringVar(&o.account, "account", local.AccountID, "AWS account `NUMBER` to act as")
	f.StringVar(&o.configFile, "config-file", "", "configuration `FILE` of sam's (default samconfig.toml, .yaml or .yml)")
	f.StringVar(&o.configEnv, "config-env", "default", "`NAME` of the configuration environment in it")
	f.BoolVar(&o.allowOutside, "allow-outside", false, "let the template include files from outside its repository")
}

// project is the content of a template or document, ready to be served.
type project struct {
	*sam.Template
	apis []*api
	left []error // why --lenient left something out

	authorizers map[string]gateway.StandIn
	pools       *pools
	iam         *iamUsers
	usage       usagePlans
}

// api is a REST API with its parsed document.
type api struct {
	*sam.API
	doc      *gateway.Document
	project  *project
	deployed string // the stage that the template names
}

// load reads the template or document.
func (o *source) load(s *system) (*project, error) {
	if !o.configured {
		if _, _, err := o.configure(s, "local_start_api"); err != nil {
			return nil, err
		}
	}
	so := sam.Options{Account: o.account, Region: o.region, LookupEnv: s.lookupEnv, Lenient: true, AllowOutside: o.allowOutside,
		Creates: provision.Types()}
	if o.region == "" {
		o.region = cmp.Or(s.getenv("AWS_REGION"), s.getenv("AWS_DEFAULT_REGION"), local.Region)
		so.Region = o.region
	}
	// SDKs send requests to the host in a queue's URL, whatever their endpoint.
	so.Queues = cmp.Or(o.aws, s.getenv("AWS_ENDPOINT_URL_SQS"), s.getenv("AWS_ENDPOINT_URL"))
	var err error
	if so.Parameters, err = parameterOverrides(o.overrides); err != nil {
		return nil, err
	}
	if so.Imports, err = keyValues("--import", o.imports); err != nil {
		return nil, err
	}
	if o.envVars != "" {
		data, err := document.ReadGiven(o.envVars)
		if err != nil {
			return nil, err
		}
		if so.Environment, err = envVars(data); err != nil {
			return nil, fmt.Errorf("%s: %w", o.envVars, err)
		}
	}
	p := &project{}
	p.pools = &pools{cache: userCache}
	if p.authorizers, p.pools.given, err = readAuthorizers(o.authorizers); err != nil {
		return nil, err
	}
	if p.iam, err = readIAMUsers(o.iamUsers); err != nil {
		return nil, err
	}
	if p.usage.given, err = keyValues("--api-key", o.apiKeys); err != nil {
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
	p.pools.template = p.Template
	if err := o.mistakes(p.Problems); err != nil {
		return nil, err
	}
	return p, o.choose(p)
}

// find looks for the template in a folder.
func (o *source) find() (string, error) {
	dir := cmp.Or(o.dir, ".")
	if info, err := os.Stat(dir); err != nil {
		return "", usagef("%s: %s", dir, document.Reason(err))
	} else if !info.IsDir() {
		return dir, nil // a template, whatever its name
	}
	for _, name := range defaultTemplates {
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
	if o.dir != "" {
		where = "in " + o.dir
	}
	template, openapi := near(dir)
	return "", usagef("there is no template.yaml %s; pass --template %s or --openapi %s", where, cmp.Or(template, "FILE"), cmp.Or(openapi, "FILE"))
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
		for _, name := range defaultTemplates {
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
func (o *source) mistakes(ps document.Problems) error {
	ps = slices.DeleteFunc(slices.Clone(ps), func(p *document.Problem) bool { return o.lenient || o.tolerant || p.Unsupported || p.Served })
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// gateway makes the gateway for an API.
func (o *source) gateway(a *api, options gateway.Options) (*gateway.Gateway, error) {
	options.Lenient = true
	g, err := gateway.New(a.doc, options)
	if err == nil {
		err = o.mistakes(g.API().Problems)
	}
	if err != nil {
		return nil, placed(a.API, err)
	}
	return g, nil
}

// one returns the API of a project that must have exactly one.
func (p *project) one() (*api, error) {
	switch len(p.apis) {
	case 0:
		return nil, p.noAPI()
	case 1:
		return p.apis[0], nil
	}
	return nil, usagef("%s has several APIs; choose one with --api: %s", p.File, strings.Join(apiIDs(p), ", "))
}

// noAPI returns the error for a template without anything to serve.
func (p *project) noAPI() error {
	msg := p.File + ": there is no REST API in it (AWS::Serverless::Api, AWS::ApiGateway::RestApi, or Api events of a function)"
	for _, w := range p.Warnings {
		msg += "\nnote: " + w.Error()
	}
	return errors.New(msg)
}

// choose selects the APIs that --api and --stage name, and parses their documents.
func (o *source) choose(p *project) error {
	var ids, stages []string
	for _, a := range p.APIs {
		ids, stages = append(ids, a.ID), append(stages, a.Stage)
	}
	chosen := p.APIs
	if o.api != "" {
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(a *sam.API) bool { return a.ID != o.api })
		if len(chosen) == 0 {
			return usagef("--api %s: %s has no such API; it has %s", o.api, p.File, cmp.Or(strings.Join(ids, ", "), "none"))
		}
	}
	if len(chosen) == 0 && len(p.Functions) == 0 {
		return p.noAPI()
	}
	if o.stage != "" && len(chosen) > 1 {
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(a *sam.API) bool { return a.Stage != o.stage })
		if len(chosen) == 0 {
			return usagef("--stage %s: no API of %s has this stage (there are %s); to rename one, choose it with --api", o.stage, p.File, strings.Join(stages, ", "))
		}
	}
	var errs []error
	for _, a := range chosen {
		deployed := a.Stage
		a.Stage = cmp.Or(o.stage, a.Stage)
		if a.StageVariables == nil {
			a.StageVariables = map[string]string{}
		}
		for k, v := range o.stageVariables {
			a.StageVariables[k] = v
		}
		doc, err := gateway.NewDocument(a.File, a.Document)
		if err != nil {
			errs = append(errs, placed(a, err))
			continue
		}
		p.apis = append(p.apis, &api{a, doc, p, deployed})
	}
	if len(errs) > 0 && o.lenient && len(p.apis) > 0 {
		p.left = append(p.left, errs...)
		return nil
	}
	return errors.Join(errs...)
}

// advised adds advice to an error of loading.
func (o *source) advised(s *system, err error) error {
	var ps document.Problems
	if o.lenient || !errors.As(err, &ps) {
		return err
	}
	lenient := *o
	lenient.lenient = true
	if _, err2 := lenient.load(s); err2 != nil {
		return err // it would not help
	}
	return hinted{err, "--lenient starts anyway and returns 501 for the broken routes"}
}

// hinted is an error with a hint.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// placed adds to a gateway's problems the files that they are in.
func placed(a *sam.API, err error) error {
	var ps document.Problems
	if !errors.As(err, &ps) {
		return err
	}
	out := make(document.Problems, len(ps))
	for i, p := range ps {
		q := *p
		q.Position = place(a, p.Position)
		out[i] = &q
	}
	return out
}

func place(a *sam.API, p document.Position) document.Position { return a.Place(p.Line, p.Column) }

// parameterOverrides reads the forms that sam accepts: K=V pairs separated by white space, quotes
// around values, and ParameterKey=K,ParameterValue=V.
func parameterOverrides(args []string) (map[string]string, error) {
	all := map[string]string{}
	for _, arg := range args {
		words, ok := quotedWords(arg)
		if !ok {
			return nil, usagef("--parameter-overrides %q: a quote is not closed", arg)
		}
		for _, w := range words {
			if key, value, ok := strings.Cut(w, ",ParameterValue="); ok && strings.HasPrefix(key, "ParameterKey=") {
				all[strings.TrimPrefix(key, "ParameterKey=")] = value
				continue
			}
			if name, ok := strings.CutPrefix(w, "file://"); ok {
				table, err := readSettings(name)
				if err != nil {
					return nil, fmt.Errorf("--parameter-overrides %s: %w", w, err)
				}
				values, err := parameters(table)
				if err != nil {
					return nil, fmt.Errorf("--parameter-overrides %s: %w", w, err)
				}
				maps.Copy(all, values)
				continue
			}
			key, value, ok := strings.Cut(w, "=")
			if !ok || key == "" {
				return nil, usagef("--parameter-overrides %q: %q is not of the form K=V", arg, w)
			}
			all[key] = value
		}
	}
	return all, nil
}

// quotedWords splits a string at white space outside quotes, and removes the quotes. ok is false if
// a quote is not closed.
func quotedWords(text string) (words []string, ok bool) {
	var word strings.Builder
	inWord, quote := false, rune(0)
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, inWord = r, true
		case quote == 0 && strings.ContainsRune(" \t\r\n", r):
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, quote == 0
}

func keyValues(flag string, args []string) (map[string]string, error) {
	all := map[string]string{}
	for _, arg := range args {
		key, value, ok := strings.Cut(arg, "=")
		if !ok || key == "" {
			return nil, usagef("%s %q is not of the form NAME=VALUE", flag, arg)
		}
		all[key] = value
	}
	return all, nil
}

// envVars reads the file of sam local's --env-vars: {"FUNCTION": {"NAME": "value"}, "Parameters":
// {"NAME": "value"}}.
func envVars(data []byte) (map[string]map[string]string, error) {
	var raw map[string]map[string]any
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("is not a JSON object of objects: %w", err)
	}
	all := map[string]map[string]string{}
	for f, vars := range raw {
		all[f] = map[string]string{}
		for k, v := range vars {
			switch v := v.(type) {
			case string:
				all[f][k] = v
			case float64, bool:
				all[f][k] = fmt.Sprint(v)
			default:
				return nil, fmt.Errorf("the value of %s.%s is neither a string, a number nor a boolean", f, k)
			}
		}
	}
	return all, nil
}
