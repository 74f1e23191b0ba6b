package provision

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/local"
	"example.com/guessing-game/src/apigw/sam"
)

// plan says how a resource is created: by requests to a service, or why it is not.
type plan struct {
	service string // as ARNs name it
	calls   []call
	left    string // why the resource, or a part of it, is not created; empty if it is
}

// kind is a type of resource that can be created.
type kind struct {
	noun string
	plan func(r *sam.Creatable, region string) plan
}

// kinds are the kinds by Type in the template.
var kinds = map[string]kind{
	"AWS::DynamoDB::GlobalTable":           {"table", table},
	"AWS::DynamoDB::Table":                 {"table", table},
	"AWS::Events::EventBus":                {"event bus", eventBus},
	"AWS::Events::Rule":                    {"rule", rule},
	"AWS::Kinesis::Stream":                 {"stream", stream},
	"AWS::KinesisFirehose::DeliveryStream": {"delivery stream", deliveryStream},
	"AWS::Logs::LogGroup":                  {"log group", logGroup},
	"AWS::Logs::LogStream":                 {"log stream", logStream},
	"AWS::S3::Bucket":                      {"bucket", bucket},
	"AWS::SNS::Subscription":               {"subscription", subscription},
	"AWS::SNS::Topic":                      {"topic", topic},
	"AWS::SQS::Queue":                      {"queue", queue},
	"AWS::SSM::Parameter":                  {"parameter", parameter},
	"AWS::SecretsManager::Secret":          {"secret", secret},
	"AWS::Serverless::SimpleTable":         {"table", simpleTable},
	"AWS::Serverless::StateMachine":        {"state machine", stateMachine},
	"AWS::StepFunctions::StateMachine":     {"state machine", stateMachine},
}

// Types are the types of resources that [Create] creates.
func Types() []string { return slices.Collect(maps.Keys(kinds)) }

// Called reports whether a resource is one that [Create] creates and that functions usually call,
// rather than one that AWS fills or drives itself, such as the logs and schedules in most
// templates.
func Called(r *sam.Creatable) bool {
	_, ok := kinds[r.Kind]
	return ok && !strings.HasPrefix(r.Kind, "AWS::Logs::") && r.Kind != "AWS::Events::Rule"
}

func simpleTable(r *sam.Creatable, _ string) plan {
	name, letter := "id", "S"
	if key := document.Get(r.Properties, "PrimaryKey"); key != nil {
		if n := text(key, "Name"); n != "" {
			name = n
		}
		if t := text(key, "Type"); t != "" {
			letter = t[:1]
		}
	}
	return plan{service: "dynamodb", calls: []call{jsonCall("DynamoDB_20120810.CreateTable", json10, map[string]any{
		"TableName": r.Name, "AttributeDefinitions": []any{map[string]any{"AttributeName": name, "AttributeType": letter}},
		"KeySchema": []any{map[string]any{"AttributeName": name, "KeyType": "HASH"}}, "BillingMode": "PAY_PER_REQUEST",
	})}}
}

