package gateway

import (
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/gateway/jsonschema"
	"example.com/guessing-game/src/apigw/gateway/policy"
	"example.com/guessing-game/src/apigw/gateway/userpool"
	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
	javaregexp "example.com/guessing-game/src/apigw/vtl/java/regexp"
)

// API is what a document describes, as API Gateway understands it. It must not be changed.
type API struct {
	Document         *Document
	Title            string
	Swagger          bool // Swagger 2.0 rather than OpenAPI 3.0
	Routes           []*Route
	Validators       []Validator
	GatewayResponses []*GatewayResponse
	BinaryMediaTypes []string
	Authorizers      []*Authorizer // that the document defines, and AWS_IAM if a method asks for it
	APIKeyFrom       string        // HEADER or AUTHORIZER
	// Policy is the resource policy; nil if the API has none or a stand-in replaces it.
	Policy *policy.Policy
	// MinimumCompressionSize is the minimum size in bytes of responses that are compressed for
	// clients that accept it; -1 if compression is off.
	MinimumCompressionSize int
	Problems               Problems // all problems, including those of single routes
}

// Route is a method of a resource.
type Route struct {
	Position                // of the method's key
	PathPosition   Position // of the path's key
	Method         string   // "GET"; "ANY" for x-amazon-apigateway-any-method
	Path           string   // "/games/{id}", without a stage
	OperationID    string   // which events and $context call operationName
	Parameters     []Parameter
	Validator      *Validator // nil if nothing is validated
	Models         []Model    // of the request's body, by media type
	APIKeyRequired bool
	Authorizer     *Authorizer  // nil if anyone may call the method
	Open           bool         // the document says so: security: []
	Scopes         []string     // of which an access token of the authorizer's user pool must have one
	Integration    *Integration // nil only if Problem is set
	Responses      []MethodResponse
	// Problem is why the route cannot be served; it then returns 501. Only a lenient Gateway has
	// such routes.
	Problem *Problem

	segments   []string
	resourceID string
}

// Name is the route's name in messages: "GET /games/{id}".
func (r *Route) Name() string { return r.Method + " " + r.Path }

// The types of authorizers.
const (
	TokenAuthorizer   = "TOKEN"              // a Lambda function that gets one header
	RequestAuthorizer = "REQUEST"            // a Lambda function that gets the request
	CognitoUserPools  = "COGNITO_USER_POOLS" // a token of a user pool
	IAMAuthorization  = "AWS_IAM"            // not supported, except with a stand-in
)

// Authorizer decides who may call a method.
type Authorizer struct {
	Position
	Name     string // of its security scheme; AWS_IAM has that name
	Type     string // TOKEN, REQUEST, COGNITO_USER_POOLS, AWS_IAM, or another in upper case that is not supported
	URI      string // of a Lambda authorizer, with intrinsic functions resolved, stage variables not
	Function Function
	// Credentials is the role that API Gateway assumes to invoke the function; empty if the
	// function's own policy permits it.
	Credentials string
	// ProviderARNs are the user pools of an authorizer of type COGNITO_USER_POOLS.
	ProviderARNs []string
	// IdentitySources are mapping expressions of what identifies clients, such as
	// method.request.header.Authorization.
	IdentitySources []string
	// TTL is how long a result is cached for requests of the same identity; 0 disables caching.
	TTL time.Duration

	id         string
	sources    []identitySource
	validation *javaregexp.Regexp // of a token; for a user pool, of the claim aud, as a whole (GW-23); nil if any will do
	pools      []*userpool.Pool
	uriErr     error // what is wrong with URI with this stage's variables
	standIn    *StandIn
	standInMap *java.Map // of StandIn.Authorizer
	problems   []Problem // why it cannot be served
}

// identitySource is one identity source of an authorizer.
type identitySource struct {
	source
	expression string
}

// Parameter is a request parameter that the method declares.
type Parameter struct {
	Position
	In       string // "path", "querystring" or "header"
	Name     string
	Required bool
	Example  string // a value from the document: an example, a default or the first of an enum; empty if there is none
}

// Validator says which parts of a request are checked before the integration is called.
type Validator struct {
	Position
	Name       string
	Body       bool
	Parameters bool
}

// Model is the JSON Schema of a body.
type Model struct {
	Position
	MediaType string // "application/json", or "$default"
	Name      string // of the schema it refers to, empty for an inline one
	Node      *yaml.Node

	schema *jsonschema.Schema
}

// MethodResponse is a status that a method declares, with the headers it may have.
type MethodResponse struct {
	Position
	Status  string
	Headers []string
}

// The kinds of integration, as x-amazon-apigateway-integration names them.
const (
	AWS       = "AWS"        // a Lambda function or another AWS service, through mapping templates
	AWSProxy  = "AWS_PROXY"  // a Lambda function that sees the HTTP request
	HTTP      = "HTTP"       // an HTTP backend, through mapping templates
	HTTPProxy = "HTTP_PROXY" // an HTTP backend that sees the client's request
	Mock      = "MOCK"       // no backend at all
)

