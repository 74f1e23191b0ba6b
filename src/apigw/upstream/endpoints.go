package upstream

import (
	"fmt"
	"net/url"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
)

// Endpoints says where AWS services and private backends are on this machine.
type Endpoints struct {
	byName map[string]*url.URL // as given by --endpoint
	getenv func(string) string
}

// vpcLink begins the names of VPC links.
const vpcLink = "vpclink:"

// ParseEndpoints reads NAME=URL pairs. A NAME is that of a service in ARNs (dynamodb, states,
// events), or vpclink:ID. Services that are not named are looked up in the variables of AWS's SDKs,
// AWS_ENDPOINT_URL_<SERVICE> and AWS_ENDPOINT_URL:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html.
func ParseEndpoints(pairs []string, getenv func(string) string) (*Endpoints, error) {
	e := &Endpoints{byName: map[string]*url.URL{}, getenv: getenv}
	for _, pair := range pairs {
		name, text, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not of the form NAME=URL, such as dynamodb=http://127.0.0.1:8000", pair)
		}
		u, err := parseURL(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if !strings.HasPrefix(name, vpcLink) {
			name = strings.ToLower(name)
		}
		e.byName[name] = u
	}
	for _, kv := range e.variables() {
		if _, err := parseURL(e.getenv(kv)); err != nil {
			return nil, fmt.Errorf("%s: %w", kv, err)
		}
	}
	return e, nil
}

// variables are the environment variables that name an endpoint for every service.
func (e *Endpoints) variables() []string {
	if e.ignored() || e.getenv("AWS_ENDPOINT_URL") == "" {
		return nil
	}
	return []string{"AWS_ENDPOINT_URL"}
}

func (e *Endpoints) ignored() bool {
	return strings.EqualFold(e.getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true")
}

func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q is not an http or https URL", text)
	}
	if u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("%q has more than a scheme, a host and a path", text)
	}
	return u, nil
}

// Of returns the endpoint of a service; nil if there is none.
func (e *Endpoints) Of(s *gateway.Service) (*url.URL, error) {
	for _, name := range []string{s.Subdomain + "." + s.Name, s.Name} {
		if u := e.byName[name]; u != nil {
			return u, nil
		}
	}
	if e.ignored() {
		return nil, nil
	}
	own := strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(s.Name))
	for _, id := range append(namingOf(s).sdk, own) {
		if text := e.getenv("AWS_ENDPOINT_URL_" + id); text != "" {
			return parseURL(text)
		}
	}
	if text := e.getenv("AWS_ENDPOINT_URL"); text != "" {
		return parseURL(text)
	}
	return nil, nil
}

// OfLink returns the endpoint of a VPC link's backends; nil if there is none.
func (e *Endpoints) OfLink(l *gateway.VPCLink) *url.URL {
	for _, id := range []string{l.ID, l.Target} {
		if u := e.byName[vpcLink+id]; u != nil && id != "" {
			return u
		}
	}
	return nil
}
