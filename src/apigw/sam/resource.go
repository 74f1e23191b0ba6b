package sam

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// resource is an entry of Resources whose condition holds.
type resource struct {
	id         string
	kind       string // its Type
	key        *yaml.Node
	node       *yaml.Node
	properties *yaml.Node // Globals merged in, unresolved
}

// apiID is the id of an API, or of its root resource, from the logical ID.
func (r *resolver) apiID(id string) string { return idHash(r.path + id) }

// idHash derives from a string an id like those of API Gateway: ten letters and digits.
func idHash(id string) string {
	const digits = "abcdefghijklmnopqrstuvwxyz0123456789"
	sum := sha256.Sum256([]byte(id))
	b := make([]byte, 10)
	for i := range b {
		b[i] = digits[int(sum[i])%len(digits)]
	}
	return string(b)
}

func (r *resolver) arn(service, rest string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", r.o.Partition, service, r.o.Region, r.o.Account, rest)
}

// functionARN is the ARN of a function, of its alias or version if qualifier is not empty.
func (r *resolver) functionARN(name, qualifier string) string {
	if strings.HasPrefix(name, "arn:") {
		if qualifier != "" {
			name += ":" + qualifier
		}
		return name
	}
	arn := r.arn("lambda", "function:"+name)
	if qualifier != "" {
		arn += ":" + qualifier
	}
	return arn
}

// names are the properties that name a resource; its Ref returns the name unless references says
// otherwise.
var names = map[string]string{
	"AWS::ApiGateway::Model":               "Name",
	"AWS::ApiGateway::Stage":               "StageName",
	"AWS::CloudWatch::Alarm":               "AlarmName",
	"AWS::DynamoDB::GlobalTable":           "TableName",
	"AWS::DynamoDB::Table":                 "TableName",
	"AWS::Events::EventBus":                "Name",
	"AWS::Events::Rule":                    "Name",
	"AWS::IAM::Role":                       "RoleName",
	"AWS::Kinesis::Stream":                 "Name",
	"AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
	"AWS::Lambda::Function":                "FunctionName",
	"AWS::Logs::LogGroup":                  "LogGroupName",
	"AWS::Logs::LogStream":                 "LogStreamName",
	"AWS::S3::Bucket":                      "BucketName",
	"AWS::SNS::Topic":                      "TopicName",
	"AWS::SQS::Queue":                      "QueueName",
	"AWS::SSM::Parameter":                  "Name",
	"AWS::SecretsManager::Secret":          "Name",
	"AWS::Serverless::Function":            "FunctionName",
	"AWS::Serverless::SimpleTable":         "TableName",
	"AWS::Serverless::StateMachine":        "Name",
	"AWS::StepFunctions::StateMachine":     "StateMachineName",
}

// arns are the service and resource parts of the ARNs of resources, %s being the name.
var arns = map[string][2]string{
	"AWS::CloudWatch::Alarm":               {"cloudwatch", "alarm:%s"},
	"AWS::Cognito::UserPool":               {"cognito-idp", "userpool/%s"},
	"AWS::DynamoDB::GlobalTable":           {"dynamodb", "table/%s"},
	"AWS::DynamoDB::Table":                 {"dynamodb", "table/%s"},
	"AWS::Events::EventBus":                {"events", "event-bus/%s"},
	"AWS::Kinesis::Stream":                 {"kinesis", "stream/%s"},
	"AWS::KinesisFirehose::DeliveryStream": {"firehose", "deliverystream/%s"},
	"AWS::Lambda::Function":                {"lambda", "function:%s"},
	"AWS::Logs::LogGroup":                  {"logs", "log-group:%s:*"},
	"AWS::SNS::Topic":                      {"sns", "%s"},
	"AWS::SQS::Queue":                      {"sqs", "%s"},
	"AWS::SecretsManager::Secret":          {"secretsmanager", "secret:%s"},
	"AWS::Serverless::Function":            {"lambda", "function:%s"},
	"AWS::Serverless::SimpleTable":         {"dynamodb", "table/%s"},
	"AWS::Serverless::StateMachine":        {"states", "stateMachine:%s"},
	"AWS::StepFunctions::StateMachine":     {"states", "stateMachine:%s"},
}

