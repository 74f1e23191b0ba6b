//go:build e2e

package sam

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// A variant is a way to deploy template.yaml; see expand.py.
type variant struct {
	Parameters map[string]any `json:"parameters,omitempty"`
	Set        map[string]any `json:"set,omitempty"`
	Replace    [][2]string    `json:"replace,omitempty"`
	Include    bool           `json:"include"`
}

type object = map[string]any

// An expansion is what the real SAM translator makes of a variant.
type expansion struct {
	Template struct {
		Resources object
		Outputs   map[string]struct{ Value any }
	}
	// Stack holds the resources that exist, with conditions and parameters resolved.
	Stack map[string]resource
	raw   json.RawMessage
}

type resource struct {
	Type                string
	Properties          object
	DependsOn           any
	DeletionPolicy      string
	UpdateReplacePolicy string
	UpdatePolicy        object
	Metadata            object
}

func expand(t testing.TB, variants ...variant) []expansion {
	t.Helper()
	for i := range variants {
		variants[i].Include = true
	}
	return expandAsGiven(t, variants...)
}

func expandAsGiven(t testing.TB, variants ...variant) []expansion {
	t.Helper()
	in, err := json.Marshal(variants)
	if err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("expand.py")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool(t, "sam", "python"), script)
	cmd.Dir, cmd.Env, cmd.Stdin = root, environment(), strings.NewReader(string(in))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("expand.py: %v\n%s", err, stderrOf(err))
	}
	var raws []struct{ Template json.RawMessage }
	var expansions []expansion
	parseJSON(t, string(out), &raws)
	parseJSON(t, string(out), &expansions)
	for i := range expansions {
		expansions[i].raw = raws[i].Template
	}
	return expansions
}

