package gateway

import (
	"slices"
	"strconv"
	"strings"

	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// contextKeys are the keys of $context, in the order of a recorded keySet().
var contextKeys = [...]string{
	"resourceId", "resourcePath", "httpMethod", "extendedRequestId", "requestTime", "path", "accountId", "protocol", "requestOverride",
	"stage", "domainPrefix", "requestTimeEpoch", "requestId", "identity", "domainName", "deploymentId", "responseOverride", "apiId",
}

// contextMap is $context. It is created on first use and kept for the whole request, so that the
// response template sees what the request template wrote.
func (x *exchange) contextMap() *java.Map {
	if x.context == nil {
		x.context = x.newContext()
	}
	return x.context
}

func (x *exchange) newContext() *java.Map {
	m := java.NewOpaqueMap(len(contextKeys) + 2)
	for _, key := range contextKeys {
		m.Put(key, x.contextEntry(key))
		if key != "resourceId" {
			continue
		}
		if x.authorizer != nil { // in the position that it has in recorded events
			m.Put(authorizerKey, x.authorizer)
		}
		if name := x.contextEntry(operationNameKey); name != nil {
			m.Put(operationNameKey, name)
		}
	}
	if x.g.release != onlyRelease {
		m.Put(canaryKey, x.contextEntry(canaryKey))
	}
	return m
}

const (
	// authorizerKey is the key of $context that exists only after an authorizer has admitted the
	// request.
	authorizerKey = "authorizer"
	// operationNameKey is the key of $context that exists only if the method has an operationId.
	operationNameKey = "operationName"
)

// IsContextKey reports whether $context of a mapping template may have a key.
func IsContextKey(key string) bool {
	return key == authorizerKey || key == operationNameKey || key == canaryKey || slices.Contains(contextKeys[:], key)
}

// canaryKey is the key of $context that exists only if the stage has a canary.
const canaryKey = "isCanaryRequest"

// contextFor returns the part of $context that a template can see: a template that reads only a few
// of its values gets just those.
func (x *exchange) contextFor(t *Template) *java.Map {
	if x.context != nil || t.contextKeys == nil {
		return x.contextMap()
	}
	m := java.NewOpaqueMap(len(t.contextKeys))
	for _, key := range t.contextKeys {
		m.Put(key, x.contextEntry(key))
	}
	return m
}

// readContextKeys lists the keys of $context that a template reads by name, or returns nil if the
// template does anything else with $context.
func readContextKeys(t *vtl.Template) []string {
	var keys []string
	for _, ref := range t.References() {
		if ref.Name != "context" {
			continue
		}
		if ref.Assigned || len(ref.Path) == 0 || !IsContextKey(ref.Path[0]) || strings.HasSuffix(ref.Path[0], "Override") {
			return nil
		}
		if !slices.Contains(keys, ref.Path[0]) {
			keys = append(keys, ref.Path[0])
		}
	}
	return keys
}

func (x *exchange) contextEntry(key string) java.Value {
	switch key {
	case authorizerKey:
		if x.authorizer == nil {
			return nil
		}
		return x.authorizer
	case operationNameKey:
		if x.route == nil || x.route.OperationID == "" {
			return nil
		}
		return x.route.OperationID
	case canaryKey:
		if x.g.release == onlyRelease {
			return nil
		}
		return x.g.release == canaryRelease
	case "resourceId":
		return x.resourceID()
	case "resourcePath":
		return x.resourcePath()
	case "httpMethod":
		return x.method
	case "extendedRequestId":
		return x.extendedID()
	case "requestTime":
		return x.start.UTC().Format("02/Jan/2006:15:04:05 -0700")
	case "path":
		return x.path
	case "accountId":
		return x.g.o.AccountID
	case "protocol":
		return x.r.Proto
	case "requestOverride":
		m := java.NewOpaqueMap(3)
		m.Put("header", java.NewOpaqueMap(0))
		m.Put("path", java.NewOpaqueMap(0))
		m.Put("querystring", java.NewOpaqueMap(0))
		return m
	case "stage":
		return x.g.o.Stage
	case "domainPrefix":
		return x.domainPrefix()
	case "requestTimeEpoch":
		return x.start.UnixMilli()
	case "requestId":
		return x.requestID
	case "identity":
		return x.identity()
	case "domainName":
		return x.r.Host
	case "deploymentId":
		return x.g.o.DeploymentID
	case "responseOverride":
		m := java.NewOpaqueMap(2)
		m.Put("header", java.NewOpaqueMap(0))
		return m
	case "apiId":
		return x.g.o.APIID
	}
	return nil
}

// identityKeys are those of $context.identity without authorization, in the recorded order. Those
// without a value print nothing.
var identityKeys = [...]string{
	"cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "sourceIp", "principalOrgId", "accessKey",
	"cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "userAgent", "user",
}

func (x *exchange) identity() *java.Map {
	m := java.NewOpaqueMap(len(identityKeys) + 2)
	for _, key := range identityKeys {
		switch key {
		case "sourceIp":
			m.Put(key, remoteIP(x.r))
		case "userAgent":
			if agent := x.r.UserAgent(); agent != "" {
				m.Put(key, java.ValidText(agent))
				continue
			}
			m.Put(key, nil)
		default:
			m.Put(key, nil)
		}
	}
	if x.route != nil && x.route.Authorizer != nil && x.route.Authorizer.Type == IAMAuthorization && x.route.Authorizer.standInMap != nil {
		for k, v := range x.route.Authorizer.standInMap.All() {
			m.Put(k, v)
		}
	}
	if x.caller != nil {
		x.putCaller(m)
	}
	if x.apiKey != nil {
		m.Put("apiKey", x.apiKey.Value)
		m.Put("apiKeyId", x.apiKey.ID)
	}
	return m
}

// domainPrefix is the first label of the domain name.
func (x *exchange) domainPrefix() string {
	prefix, _, _ := strings.Cut(x.r.Host, ".")
	return prefix
}

func (x *exchange) resourcePath() string {
	if x.route == nil {
		return ""
	}
	return x.route.Path
}

func (x *exchange) resourceID() string {
	if x.route == nil {
		return ""
	}
	return x.route.resourceID
}

// contextString returns context.NAME for a parameter mapping, which accepts only strings.
func (x *exchange) contextString(name string) (string, bool) {
	v, ok := x.contextValue(name).(string)
	return v, ok
}

// contextValue follows a dotted name into $context; nil if there is no value.
func (x *exchange) contextValue(name string) java.Value {
	first, rest, deeper := strings.Cut(name, ".")
	if first == "error" {
		return x.refusal.value(rest)
	}
	if x.context == nil && !deeper {
		return x.contextEntry(first)
	}
	v, _ := x.contextMap().Get(first)
	for deeper {
		var part string
		part, rest, deeper = strings.Cut(rest, ".")
		m, ok := v.(*java.Map)
		if !ok {
			return nil
		}
		if v, ok = m.Get(part); !ok {
			return nil
		}
	}
	return v
}

// overrides returns one of the maps that templates write overrides to; nil if no template touched
// $context.
func (x *exchange) overrides(kind, part string) *java.Map {
	if x.context == nil {
		return nil
	}
	v, _ := x.context.Get(kind)
	m, _ := v.(*java.Map)
	if m == nil {
		return nil
	}
	v, _ = m.Get(part)
	m, _ = v.(*java.Map)
	return m
}

// statusOverride returns $context.responseOverride.status if it is a whole number from 100 to 599.
func (x *exchange) statusOverride() (int, bool) {
	if x.context == nil {
		return 0, false
	}
	v, _ := x.context.Get("responseOverride")
	m, _ := v.(*java.Map)
	if m == nil {
		return 0, false
	}
	v, _ = m.Get("status")
	n, err := 0, error(nil)
	switch v := v.(type) {
	case int32:
		n = int(v)
	case int64:
		n = int(v)
	case string:
		n, err = strconv.Atoi(v)
	}
	return n, err == nil && n >= 100 && n <= 599
}
