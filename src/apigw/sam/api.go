package sam

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// apis reads the REST APIs of a template.
func (r *resolver) apis(order []*resource, root *yaml.Node) (all []*API, ps document.Problems) {
	events := r.apiEvents(order)
	ps = append(ps, r.strays(events)...)
	implicit := slices.ContainsFunc(events, func(e event) bool { return e.api == implicitAPI })
	if implicit && r.resources[implicitAPI] == nil {
		at := document.Get(root, "Resources")
		properties := merge(document.Get(root, "Globals", "Api"), document.Mapping(at, "StageName", "Prod"))
		r.implicit = &resource{implicitAPI, "AWS::Serverless::Api", at, at, properties}
		order = append(slices.Clip(order), r.implicit)
	}
	var definition *yaml.Node
	if r.o.Definition != "" {
		n, err := r.files.read(r.o.Definition)
		if err != nil {
			if p, ok := err.(*document.Problem); ok {
				return nil, document.Problems{p}
			}
			return nil, document.Problems{{Position: document.Position{File: r.o.Definition}, Reason: err.Error()}}
		}
		definition = n
	}
	for _, res := range order {
		r.elsewhere(res)
		if !isAPI(res.kind) {
			r.lost(res, order)
			continue
		}
		b := &apiReader{resolver: r, res: res, order: order, definition: definition}
		a := b.read()
		all = append(all, a)
		ps = append(ps, b.problems...)
	}
	if definition != nil && len(all) > 1 {
		ps = append(ps, &document.Problem{Position: document.Position{File: r.o.Definition}, Reason: fmt.Sprintf("the template has %d APIs", len(all)), Fix: "choose one with --api"})
	}
	return all, ps
}

// elsewhere reports resources with APIs that this package does not read.
func (r *resolver) elsewhere(res *resource) {
	switch {
	case isHTTPAPI(res.kind):
		r.warnings = append(r.warnings, r.files.errorf(res.key, "%s is an HTTP or WebSocket API, which is not served here: only REST APIs are (AWS::Serverless::Api, AWS::ApiGateway::RestApi)", res.id))
	case res.kind == "AWS::Serverless::Function":
		for k, e := range document.Pairs(document.Get(res.properties, "Events")) {
			if kind := document.Get(e, "Type"); kind != nil && kind.Value == "HttpApi" && document.Get(e, "Properties", "ApiId") == nil {
				r.warnings = append(r.warnings, r.files.errorf(k, "the event %s of %s is for an HTTP API, which is not served here: only REST APIs are (Type: Api)", k.Value, res.id))
			}
		}
	}
}

// lost reports a resource that adds to an API that SAM creates: AWS applies it once, and the next
// deployment of the API loses it.
func (r *resolver) lost(res *resource, order []*resource) {
	switch res.kind {
	case "AWS::ApiGateway::GatewayResponse", "AWS::ApiGateway::Resource", "AWS::ApiGateway::Method":
	default:
		return
	}
	for _, api := range order {
		if b := (&apiReader{resolver: r, res: api}); api.kind != "AWS::Serverless::Api" || !b.belongs(res) {
			continue
		}
		fix := "write it in the DefinitionBody or in an event of a function"
		if res.kind == "AWS::ApiGateway::GatewayResponse" {
			fix = "use the GatewayResponses property of " + api.id
		}
		r.lossy = append(r.lossy, r.files.errorf(res.key, "%s adds to %s, which SAM creates: AWS applies it once, and the next deployment of the API loses it, so it is not served here", res.id, api.id).Fixed("%s", fix))
	}
}

// apiReader reads one API.
type apiReader struct {
	*resolver
	res        *resource
	order      []*resource
	definition *yaml.Node
	problems   document.Problems
	body       *yaml.Node                   // the document, resolved
	naming     map[string]document.Position // parameters that the definition names
	schemed    bool                         // Auth has added a security scheme
}

func (b *apiReader) fail(at *yaml.Node, format string, args ...any) *document.Problem {
	p := b.files.errorf(at, format, args...)
	b.problems = append(b.problems, p)
	return p
}

// resolved returns a property without intrinsic functions, nil if it is absent or wrong.
func (b *apiReader) resolved(path ...string) *yaml.Node {
	n := document.Get(b.res.properties, path...)
	if n == nil {
		return nil
	}
	v, ps := b.resolve(n)
	b.problems = append(b.problems, ps...)
	return v
}

