package gateway

import (
	"strconv"
	"strings"

	"example.com/guessing-game/src/vtl"
)

// contextMap is $context with the keys and the order that a recorded keySet() has. It is made when something first asks for it, and
// lives through the whole request, so that what the request template writes is there in the response template.
func (x *exchange) contextMap() *vtl.Map {
	if x.context != nil {
		return x.context
	}
	m := vtl.NewOpaqueMap(20)
	m.Put("resourceId", x.resourceID())
	m.Put("resourcePath", x.resourcePath())
	m.Put("httpMethod", x.method)
	m.Put("extendedRequestId", x.extendedID())
	m.Put("requestTime", x.start.UTC().Format("02/Jan/2006:15:04:05 -0700"))
	m.Put("path", x.path)
	m.Put("accountId", x.g.o.AccountID)
	m.Put("protocol", x.r.Proto)
	override := vtl.NewOpaqueMap(3)
	override.Put("header", vtl.NewOpaqueMap(0))
	override.Put("path", vtl.NewOpaqueMap(0))
	override.Put("querystring", vtl.NewOpaqueMap(0))
	m.Put("requestOverride", override)
	m.Put("stage", x.g.o.Stage)
	m.Put("domainPrefix", x.domainPrefix())
	m.Put("requestTimeEpoch", x.start.UnixMilli())
	m.Put("requestId", x.requestID)
	m.Put("identity", x.identity())
	m.Put("domainName", x.r.Host)
	m.Put("deploymentId", x.g.o.DeploymentID)
	override = vtl.NewOpaqueMap(2)
	override.Put("header", vtl.NewOpaqueMap(0))
	m.Put("responseOverride", override)
	m.Put("apiId", x.g.o.APIID)
	x.context = m
	return m
}

// identityKeys are those of $context.identity without authorization, in the recorded order. Those without a value print nothing.
var identityKeys = [...]string{
	"cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "sourceIp", "principalOrgId", "accessKey",
	"cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "userAgent", "user",
}

func (x *exchange) identity() *vtl.Map {
	m := vtl.NewOpaqueMap(len(identityKeys) + 2)
	for _, key := range identityKeys {
		switch key {
		case "sourceIp":
			m.Put(key, remoteIP(x.r))
		case "userAgent":
			if agent := x.r.UserAgent(); agent != "" {
				m.Put(key, validText(agent))
				continue
			}
			m.Put(key, nil)
		default:
			m.Put(key, nil)
		}
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

// contextString answers context.NAME for a parameter mapping, which takes strings only.
func (x *exchange) contextString(name string) (string, bool) {
	v, ok := x.contextValue(name).(string)
	return v, ok
}

// contextValue follows a dotted name into $context; nil where it leads nowhere.
func (x *exchange) contextValue(name string) vtl.Value {
	switch name { // what access logs and headers ask for most needs no map
	case "requestId":
		return x.requestID
	case "path":
		return x.path
	}
	var v vtl.Value = x.contextMap()
	for _, part := range strings.Split(name, ".") {
		m, ok := v.(*vtl.Map)
		if !ok {
			return nil
		}
		if v, ok = m.Get(part); !ok {
			return nil
		}
	}
	return v
}

// overrides answers one of the maps that templates write overrides to; nil if no template touched $context.
func (x *exchange) overrides(kind, part string) *vtl.Map {
	if x.context == nil {
		return nil
	}
	v, _ := x.context.Get(kind)
	m, _ := v.(*vtl.Map)
	if m == nil {
		return nil
	}
	v, _ = m.Get(part)
	m, _ = v.(*vtl.Map)
	return m
}

// statusOverride answers $context.responseOverride.status where it is a whole number from 100 to 599.
func (x *exchange) statusOverride() (int, bool) {
	if x.context == nil {
		return 0, false
	}
	v, _ := x.context.Get("responseOverride")
	m, _ := v.(*vtl.Map)
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