// of returns the names of the resources of a type, sorted.
func (e expansion) of(kind string) []string {
	var names []string
	for name, r := range e.Stack {
		if r.Type == kind {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// the gives the only resource of a type.
func (e expansion) the(t testing.TB, kind string) (string, resource) {
	t.Helper()
	names := e.of(kind)
	if len(names) != 1 {
		t.Fatalf("want one %s, got %q", kind, names)
	}
	return names[0], e.Stack[names[0]]
}

// at follows a path of names and indexes.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			o, _ := v.(object)
			v = o[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

// text returns a value as JSON, to search and to print.
func text(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// references returns the resources that a value names by Ref, Fn::GetAtt, Fn::Sub or DependsOn.
func (e expansion) references(v any) []string {
	found := map[string]bool{}
	note := func(name string) {
		if _, is := e.Stack[name]; is {
			found[name] = true
		}
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, w := range v {
				walk(w)
			}
		case object:
			for key, w := range v {
				switch s, _ := w.(string); key {
				case "Ref":
					note(s)
				case "Fn::GetAtt":
					if s == "" {
						s, _ = at(w, 0).(string)
					}
					name, _, _ := strings.Cut(s, ".")
					note(name)
				case "Fn::Sub":
					if s == "" {
						s, _ = at(w, 0).(string)
					}
					for _, m := range regexp.MustCompile(`\$\{([A-Za-z0-9]+)`).FindAllStringSubmatch(s, -1) {
						note(m[1])
					}
				}
				walk(w)
			}
		}
	}
	walk(v)
	return slices.Sorted(maps.Keys(found))
}

// needs returns the resources that are created before name, directly or not.
func (e expansion) needs(name string) map[string]bool {
	before := map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		r := e.Stack[name]
		refs := e.references([]any{r.Properties, r.Metadata, r.UpdatePolicy})
		switch d := r.DependsOn.(type) {
		case string:
			refs = append(refs, d)
		case []any:
			for _, n := range d {
				refs = append(refs, n.(string))
			}
		}
		for _, ref := range refs {
			if !before[ref] {
				before[ref] = true
				visit(ref)
			}
		}
	}
	visit(name)
	return before
}

func TestExpansionIsCleanForCfnLint(t *testing.T) {
	t.Parallel()
	// Every allowed value of a parameter that a condition depends on.
	variants := map[string]variant{
		"defaults":         {},
		"brand-new":        {Parameters: object{"ApiLogs": "all", "ApiLogRole": "create"}},
		"everything":       {Parameters: object{"ApiLogs": "errors", "ReservedConcurrency": 5, "AlarmTopicArn": "arn:aws:sns:eu-north-1:123456789012:t", "DeletionProtection": "on", "Architecture": "arm64", "Rollout": "AllAtOnce"}},
		"role but no logs": {Parameters: object{"ApiLogRole": "create"}},
	}
	names := slices.Sorted(maps.Keys(variants))
	var list []variant
	for _, n := range names {
		list = append(list, variants[n])
	}
	for i, e := range expand(t, list...) {
		file := filepath.Join(t.TempDir(), "template.json")
		if err := os.WriteFile(file, e.raw, 0o644); err != nil {
			t.Fatal(err)
		}
		// W2001: a parameter whose value SAM itself has inserted is no longer used.
		out, _, err := attempt(t, root, nil, tool(t, "lint", "cfn-lint"), "--ignore-checks", "W2001", "--", file)
		if err != nil {
			t.Errorf("%s: %v\n%s", names[i], err, out)
		}
	}
}

func TestCfnLintWouldFindACircle(t *testing.T) {
	t.Parallel()
	// An alarm that names the alias by reference makes the classic cycle: alarm, alias,
	// deployment group, alarm.
	e := expand(t, variant{Set: object{"Resources.NewVersionDurationAlarm.Properties.AlarmDescription": object{"Ref": "GameFunction.Alias"}}})[0]
	file := filepath.Join(t.TempDir(), "template.json")
	if err := os.WriteFile(file, e.raw, 0o644); err != nil {
		t.Fatal(err)
	}
	out, _, err := attempt(t, root, nil, tool(t, "lint", "cfn-lint"), "--ignore-checks", "W2001", "--", file)
	if err == nil || !strings.Contains(out, "E3004") {
		t.Errorf("want E3004, got %v\n%s", err, out)
	}
}

func TestBothShapesTransform(t *testing.T) {
	t.Parallel()
	// Locally SAM sees the include, in the cloud its content.
	for _, e := range expandAsGiven(t, variant{Include: false}, variant{Include: true}) {
		if name, _ := e.the(t, "AWS::ApiGateway::Stage"); name != "ApiprodStage" {
			t.Errorf("stage is %s", name)
		}
	}
}

func TestOneStageWithOneDeployment(t *testing.T) {
	t.Parallel()
	e := expand(t, variant{})[0]
	_, stage := e.the(t, "AWS::ApiGateway::Stage")
	if stage.Properties["StageName"] != "prod" {
		t.Errorf("stage is %v", stage.Properties["StageName"])
	}
	_, deployment := e.the(t, "AWS::ApiGateway::Deployment")
	if name, made := deployment.Properties["StageName"]; made {
		t.Errorf("the deployment makes a stage of its own, %v; is OpenApiVersion gone?", name)
	}
	_, api := e.the(t, "AWS::ApiGateway::RestApi")
	if api.Properties["FailOnWarnings"] != true {
		t.Error("warnings of the import would be dropped")
	}
	if strings.Contains(text(api.Properties["Body"]), `"schema":{"schema":`) {
		t.Error("SAM wrapped a header's schema twice; an OPTIONS method answers 204, not 200")
	}
}

func TestOneChangedByteOfTheDocumentIsANewDeployment(t *testing.T) {
	t.Parallel()
	es := expand(t, variant{}, variant{Replace: [][2]string{{`"title":"Conflict"`, `"title":"conflict"`}}})
	before, _ := es[0].the(t, "AWS::ApiGateway::Deployment")
	after, _ := es[1].the(t, "AWS::ApiGateway::Deployment")
	if before == after {
		t.Errorf("a changed mapping template would not be deployed: %s both times", before)
	}
}

func TestDocumentNamesNoParameter(t *testing.T) {
	t.Parallel()
	// The deployment's hash does not include the value of a parameter: a new value would stay on
	// the old deployment.
	document := read(t, "openapi/api.yaml")
	for name := range source(t).Parameters {
		if regexp.MustCompile(`\$\{` + name + `[}.]|Ref["']?: *["']?` + name + `\b`).MatchString(document) {
			t.Errorf("openapi/api.yaml names the parameter %s", name)
		}
	}
}

// integrations returns the path and method of each integration of the expanded document that
// invokes a function.
func integrations(t testing.TB, e expansion) map[[2]string]object {
	t.Helper()
	_, api := e.the(t, "AWS::ApiGateway::RestApi")
	found := map[[2]string]object{}
	paths, _ := at(api.Properties, "Body", "paths").(object)
	for path, methods := range paths {
		for method, m := range methods.(object) {
			i, _ := at(m, "x-amazon-apigateway-integration").(object)
			if kind, _ := i["type"].(string); strings.EqualFold(kind, "aws") {
				found[[2]string{path, strings.ToUpper(method)}] = i
			}
		}
	}
	if len(found) == 0 {
		t.Fatal("no Lambda integration in the document")
	}
	return found
}

func TestEveryIntegrationMayInvokeTheAlias(t *testing.T) {
	t.Parallel()
	e := expand(t, variant{})[0]
	alias, _ := e.the(t, "AWS::Lambda::Alias")
	permitted := map[string]bool{}
	for _, name := range e.of("AWS::Lambda::Permission") {
		p := e.Stack[name].Properties
		if got := text(p["FunctionName"]); got != text(object{"Ref": alias}) {
			t.Errorf("%s is for %s, not for the alias: behind the alias the call would be refused", name, got)
		}
		if p["Principal"] != "apigateway.amazonaws.com" || p["Action"] != "lambda:InvokeFunction" {
			t.Errorf("%s: %v may %v", name, p["Principal"], p["Action"])
		}
		arn, _ := at(p["SourceArn"], "Fn::Sub").(string)
		const prefix = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/"
		route, ok := strings.CutPrefix(arn, prefix)
		if !ok {
			t.Errorf("%s: the source is not this API: %q", name, arn)
		}
		permitted[route] = true
	}
	for route, integration := range integrations(t, e) {
		if uri := text(integration["uri"]); !strings.Contains(uri, "${"+alias+"}") {
			t.Errorf("%v invokes %s, not the alias", route, uri)
		}
		path := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(route[0], "*")
		want := "prod/" + route[1] + path
		if !permitted[want] {
			t.Errorf("no permission for %s; there are %q", want, slices.Sorted(maps.Keys(permitted)))
		}
		delete(permitted, want)
	}
	for route := range permitted {
		t.Errorf("a permission for %s, which no integration needs", route)
	}
}

func TestFirstDeploymentIntoABrandNewAccount(t *testing.T) {
	t.Parallel()
	es := expand(t, variant{}, variant{Parameters: object{"ApiLogs": "all", "ApiLogRole": "create"}}, variant{Parameters: object{"ApiLogs": "errors"}})
	defaults, creating, existing := es[0], es[1], es[2]

	// By default nothing requires what a new account does not have: a role for API logs, or more
	// concurrency than the minimum.
	_, stage := defaults.the(t, "AWS::ApiGateway::Stage")
	if _, logs := stage.Properties["AccessLogSetting"]; logs {
		t.Error("access logs by default, which need the account's role")
	}
	for _, s := range methodSettings(stage) {
		if s["LoggingLevel"] != "OFF" {
			t.Errorf("execution logs by default, which need the account's role: %v", s)
		}
	}
	_, function := defaults.the(t, "AWS::Lambda::Function")
	if r, set := function.Properties["ReservedConcurrentExecutions"]; set {
		t.Errorf("reserves concurrency by default: %v", r)
	}
	if made := defaults.of("AWS::ApiGateway::Account"); len(made) > 0 {
		t.Errorf("changes the account by default: %q", made)
	}

	// With its own role: first the API, then the account, then the stage that logs.
	stageName, stage := creating.the(t, "AWS::ApiGateway::Stage")
	account, _ := creating.the(t, "AWS::ApiGateway::Account")
	if !creating.needs(account)["Api"] {
		t.Error("the account's setting does not wait for the API")
	}
	if !creating.needs(stageName)[account] {
		t.Error("the stage does not wait for the account's setting")
	}
	if !creating.needs(stageName)["ApiExecutionLogs"] {
		t.Error("the stage does not wait for the group of its execution logs, and API Gateway would make one without a retention")
	}
	for _, kind := range []string{"AWS::ApiGateway::Account", "AWS::IAM::Role"} {
		for _, name := range creating.of(kind) {
			if _, before := existing.Stack[name]; !before && creating.Stack[name].DeletionPolicy != "Retain" {
				t.Errorf("%s would go with the stack, and with it the logs of every other API of the account", name)
			}
		}
	}

	// With the account's existing role: logs, and no change to the account.
	_, stage = existing.the(t, "AWS::ApiGateway::Stage")
	if stage.Properties["AccessLogSetting"] == nil || methodSettings(stage)[0]["LoggingLevel"] != "ERROR" {
		t.Errorf("no logs: %s", text(stage.Properties))
	}
	if made := existing.of("AWS::ApiGateway::Account"); len(made) > 0 {
		t.Errorf("changes the account: %q", made)
	}
}

func methodSettings(stage resource) []object {
	var settings []object
	list, _ := stage.Properties["MethodSettings"].([]any)
	for _, s := range list {
		settings = append(settings, s.(object))
	}
	return settings
}

func TestMethodSettingsNameMethodsOfTheDocument(t *testing.T) {
	t.Parallel()
	e := expand(t, variant{Parameters: object{"ApiLogs": "errors"}})[0]
	_, stage := e.the(t, "AWS::ApiGateway::Stage")
	_, api := e.the(t, "AWS::ApiGateway::RestApi")
	settings := methodSettings(stage)
	for _, s := range settings {
		path, method := s["ResourcePath"].(string), s["HttpMethod"].(string)
		if path == "/*" {
			if method != "*" {
				t.Errorf("/* with %s: API Gateway drops that silently", method)
			}
		} else {
			p := path
			if p != "/" {
				encoded, ok := strings.CutPrefix(p, "/~1")
				if !ok {
					t.Errorf("%s: slashes of the path must be written ~1, the first included", path)
				}
				p = "/" + strings.ReplaceAll(encoded, "~1", "/")
			}
			if at(api.Properties, "Body", "paths", p, strings.ToLower(method)) == nil {
				t.Errorf("%s %s is not a method of the document", method, path)
			}
		}
		if s["LoggingLevel"] != "ERROR" || s["DataTraceEnabled"] != false || s["ThrottlingRateLimit"] == nil || s["ThrottlingBurstLimit"] == nil {
			t.Errorf("%s %s must repeat level, data trace and limits: %v", method, path, s)
		}
	}
	if len(settings) < 2 {
		t.Error("no method has limits of its own")
	}
}

// The variables of access logs of REST APIs that are useful here:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html#context-variable-reference-access-logging-only
var accessLogVariables = strings.Fields(`requestId extendedRequestId xrayTraceId integration.requestId requestTimeEpoch identity.sourceIp
	identity.userAgent httpMethod resourcePath path protocol status responseLength responseLatency integration.status
	integration.latency integration.error error.message error.responseType`)

func TestAccessLogFormat(t *testing.T) {
	t.Parallel()
	e := expand(t, variant{Parameters: object{"ApiLogs": "all"}})[0]
	_, stage := e.the(t, "AWS::ApiGateway::Stage")
	format, _ := at(stage.Properties, "AccessLogSetting", "Format").(string)
	var fields map[string]string
	parseJSON(t, format, &fields)
	if strings.ContainsAny(format, "\n") {
		t.Error("the format is more than one line")
	}
	used := map[string]bool{}
	for name, v := range fields {
		variable, ok := strings.CutPrefix(v, "$context.")
		if !ok || !slices.Contains(accessLogVariables, variable) {
			t.Errorf("%s: %q is not a variable of a REST API's access log", name, v)
		}
		used[variable] = true
	}
	for _, v := range accessLogVariables {
		if !used[v] {
			t.Errorf("the access log lacks $context.%s", v)
		}
	}
}

func TestVersionFollowsEverySetting(t *testing.T) {
	t.Parallel()
	es := expand(t, variant{}, variant{Set: object{"Resources.GameFunction.Properties.Timeout": 6}}, variant{Parameters: object{"MemorySize": 512}})
	before, _ := es[0].the(t, "AWS::Lambda::Version")
	if after, _ := es[1].the(t, "AWS::Lambda::Version"); after == before {
		t.Errorf("a changed timeout would publish no version: %s both times", before)
	}
	// https://github.com/aws/serverless-application-model/issues/3820
	if after, _ := es[2].the(t, "AWS::Lambda::Version"); after != before {
		t.Error("SAM publishes a version for a parameter's new value now: take the warning from the description of MemorySize")
	}
}

func TestRollout(t *testing.T) {
	t.Parallel()
	e := expand(t, variant{})[0]
	_, alias := e.the(t, "AWS::Lambda::Alias")
	if alias.Properties["Name"] != "live" || at(alias.UpdatePolicy, "CodeDeployLambdaAliasUpdate") == nil {
		t.Errorf("the alias is not moved by CodeDeploy: %s %s", text(alias.Properties), text(alias.UpdatePolicy))
	}
	_, group := e.the(t, "AWS::CodeDeploy::DeploymentGroup")
	alarms, _ := at(group.Properties, "AlarmConfiguration", "Alarms").([]any)
	if len(alarms) == 0 || len(alarms) > 10 {
		t.Errorf("%d alarms roll back; CodeDeploy takes 1 to 10", len(alarms))
	}
	for _, a := range alarms {
		name, _ := at(a, "Name", "Ref").(string)
		if e.Stack[name].Type != "AWS::CloudWatch::Alarm" {
			t.Errorf("%s is no alarm of this stack", text(a))
		}
	}
	if !strings.Contains(text(at(group.Properties, "AutoRollbackConfiguration", "Events")), "DEPLOYMENT_STOP_ON_ALARM") {
		t.Error("an alarm does not roll back")
	}
	// SAM and cfn-lint accept any text; these are the configurations of CodeDeploy:
	// https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
	known := strings.Fields(`AllAtOnce Canary10Percent5Minutes Canary10Percent10Minutes Canary10Percent15Minutes Canary10Percent30Minutes
		Linear10PercentEvery1Minute Linear10PercentEvery2Minutes Linear10PercentEvery3Minutes Linear10PercentEvery10Minutes`)
	for _, v := range source(t).Parameters["Rollout"].AllowedValues {
		if !slices.Contains(known, fmt.Sprint(v)) {
			t.Errorf("%v is no configuration of CodeDeploy", v)
		}
	}
}

func TestAlarms(t *testing.T) {
	t.Parallel()
	e := expand(t, variant{Parameters: object{"AlarmTopicArn": "arn:aws:sns:eu-north-1:123456789012:t"}})[0]
	names := e.of("AWS::CloudWatch::Alarm")
	if len(names) < 5 {
		t.Errorf("alarms: %q", names)
	}
	_, stage := e.the(t, "AWS::ApiGateway::Stage")
	for _, name := range names {
		p := e.Stack[name].Properties
		if p["TreatMissingData"] != "notBreaching" {
			t.Errorf("%s: missing data, as at night, must be no alarm", name)
		}
		if len(p["AlarmActions"].([]any)) != 1 {
			t.Errorf("%s tells nobody: %v", name, p["AlarmActions"])
		}
		if _, described := p["AlarmDescription"].(string); !described {
			t.Errorf("%s has no description", name)
		}
		if s := text(p); strings.Contains(s, `"AWS/ApiGateway"`) && strings.Contains(s, `"Resource"`) && methodSettings(stage)[0]["MetricsEnabled"] != true {
			t.Errorf("%s watches one method, whose metrics are off", name)
		}
	}
}

// Exceptions from "no * in a policy", each with its reason: action → why IAM has no narrower
// resource for it.
var actionsWithoutResources = map[string]string{
	"xray:PutTraceSegments":    "X-Ray has no resource type for segments: service authorization reference, list_awsx-ray",
	"xray:PutTelemetryRecords": "X-Ray has no resource type for telemetry: service authorization reference, list_awsx-ray",
}

func TestRolesMayDoNothingMore(t *testing.T) {
	t.Parallel()
	e := expand(t, variant{Parameters: object{"ApiLogs": "all", "ApiLogRole": "create"}})[0]
	seen := map[string]bool{}
	for _, name := range e.of("AWS::IAM::Role") {
		p := e.Stack[name].Properties
		if fixed, named := p["RoleName"]; named {
			t.Errorf("%s has the fixed name %v, which needs CAPABILITY_NAMED_IAM", name, fixed)
		}
		list, _ := p["Policies"].([]any)
		for _, policy := range list {
			statements, _ := at(policy, "PolicyDocument", "Statement").([]any)
			for _, s := range statements {
				for _, action := range asList(at(s, "Action")) {
					action := action.(string)
					seen[action] = true
					if strings.Contains(action, "*") {
						t.Errorf("%s may do %s", name, action)
					}
					for _, r := range asList(at(s, "Resource")) {
						if _, excepted := actionsWithoutResources[action]; strings.Contains(text(r), "*") && !excepted {
							t.Errorf("%s may do %s on %s", name, action, text(r))
						}
					}
				}
			}
		}
	}
	got := slices.Sorted(maps.Keys(seen))
	want := []string{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "logs:CreateLogStream", "logs:PutLogEvents",
		"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
	if !slices.Equal(got, want) {
		t.Errorf("roles may do %q, want %q", got, want)
	}
}

func asList(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}

func TestFunctionInProduction(t *testing.T) {
	t.Parallel()
	e := expand(t, variant{Parameters: object{"ReservedConcurrency": 7, "Architecture": "arm64"}})[0]
	_, function := e.the(t, "AWS::Lambda::Function")
	p := function.Properties
	group, _ := at(p, "LoggingConfig", "LogGroup", "Ref").(string)
	if days := e.Stack[group].Properties["RetentionInDays"]; e.Stack[group].Type != "AWS::Logs::LogGroup" || days == nil {
		t.Errorf("the function does not log to a group of this stack with a retention: %s", text(p["LoggingConfig"]))
	}
	for what, got := range map[string]any{
		"JSON":      at(p, "LoggingConfig", "LogFormat"),
		"Active":    at(p, "TracingConfig", "Mode"),
		"Image":     p["PackageType"],
		`["arm64"]`: text(p["Architectures"]),
		"7":         fmt.Sprint(p["ReservedConcurrentExecutions"]),
	} {
		if got != what {
			t.Errorf("got %v, want %s", got, what)
		}
	}
	if timeout := p["Timeout"].(float64); timeout < 3 || timeout >= 29 {
		t.Errorf("timeout is %v s; the store needs 3, API Gateway waits 29", timeout)
	}
	_, stage := e.the(t, "AWS::ApiGateway::Stage")
	if stage.Properties["TracingEnabled"] != true {
		t.Error("the API is not traced")
	}
}

func TestTableOutlivesTheStack(t *testing.T) {
	t.Parallel()
	for i, e := range expand(t, variant{}, variant{Parameters: object{"DeletionProtection": "on"}}) {
		_, table := e.the(t, "AWS::DynamoDB::Table")
		p := table.Properties
		if table.DeletionPolicy != "Retain" || table.UpdateReplacePolicy != "Retain" {
			t.Errorf("policies are %q and %q", table.DeletionPolicy, table.UpdateReplacePolicy)
		}
		if name, fixed := p["TableName"]; fixed {
			t.Errorf("the name %v is fixed: the next stack would find it taken", name)
		}
		got := []any{p["BillingMode"], at(p, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"), at(p, "SSESpecification", "SSEEnabled"),
			at(p, "TimeToLiveSpecification", "AttributeName"), at(p, "KeySchema", 0, "AttributeName"), p["DeletionProtectionEnabled"]}
		want := []any{"PAY_PER_REQUEST", true, true, "expires_at", "id", i == 1}
		if text(got) != text(want) {
			t.Errorf("got %s, want %s", text(got), text(want))
		}
	}
}

func TestNoFixedNameStays(t *testing.T) {
	t.Parallel()
	// A resource that is retained under a fixed name blocks the next stack.
	e := expand(t, variant{Parameters: object{"ApiLogs": "all", "ApiLogRole": "create"}})[0]
	for name, r := range e.Stack {
		for _, property := range []string{"LogGroupName", "TableName", "RoleName", "FunctionName"} {
			if fixed, ok := r.Properties[property].(string); ok && r.DeletionPolicy == "Retain" {
				t.Errorf("%s stays and has the fixed name %v", name, fixed)
			}
		}
	}
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	e := expand(t, variant{Parameters: object{"ApiLogs": "all", "ApiLogRole": "create"}})[0]
	under := func(what string, size, limit int) {
		if size > limit*8/10 {
			t.Errorf("%s is %d of %d; a fifth should be left", what, size, limit)
		}
	}
	under("the expanded template", len(e.raw), 1<<20)
	under("resources of the stack", len(e.Stack), 500)
	_, api := e.the(t, "AWS::ApiGateway::RestApi")
	paths := at(api.Properties, "Body", "paths").(object)
	under("paths of the API", len(paths), 300)
	var templates func(any)
	templates = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, w := range v {
				templates(w)
			}
		case object:
			for key, w := range v {
				if key == "requestTemplates" || key == "responseTemplates" {
					for _, template := range w.(object) {
						under("a mapping template", len(template.(string)), 300<<10)
					}
				}
				templates(w)
			}
		}
	}
	templates(api.Properties["Body"])
}

func TestDashboard(t *testing.T) {
	t.Parallel()
	e := expand(t, variant{})[0]
	_, dashboard := e.the(t, "AWS::CloudWatch::Dashboard")
	body := at(dashboard.Properties, "DashboardBody", "Fn::Sub").(string)
	var parsed struct {
		Widgets []struct {
			Type       string
			Properties struct{ Title, Region, Query string }
		}
	}
	parseJSON(t, regexp.MustCompile(`\$\{[^}]*\}`).ReplaceAllString(body, "x"), &parsed)
	if len(parsed.Widgets) < 6 {
		t.Errorf("%d widgets", len(parsed.Widgets))
	}
	// Games are counted by metrics that the function writes: see src/function/metrics.go.
	written := read(t, "src/function/metrics.go")
	for _, m := range regexp.MustCompile(`"(Games[A-Za-z]+|Invalid[A-Za-z]+)"`).FindAllStringSubmatch(body, -1) {
		if !strings.Contains(written, `"`+m[1]+`"`) {
			t.Errorf("the function writes no metric %s", m[1])
		}
	}
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	e := expand(t, variant{})[0]
	if url := text(e.Template.Outputs["ApiUrl"].Value); !strings.HasSuffix(url, `/prod/"}`) {
		t.Errorf("without the slash at the end API Gateway answers 403: %s", url)
	}
	for _, name := range []string{"StartGame", "MakeGuess", "ShowGame"} {
		if line := text(e.Template.Outputs[name].Value); !strings.Contains(line, "curl ") || !strings.Contains(line, "/prod/games") {
			t.Errorf("%s is %s", name, line)
		}
	}
}

// source is template.yaml as written.
type sourceTemplate struct {
	Parameters map[string]struct {
		Description    string
		Default        any `yaml:"Default"`
		AllowedValues  []any
		AllowedPattern string
		MinValue       *int
		MaxValue       *int
	}
}

func source(t testing.TB) sourceTemplate {
	t.Helper()
	var raw struct {
		Parameters map[string]map[string]any `yaml:"Parameters"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "template.yaml")), &raw); err != nil {
		t.Fatal(err)
	}
	var s sourceTemplate
	parseJSON(t, text(raw), &s)
	return s
}

func read(t testing.TB, name string) string {
	t.Helper()
	return readIn(t, root, name)
}

func TestEveryParameterExplainsAndGuardsItself(t *testing.T) {
	t.Parallel()
	parameters := source(t).Parameters
	if len(parameters) == 0 {
		t.Fatal("no parameters")
	}
	for name, p := range parameters {
		if p.Description == "" || p.Default == nil {
			t.Errorf("%s: description %q, default %v", name, p.Description, p.Default)
		}
		if len(p.AllowedValues) == 0 && p.AllowedPattern == "" && (p.MinValue == nil || p.MaxValue == nil) {
			t.Errorf("%s takes anything", name)
		}
	}
}

func TestPassesReview(t *testing.T) {
	t.Parallel()
	out := run(t, root, nil, tool(t, "sam", "sam"), "validate")
	if !strings.Contains(out, "valid SAM Template") {
		t.Errorf("sam validate: %s", out)
	}
	// The exceptions are in the template's Metadata, each with its reason.
	out = run(t, root, []string{"BC_SKIP_MAPPING=TRUE"}, tool(t, "checkov", "checkov"), "--file", "template.yaml", "--framework", "cloudformation",
		"--compact", "--skip-download", "--output", "json")
	var report struct {
		Summary struct{ Passed, Failed, Skipped int }
	}
	parseJSON(t, out, &report)
	if report.Summary.Failed != 0 || report.Summary.Passed < 10 {
		t.Errorf("checkov: %+v\n%s", report.Summary, out)
	}
	if reasons := strings.Count(read(t, "template.yaml"), "{id: CKV_"); reasons != report.Summary.Skipped {
		t.Errorf("%d exceptions in the template, %d used", reasons, report.Summary.Skipped)
	}
}

func TestGatewayReadsWhatSAMMakes(t *testing.T) {
	p := built(t)
	e := expand(t, variant{Parameters: object{"ApiLogs": "all", "ApiLogRole": "create"}})[0]
	transformed := filepath.Join(t.TempDir(), "template.json")
	if err := os.WriteFile(transformed, e.raw, 0o644); err != nil {
		t.Fatal(err)
	}
	bin := p.apigw(t)
	// A packaged template includes an object of S3, which only AWS can read: the document is
	// provided separately.
	packaged := filepath.Join(t.TempDir(), "template.yaml")
	text := strings.Replace(read(t, "template.yaml"), "Location: openapi/api.yaml", "Location: s3://bucket/guessing-game/0123", 1)
	if err := os.WriteFile(packaged, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, of := range [][]string{
		{"--template", "template.yaml"},
		{"--template", ".aws-sam/build/template.yaml"},
		{"--template", transformed},
		{"--template", packaged, "--openapi", "openapi/api.yaml"},
	} {
		if out := run(t, p.dir, nil, bin, append([]string{"check", "--ignore", "parameter-ignored"}, of...)...); !strings.Contains(out, "0 errors, 0 warnings") {
			t.Errorf("%q: %s", of, out)
		}
		// A route responds, so it was read and not ignored.
		out := run(t, p.dir, nil, bin, append([]string{"invoke", "GET", "/games/x", "--json",
			"--function-error", `{"errorMessage":"GameNotFound: gone","errorType":"GameNotFound"}`}, of...)...)
		if !strings.Contains(out, "404") {
			t.Errorf("%q: %s", of, out)
		}
	}
}