func (b *apiReader) read() *API {
	a := &API{ID: b.res.id, RestAPIID: b.apiID(b.res.id), Pos: b.files.pos(b.res.key), files: b.files, Kind: b.res.kind, Properties: map[string]document.Position{}}
	for k := range document.Pairs(b.res.properties) {
		a.Properties[k.Value] = b.files.pos(k)
	}
	if document.Get(b.res.properties, "DefinitionBody", "Fn::Transform") != nil {
		a.Included = true
	}
	if b.res.kind == "AWS::Serverless::Api" {
		b.serverless(a)
	} else {
		b.restAPI(a)
	}
	a.ParameterNames = b.naming
	if b.body == nil {
		return a
	}
	if b.body.Kind != yaml.MappingNode {
		b.fail(b.body, "the definition of %s must be a map, not a %s", b.res.id, document.KindName(b.body))
		return a
	}
	b.binaryMediaTypes()
	if size := b.resolved("MinimumCompressionSize"); size != nil {
		document.Put(b.body, "x-amazon-apigateway-minimum-compression-size", size)
	}
	if source := b.resolved("ApiKeySourceType"); source != nil {
		document.Put(b.body, "x-amazon-apigateway-api-key-source", source)
	}
	if len(b.problems) == 0 {
		b.setDocument(a, b.body)
	}
	return a
}

// define sets the body from a property that holds it, or a file that one names, or the file given
// in its place.
func (b *apiReader) define(bodyProperty, uriProperty string) {
	b.named = map[string]document.Position{}
	defer func() { b.naming, b.named = b.named, nil }()
	body, uri := document.Get(b.res.properties, bodyProperty), document.Get(b.res.properties, uriProperty)
	switch {
	case b.definition != nil:
		v, ps := b.resolve(b.definition)
		b.problems = append(b.problems, ps...)
		b.body = v
	case body != nil && uri != nil:
		b.fail(uri, "%s has both %s and %s", b.res.id, bodyProperty, uriProperty).Fixed("remove one of the two")
	case body != nil:
		b.body = b.resolved(bodyProperty)
	case uri != nil:
		loc := b.location(uri)
		if loc == nil {
			return
		}
		// The limits of AWS::Include do not matter for a file that AWS imports unchanged.
		shortForms, aliases := len(b.files.shortForms), len(b.files.aliases)
		b.raw = true
		v := b.include(loc, &b.problems, 0)
		b.raw = false
		b.files.shortForms, b.files.aliases = b.files.shortForms[:shortForms], b.files.aliases[:aliases]
		if v != noValue {
			b.body = v
		}
	}
	if b.body != nil {
		b.body = document.Clone(b.body)
	}
}

// location is the place of a definition: a file, a URL, or what the URL of a Bucket and a Key in S3
// would be. It is nil, with a problem reported, if there is none to read.
func (b *apiReader) location(n *yaml.Node) *yaml.Node {
	key := document.Get(n, "Key")
	var v *yaml.Node
	var ps document.Problems
	stands := b.depends(func() { v, ps = b.resolve(cmp.Or(key, n)) })
	switch {
	case stands:
		b.fail(n, "the location of the definition of %s is known only once deployed", b.res.id).Fixed("pass the definition with --openapi FILE").NotSupported()
	case len(ps) == 0 && v != nil && v.Kind == yaml.ScalarNode && key == nil:
		return v
	case len(ps) == 0 && v != nil && v.Kind == yaml.ScalarNode:
		return document.Scalar(key, "s3://…/"+v.Value)
	case len(ps) > 0 && key == nil:
		b.problems = append(b.problems, ps...)
	default:
		b.fail(n, "the definition of %s is in S3", b.res.id).Fixed("use the template from before packaging, or pass the definition with --openapi FILE").NotSupported()
	}
	return nil
}

