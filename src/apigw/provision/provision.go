// Package provision makes the tables, queues, topics, buckets, streams, event buses and state machines of a template at stand-ins of AWS's
// services, as far as they are missing there.
//
// A resource is one request in the service's own protocol, made of the template's properties, which have the names of the protocol's
// members. AWS's SDK signs it; its clients of single services are not linked, since seven of them would make the program larger by nine
// megabytes and each of its starts slower by five milliseconds.
package provision

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/sam"
)

// Made is what came of a resource.
type Made struct {
	What    string // "table notes"
	Service string // of the resource, as ARNs name it
	There   bool   // it was there already
	Err     error  // why it could not be made
}

// Create makes the resources through an upstream that leads to stand-ins, in the template's order. ready says of a service whether there
// is a stand-in for it; resources of others are left out.
func Create(ctx context.Context, out gateway.Upstream, region string, resources []*sam.Creatable, ready func(*gateway.Service) bool) []Made {
	var all []Made
	for _, r := range resources {
		what, calls := plan(r, region)
		m := Made{What: what, Service: calls[0].service}
		if !ready(&gateway.Service{Region: region, Name: m.Service}) {
			continue
		}
		for i, c := range calls {
			there, err := c.send(ctx, out, region)
			if i == 0 {
				m.There = there
			}
			if m.Err = err; err != nil {
				break
			}
		}
		all = append(all, m)
	}
	return all
}

// call is a request that makes a resource or a part of it.
type call struct {
	service, target string // X-Amz-Target of the JSON protocol, empty for others
	contentType     string
	method, path    string
	body            string
	err             error
}

const (
	json10 = "application/x-amz-json-1.0"
	json11 = "application/x-amz-json-1.1"
	form   = "application/x-www-form-urlencoded"
)

