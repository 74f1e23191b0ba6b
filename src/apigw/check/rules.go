package check

import (
	"maps"
	"slices"
)

// rule is a rule's severity and description.
type rule struct {
	severity Severity
	text     string // what it finds, a sentence
}

// Rule is a rule as lists and reports show it.
type Rule struct {
	ID       string
	Severity Severity
	Text     string
}

// Rules lists all rules by ID.
func Rules() []Rule {
	var all []Rule
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		all = append(all, Rule{id, rules[id].severity, rules[id].text})
	}
	return all
}

// rules are all rules, by ID. The meaning of an ID never changes.
var rules = map[string]rule{
	// the document
	"document":                    {Error, "API Gateway would refuse the document, or a part of it has no meaning."},
	"unsupported":                 {Warning, "API Gateway accepts it, but apigw cannot serve it: requests to the route return 501 or are refused."},
	"schema-keyword":              {Error, "A model uses a keyword of JSON Schema that API Gateway does not support."},
	"schema-ignored":              {Warning, "A model uses a keyword that basic validation of API Gateway does not check."},
	"parameter-name":              {Error, "The name of a parameter has characters that API Gateway does not accept."},
	"key-twice":                   {Warning, "A key appears twice; the last one counts."},
	"resource-lost":               {Warning, "A resource adds to an API that SAM creates: the next deployment of the API loses it."},
	"raw-intrinsic":               {Error, "A file that AWS imports unchanged contains an intrinsic function, which fails there."},
	"deployment-refuses":          {Error, "SAM or CloudFormation refuses it at a deployment; apigw serves it all the same."},
	"architectures":               {Error, "A function has more than one architecture."},
	"model-name":                  {Error, "The name of a model has characters other than letters and digits."},
	"response-reference":          {Error, "Responses by $ref are not supported."},
	"integration-member":          {Warning, "An integration or one of its responses has a member that API Gateway does not know and ignores."},
	"reference":                   {Warning, "API Gateway is known to follow $ref to schemas only."},
	"parameter-ignored":           {Warning, "Only the name, location and required of a parameter are imported; its schema is not checked."},
	"path-characters":             {Error, "A path has characters that API Gateway does not accept."},
	"path-reserved":               {Warning, "/ping and /sping are reserved by the service under a custom domain name."},
	"security-root":               {Warning, "security at the root of the document is ignored."},
	"security-scheme":             {Warning, "Security schemes other than apiKey are ignored."},
	"authorizer-authtype":         {Warning, "An authorizer without x-amazon-apigateway-authtype may be ignored, silently."},
	"servers-path":                {Warning, "A path in servers is ignored unless the import sets basepath."},
	"key-not-text":                {Error, "A key is a bare number or boolean, which an inline definition rejects. (In a separate file: a warning.)"},
	"version-not-text":            {Warning, "openapi, swagger or info.version is a number instead of a string."},
	"include-short-form":          {Error, "An included file uses short forms such as !Sub, which AWS::Include does not read."},
	"include-alias":               {Error, "An included file uses aliases of YAML, which CloudFormation does not read."},
	"include-nested":              {Error, "An included file includes another."},
	"parameter-not-in-deployment": {Warning, "Changing only a template parameter does not redeploy the API."},
	"extra-stage":                 {Warning, "Without OpenApiVersion, SAM creates a second stage named Stage."},
	"warnings-dropped":            {Warning, "Without FailOnWarnings, warnings of the import are lost silently."},
	"size":                        {Warning, "A quota is nearly used up."},

	// routes
	"default-response-missing": {Error, "A Lambda integration has no default response: every success becomes a 500."},
	"pattern-partial":          {Warning, "A selection pattern matches one exact string only; it must match the whole errorMessage."},
	"pattern-status":           {Warning, "A selection pattern of a Lambda integration looks for a status code, but it is compared with errorMessage."},
	"pattern-swallows-success": {Error, "A selection pattern matches the empty string, and with it every success."},
	"pattern-hidden":           {Warning, "A selection pattern is never reached, since an earlier one matches all it matches."},
	"status-undeclared":        {Error, "An integration response has a status that the method does not declare."},
	"header-undeclared":        {Error, "A header is mapped that the method response does not declare."},
	"mapping-undeclared":       {Error, "A request mapping reads a parameter that the method does not declare."},
	"preflight-secured":        {Warning, "A preflight asks for authorization or an API key, which browsers do not send with it."},
	"parameter-unvalidated":    {Warning, "Parameters are marked as required, but no request validator checks parameters."},
	"body-unvalidated":         {Warning, "The body has a model, but no request validator checks bodies."},
	"method-open":              {Warning, "Anyone may call a method, while others of the API have an authorizer."},
	"key-without-plan":         {Warning, "A method asks for an API key, but no usage plan has the API's stage."},
	"scope-unknown":            {Warning, "A method asks for a scope that no token of the user pool can have."},
	"route-shadowed":           {Warning, "Requests that one route could match go to another."},
	"permission-missing":       {Error, "API Gateway may not invoke the function of the integration."},
	"timeout":                  {Warning, "The function may run longer than API Gateway waits for it."},
	"content-type-unmapped":    {Warning, "The response is not JSON, but no Content-Type header is mapped."},
	"service-action":           {Warning, "The uri names an action that the AWS service does not have."},
	"service-credentials":      {Warning, "An integration with an AWS service has no credentials."},
	"service-header":           {Warning, "The request to an AWS service lacks a header that its protocol needs, or begins with a blank line."},
	"stream-ignored":           {Warning, "Something has no effect on a streamed response."},
	"cors-incomplete":          {Warning, "A preflight succeeds, but the method's own response lacks Access-Control-Allow-Origin."},

	// templates
	"template-parse":           {Error, "A mapping template does not parse."},
	"template-fails":           {Error, "A mapping template fails for an example request."},
	"template-not-json":        {Error, "A mapping template renders something that is not JSON for an example request."},
	"template-not-json-body":   {Warning, "A mapping template renders something that is not JSON for a body or a parameter that nothing checks."},
	"template-unescaped":       {Warning, "Client input can break out of its place in the JSON that a template renders."},
	"escape-apostrophe":        {Warning, "escapeJavaScript turns ' into \\', which is not JSON."},
	"mock-fails":               {Error, "A MOCK integration returns 500 for an example request."},
	"mock-passthrough":         {Warning, "A MOCK integration returns 500 for a body of a type without a request template."},
	"template-type":            {Warning, "The media type of a template has parameters, so no request selects it."},
	"undefined-variable":       {Warning, "A template uses a variable that is never set; it prints nothing."},
	"undefined-stage-variable": {Warning, "A template or a uri uses a stage variable that the stage does not have; it is empty."},
	"unknown-function":         {Error, "A template calls a function that API Gateway does not have; it prints nothing."},
	"unknown-context":          {Warning, "A template uses a variable of $context that does not exist; it prints nothing."},
	"directive-off":            {Error, "A template uses a directive that API Gateway does not run and prints as text, or a macro."},
	"gateway-response-vtl":     {Error, "The template of a gateway response uses VTL, which is not run there."},
}