func (b *apiReader) serverless(a *API) {
	stage := b.resolved("StageName")
	switch {
	case stage == nil && len(b.problems) == 0:
		b.fail(b.res.key, "%s needs a StageName", b.res.id)
	case stage != nil && stage.Kind != yaml.ScalarNode:
		b.fail(stage, "the StageName of %s must be a string, not a %s", b.res.id, document.KindName(stage))
	case stage != nil:
		a.Stage = stage.Value
	}
	a.StageVariables = b.variables(b.resolved("Variables"))
	if n := b.resolved("TracingEnabled"); n != nil {
		a.Tracing = n.Value == "true"
	}
	b.stageSettings(a, b.res.properties, "CanarySetting")
	b.define("DefinitionBody", "DefinitionUri")
	defined := b.body != nil
	if !defined && len(b.problems) == 0 {
		version := []any{"swagger", "2.0"}
		if v := b.resolved("OpenApiVersion"); v != nil && strings.HasPrefix(v.Value, "3.") {
			version = []any{"openapi", v.Value}
		}
		b.body = document.Mapping(b.res.key, append(version, "info", document.Mapping(b.res.key, "title", b.res.id, "version", "1.0"), "paths", document.Mapping(b.res.key))...)
	}
	if b.body == nil || b.body.Kind != yaml.MappingNode {
		return
	}
	b.models(b.resolved("Models"))
	b.events(defined)
	b.gatewayResponses(b.resolved("GatewayResponses"))
	b.cors(b.resolved("Cors"))
	if auth := b.authProperty(); auth != nil {
		b.auth(auth)
	}
}

func (b *apiReader) variables(n *yaml.Node) map[string]string {
	vs := map[string]string{}
	for k, v := range document.Pairs(n) {
		if v.Kind != yaml.ScalarNode {
			b.fail(v, "the stage variable %s must be a string, not a %s", k.Value, document.KindName(v))
			continue
		}
		vs[k.Value] = v.Value
	}
	return vs
}

// paths returns the paths object of the document, created if missing.
func (b *apiReader) paths() *yaml.Node {
	p := document.Get(b.body, "paths")
	if p == nil || p.Kind != yaml.MappingNode {
		p = document.Mapping(b.body)
		document.Put(b.body, "paths", p)
	}
	return p
}

// gatewayResponses adds SAM's GatewayResponses to the document, where their form differs slightly.
func (b *apiReader) gatewayResponses(n *yaml.Node) {
	if n == nil {
		return
	}
	all := document.Get(b.body, "x-amazon-apigateway-gateway-responses")
	if all == nil {
		all = document.Mapping(n)
		document.Put(b.body, "x-amazon-apigateway-gateway-responses", all)
	}
	if all.Kind != yaml.MappingNode {
		b.fail(all, "x-amazon-apigateway-gateway-responses must be a map, not a %s", document.KindName(all))
		return
	}
	for kind, def := range document.Pairs(n) {
		g := document.Mapping(kind)
		for k, v := range document.Pairs(def) {
			switch k.Value {
			case "StatusCode":
				document.Put(g, "statusCode", v)
			case "ResponseTemplates":
				document.Put(g, "responseTemplates", v)
			case "ResponseParameters":
				document.Put(g, "responseParameters", b.gatewayResponseParameters(v))
			default:
				b.fail(k, "a gateway response has no property %s", k.Value)
			}
		}
		document.Put(all, kind.Value, g)
	}
}

func (b *apiReader) gatewayResponseParameters(n *yaml.Node) *yaml.Node {
	kinds := map[string]string{"Headers": "header", "Paths": "path", "QueryStrings": "querystring"}
	m := document.Mapping(n)
	for k, v := range document.Pairs(n) {
		if strings.HasPrefix(k.Value, "gatewayresponse.") {
			document.Put(m, k.Value, v)
			continue
		}
		kind, ok := kinds[k.Value]
		if !ok {
			b.fail(k, "ResponseParameters take Headers, Paths and QueryStrings, not %s", k.Value)
			continue
		}
		for name, value := range document.Pairs(v) {
			document.Put(m, "gatewayresponse."+kind+"."+name.Value, value)
		}
	}
	return m
}

// models adds SAM's Models to the schemas of the document, under names in lower case as SAM does.
func (b *apiReader) models(n *yaml.Node) {
	if n == nil {
		return
	}
	schemas := b.section(n, []string{"definitions"}, []string{"components", "schemas"})
	if schemas == nil {
		return
	}
	for k, v := range document.Pairs(n) {
		document.Put(schemas, strings.ToLower(k.Value), v)
	}
}

// section returns a map of the document, created if missing: its place differs between Swagger
// 2.0 and OpenAPI 3.0.
func (b *apiReader) section(n *yaml.Node, swagger, openapi []string) *yaml.Node {
	where := swagger
	if document.Get(b.body, "openapi") != nil {
		where = openapi
	}
	at := b.body
	for _, key := range where {
		next := document.Get(at, key)
		if next == nil {
			next = document.Mapping(n)
			document.Put(at, key, next)
		}
		if next.Kind != yaml.MappingNode {
			b.fail(next, "%s must be a map, not a %s", key, document.KindName(next))
			return nil
		}
		at = next
	}
	return at
}