// refersToARN are the types whose Ref is an ARN.
var refersToARN = map[string]bool{
	"AWS::SNS::Topic": true, "AWS::SecretsManager::Secret": true, "AWS::Serverless::StateMachine": true,
	"AWS::StepFunctions::StateMachine": true,
}

func isFunction(kind string) bool {
	return kind == "AWS::Serverless::Function" || kind == "AWS::Lambda::Function"
}

func isAPI(kind string) bool {
	return kind == "AWS::Serverless::Api" || kind == "AWS::ApiGateway::RestApi"
}

func isHTTPAPI(kind string) bool {
	return kind == "AWS::Serverless::HttpApi" || kind == "AWS::ApiGatewayV2::Api"
}

// name is the physical name of a resource: its name property, or else its logical ID.
func (r *resolver) name(res *resource) (string, string) {
	switch res.kind {
	case userPool:
		return r.poolID(res.id), ""
	case userPoolClient:
		return clientID(res.id), ""
	}
	n := document.Get(res.properties, names[res.kind])
	if names[res.kind] == "" || n == nil {
		return r.ownName(res), ""
	}
	named := r.named
	r.named = nil // parameters in a resource's name are not attributed to what refers to the resource
	defer func() { r.named = named }()
	key := "name of " + res.id
	if r.evaluating[key] {
		return "", "the name of " + res.id + " refers to itself"
	}
	r.evaluating[key] = true
	defer delete(r.evaluating, key)
	v, ps := r.resolve(n)
	if len(ps) > 0 {
		return "", ps[0].Reason
	}
	if v == nil {
		return r.ownName(res), ""
	}
	if v.Kind != yaml.ScalarNode || v.Value == "" {
		return "", "the " + names[res.kind] + " of " + res.id + " is not a string"
	}
	return v.Value, ""
}

// ownName is the name of a resource without one: its logical ID, in the form that the service
// requires, after those of its stack if another stack has that ID.
func (r *resolver) ownName(res *resource) string {
	name := res.id
	if r.owners[name] != r.path {
		name = strings.ReplaceAll(r.path, "/", "") + name
	}
	for _, fifo := range []string{"FifoQueue", "FifoTopic"} {
		if n := document.Get(res.properties, fifo); n != nil && n.Value == "true" {
			return name + ".fifo"
		}
	}
	if res.kind == "AWS::S3::Bucket" {
		return strings.ToLower(name)
	}
	return name
}

// ref returns the value of Ref for a name, or why it has none.
func (r *resolver) ref(name string, at *yaml.Node) (*yaml.Node, string) {
	return r.refIn(name, at, false)
}

// refIn is ref, for a name that in an open document may stand for a function.
func (r *resolver) refIn(name string, at *yaml.Node, function bool) (*yaml.Node, string) {
	if strings.HasPrefix(name, "AWS::") {
		return r.pseudo(name, at)
	}
	if p := document.Get(r.parameters, name); p != nil {
		if _, known := r.named[name]; r.named != nil && !known {
			r.named[name] = r.files.pos(at)
		}
		return r.parameter(name, p, at)
	}
	if res, ok := r.resources[name]; ok {
		if v, given := r.o.Parameters[name]; given {
			return document.Scalar(at, v), ""
		}
		text, msg := r.refResource(res, at)
		return document.Scalar(at, text), msg
	}
	if text, ok, msg := r.refGenerated(name); ok {
		return document.Scalar(at, text), msg
	}
	if r.open {
		if v, ok := r.o.Parameters[name]; ok {
			return document.Scalar(at, v), ""
		}
		if function {
			return document.Scalar(at, r.openFunction(name, at).Name), ""
		}
		return document.Scalar(at, r.stand(at, name, "is known only once deployed", name, "pass --parameter-overrides "+name+"=VALUE")), ""
	}
	return nil, fmt.Sprintf("the template has no parameter or resource %q", name)
}

