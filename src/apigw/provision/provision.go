// Package provision creates the resources of a template that requests to AWS services need, such as
// tables, queues and state machines, at stand-ins of AWS's services, if they do not exist there. It
// reports what it does not create, with the reason.
//
// A resource is created by one request in the service's own protocol, made from the template's
// properties, whose names are those of the protocol's members. AWS's SDK signs it; its clients of
// single services are not linked, since seven of them would add nine megabytes to the program and
// five milliseconds to each start.
package provision

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/sam"
)

// Made is the outcome for a resource.
type Made struct {
	What    string // "table notes"
	Service string // of the resource, as ARNs name it
	There   bool   // it existed before
	Left    string // why it, or a part of it, was not created
	Whole   bool   // Left is about the whole resource
	Err     error  // why it could not be created
}

// Create creates the resources through an upstream that sends to stand-ins. ready reports whether
// there is a stand-in for a service, and used lists the services that routes use: resources of
// theirs that are of no kind are reported too.
//
// A resource may precede one that it needs, such as a queue its dead-letter queue: a resource that
// was refused is tried again as long as others are created.
func Create(ctx context.Context, out gateway.Upstream, region string, resources []*sam.Creatable, ready func(*gateway.Service) bool, used []string) []Made {
	var all []Made
	refused := map[int]plan{}        // by index into all
	nowhere := map[string][]string{} // resources of services without a stand-in
	for _, r := range resources {
		k, ok := kinds[r.Kind]
		if !ok {
			if service := serviceOf(r.Kind); slices.Contains(used, service) && !strings.Contains(r.Kind, "Policy") {
				all = append(all, Made{What: r.ID, Service: service, Whole: true, Left: "apigw does not create resources of type " + r.Kind + "; create it at the stand-in by other means"})
			}
			continue
		}
		p := k.plan(r, region)
		m := Made{What: k.noun + " " + r.Name, Service: p.service, Left: p.left, Whole: len(p.calls) == 0 || p.calls[0] == call{}}
		if !ready(&gateway.Service{Region: region, Name: p.service}) {
			nowhere[p.service] = append(nowhere[p.service], m.What)
			continue
		}
		if !m.Whole {
			if m.There, m.Err = p.send(ctx, out, region); m.Err != nil {
				refused[len(all)] = p
			}
		}
		all = append(all, m)
	}
	for progress := true; progress; {
		progress = false
		for i, p := range refused {
			if all[i].There, all[i].Err = p.send(ctx, out, region); all[i].Err == nil {
				delete(refused, i)
				progress = true
			}
		}
	}
	for _, service := range slices.Sorted(maps.Keys(nowhere)) {
		all = append(all, Made{What: strings.Join(nowhere[service], ", "), Service: service, Whole: true, Left: "the service has no endpoint"})
	}
	return all
}

// serviceOf returns the service of a type of resource, as named in ARNs.
func serviceOf(kind string) string {
	parts := strings.Split(kind, "::")
	if len(parts) != 3 {
		return ""
	}
	switch parts[1] {
	case "CloudWatch":
		return "monitoring"
	case "Cognito":
		return "cognito-idp"
	case "KinesisFirehose":
		return "firehose"
	case "SES":
		return "email"
	case "StepFunctions":
		return "states"
	}
	return strings.ToLower(parts[1])
}

// send sends the requests of a plan, up to the first that is refused. exists says that what the
// first request creates already existed.
func (p *plan) send(ctx context.Context, out gateway.Upstream, region string) (exists bool, err error) {
	for i, c := range p.calls {
		there, err := c.send(ctx, out, &gateway.Service{Region: region, Name: p.service})
		if i == 0 {
			exists = there
		}
		if err != nil {
			return exists, err
		}
	}
	return exists, nil
}

// call is a request that creates a resource or a part of it.
type call struct {
	target       string // X-Amz-Target of the JSON protocol, empty for others
	contentType  string
	method, path string
	body         string
	err          error
}

const (
	json10 = "application/x-amz-json-1.0"
	json11 = "application/x-amz-json-1.1"
	form   = "application/x-www-form-urlencoded"
)

// there are the error codes for something that already exists.
var there = []string{
	"ResourceInUseException", "QueueNameExists", "QueueAlreadyExists", "BucketAlreadyOwnedByYou", "BucketAlreadyExists",
	"StateMachineAlreadyExists", "ResourceAlreadyExistsException", "TopicAlreadyExists", "ParameterAlreadyExists", "ResourceExistsException",
}

const maxAnswer = 64 << 10 // bytes

// send sends the request. exists says that what it creates already existed.
func (c call) send(ctx context.Context, out gateway.Upstream, s *gateway.Service) (exists bool, err error) {
	if c.err != nil {
		return false, c.err
	}
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