// cors adds an OPTIONS method with a MOCK integration to every path that lacks one, as SAM does
// for the Cors property.
func (b *apiReader) cors(n *yaml.Node) {
	if n == nil {
		return
	}
	headers := [][2]string{{"Access-Control-Allow-Methods", "AllowMethods"}, {"Access-Control-Allow-Headers", "AllowHeaders"},
		{"Access-Control-Allow-Origin", "AllowOrigin"}, {"Access-Control-Max-Age", "MaxAge"}}
	config := n
	if n.Kind == yaml.ScalarNode {
		config = document.Mapping(n, "AllowOrigin", n)
	}
	for k := range document.Pairs(config) {
		if !slices.Contains([]string{"AllowMethods", "AllowHeaders", "AllowOrigin", "MaxAge", "AllowCredentials"}, k.Value) {
			b.fail(k, "Cors of %s has no property %s", b.res.id, k.Value).Fixed("remove it")
		}
	}
	const everyOrigin = "'*'"
	c, origin := document.Get(config, "AllowCredentials"), document.Get(config, "AllowOrigin")
	credentials := c != nil && c.Tag == "!!bool" && c.Value == "true"
	if credentials && (origin == nil || origin.Value == everyOrigin) {
		b.fail(c, "AllowCredentials of %s is true, but AllowOrigin is \"'*'\" or not set", b.res.id).Fixed("set AllowOrigin to the origin of the web page")
	}
	for _, item := range document.Pairs(b.paths()) {
		if item.Kind != yaml.MappingNode || document.Get(item, "options") != nil {
			continue
		}
		declared, parameters := document.Mapping(n), document.Mapping(n)
		add := func(name, value string) {
			declaration := document.Mapping(n, "type", "string")
			if document.Get(b.body, "openapi") != nil {
				declaration = document.Mapping(n, "schema", declaration)
			}
			document.Put(declared, name, declaration)
			document.Put(parameters, "method.response.header."+name, document.Scalar(n, b.quoted(n, name, value)))
		}
		for _, h := range headers {
			v := document.Get(config, h[1])
			switch {
			case v != nil && v.Value != "":
				add(h[0], v.Value)
			case h[1] == "AllowMethods":
				add(h[0], "'"+strings.Join(methodsOf(item), ",")+"'")
			case h[1] == "AllowOrigin":
				add(h[0], everyOrigin)
			}
		}
		if credentials {
			add("Access-Control-Allow-Credentials", "'true'")
		}
		status := document.Mapping(n, "statusCode", "200", "responseParameters", parameters, "responseTemplates", document.Mapping(n, "application/json", "{}\n"))
		document.Put(item, "options", document.Mapping(n,
			"summary", "CORS support",
			"responses", document.Mapping(n, "200", document.Mapping(n, "description", "Default response for CORS method", "headers", declared)),
			"x-amazon-apigateway-integration", document.Mapping(n, "type", "mock",
				"requestTemplates", document.Mapping(n, "application/json", "{\n  \"statusCode\" : 200\n}\n"),
				"responses", document.Mapping(n, "default", status))))
	}
}

// quoted is the value of a header of Cors as static text. One without single quotes is accepted as
// in sam local, with a note: AWS rejects it.
func (b *apiReader) quoted(at *yaml.Node, name, value string) string {
	if strings.HasPrefix(value, "'") || strings.HasPrefix(value, "context.") || strings.HasPrefix(value, "stageVariables.") {
		return value
	}
	if p := b.files.errorf(at, "Cors of %s gives %s the value %s without single quotes, which AWS rejects", b.res.id, name, value).Fixed(`write "'%s'"`, value); !slices.ContainsFunc(b.warnings, func(w *document.Problem) bool { return *w == *p }) {
		b.warnings = append(b.warnings, p)
	}
	return "'" + value + "'"
}

// verbs are the keys of a path item that are methods.
var verbs = []string{"delete", "get", "head", "options", "patch", "post", "put"}