func (r *resolver) pseudo(name string, at *yaml.Node) (*yaml.Node, string) {
	switch name {
	case "AWS::AccountId":
		return document.Scalar(at, r.o.Account), ""
	case "AWS::Region":
		return document.Scalar(at, r.o.Region), ""
	case "AWS::Partition":
		return document.Scalar(at, r.o.Partition), ""
	case "AWS::StackName":
		return document.Scalar(at, r.o.Stack), ""
	case "AWS::StackId":
		return document.Scalar(at, r.arn("cloudformation", "stack/"+r.o.Stack+"/00000000-0000-0000-0000-000000000000")), ""
	case "AWS::URLSuffix":
		return document.Scalar(at, "amazonaws.com"), ""
	case "AWS::NotificationARNs":
		return document.Sequence(at), ""
	case "AWS::NoValue":
		return noValue, ""
	}
	return nil, "there is no pseudo parameter " + name
}

// parameter is the value of a parameter of the template: an override, or else the default.
func (r *resolver) parameter(name string, p, at *yaml.Node) (*yaml.Node, string) {
	text, given := r.o.Parameters[name]
	kind := "String"
	if t := document.Get(p, "Type"); t != nil {
		kind = t.Value
	}
	of, stored := strings.CutPrefix(kind, "AWS::SSM::Parameter::Value<")
	if stored {
		kind = strings.TrimSuffix(of, ">")
	}
	switch d := document.Get(p, "Default"); {
	case given:
	case d == nil:
		text = r.stand(at, "the parameter "+name, "has no default", r.assumed(name, kind, p), "pass --parameter-overrides "+name+"=VALUE")
	case d.Kind != yaml.ScalarNode:
		return nil, fmt.Sprintf("the default of the parameter %s is a %s", name, document.KindName(d))
	case stored:
		text = r.stand(at, "the parameter "+name, "is read from the parameter store ("+d.Value+")", r.assumed(name, kind, p), "pass --parameter-overrides "+name+"=VALUE")
	default:
		text = d.Value
	}
	if allowed := document.Get(p, "AllowedValues"); allowed != nil && allowed.Kind == yaml.SequenceNode {
		ok := false
		var all []string
		for _, a := range allowed.Content {
			ok = ok || a.Value == text
			all = append(all, a.Value)
		}
		if !ok {
			return nil, fmt.Sprintf("the parameter %s is %q; it must be one of %s", name, text, strings.Join(all, ", "))
		}
	}
	if kind == "CommaDelimitedList" || strings.HasPrefix(kind, "List<") {
		parts := strings.Split(text, ",")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		return list(at, parts), ""
	}
	v := document.Scalar(at, text)
	if kind == "Number" {
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return nil, fmt.Sprintf("the parameter %s is %q, which is not a number", name, text)
		}
		v.Tag = "!!float"
		if _, err := strconv.Atoi(text); err == nil {
			v.Tag = "!!int"
		}
	}
	return v, ""
}

// assumed invents a value for a parameter.
func (r *resolver) assumed(name, kind string, p *yaml.Node) string {
	if allowed := document.Get(p, "AllowedValues"); allowed != nil && len(allowed.Content) > 0 {
		return allowed.Content[0].Value
	}
	if kind == "Number" {
		if low := document.Get(p, "MinValue"); low != nil {
			return low.Value
		}
		return "1"
	}
	return name
}

// refResource is the value of Ref for a resource.
func (r *resolver) refResource(res *resource, at *yaml.Node) (text, msg string) {
	if text, msg = r.reference(res); msg == "" {
		r.deployed(res, at, text)
	}
	return text, msg
}

func (r *resolver) reference(res *resource) (text, msg string) {
	name, msg := r.name(res)
	if msg != "" {
		return "", msg
	}
	switch {
	case isAPI(res.kind):
		return r.apiID(res.id), ""
	case res.kind == "AWS::SQS::Queue":
		base := strings.TrimSuffix(r.o.Queues, "/")
		if base == "" {
			base = fmt.Sprintf("https://sqs.%s.amazonaws.com", r.o.Region)
		}
		return fmt.Sprintf("%s/%s/%s", base, r.o.Account, name), ""
	case res.kind == "AWS::Lambda::Alias", res.kind == "AWS::Lambda::Version":
		return r.qualifiedARN(res)
	case refersToARN[res.kind]:
		return r.arn(arns[res.kind][0], fmt.Sprintf(arns[res.kind][1], name)), ""
	}
	return name, ""
}

// published is the version that the first deployment publishes.
const published = "1"

