package sam

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// Functions and state machines may name the routes that lead to them, in Events of type Api. The
// SAM transform writes these routes into the definition of the API, as aws_proxy integrations; so
// does this file.

const anyMethod = "x-amazon-apigateway-any-method"

// event is an event of type Api.
type event struct {
	res  *resource  // the function or state machine
	key  *yaml.Node // its name
	node *yaml.Node
	api  string // logical ID
}

// apiEvents lists the events of type Api in the order of the template.
func (r *resolver) apiEvents(order []*resource) (all []event) {
	for _, res := range order {
		if res.kind != "AWS::Serverless::Function" && res.kind != stateMachine {
			continue
		}
		for k, e := range document.Pairs(document.Get(res.properties, "Events")) {
			if id, ok := r.eventAPI(e); ok {
				all = append(all, event{res, k, e, id})
			}
		}
	}
	return all
}

// strays reports events whose API is not in the template.
func (r *resolver) strays(events []event) (ps document.Problems) {
	for _, e := range events {
		switch res := r.resources[e.api]; {
		case e.api == implicitAPI, res != nil && isAPI(res.kind), r.conditional[e.api]:
		case res != nil && isHTTPAPI(res.kind):
			ps = append(ps, r.files.errorf(e.key, "the event %s of %s is of type Api, but %s is an HTTP API", e.key.Value, e.res.id, e.api).Fixed("write Type: HttpApi and ApiId"))
		default:
			ps = append(ps, r.files.errorf(e.key, "the RestApiId of the event %s of %s must be !Ref of an AWS::Serverless::Api of this template", e.key.Value, e.res.id))
		}
	}
	return ps
}

// events adds the operations of Api events to the document. A definition in the template is left
// unchanged, as in SAM, unless MergeDefinitions is true; events then only permit the API to invoke
// the function.
func (b *apiReader) events(defined bool) {
	merge := b.resolved("MergeDefinitions")
	added := map[string]string{} // method and path → event
	for _, e := range b.apiEvents(b.order) {
		if e.api != b.res.id {
			continue
		}
		before := len(b.problems)
		path, key := b.route(e, defined && (merge == nil || merge.Value != "true"), added)
		if news := b.problems[before:]; len(news) > 0 && b.o.Lenient {
			op := b.leave(news, e.key)
			if item := document.Get(b.paths(), path); key != "" && item != nil && item.Kind == yaml.MappingNode {
				document.Put(item, key, op)
			}
			b.problems = b.problems[:before]
		}
	}
}

const stateMachine = "AWS::Serverless::StateMachine"

// eventProperties are the properties of an event of type Api:
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html
var eventProperties = map[string]bool{
	"Auth": true, "Method": true, "Path": true, "RequestModel": true, "RequestParameters": true, "ResponseTransferMode": true,
	"RestApiId": true, "Stage": true, "TimeoutInMillis": true, "UnescapeMappingTemplate": true,
}

// route adds the operation of an event, or finds it if the definition is fixed. It returns the path
// and key of the operation if it belongs to the event.
func (b *apiReader) route(e event, fixed bool, added map[string]string) (path, key string) {
	path, method := b.eventText(e, "Path"), strings.ToLower(b.eventText(e, "Method"))
	if n := document.Get(e.node, "Properties", "Path"); n != nil && n.Kind != yaml.ScalarNode {
		b.refuse(n, "the Path of the event %s of %s is made by an intrinsic function", e.key.Value, e.res.id).Fixed("write it out")
	}
	for k := range document.Pairs(document.Get(e.node, "Properties")) {
		if !eventProperties[k.Value] {
			b.refuse(k, "an event of type Api has no property %s", k.Value).Fixed("set what holds for the whole API, such as Cors, on an AWS::Serverless::Api")
		}
	}
	if path == "" || method == "" {
		return "", ""
	}
	key = method
	if method == "any" {
		key = anyMethod
	}
	name := strings.ToUpper(method) + " " + path
	if fixed {
		if op := b.operationAt(path, key); op == nil && b.operationAt(path, anyMethod) == nil {
			b.warnings = append(b.warnings, b.files.errorf(e.key, "the definition of %s does not have %s, which the event %s of %s names", b.res.id, name, e.key.Value, e.res.id).Fixed("SAM adds it only with MergeDefinitions: true"))
		} else if op != nil && document.Get(e.node, "Properties", "Auth", "OverrideApiAuth") != nil {
			b.eventAuth(e, op)
		}
		return "", ""
	}
	if other, ok := added[key+" "+path]; ok {
		b.fail(e.key, "%s is defined by the event %s already", name, other)
		return "", ""
	}
	added[key+" "+path] = e.key.Value + " of " + e.res.id
	b.event(e, path, key)
	return path, key
}

// operationAt returns an operation of the document, nil if there is none.
func (b *apiReader) operationAt(path, method string) *yaml.Node {
	for k, op := range document.Pairs(document.Get(b.paths(), path)) {
		if strings.EqualFold(k.Value, method) {
			return op
		}
	}
	return nil
}