func table(r *sam.Creatable, _ string) plan {
	p := r.Properties
	in := map[string]any{"TableName": r.Name, "BillingMode": "PAY_PER_REQUEST"}
	take(in, p, "AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "GlobalSecondaryIndexes", "StreamSpecification")
	if strings.HasSuffix(r.Kind, "::Table") && document.Get(p, "ProvisionedThroughput") != nil && text(p, "BillingMode") != "PAY_PER_REQUEST" {
		in["BillingMode"] = "PROVISIONED"
		take(in, p, "ProvisionedThroughput")
	}
	if stream, ok := in["StreamSpecification"].(map[string]any); ok {
		stream["StreamEnabled"] = true
		keep(stream, "StreamEnabled", "StreamViewType")
	}
	if indexes, ok := in["GlobalSecondaryIndexes"].([]any); ok {
		for _, i := range indexes {
			if i, ok := i.(map[string]any); ok {
				keep(i, "IndexName", "KeySchema", "Projection", "ProvisionedThroughput")
				if in["BillingMode"] == "PAY_PER_REQUEST" {
					delete(i, "ProvisionedThroughput")
				}
			}
		}
	}
	calls := []call{jsonCall("DynamoDB_20120810.CreateTable", json10, in)}
	if document.Get(p, "TimeToLiveSpecification") != nil {
		in := map[string]any{"TableName": r.Name}
		take(in, p, "TimeToLiveSpecification")
		calls = append(calls, jsonCall("DynamoDB_20120810.UpdateTimeToLive", json10, in))
	}
	return plan{service: "dynamodb", calls: calls}
}

func queue(r *sam.Creatable, _ string) plan {
	attributes := attributesOf(r.Properties, "QueueName", "Tags")
	return plan{service: "sqs", calls: []call{jsonCall("AmazonSQS.CreateQueue", json10, map[string]any{"QueueName": r.Name, "Attributes": attributes})}}
}

func topic(r *sam.Creatable, region string) plan {
	attributes := map[string]string{}
	for _, name := range []string{"DisplayName", "FifoTopic", "ContentBasedDeduplication"} {
		if v := text(r.Properties, name); v != "" {
			attributes[name] = v
		}
	}
	p := plan{service: "sns", calls: []call{snsCall("CreateTopic", url.Values{"Name": {r.Name}}, attributes)}}
	for _, s := range document.Items(document.Get(r.Properties, "Subscription")) {
		c, left := subscribe(s, r.ARN)
		if left != "" {
			p.left = "its subscription: " + left
			continue
		}
		p.calls = append(p.calls, c)
	}
	return p
}

func subscription(r *sam.Creatable, _ string) plan {
	c, left := subscribe(r.Properties, text(r.Properties, "TopicArn"))
	return plan{service: "sns", calls: []call{c}, left: left}
}

// subscribe creates the subscriptions to a topic that the stand-in can reach.
func subscribe(p *yaml.Node, topic string) (c call, left string) {
	switch protocol := text(p, "Protocol"); protocol {
	case "sqs", "firehose":
		return snsCall("Subscribe", url.Values{"TopicArn": {topic}, "Protocol": {protocol}, "Endpoint": {text(p, "Endpoint")}},
			attributesOf(p, "TopicArn", "Protocol", "Endpoint", "Region")), ""
	case "lambda":
		return call{}, noFunctions
	default:
		return call{}, "nothing here receives messages by " + protocol
	}
}

const noFunctions = "its target is a function, which the stand-in cannot reach"

func snsCall(action string, q url.Values, attributes map[string]string) call {
	q.Set("Action", action)
	q.Set("Version", "2010-03-31")
	n := 0
	for name, value := range attributes {
		n++
		entry := "Attributes.entry." + strconv.Itoa(n)
		q.Set(entry+".key", name)
		q.Set(entry+".value", value)
	}
	return call{contentType: form, method: http.MethodPost, path: "/", body: q.Encode()}
}

func bucket(r *sam.Creatable, region string) plan {
	body := ""
	if region != "us-east-1" {
		body = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>` + region + `</LocationConstraint></CreateBucketConfiguration>`
	}
	p := plan{service: "s3", calls: []call{{contentType: "application/xml", method: http.MethodPut, path: "/" + url.PathEscape(r.Name), body: body}}}
	if document.Get(r.Properties, "NotificationConfiguration") != nil {
		p.left = "its notifications"
	}
	return p
}

func stream(r *sam.Creatable, _ string) plan {
	in := map[string]any{"StreamName": r.Name}
	if document.Get(r.Properties, "ShardCount") == nil && text(document.Get(r.Properties, "StreamModeDetails"), "StreamMode") == "" {
		in["ShardCount"] = 1
	}
	take(in, r.Properties, "ShardCount", "StreamModeDetails")
	return plan{service: "kinesis", calls: []call{jsonCall("Kinesis_20131202.CreateStream", json11, in)}}
}

func deliveryStream(r *sam.Creatable, _ string) plan {
	in := map[string]any{}
	take(in, r.Properties, "DeliveryStreamType", "KinesisStreamSourceConfiguration", "S3DestinationConfiguration", "ExtendedS3DestinationConfiguration",
		"HttpEndpointDestinationConfiguration")
	in["DeliveryStreamName"] = r.Name
	return plan{service: "firehose", calls: []call{jsonCall("Firehose_20150804.CreateDeliveryStream", json11, in)}}
}

func eventBus(r *sam.Creatable, _ string) plan {
	return plan{service: "events", calls: []call{jsonCall("AWSEvents.CreateEventBus", json11, map[string]any{"Name": r.Name})}}
}

func rule(r *sam.Creatable, _ string) plan {
	in, p := map[string]any{"Name": r.Name}, plan{service: "events"}
	take(in, r.Properties, "EventBusName", "State")
	pattern := document.Get(r.Properties, "EventPattern")
	if pattern == nil {
		p.left = "it is a schedule, and time has no effect here"
		return p
	}
	raw, err := document.JSON(pattern)
	in["EventPattern"] = string(raw)
	put := jsonCall("AWSEvents.PutRule", json11, in)
	put.err = errors.Join(err, put.err)
	p.calls = []call{put}
	given := map[string]any{}
	take(given, r.Properties, "Targets")
	all, _ := given["Targets"].([]any)
	targets := slices.DeleteFunc(all, func(t any) bool {
		m, _ := t.(map[string]any)
		arn, _ := m["Arn"].(string)
		if strings.Contains(arn, ":lambda:") {
			p.left = "a target: " + noFunctions
			return true
		}
		return false
	})
	if len(targets) > 0 {
		at := map[string]any{"Rule": r.Name, "Targets": targets}
		take(at, r.Properties, "EventBusName")
		p.calls = append(p.calls, jsonCall("AWSEvents.PutTargets", json11, at))
	}
	return p
}

func logGroup(r *sam.Creatable, _ string) plan {
	return plan{service: "logs", calls: []call{jsonCall("Logs_20140328.CreateLogGroup", json11, map[string]any{"logGroupName": r.Name})}}
}

func logStream(r *sam.Creatable, _ string) plan {
	in := map[string]any{"logGroupName": text(r.Properties, "LogGroupName"), "logStreamName": r.Name}
	return plan{service: "logs", calls: []call{jsonCall("Logs_20140328.CreateLogStream", json11, in)}}
}

func parameter(r *sam.Creatable, _ string) plan {
	in := map[string]any{"Name": r.Name, "Type": text(r.Properties, "Type"), "Value": text(r.Properties, "Value")}
	return plan{service: "ssm", calls: []call{jsonCall("AmazonSSM.PutParameter", json11, in)}}
}

// secret has the string in the template; one that AWS would generate has a stand-in.
func secret(r *sam.Creatable, _ string) plan {
	value := text(r.Properties, "SecretString")
	if g := document.Get(r.Properties, "GenerateSecretString"); g != nil {
		value = "local"
		if key := text(g, "GenerateStringKey"); key != "" {
			members := map[string]any{}
			_ = json.Unmarshal([]byte(text(g, "SecretStringTemplate")), &members) // an error means that there are no members
			members[key] = value
			raw, err := json.Marshal(members)
			if err == nil {
				value = string(raw)
			}
		}
	}
	return plan{service: "secretsmanager", calls: []call{jsonCall("secretsmanager.CreateSecret", json11, map[string]any{"Name": r.Name, "SecretString": value})}}
}

func stateMachine(r *sam.Creatable, _ string) plan {
	p := plan{service: "states"}
	if r.Definition == nil {
		p.calls = []call{{err: fmt.Errorf("%s: its definition cannot be read: write it as Definition, or as DefinitionUri in a file next to the template", r.Pos)}}
		return p
	}
	definition, err := document.JSON(r.Definition)
	if err != nil {
		p.calls = []call{{err: fmt.Errorf("%s: %w", r.Pos, err)}}
		return p
	}
	in := map[string]any{"name": r.Name, "definition": string(definition), "roleArn": "arn:aws:iam::" + local.AccountID + ":role/" + r.ID + "Role", "type": "STANDARD"}
	for _, key := range []string{"StateMachineType", "Type"} {
		if t := text(r.Properties, key); t != "" {
			in["type"] = t
		}
	}
	for _, key := range []string{"RoleArn", "Role"} {
		if role := text(r.Properties, key); role != "" {
			in["roleArn"] = role
		}
	}
	p.calls = []call{jsonCall("AWSStepFunctions.CreateStateMachine", json10, in)}
	return p
}

func jsonCall(target, contentType string, in any) call {
	body, err := json.Marshal(in)
	return call{target: target, contentType: contentType, method: http.MethodPost, path: "/", body: string(body), err: err}
}

func text(n *yaml.Node, key string) string {
	if v := document.Get(n, key); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

// attributesOf returns properties, except some, as attributes, which are strings.
func attributesOf(p *yaml.Node, but ...string) map[string]string {
	attributes := map[string]string{}
	for k, v := range document.Pairs(p) {
		switch {
		case slices.Contains(but, k.Value):
		case v.Kind == yaml.ScalarNode:
			attributes[k.Value] = v.Value
		default:
			if text, err := document.JSON(v); err == nil {
				attributes[k.Value] = string(text)
			}
		}
	}
	return attributes
}

// take copies some of a resource's properties.
func take(to map[string]any, from *yaml.Node, keys ...string) {
	for _, key := range keys {
		n := document.Get(from, key)
		if n == nil {
			continue
		}
		raw, err := document.JSON(n)
		if err != nil {
			continue
		}
		var v any
		if json.Unmarshal(raw, &v) == nil {
			to[key] = typed(key, v)
		}
	}
}

// typed converts numbers and booleans that a template has as strings, which CloudFormation
// accepts but the services do not.
func typed(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, m := range v {
			v[k] = typed(k, m)
		}
	case []any:
		for i := range v {
			v[i] = typed(key, v[i])
		}
	case string:
		if n, err := strconv.Atoi(v); err == nil && slices.ContainsFunc([]string{"Units", "Count", "InSeconds", "InMBs"}, func(end string) bool { return strings.HasSuffix(key, end) }) {
			return n
		}
		if strings.HasSuffix(key, "Enabled") {
			return v == "true"
		}
	}
	return v
}

// keep removes all members of a map except those with these names.
func keep(m map[string]any, keys ...string) {
	for k := range m {
		if !slices.Contains(keys, k) {
			delete(m, k)
		}
	}
}