// qualifiedARN is the ARN of an AWS::Lambda::Alias or AWS::Lambda::Version.
func (r *resolver) qualifiedARN(res *resource) (text, msg string) {
	key := "function of " + res.id
	if r.evaluating[key] {
		return "", res.id + " refers to itself"
	}
	r.evaluating[key] = true
	defer delete(r.evaluating, key)
	property := func(name string) string {
		n := document.Get(res.properties, name)
		if n == nil {
			msg = res.id + " has no " + name
			return ""
		}
		v, ps := r.resolve(n)
		if len(ps) > 0 {
			msg = ps[0].Reason
			return ""
		}
		if v == nil {
			msg = res.id + " has no " + name
			return ""
		}
		return v.Value
	}
	function, qualifier := property("FunctionName"), published
	if res.kind == "AWS::Lambda::Alias" {
		qualifier = property("Name")
	}
	if msg != "" {
		return "", msg
	}
	return r.functionARN(function, qualifier), ""
}

// refGenerated is the value of Ref for a resource that the SAM transform creates. ok is false if
// there is none of that name.
func (r *resolver) refGenerated(name string) (text string, ok bool, msg string) {
	if name == implicitAPI {
		return r.apiID(implicitAPI), true, ""
	}
	if name == implicitAPI+"ProdStage" {
		return "Prod", true, ""
	}
	base, attr, dotted := strings.Cut(name, ".")
	if dotted {
		res := r.resources[base]
		if res == nil {
			return "", false, ""
		}
		text, msg = r.attribute(base, attr, res.node)
		return text, true, msg
	}
	for id, res := range r.resources {
		rest, found := strings.CutPrefix(name, id)
		if !found {
			continue
		}
		switch {
		case res.kind == "AWS::Serverless::Api" && rest == "Stage":
			text, msg = r.attribute(id, "Stage", res.node)
			return text, true, msg
		case res.kind == "AWS::Serverless::Api" && strings.HasSuffix(rest, "Stage"):
			return strings.TrimSuffix(rest, "Stage"), true, ""
		case res.kind == "AWS::Serverless::Function" && rest == "Role":
			return name, true, ""
		case res.kind == "AWS::Serverless::Function" && strings.HasPrefix(rest, "Alias"):
			text, msg = r.attribute(id, "Alias", res.node)
			return text, true, msg
		}
	}
	return "", false, ""
}

// attribute is the value of Fn::GetAtt.
func (r *resolver) attribute(id, attr string, at *yaml.Node) (text, msg string) {
	if v, given := r.o.Parameters[id+"."+attr]; given {
		return v, ""
	}
	stands := r.depends(func() { text, msg = r.attributeOf(id, attr, at) })
	if res := r.resources[id]; res != nil && msg == "" && !stands && !isNested(res.kind) {
		r.deployed(res, at, text)
	}
	return text, msg
}