// plan says what a resource is to people, and which requests make it.
func plan(r *sam.Creatable, region string) (what string, calls []call) {
	p := r.Properties
	switch kind := r.Kind[strings.LastIndex(r.Kind, "::")+2:]; kind {
	case "SimpleTable":
		name, letter := "id", "S"
		if key := document.Get(p, "PrimaryKey"); key != nil {
			if n := text(key, "Name"); n != "" {
				name = n
			}
			if t := text(key, "Type"); t != "" {
				letter = t[:1]
			}
		}
		return "table " + r.Name, []call{jsonCall("dynamodb", "DynamoDB_20120810.CreateTable", json10, map[string]any{
			"TableName": r.Name, "AttributeDefinitions": []any{map[string]any{"AttributeName": name, "AttributeType": letter}},
			"KeySchema": []any{map[string]any{"AttributeName": name, "KeyType": "HASH"}}, "BillingMode": "PAY_PER_REQUEST",
		})}
	case "Table", "GlobalTable":
		in := map[string]any{"TableName": r.Name, "BillingMode": "PAY_PER_REQUEST"}
		take(in, p, "AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "GlobalSecondaryIndexes", "StreamSpecification")
		if kind == "Table" && document.Get(p, "ProvisionedThroughput") != nil && text(p, "BillingMode") != "PAY_PER_REQUEST" {
			in["BillingMode"] = "PROVISIONED"
			take(in, p, "ProvisionedThroughput")
		}
		if stream, ok := in["StreamSpecification"].(map[string]any); ok {
			stream["StreamEnabled"] = true
		}
		if indexes, ok := in["GlobalSecondaryIndexes"].([]any); ok && in["BillingMode"] == "PAY_PER_REQUEST" {
			for _, i := range indexes {
				if i, ok := i.(map[string]any); ok {
					keep(i, "IndexName", "KeySchema", "Projection")
				}
			}
		}
		calls = []call{jsonCall("dynamodb", "DynamoDB_20120810.CreateTable", json10, in)}
		if ttl := document.Get(p, "TimeToLiveSpecification"); ttl != nil {
			in := map[string]any{"TableName": r.Name}
			take(in, p, "TimeToLiveSpecification")
			calls = append(calls, jsonCall("dynamodb", "DynamoDB_20120810.UpdateTimeToLive", json10, in))
		}
		return "table " + r.Name, calls
	case "Queue":
		attributes := map[string]string{}
		for k, v := range document.Pairs(p) {
			switch {
			case slices.Contains([]string{"QueueName", "Tags"}, k.Value):
			case v.Kind == yaml.ScalarNode:
				attributes[k.Value] = v.Value
			default:
				if text, err := document.JSON(v); err == nil {
					attributes[k.Value] = string(text)
				}
			}
		}
		return "queue " + r.Name, []call{jsonCall("sqs", "AmazonSQS.CreateQueue", json10, map[string]any{"QueueName": r.Name, "Attributes": attributes})}
	case "Topic":
		q := url.Values{"Action": {"CreateTopic"}, "Version": {"2010-03-31"}, "Name": {r.Name}}
		if text(p, "FifoTopic") == "true" {
			q.Set("Attributes.entry.1.key", "FifoTopic")
			q.Set("Attributes.entry.1.value", "true")
		}
		return "topic " + r.Name, []call{{service: "sns", contentType: form, method: http.MethodPost, path: "/", body: q.Encode()}}
	case "Bucket":
		body := ""
		if region != "us-east-1" {
			body = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>` + region + `</LocationConstraint></CreateBucketConfiguration>`
		}
		return "bucket " + r.Name, []call{{service: "s3", contentType: "application/xml", method: http.MethodPut, path: "/" + url.PathEscape(r.Name), body: body}}
	case "Stream":
		in := map[string]any{"StreamName": r.Name, "ShardCount": 1}
		take(in, p, "ShardCount")
		return "stream " + r.Name, []call{jsonCall("kinesis", "Kinesis_20131202.CreateStream", json11, in)}
	case "EventBus":
		return "event bus " + r.Name, []call{jsonCall("events", "AWSEvents.CreateEventBus", json11, map[string]any{"Name": r.Name})}
	}
	return "state machine " + r.Name, []call{stateMachine(r)}
}

func stateMachine(r *sam.Creatable) call {
	if r.Definition == nil {
		return call{service: "states", err: fmt.Errorf("%s: its definition cannot be read: write it as Definition, or as DefinitionUri in a file beside the template", r.Pos)}
	}
	definition, err := document.JSON(r.Definition)
	if err != nil {
		return call{service: "states", err: fmt.Errorf("%s: %w", r.Pos, err)}
	}
	in := map[string]any{"name": r.Name, "definition": string(definition), "roleArn": "arn:aws:iam::123456789012:role/" + r.ID + "Role", "type": "STANDARD"}
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
	return jsonCall("states", "AWSStepFunctions.CreateStateMachine", json10, in)
}

func jsonCall(service, target, contentType string, in any) call {
	body, err := json.Marshal(in)
	return call{service: service, target: target, contentType: contentType, method: http.MethodPost, path: "/", body: string(body), err: err}
}

func text(n *yaml.Node, key string) string {
	if v := document.Get(n, key); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

// take copies members of a resource's properties.
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

// typed converts numbers and booleans that a template has as strings, which CloudFormation accepts
// and the services do not.
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
		if n, err := strconv.Atoi(v); err == nil && (strings.HasSuffix(key, "Units") || strings.HasSuffix(key, "Count")) {
			return n
		}
		if strings.HasSuffix(key, "Enabled") {
			return v == "true"
		}
	}
	return v
}

// keep leaves in a map the members that have these names.
func keep(m map[string]any, keys ...string) {
	for k := range m {
		if !slices.Contains(keys, k) {
			delete(m, k)
		}
	}
}

// there are the codes by which services say that something is there already.
var there = []string{
	"ResourceInUseException", "QueueNameExists", "QueueAlreadyExists", "BucketAlreadyOwnedByYou", "BucketAlreadyExists",
	"StateMachineAlreadyExists", "ResourceAlreadyExistsException", "TopicAlreadyExists",
}

const maxAnswer = 64 << 10 // bytes

// send makes the request. exists says that what it makes was there before.
func (c call) send(ctx context.Context, out gateway.Upstream, region string) (exists bool, err error) {
	if c.err != nil {
		return false, c.err
	}
	s := &gateway.Service{Region: region, Name: c.service}
	h := http.Header{"Content-Type": {c.contentType}}
	if c.target != "" {
		h.Set("X-Amz-Target", c.target)
	}
	r, err := out.Send(ctx, &gateway.UpstreamRequest{Method: c.method, URL: &url.URL{Scheme: "https", Host: s.Host(), Path: c.path}, Header: h, Body: c.body, Service: s})
	if err != nil {
		return false, err
	}
	defer r.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer))
	if err != nil {
		return false, err
	}
	if r.Status < 300 {
		return false, nil
	}
	code, message := problem(answer)
	for _, known := range there {
		if strings.HasSuffix(code, known) {
			return true, nil
		}
	}
	return false, fmt.Errorf("status %d: %s", r.Status, strings.TrimSpace(code+" "+message))
}

// problem reads an error of a service, in JSON or in XML.
func problem(answer []byte) (code, message string) {
	var j struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // "Message" too
	}
	if json.Unmarshal(answer, &j) == nil && (j.Type != "" || j.Message != "") {
		return j.Type, j.Message
	}
	var x struct {
		Code, Message string
		Error         struct{ Code, Message string }
	}
	if xml.Unmarshal(answer, &x) == nil && x.Code+x.Error.Code != "" {
		return x.Code + x.Error.Code, x.Message + x.Error.Message
	}
	return "", strings.ToValidUTF8(string(answer[:min(len(answer), 300)]), "")
}
