// Package gateway serves an OpenAPI document with x-amazon-apigateway-integration as an Amazon API Gateway REST API does.
//
// A Gateway is an http.Handler for one API at one stage. It knows integrations of the types aws (a Lambda function or another AWS service
// behind mapping templates), aws_proxy (a Lambda function that sees the HTTP request), http and http_proxy (an HTTP backend in the same two
// ways) and mock. Whatever else a document asks for is a Problem when it
// is loaded, with its place, its route and its reason.
//
// # The way of a request
//
//	limits             413 and its like                                 exchange.go
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
// A failure of the gateway itself on this way becomes a gateway response (gatewayresponse.go); an error of the function does not, it
// selects an integration response. Options.Observe gets each request's steps and its log in the words of API Gateway (execution.go).
//
// # Choices and differences
//
// Where neither the documentation nor a recording says what AWS does, this package chooses; where it differs knowingly, it says so.
// Each choice has a test named after its ID.
//
//	GW-1   #if on a missing or empty reference is true, as in Velocity 1.7.
//	GW-2   $input.json of a JSON null is null, of a path that leads nowhere "".
//	GW-3   $util.parseJson of text that begins like JSON and is none, and $util.urlDecode of a broken escape, fail the template (500);
//	       of nothing, parseJson is nothing. The other functions of $util take what is no string as it prints.
//	GW-4   The Content-Type of a response is application/json unless a mapping or an override sets it, whichever template was selected.
//	GW-5   Selection patterns see the errorMessage of a failed function only, never that of a successful payload.
//	GW-6   x-amzn-ErrorType of API_CONFIGURATION_ERROR is InternalServerErrorException, as of every recorded 500.
//	GW-7   A list prints as json-smart's JSONArray does: slashes, U+007F to U+009F and U+2000 to U+20FF, among them typographic
//	       quotes, dashes and the euro sign, are escaped.
//	GW-8   $input.params gives path parameters as they are in the URL, not percent-decoded, as proxy events do.
//	GW-9   A request template that asks for a part of a body that begins like JSON and is none answers 400 "Invalid JSON in request body";
//	       a response template in the same case 500.
//	GW-10  Of several matching selection patterns the first in the document wins; of a mock one whose own status is that of the
//	       template goes before. Of several without a pattern the first counts. Two responses with one status are refused when the
//	       document is loaded, since API Gateway keeps one response for each status.
//	GW-11  Blanks before a body do not keep it from being read as JSON.
//	GW-12  A body of blanks alone, also a rendered one, is an empty one.
//	GW-13  Without Options.APIKeys any key that is not empty is accepted.
//	GW-14  $context.domainName is the Host header, with its port; X-Forwarded-Proto and -Port are those of the local listener.
//	GW-15  Headers beyond 10240 bytes answer 431, a URL beyond that 414, both without customisation beyond DEFAULT_4XX.
//	GW-16  A status below 200 that a template sets answers 500, since HTTP has no such final answer.
//	GW-17  Names of headers reach templates as the client wrote them where the server keeps them (package headernames), as apigw does;
//	       in a server that does not, net/http has changed their case, and any case finds them.
//	GW-18  In the template of a gateway response a reference to a missing value is nothing; what is no reference stays as written.
//	GW-19  A JSONPath that is not valid fails the template (500).
//	GW-20  Usage plans, throttling, caching, canaries, WAF and CORS settings of an endpoint have no effect here.
//	GW-21  A function that cannot be invoked answers 500 as API_CONFIGURATION_ERROR.
//	GW-22  The identity sources that an authorizer names must be there also where authorizerResultTtlInSeconds is 0; a header of one is
//	       found in any case.
//	GW-23  An identityValidationExpression must match the whole token; of an authorizer with a user pool, the token's whole aud.
//	GW-24  A client whom an authorizer's policy does not let in gets the documented text; the service has added to it since.
//	GW-25  An authorizer's answer may lack principalId. Of the condition keys of its policy, aws:CurrentTime, aws:EpochTime, aws:Referer,
//	       aws:SecureTransport, aws:SourceIp and aws:UserAgent have a value here, all others are absent.
//	GW-26  An authorizer that cannot be invoked, fails or answers something else answers 500 as AUTHORIZER_CONFIGURATION_ERROR; one that
//	       gives no answer within 29 s as AUTHORIZER_FAILURE.
//	GW-27  The path of a methodArn is that of the URL, not percent-decoded, without the slashes after the stage.
//	GW-28  A value for a {name} of a URI is escaped, so that it cannot end its place: in a path all but slashes, in a query string all that
//	       is not a letter, a digit or one of -._~. The escapes of a path parameter stay as the client wrote them.
//	GW-29  The Content-Type of the request to a service or backend, where nothing maps one, is the client's; what a template rendered for a
//	       client that sent none is application/json.
//	GW-30  X-Amz-Target and the Content-Type of the JSON protocol are added for the actions of DynamoDB, Kinesis and Step Functions only.
//	GW-31  Requests to AWS services are signed with the credentials of this process, whatever role the integration names, or with made-up
//	       ones for a stand-in; Host is that of the endpoint. A service without an endpoint answers 504 as INTEGRATION_FAILURE.
//	GW-32  A refused connection is a network error (504); a host that does not resolve and a certificate that is not trusted are errors of
//	       the configuration (500).
//	GW-33  An answer of http_proxy is text for a client that accepts a binary type first, unless the answer's own type is binary.
//	GW-34  The stage is not part of the path that reaches a private backend. A VPC link without an endpoint is called at the uri as it stands.
//	GW-50  A number or a boolean as the body of a proxy response is sent as it is written, as such values of headers are; AWS's SAM
//	       CLI holds the same of numbers.
//	GW-51  A gateway response sends the headers that it is given under their own names, so that WWW-Authenticate makes a browser ask;
//	       only those that frame a message are renamed or dropped, as those of integration responses are.
//	GW-52  A template whose media type has parameters (application/json;version=2) is never selected by it, as one report from AWS
//	       has it.
//	GW-40  An access token that has none of the method's authorization scopes gets 403 as ACCESS_DENIED, with the text for a client whom a
//	       policy denies; any other token that is refused gets 401.
//	GW-41  A user pool that --authorizer gives no keys for is a local one: its key is the project's own, its tokens come from apigw token,
//	       and where only a deployment knows its id or those of its clients, they are made up.
//	GW-42  A resource policy whose conditions ask for more than time, source IP, transport, headers and who signed the request is refused;
//	       --authorizer RESOURCE_POLICY=off lets requests past it.
//	GW-43  Who has signed a request by IAM is a user of the API's account whose own policies allow everything; the ARN and the unique ids
//	       in $context.identity are made of the name that --iam-user gives, or local.
//	GW-44  A signature covers the path as it came, without dot segments and doubled slashes; of a presigned URL that has expired the client
//	       is told when.
//	GW-70  The texts of models' errors are those of json-schema-validator 2.2.14, where AWS may have an older one, without its
//	       deepCheck: what is inside an object or array that has failed is not looked at. A reference that leads nowhere, or back
//	       to itself for the same value, is refused when the document is loaded.
//	GW-71  A body that is empty or not JSON fails every model, as does one with a number of more than 1000 characters or with an
//	       exponent beyond ±1000, and one that takes more to validate than a request may.
//	GW-72  append() in a JSONPath leaves the document as it is.
//	GW-73  A number of more than 1000 characters, or one of more than 18 with an exponent beyond ±1000, makes a body JSON that
//	       cannot be read.
//	GW-80  apigw start serves paths without the stage as well, as a custom domain does; AWS returns 403 to them, and so does
//	       --strict-paths.
//	GW-81  Values that only a deployment knows have stand-ins: parameters without a default, exports, dynamic references, names of
//	       tables and queues, hosts. The greeting of apigw start lists them.
package gateway