// Integration is what a method does with a request.
type Integration struct {
	Position
	Type              string
	HTTPMethod        string
	URI               string   // with intrinsic functions resolved, stage variables not
	URIPosition       Position // of an integration with an AWS service
	Credentials       string
	Function          Function // of a Lambda integration
	Service           *Service // of an integration with another AWS service, else nil
	VPCLink           *VPCLink // nil if the backend is reached over the internet
	InsecureTLS       bool     // tlsConfig.insecureSkipVerification of an HTTP integration
	Passthrough       string   // WHEN_NO_MATCH, WHEN_NO_TEMPLATES or NEVER
	ContentHandling   string   // empty, CONVERT_TO_TEXT or CONVERT_TO_BINARY
	Timeout           time.Duration
	Stream            bool // responseTransferMode: STREAM: the client gets the response as it arrives
	RequestParameters []Mapping
	RequestTemplates  []*Template
	Responses         []*IntegrationResponse

	uriErr error // what is wrong with URI with this stage's variables
	target target

	cacheKeys      []source
	cacheNamespace string // methods of one namespace share responses; by default the resource's own
}

// Leads reports whether the integration sends an HTTP request: to an AWS service other than Lambda,
// or to an HTTP backend.
func (in *Integration) Leads() bool {
	return in.Service != nil || in.Type == HTTP || in.Type == HTTPProxy
}

// Service is the AWS service that an integration's URI names.
type Service struct {
	Region    string // of the service, which need not be that of the API
	Subdomain string // empty except for services such as AppSync, where it is the id of an API
	Name      string // as in the ARN and in the service's host name: "dynamodb", "states", "appsync-api"
	Action    string // of action/NAME, without parameters; empty if the URI has a path
}

// Host is the service's own host name.
func (s *Service) Host() string {
	host := s.Name + "." + s.Region + ".amazonaws.com"
	if strings.HasPrefix(s.Region, "cn-") {
		host += ".cn"
	}
	if s.Subdomain != "" {
		host = s.Subdomain + "." + host
	}
	return host
}

// VPCLink is how an HTTP integration reaches a private backend.
type VPCLink struct {
	ID     string // connectionId, with stage variables resolved
	Target string // integrationTarget: the ARN of a load balancer or its listener; empty for links to network load balancers
}

// Function names a Lambda function.
type Function struct {
	Name      string // without qualifier
	Qualifier string // version or alias, may be empty
	ARN       string // as written in the integration's URI

	streamed bool // the URI asks for a streamed response
}

// Mapping is one entry of requestParameters or responseParameters.
type Mapping struct {
	Position
	Target string // "integration.request.header.X", "method.response.header.X", "gatewayresponse.header.X"
	Source string // "method.request.path.id", "'static'", …

	name   string // last part of the target
	in     string // "path", "querystring" or "header"
	source source
}

// Template is a mapping template. Position is that of its text in the document.
type Template struct {
	Position
	MediaType string
	Source    string
	// Err is why the template does not parse, nil if it does. A request that meets such a template
	// gets 500.
	Err error

	block                                       bool // Line is that of the indicator of a block scalar, the text starts below it
	indentation                                 int  // of a block scalar
	lines                                       []string
	parsed                                      *vtl.Template
	usesInput, usesContext, usesMethod, usesAny bool
	contextKeys                                 []string // see contextFor
}

// Parsed is the template as the engine sees it, nil if Err is set.
func (t *Template) Parsed() *vtl.Template { return t.parsed }

// At is the place in the document of a line and column of the template, as Velocity counts them.
// For text in quotes, whose lines are not those of the document, it is the start of the text.
func (t *Template) At(line, column int) Position {
	p := t.Position
	if t.block {
		p.Line, p.Column = t.Line+line, t.indentation+1
		if line >= 1 && line <= len(t.lines) {
			p.Column += utf8.RuneCountInString(vtl.Before(t.lines[line-1], column))
		}
	}
	return p
}

// IntegrationResponse is one entry of an integration's responses.
type IntegrationResponse struct {
	Position
	Pattern            string // Java regular expression; "default" of the default response
	Default            bool
	Status             string
	ResponseParameters []Mapping
	ResponseTemplates  []*Template
	ContentHandling    string

	pattern *javaregexp.Regexp
	status  int
}

// GatewayResponse customises an error that the gateway itself returns.
type GatewayResponse struct {
	Position
	Type               string
	Status             int // 0 if not given
	ResponseParameters []Mapping
	ResponseTemplates  []GatewayTemplate
}

// GatewayTemplate is the body of a gateway response: text with $context, $stageVariables and
// $method.request references, not VTL.
type GatewayTemplate struct {
	Position
	MediaType string
	Source    string
}
