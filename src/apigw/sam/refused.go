package sam

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// samKind is what SAM's transform accepts for a type of its resources.
type samKind struct {
	properties string // properties that Globals may set as well
	own        string // properties of the resource only
}

// samKinds are the types whose properties are served here, by the last part of their name
// (https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html).
var samKinds = map[string]samKind{
	"Function": {
		"Architectures AssumeRolePolicyDocument AutoPublishAlias AutoPublishAliasAllProperties CapacityProviderConfig CodeSigningConfigArn CodeUri DeadLetterQueue " +
			"DeploymentPreference Description DurableConfig Environment EphemeralStorage EventInvokeConfig FileSystemConfigs FunctionScalingConfig FunctionUrlConfig " +
			"Handler KmsKeyArn Layers LoggingConfig MemorySize PermissionsBoundary PropagateTags ProvisionedConcurrencyConfig PublishToLatestPublished RecursiveLoop " +
			"ReservedConcurrentExecutions RolePath Runtime RuntimeManagementConfig SnapStart SourceKMSKeyArn Tags TenancyConfig Timeout Tracing VersionDeletionPolicy VpcConfig",
		"AutoPublishCodeSha256 Events FunctionName ImageConfig ImageUri InlineCode PackageType Policies Role VersionDescription",
	},
	"Api": {
		"AccessLogSetting AlwaysDeploy Auth BinaryMediaTypes CacheClusterEnabled CacheClusterSize CanarySetting Cors DefinitionUri Domain EndpointAccessMode " +
			"EndpointConfiguration GatewayResponses MergeDefinitions MethodSettings MinimumCompressionSize Name OpenApiVersion PropagateTags SecurityPolicy TracingEnabled Variables",
		"ApiKeySourceType DefinitionBody Description DisableExecuteApiEndpoint FailOnWarnings Mode Models Policy StageName Tags",
	},
}

// globalsSections are the sections of Globals.
const globalsSections = "Api CapacityProvider Function HttpApi LayerVersion SimpleTable StateMachine WebSocketApi"

// eventTypes are the types that events of a function have.
const eventTypes = "AlexaSkill Api CloudWatchEvent CloudWatchLogs Cognito DocumentDB DynamoDB EventBridgeRule HttpApi IoTRule Kinesis MQ MSK S3 SNS SQS Schedule ScheduleV2 SelfManagedKafka"

// among reports whether a list of names contains a name.
func among(list, name string) bool { return slices.Contains(strings.Fields(list), name) }

// refuse records something that a deployment refuses but that is served nevertheless.
func (r *resolver) refuse(at *yaml.Node, format string, args ...any) *document.Problem {
	p := r.files.errorf(at, "%s", fmt.Sprintf(format, args...)+", which a deployment refuses")
	r.refused = append(r.refused, p)
	return p
}

// refusals finds names in Globals, functions, their events and APIs that SAM's transform does not
// accept, and warns of functions with two kinds of code.
func (r *resolver) refusals(globals *yaml.Node, order []*resource) {
	for section, n := range document.Pairs(globals) {
		if !among(globalsSections, section.Value) {
			r.refuse(section, "Globals has no section %s", section.Value).Fixed("write one of %s", strings.ReplaceAll(globalsSections, " ", ", "))
			continue
		}
		r.unknownProperties(n, samKinds[section.Value].properties, "Globals of "+section.Value+" have")
	}
	for _, res := range order {
		section, ok := strings.CutPrefix(res.kind, "AWS::Serverless::")
		kind, known := samKinds[section]
		if !ok || !known {
			continue
		}
		r.unknownProperties(document.Get(res.node, "Properties"), kind.properties+" "+kind.own, "an "+res.kind+" has")
		if section == "Function" {
			r.refusedFunction(res)
		}
	}
}

func (r *resolver) unknownProperties(n *yaml.Node, known, what string) {
	if known == "" {
		return
	}
	for k := range document.Pairs(n) {
		if !among(known, k.Value) && !strings.HasPrefix(k.Value, "Fn::") {
			r.refuse(k, "%s no property %s", what, k.Value).Fixed("remove it, or correct its name")
		}
	}
}

func (r *resolver) refusedFunction(res *resource) {
	p := res.properties
	if both := document.Get(res.node, "Properties", "InlineCode"); both != nil && document.Get(res.node, "Properties", "CodeUri") != nil {
		r.warnings = append(r.warnings, r.files.errorf(both, "%s has both InlineCode and CodeUri, and SAM takes InlineCode", res.id).Fixed("keep one of them"))
	}
	for k, e := range document.Pairs(document.Get(p, "Events")) {
		if kind := document.Get(e, "Type"); kind == nil {
			r.refuse(k, "the event %s of %s has no Type", k.Value, res.id).Fixed("write Type: Api for a route")
		} else if kind.Kind == yaml.ScalarNode && !among(eventTypes, kind.Value) {
			r.refuse(kind, "the event %s of %s has the type %s", k.Value, res.id, kind.Value).Fixed("write Type: Api for a route, or another of SAM's types, with its capitals")
		}
	}
}
