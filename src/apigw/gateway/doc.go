// Package gateway serves an OpenAPI document with x-amazon-apigateway-integration as an Amazon API
// Gateway REST API does.
//
// A Gateway is an http.Handler for one API at one stage. It supports integrations of the types aws
// (a Lambda function or another AWS service behind mapping templates), aws_proxy (a Lambda function
// that sees the HTTP request), http and http_proxy (an HTTP backend in the same two ways) and mock.
// Anything else in a document is a Problem when it is loaded, with its position, its route and its
// reason.
//
// # How a request is processed
//
//	limits             413 and similar                                  exchange.go
//	route              the stage off the path, the tree of segments     router.go
//	authorizer         the function's policy: 401, 403                  authorizer.go, policy.go
//	api key            403                                              exchange.go
//	validation         required parameters, then the body's model       validate.go, schema.go
//	request mapping    template by Content-Type, integration.request.*, render.go, mapping.go
//	                   rendering, $context.requestOverride
//	integration        the function, the service or backend, or the     lambda.go, proxy.go, upstream.go, stream.go,
//	                   mock's statusCode                                mock.go
//	response mapping   selection pattern, method.response.*, template   respond.go
//	                   by Accept, $context.responseOverride, names of headers
//
// A failure of the gateway itself at any step becomes a gateway response (gatewayresponse.go); an
// error of the function does not: it selects an integration response. Options.Observe gets each
// request's steps and its log as worded by API Gateway (execution.go).
//
// # Choices and differences
//
// Where neither the documentation nor a recording shows what AWS does, this package chooses a
// behaviour; deliberate differences are listed too. Each choice has a test named after its ID.
//
//	GW-1   #if on a missing or empty reference is true, as in Velocity 1.7.
//	GW-2   $input.json returns null for a JSON null and "" for a path that matches nothing.
//	GW-3   $util.parseJson of a string that looks like JSON but is invalid, and $util.urlDecode of
//	       a malformed escape, fail the template (500); parseJson of null returns null. The other
//	       functions of $util convert arguments that are not strings to the string they print as.
//	GW-4   The Content-Type of a response is application/json unless a mapping or an override sets
//	       it, whichever template was selected.
//	GW-5   Selection patterns are matched against the errorMessage of a failed function only, never
//	       against that of a successful payload.
//	GW-6   x-amzn-ErrorType of API_CONFIGURATION_ERROR is InternalServerErrorException, as in every
//	       recorded 500.
//	GW-7   A list prints as json-smart's JSONArray does: slashes, U+007F to U+009F and U+2000 to
//	       U+20FF, which include typographic quotes, dashes and the euro sign, are escaped.
//	GW-8   $input.params returns path parameters as they are in the URL, not percent-decoded, as
//	       proxy events do.
//	GW-9   If a request template reads part of a body that looks like JSON but is invalid, the
//	       response is 400 "Invalid JSON in request body"; for a response template it is 500.
//	GW-10  If several selection patterns match, the first in the document wins; for a mock
//	       integration, a response whose own status equals the template's takes precedence. If
//	       several have no pattern, the first is used. Two responses with the same status are
//	       refused when the document is loaded, because API Gateway keeps one response per status.
//	GW-11  A body with leading white space is still read as JSON.
//	GW-12  A body of only white space, including a rendered one, counts as empty.
//	GW-13  Without Options.APIKeys, as in apigw test, any nonempty key is accepted; apigw start
//	       makes one up if the template has none, unless an authorizer supplies the keys.
//	GW-14  $context.domainName is the Host header, including the port; X-Forwarded-Proto and -Port
//	       are those of the local listener.
//	GW-15  Headers of more than 10240 bytes return 431 and a longer URL returns 414; only
//	       DEFAULT_4XX customises them.
//	GW-16  If a template sets a status below 200, the response is 500, because HTTP has no such
//	       final response.
//	GW-17  Header names reach templates as the client wrote them if the server preserves them
//	       (package headernames), as apigw does; in any other server net/http has already changed
//	       their case, and lookups ignore case.
//	GW-18  In the template of a gateway response, a reference to a missing value renders as the
//	       empty string; anything that is not a reference stays as written.
//	GW-19  An invalid JSONPath fails the template (500).
//	GW-20  WAF, account limits and the CORS and access settings of an endpoint have no effect here.
//	GW-21  A function that cannot be invoked results in a 500 (API_CONFIGURATION_ERROR).
//	GW-22  The identity sources of an authorizer must be present even when
//	       authorizerResultTtlInSeconds is 0; header names among them are matched
//	       case-insensitively.
//	GW-23  An identityValidationExpression must match the whole token or, for an authorizer with a
//	       user pool, the token's whole aud.
//	GW-25  An authorizer's result may omit principalId. Of the condition keys in its policy,
//	       aws:CurrentTime, aws:EpochTime, aws:Referer, aws:SecureTransport, aws:SourceIp and
//	       aws:UserAgent have a value here; all others are absent.
//	GW-26  An authorizer that cannot be invoked, fails or returns a malformed result causes a 500
//	       (AUTHORIZER_CONFIGURATION_ERROR); one that does not respond within 29 s causes
//	       AUTHORIZER_FAILURE.
//	GW-27  The path in a methodArn is that of the URL, not percent-decoded, without the slashes
//	       after the stage.
//	GW-28  The value of a {name} in a URI is escaped so that it cannot reach beyond its place: in a
//	       path everything except slashes, in a query string everything except letters, digits and
//	       -._~. The escapes of a path parameter stay as the client wrote them.
//	GW-29  If nothing maps the Content-Type of the request to a service or backend, it is the
//	       client's; a body that a template rendered for a client that sent no Content-Type is
//	       application/json.
//	GW-30  X-Amz-Target and the Content-Type of the JSON protocol are added only for actions of
//	       DynamoDB, Firehose, Kinesis and Step Functions.
//	GW-31  Requests to AWS services are signed with the credentials of this process, whatever role
//	       the integration names, or with made-up ones for a stand-in; Host is that of the
//	       endpoint. A service without an endpoint results in a 504 (INTEGRATION_FAILURE).
//	GW-32  A refused connection is a network error (504); a host that does not resolve and a
//	       certificate that is not trusted are configuration errors (500).
//	GW-33  A response of http_proxy is text for a client that accepts a binary type first, unless
//	       the response's own type is binary.
//	GW-34  The stage is not part of the path that reaches a private backend. A VPC link without an
//	       endpoint is called at its uri unchanged.
//	GW-35  Templates have $method.request.path, .querystring and .header, as mappings of parameters
//	       name them; no page documents it, but published applications rely on it.
//	GW-36  A stand-in's XML in the query protocol (SQS, SNS) reaches templates as the JSON that the
//	       service itself returns to API Gateway. What a response omits is null where
//	       published responses have it; all other values are strings. A stand-in that does not
//	       accept parameters in the query string gets them again as a form.
//	GW-40  An access token that has none of the method's authorization scopes results in a 403
//	       (ACCESS_DENIED) that does not say what denied it; any other token that is refused
//	       results in a 401.
//	GW-41  A user pool for which --authorizer gives no keys is a local one: it uses the project's
//	       own key and tokens from apigw token; if its ID or those of its clients are known only
//	       once deployed, they are made up.
//	GW-42  A resource policy whose conditions refer to anything other than time, source IP,
//	       transport, headers and the signer of the request is refused; --authorizer
//	       RESOURCE_POLICY=off lets requests past it.
//	GW-43  The signer of an IAM request is a user in the API's account whose own policies allow
//	       everything; the ARN and the unique IDs in $context.identity are derived from the name
//	       that --iam-user gives, or from local.
//	GW-44  A signature covers the path as received, without dot segments and doubled slashes; the
//	       error for an expired presigned URL says when it expired.
//	GW-45  Throttling is exact, whereas AWS applies it on a best-effort basis: a token bucket per
//	       method of the stage, per key, and per key and method; a request that one limit refuses
//	       takes nothing from the others and does not count towards a quota. Quotas count from the
//	       start of apigw; a period begins at 0:00 UTC, Offset days after its first day.
//	GW-46  The cache of a stage is in memory and stores the response as the client gets it,
//	       whatever its status, unless the gateway itself has failed; the text of the Warning
//	       header, for a client that may not invalidate the cache, is chosen.
//	GW-47  A canary is the same API with other stage variables; its share of the requests is exact
//	       and evenly spread, whereas AWS picks requests at random.
//	GW-50  A number or a boolean as the body of a proxy response is sent as written, as are such
//	       values of headers; AWS's SAM CLI does the same with numbers.
//	GW-51  A gateway response sends the headers it is given under their own names, so that
//	       WWW-Authenticate makes a browser prompt for credentials; only those that frame a message
//	       are renamed or dropped, as in integration responses.
//	GW-52  A template whose media type has parameters (application/json;version=2) is never
//	       selected by it, according to a report from AWS.
//	GW-53  A template that fails results in a 500 of the type DEFAULT_5XX, as in one published log,
//	       not in an API_CONFIGURATION_ERROR.
//	GW-54  The execution log describes a gateway response only if the API customises it, and shows
//	       the last value of a parameter that is repeated.
//	GW-70  The messages of models' errors are those of json-schema-validator 2.2.14 (AWS may use an
//	       older version) without its deepCheck: the contents of an object or array that has failed
//	       are not validated. A reference that leads to no schema, or back to itself for the same
//	       value, is refused when the document is loaded. Every model is of draft 4, whatever its
//	       $schema says; its id changes no reference. A list of properties that is a $ref is left
//	       out, and so is a validator that is not defined: both are imported with a warning.
//	GW-71  A body that is empty or not JSON fails every model, as does one with a number of more
//	       than 1000 characters or an exponent beyond ±1000, and one whose validation exceeds the
//	       budget of a request.
//	GW-72  append() in a JSONPath does not change the document.
//	GW-73  A body with a number of more than 1000 characters, or with one of more than 18 whose
//	       exponent is beyond ±1000, cannot be read as JSON.
//	GW-80  apigw start also serves paths without the stage, as a custom domain does; AWS returns
//	       403 for them, and so does --strict-paths.
//	GW-81  Values known only once deployed have stand-ins: parameters without a default, exports,
//	       dynamic references, names of tables and queues, hosts. The greeting of apigw start lists
//	       them.
//	GW-82  Parameters of a gateway response for a path or a query string (gatewayresponse.path.X,
//	       gatewayresponse.querystring.X), which the API takes, have no effect: a response has
//	       neither.
package gateway