func (r *resolver) attributeOf(id, attr string, at *yaml.Node) (text, msg string) {
	res := r.resources[id]
	if res == nil {
		if r.open && document.Get(r.parameters, id) == nil {
			return r.openAttribute(id, attr, at)
		}
		if strings.HasSuffix(id, "Role") && attr == "Arn" {
			if f := r.resources[strings.TrimSuffix(id, "Role")]; f != nil && f.kind == "AWS::Serverless::Function" {
				return fmt.Sprintf("arn:%s:iam::%s:role/%s", r.o.Partition, r.o.Account, id), ""
			}
		}
		if id == implicitAPI && attr == "RootResourceId" {
			return r.apiID(id + "/"), ""
		}
		return "", fmt.Sprintf("the template has no resource %q", id)
	}
	if output, ok := strings.CutPrefix(attr, "Outputs."); ok && isNested(res.kind) {
		if text, ok := r.output(res, output); ok {
			return text, ""
		}
		return r.attributeStandIn(id, attr, at), ""
	}
	name, msg := r.name(res)
	if msg != "" {
		return "", msg
	}
	switch {
	case res.kind == "AWS::Serverless::Function" && (attr == "Alias" || attr == "AliasArn"):
		alias, msg := r.text(res, "AutoPublishAlias")
		if msg != "" {
			return "", msg
		}
		if alias == "" {
			return "", fmt.Sprintf("%s has no alias: AutoPublishAlias is not set", id)
		}
		return r.functionARN(name, alias), ""
	case res.kind == "AWS::Serverless::Function" && attr == "Version":
		return r.functionARN(name, published), ""
	case res.kind == "AWS::Serverless::Function" && attr == "Version.Version", res.kind == "AWS::Lambda::Version" && attr == "Version":
		return published, ""
	case res.kind == "AWS::Serverless::Api" && attr == "Stage":
		return r.text(res, "StageName")
	case res.kind == userPool && attr == "ProviderName":
		return r.poolProvider(name), ""
	case res.kind == userPool && attr == "ProviderURL":
		return "https://" + r.poolProvider(name), ""
	case res.kind == userPool && attr == "UserPoolId", res.kind == userPoolClient && attr == "ClientId":
		return name, ""
	case isAPI(res.kind) && attr == "RestApiId":
		return r.apiID(id), ""
	case isAPI(res.kind) && attr == "RootResourceId":
		return r.apiID(id + "/"), ""
	case strings.HasPrefix(res.kind, "AWS::ApiGateway::") && attr == strings.TrimPrefix(res.kind, "AWS::ApiGateway::")+"Id": // as Ref does
		return r.reference(res)
	case res.kind == "AWS::SQS::Queue" && attr == "QueueName", res.kind == "AWS::SNS::Topic" && attr == "TopicName":
		return name, ""
	case attr == "Name" && (strings.HasSuffix(res.kind, "::StateMachine") || res.kind == "AWS::Events::EventBus"):
		return name, ""
	case res.kind == "AWS::SQS::Queue" && attr == "QueueUrl":
		return r.reference(res)
	case res.kind == "AWS::IAM::Role" && attr == "Arn":
		return fmt.Sprintf("arn:%s:iam::%s:role/%s", r.o.Partition, r.o.Account, name), ""
	case res.kind == "AWS::S3::Bucket" && attr == "Arn":
		return fmt.Sprintf("arn:%s:s3:::%s", r.o.Partition, name), ""
	case res.kind == "AWS::SNS::Topic" && attr == "TopicArn":
		attr = "Arn"
	case strings.HasPrefix(res.kind, "AWS::DynamoDB::") && attr == "StreamArn":
		return r.arn("dynamodb", "table/"+name+"/stream/2000-01-01T00:00:00.000"), ""
	}
	if a, ok := arns[res.kind]; ok && attr == "Arn" {
		return r.arn(a[0], fmt.Sprintf(a[1], name)), ""
	}
	if parts := strings.Split(res.kind, "::"); attr == "Arn" && len(parts) == 3 {
		return r.arn(strings.ToLower(parts[1]), strings.ToLower(parts[2])+"/"+name), ""
	}
	return r.attributeStandIn(id, attr, at), ""
}

// text resolves a property that is a string; it is empty if the resource lacks it.
func (r *resolver) text(res *resource, property string) (text, msg string) {
	n := document.Get(res.properties, property)
	if n == nil {
		return "", ""
	}
	v, ps := r.resolve(n)
	if len(ps) > 0 {
		return "", ps[0].Reason
	}
	if v == nil {
		return "", ""
	}
	if v.Kind != yaml.ScalarNode {
		return "", fmt.Sprintf("the %s of %s must be a string, not a %s", property, res.id, document.KindName(v))
	}
	return v.Value, ""
}

// openAttribute is Fn::GetAtt in a stand-alone OpenAPI document: the resource is assumed to be a
// function.
func (r *resolver) openAttribute(id, attr string, at *yaml.Node) (text, msg string) {
	switch attr {
	case "Arn":
		return r.functionARN(r.openFunction(id, at).Name, ""), ""
	case "Alias":
		f := r.openFunction(id, at)
		f.Alias = "live"
		return r.functionARN(f.Name, "live"), ""
	}
	return r.attributeStandIn(id, attr, at), ""
}

func (r *resolver) openFunction(id string, at *yaml.Node) *Function {
	for _, f := range r.opened {
		if f.ID == id {
			return f
		}
	}
	f := &Function{ID: id, Name: id, Timeout: openTimeout, Memory: defaultMemory, Pos: r.files.pos(at)}
	r.opened = append(r.opened, f)
	return f
}