// methodsOf lists the methods of a path item, and OPTIONS, in alphabetical order as SAM does.
func methodsOf(item *yaml.Node) []string {
	methods := []string{"OPTIONS"}
	for k := range document.Pairs(item) {
		switch key := strings.ToLower(k.Value); {
		case key == "x-amazon-apigateway-any-method":
			return []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
		case slices.Contains(verbs, key):
			methods = append(methods, strings.ToUpper(key))
		}
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

// binaryMediaTypes adds the resource's BinaryMediaTypes to the document's; in a template / may be
// written ~1.
func (b *apiReader) binaryMediaTypes() {
	n := b.resolved("BinaryMediaTypes")
	if n == nil || n.Kind != yaml.SequenceNode {
		return
	}
	all := document.Get(b.body, "x-amazon-apigateway-binary-media-types")
	if all == nil {
		all = document.Sequence(n)
		document.Put(b.body, "x-amazon-apigateway-binary-media-types", all)
	}
	for _, e := range n.Content {
		text := strings.ReplaceAll(e.Value, "~1", "/")
		if !slices.ContainsFunc(all.Content, func(x *yaml.Node) bool { return x.Value == text }) {
			all.Content = append(all.Content, document.Scalar(e, text))
		}
	}
}

// restAPI reads an AWS::ApiGateway::RestApi with the Stage, Deployment and GatewayResponse
// resources that belong to it.
func (b *apiReader) restAPI(a *API) {
	b.define("Body", "BodyS3Location")
	described := b.body != nil
	if b.body == nil && len(b.problems) == 0 {
		if b.body = b.methods(); b.body == nil && len(b.problems) == 0 {
			b.warnings = append(b.warnings, b.files.errorf(b.res.key, "%s has no Body, and no AWS::ApiGateway::Method belongs to it, so there is nothing to serve", b.res.id))
			return
		}
	}
	if b.body != nil && b.body.Kind == yaml.MappingNode {
		b.resourcePolicy(document.Get(b.res.properties, "Policy"))
	}
	for _, res := range b.order {
		if !strings.HasPrefix(res.kind, "AWS::ApiGateway::") || !b.belongs(res) {
			continue
		}
		of := &apiReader{resolver: b.resolver, res: res}
		switch res.kind {
		case "AWS::ApiGateway::Stage":
			// The first stage counts, except the one that early SAM versions created in addition by
			// mistake.
			name, _ := b.text(res, "StageName")
			if name != "" && (a.Stage == "" || a.Stage == "Stage") {
				a.Stage = name
				a.StageVariables = of.variables(of.resolved("Variables"))
				a.MethodSettings, a.Canary = nil, nil
				of.stageSettings(a, res.properties, "CanarySetting")
				if t := of.resolved("TracingEnabled"); t != nil {
					a.Tracing = t.Value == "true"
				}
			}
		case "AWS::ApiGateway::Deployment":
			name, _ := b.text(res, "StageName")
			if name != "" && a.Stage == "" {
				a.Stage = name
				a.StageVariables = of.variables(of.resolved("StageDescription", "Variables"))
				of.stageSettings(a, document.Get(res.properties, "StageDescription"), "CanarySetting")
			}
		case "AWS::ApiGateway::GatewayResponse":
			kind := cmp.Or(of.resolved("ResponseType"), document.Scalar(res.key, ""))
			def := document.Mapping(res.key)
			for _, p := range []string{"StatusCode", "ResponseParameters", "ResponseTemplates"} {
				if v := of.resolved(p); v != nil {
					document.Put(def, p, v)
				}
			}
			if b.body != nil && b.body.Kind == yaml.MappingNode {
				b.gatewayResponses(document.Mapping(res.key, kind.Value, def))
			}
		case "AWS::ApiGateway::Resource", "AWS::ApiGateway::Method":
			if !described {
				continue
			}
			b.fail(res.key, "%s adds to the Body of %s, which is not supported", res.kind, b.res.id).Fixed("write it in the Body").NotSupported()
		}
		b.problems = append(b.problems, of.problems...)
	}
	if a.Stage == "" {
		a.Stage = "prod"
	}
}

// belongs reports whether a resource's RestApiId is this API.
func (b *apiReader) belongs(res *resource) bool {
	id := document.Get(res.properties, "RestApiId")
	if id == nil {
		return false
	}
	var v *yaml.Node
	var ps document.Problems
	b.standIns(func() { v, ps = b.resolve(id) })
	return len(ps) == 0 && v != nil && v.Value == b.apiID(b.res.id)
}
