package gateway

import (
	"log/slog"
	"time"

	"github.com/google/uuid"

	"example.com/guessing-game/src/apigw/gateway/sigv4"
	"example.com/guessing-game/src/apigw/gateway/usage"
	"example.com/guessing-game/src/apigw/gateway/userpool"
	"example.com/guessing-game/src/apigw/local"
)

// Options of New. The zero value serves a stage called "prod" without stage variables; routes with
// a function then return 500, as they do on AWS if the function does not exist.
type Options struct {
	Stage          string // default "prod"
	StageVariables map[string]string
	AccountID      string // default local.AccountID
	Region         string // default local.Region
	APIID          string // default "local00000"
	DeploymentID   string // default "local0"
	// Functions reaches the Lambda functions of the integrations.
	Functions Invoker
	// Upstream reaches AWS services and HTTP backends; without one their routes return 500.
	Upstream Upstream
	// Observe gets the record of each request after the response is written. It is called on the
	// request's goroutine.
	Observe func(*Execution)
	// ShowSecrets leaves the values of Authorization, x-api-key, Cookie and similar headers in what
	// Observe gets.
	ShowSecrets bool
	// Mask names members of JSON, parameters and headers whose values Observe gets as "***",
	// wherever they are shown (see package mask). What is sent is unchanged.
	Mask []string
	// Lenient lets New succeed despite routes that cannot be served; these return 501 with the
	// reason.
	Lenient bool
	// Root also serves routes at the root, without the stage in the path, as under a custom domain.
	Root bool
	// Coverage makes mapping templates count which parts are rendered: see vtl.Options.
	Coverage bool
	// Tracing makes the gateway a separate segment in the trace: the function's parent is then
	// Execution.SegmentID rather than what the client sent.
	Tracing bool
	// Traced says that the stage has X-Ray tracing enabled: gateway responses then have
	// X-Amzn-Trace-Id as well (recorded).
	Traced bool
	// APIKeys are accepted by routes that require an API key. If it is nil, any nonempty key is
	// accepted (GW-13).
	APIKeys []APIKey
	// Meter counts what usage plans and method settings limit; nil if nothing is limited. Gateways
	// may share one.
	Meter *usage.Meter
	// Settings are those of the stage.
	Settings StageSettings
	// Authorizers has stand-ins for authorizers, by their names; AllAuthorizers applies to all that
	// are not named.
	Authorizers map[string]StandIn
	// IAMUser finds the owner of an access key, nil if there is none. Without it, authorization by
	// IAM is not supported.
	IAMUser func(accessKeyID string) *sigv4.User
	// UserPool finds the user pool of an ARN for an authorizer, by its name. Without it,
	// authorizers of user pools are not supported.
	UserPool func(authorizer, arn string) (*userpool.Pool, error)
	// Now is the clock, default time.Now.
	Now func() time.Time
	// NewID makes request ids, default random UUIDs.
	NewID func() string
	// Log receives messages about the gateway itself, never about the content of requests. Default:
	// discard.
	Log *slog.Logger
}

// APIKey is a key that clients send in the header x-api-key.
type APIKey struct {
	ID    string
	Value string
	// Refused is a sentence on why the key admits nobody to this stage; empty if it does.
	Refused string
	Plan    *usage.Plan // nil if nothing is limited
	// Methods are the limits of the plan for single methods of this stage, by "METHOD /path".
	Methods map[string]usage.Throttle
}

func (o Options) withDefaults() Options {
	set := func(s *string, to string) {
		if *s == "" {
			*s = to
		}
	}
	set(&o.Stage, "prod")
	set(&o.AccountID, local.AccountID)
	set(&o.Region, local.Region)
	set(&o.APIID, "local00000")
	set(&o.DeploymentID, "local0")
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = uuid.NewString
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
