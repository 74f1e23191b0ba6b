// Package deployed sends requests to a REST API in an AWS account through TestInvokeMethod, which
// runs the method's mappings and integration and returns the execution log:
// https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html
package deployed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"example.com/guessing-game/src/apigw/account"
	"example.com/guessing-game/src/apigw/executionlog"
)

// API is a deployed REST API. TestInvokeMethod runs the API as last edited, which may be newer
// than what any stage serves.
type API struct {
	client    *apigateway.Client
	id        string
	variables map[string]string // of the stage
	resources []types.Resource
}

// Method is a method of the API.
type Method struct {
	Name   string // "POST /games/{id}"
	Writes bool   // its integration may change something: it is not a mock, and the method is not GET, HEAD or OPTIONS
	id     string // of its resource
}

// Open reads the resources and methods of an API, and the variables of a stage, "" for none. Region
// and credentials are those of the environment, as AWS's own tools find them.
func Open(ctx context.Context, id, stage, region string) (*API, error) {
	credentials, err := account.Credentials(ctx)
	if err != nil {
		return nil, err
	}
	c, err := config.LoadDefaultConfig(ctx, config.WithRegion(region), config.WithCredentialsProvider(credentials))
	if err != nil {
		return nil, fmt.Errorf("reading AWS's configuration: %w", err)
	}
	a := &API{client: apigateway.NewFromConfig(c), id: id}
	pages := apigateway.NewGetResourcesPaginator(a.client, &apigateway.GetResourcesInput{RestApiId: &id, Embed: []string{"methods"}, Limit: aws.Int32(500)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the resources of the REST API %s: %w", id, err)
		}
		a.resources = append(a.resources, page.Items...)
	}
	if stage != "" {
		s, err := a.client.GetStage(ctx, &apigateway.GetStageInput{RestApiId: &id, StageName: &stage})
		if err != nil {
			return nil, fmt.Errorf("reading the stage %s of the REST API %s: %w", stage, id, err)
		}
		a.variables = s.Variables
	}
	return a, nil
}

// Method finds the method that serves a request; path has no stage and may have a query string. ok
// is false if there is none.
func (a *API) Method(method, path string) (m Method, ok bool) {
	path, _, _ = strings.Cut(path, "?")
	best := -1
	for _, r := range a.resources {
		score := match(aws.ToString(r.Path), path)
		for _, verb := range []string{method, "ANY"} {
			declared, has := r.ResourceMethods[verb]
			if !has || score <= best {
				continue
			}
			best = score
			m = Method{Name: verb + " " + aws.ToString(r.Path), id: aws.ToString(r.Id)}
			mock := declared.MethodIntegration != nil && declared.MethodIntegration.Type == types.IntegrationTypeMock
			m.Writes = !mock && !slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, method)
			break
		}
	}
	return m, best >= 0
}

// match returns how well a resource's path fits a request's: -1 if it does not, otherwise more
// for each segment that is not a parameter.
func match(resource, path string) int {
	want, got := segments(resource), segments(path)
	score := 0
	for i, s := range want {
		if strings.HasPrefix(s, "{") && strings.HasSuffix(s, "+}") {
			if len(got) <= i {
				return -1
			}
			return score
		}
		switch {
		case i >= len(got):
			return -1
		case s == got[i]:
			score += 2
		case strings.HasPrefix(s, "{"):
			score++
		default:
			return -1
		}
	}
	if len(got) > len(want) {
		return -1
	}
	return score
}

func segments(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// Request is a request to a method; Path has no stage.
type Request struct {
	Method, Path string
	Header       []string // lines "Name: value"
	Body         string
}

// Invoke sends a request and returns its exchange as AWS logged it.
func (a *API) Invoke(ctx context.Context, m Method, r Request) (*executionlog.Exchange, error) {
	in := &apigateway.TestInvokeMethodInput{
		RestApiId: &a.id, ResourceId: &m.id, HttpMethod: &r.Method, PathWithQueryString: &r.Path, StageVariables: a.variables,
	}
	if r.Body != "" {
		in.Body = &r.Body
	}
	in.Headers, in.MultiValueHeaders = headers(r.Header)
	out, err := a.client.TestInvokeMethod(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("TestInvokeMethod of %s: %w", m.Name, err)
	}
	log, err := executionlog.NewReader(strings.NewReader(aws.ToString(out.Log)))
	if err != nil {
		return nil, err
	}
	e, err := log.Next()
	if err == io.EOF {
		return nil, errors.New("TestInvokeMethod returned no execution log")
	}
	if err != nil {
		return nil, fmt.Errorf("the execution log of TestInvokeMethod: %w", err)
	}
	// Lines of the log may be cut; the response has everything that the client gets.
	e.Response, e.Status = &executionlog.Text{S: aws.ToString(out.Body)}, int(out.Status)
	e.ResponseHeader = nil
	for name, values := range out.MultiValueHeaders {
		for _, v := range values {
			e.ResponseHeader = append(e.ResponseHeader, executionlog.Field{Name: name, Value: v})
		}
	}
	slices.SortFunc(e.ResponseHeader, func(a, b executionlog.Field) int { return strings.Compare(a.Name, b.Name) })
	return e, nil
}

// headers splits lines into headers. It fills the member for several values only if a name comes
// twice: LocalStack does not read that one.
func headers(lines []string) (single map[string]string, multi map[string][]string) {
	single, multi = map[string]string{}, map[string][]string{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		single[name], multi[name] = value, append(multi[name], value)
	}
	if len(single) == len(lines) {
		return single, nil
	}
	return nil, multi
}