// event adds the operation of one event.
func (b *apiReader) event(e event, path, method string) {
	item := document.Get(b.paths(), path)
	if item == nil || document.IsNull(item) {
		item = document.Mapping(e.key)
		document.Put(b.paths(), path, item)
	}
	if item.Kind != yaml.MappingNode {
		b.fail(item, "the path %s must be a map, not a %s", path, document.KindName(item))
		return
	}
	in, ok := b.eventIntegration(e)
	if !ok {
		return
	}
	op := document.Get(item, method)
	if op == nil || op.Kind != yaml.MappingNode {
		op = document.Mapping(e.key, "responses", b.eventResponses(e))
		document.Put(item, method, op)
	}
	document.Put(op, "x-amazon-apigateway-integration", in)
	if n := document.Get(e.node, "Properties", "TimeoutInMillis"); n != nil {
		if v := b.eventValue(n); v != nil {
			document.Put(in, "timeoutInMillis", v)
		}
	}
	b.eventAuth(e, op)
	b.addPolicy(document.Get(e.node, "Properties", "Auth", "ResourcePolicy"), []string{policyURI(method, path)})
	b.requestModel(e, op)
	b.requestParameters(e, op)
}

// eventResponses are the method responses of an event's operation.
func (b *apiReader) eventResponses(e event) *yaml.Node {
	all := document.Mapping(e.key)
	if e.res.kind == stateMachine {
		document.Put(all, "200", document.Mapping(e.key, "description", "OK"))
		document.Put(all, "400", document.Mapping(e.key, "description", "Bad Request"))
	}
	return all
}

// machineIntegration makes the integration that starts a state machine with the request's body as
// its input. Like SAM's template, ours leaves the backslash before an apostrophe, which is not
// JSON, unless UnescapeMappingTemplate is set.
func (b *apiReader) machineIntegration(e event) (in *yaml.Node, ok bool) {
	arn, msg := b.reference(e.res)
	if msg != "" {
		b.fail(e.key, "%s", msg)
		return nil, false
	}
	unescaped := ""
	if n := b.eventValue(document.Get(e.node, "Properties", "UnescapeMappingTemplate")); n != nil && n.Value == "true" {
		unescaped = `.replaceAll("\\'","'")`
	}
	body := `{"input": "$util.escapeJavaScript($input.json('$'))` + unescaped + `", "stateMachineArn": "` + arn + `"}`
	responses := document.Mapping(e.key)
	for _, status := range []string{"200", "400"} {
		document.Put(responses, status, document.Mapping(e.key, "statusCode", status))
	}
	return document.Mapping(e.key, "type", "aws", "httpMethod", "POST",
		"uri", fmt.Sprintf("arn:%s:apigateway:%s:states:action/StartExecution", b.o.Partition, b.o.Region),
		"responses", responses, "credentials", fmt.Sprintf("arn:%s:iam::%s:role/%s%sRole", b.o.Partition, b.o.Account, e.res.id, e.key.Value),
		"requestTemplates", document.Mapping(e.key, "application/json", body)), true
}

// eventIntegration makes the integration with the resource of an event.
func (b *apiReader) eventIntegration(e event) (in *yaml.Node, ok bool) {
	if e.res.kind == stateMachine {
		return b.machineIntegration(e)
	}
	name, msg := b.name(e.res)
	alias := ""
	if msg == "" {
		alias, msg = b.text(e.res, "AutoPublishAlias")
	}
	if msg != "" {
		b.fail(e.key, "%s", msg)
		return nil, false
	}
	if mode := document.Get(e.node, "Properties", "ResponseTransferMode"); mode != nil && mode.Value == "RESPONSE_STREAM" {
		uri := fmt.Sprintf("arn:%s:apigateway:%s:lambda:path/2021-11-15/functions/%s/response-streaming-invocations", b.o.Partition, b.o.Region, b.functionARN(name, alias))
		return document.Mapping(e.key, "type", "aws_proxy", "httpMethod", "POST", "uri", uri, "responseTransferMode", "STREAM"), true
	}
	uri := fmt.Sprintf("arn:%s:apigateway:%s:lambda:path/2015-03-31/functions/%s/invocations", b.o.Partition, b.o.Region, b.functionARN(name, alias))
	return document.Mapping(e.key, "type", "aws_proxy", "httpMethod", "POST", "uri", uri), true
}

// eventValue resolves a node of an event, nil if it is absent or wrong.
func (b *apiReader) eventValue(n *yaml.Node) *yaml.Node {
	if n == nil {
		return nil
	}
	v, ps := b.resolve(n)
	b.problems = append(b.problems, ps...)
	return v
}

// eventText is a property of an event that must be there and be a string.
func (b *apiReader) eventText(e event, property string) string {
	n := document.Get(e.node, "Properties", property)
	if n == nil {
		b.fail(e.key, "the event %s of %s has no %s", e.key.Value, e.res.id, property)
		return ""
	}
	before := len(b.problems)
	var v *yaml.Node
	met := b.standIns(func() { v = b.eventValue(n) })
	switch {
	case len(met) == 0:
	case property == "Path" && v != nil && strings.HasPrefix(v.Value, "/"): // a path nevertheless
		if b.noted != nil {
			*b.noted = append(*b.noted, met...)
		}
	default:
		b.fail(n, "the %s of the event %s of %s depends on %s, which %s", property, e.key.Value, e.res.id, met[0].Of, met[0].Why).Fixed("%s", met[0].Fix).NotSupported()
	}
	if len(b.problems) > before {
		return ""
	}
	if v == nil || v.Kind != yaml.ScalarNode || v.Value == "" {
		b.fail(n, "the %s of the event %s of %s must be a string", property, e.key.Value, e.res.id)
		return ""
	}
	return v.Value
}

// requestModel adds the model and the validator of an event's RequestModel.
func (b *apiReader) requestModel(e event, op *yaml.Node) {
	n := document.Get(e.node, "Properties", "RequestModel")
	model := b.eventValue(n)
	if model == nil {
		return
	}
	name := document.Get(model, "Model")
	if name == nil || name.Kind != yaml.ScalarNode {
		b.fail(n, "the RequestModel of the event %s of %s needs a Model", e.key.Value, e.res.id)
		return
	}
	if document.Get(b.res.properties, "Models", name.Value) == nil {
		b.fail(name, "the Models of %s have no %q, which the event %s of %s names", b.res.id, name.Value, e.key.Value, e.res.id)
		return
	}
	ref := strings.ToLower(name.Value)
	if document.Get(b.body, "openapi") != nil {
		schema := document.Mapping(name, "schema", document.Mapping(name, "$ref", "#/components/schemas/"+ref))
		document.Put(op, "requestBody", document.Mapping(name, "content", document.Mapping(name, "application/json", schema)))
	} else {
		b.parameter(op, document.Mapping(name, "in", "body", "name", ref, "schema", document.Mapping(name, "$ref", "#/definitions/"+ref)))
	}
	body, parameters := document.Get(model, "ValidateBody"), document.Get(model, "ValidateParameters")
	if body == nil && parameters == nil {
		return
	}
	no := document.Scalar(name, "false")
	no.Tag = "!!bool"
	body, parameters = cmp.Or(body, no), cmp.Or(parameters, no)
	validator := "body-" + body.Value + "-parameters-" + parameters.Value
	const all = "x-amazon-apigateway-request-validators"
	if document.Get(b.body, all) == nil {
		document.Put(b.body, all, document.Mapping(name))
	}
	document.Put(document.Get(b.body, all), validator, document.Mapping(name, "validateRequestBody", body, "validateRequestParameters", parameters))
	document.Put(op, "x-amazon-apigateway-request-validator", document.Scalar(name, validator))
}

// parameter adds a parameter to an operation.
func (b *apiReader) parameter(op, p *yaml.Node) {
	list := document.Get(op, "parameters")
	if list == nil || list.Kind != yaml.SequenceNode {
		list = document.Sequence(p)
		document.Put(op, "parameters", list)
	}
	list.Content = append(list.Content, p)
}

// requestParameters adds the parameters of an event: names, or maps from a name to its
// requirements.
func (b *apiReader) requestParameters(e event, op *yaml.Node) {
	for _, n := range document.Items(b.eventValue(document.Get(e.node, "Properties", "RequestParameters"))) {
		name, required := n, false
		for k, v := range document.Pairs(n) {
			name = k
			required, _ = strconv.ParseBool(cmp.Or(document.Get(v, "Required"), document.Scalar(n, "")).Value)
			break
		}
		where, parameter, ok := strings.Cut(strings.TrimPrefix(name.Value, "method.request."), ".")
		in := map[string]string{"path": "path", "querystring": "query", "header": "header"}[where]
		if !ok || in == "" || !strings.HasPrefix(name.Value, "method.request.") {
			b.fail(name, "%q names no parameter", name.Value).Fixed("write method.request.querystring.NAME, method.request.path.NAME or method.request.header.NAME")
			continue
		}
		p := document.Mapping(name, "name", parameter, "in", in)
		if required {
			yes := document.Scalar(name, "true")
			yes.Tag = "!!bool"
			document.Put(p, "required", yes)
		}
		if document.Get(b.body, "openapi") != nil {
			document.Put(p, "schema", document.Mapping(name, "type", "string"))
		} else {
			document.Put(p, "type", document.Scalar(name, "string"))
		}
		b.parameter(op, p)
	}
}

// isMethod reports whether a key of a path item is a method.
func isMethod(key string) bool {
	key = strings.ToLower(key)
	return slices.Contains(verbs, key) || key == anyMethod
}
