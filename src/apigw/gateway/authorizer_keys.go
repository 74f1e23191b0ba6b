package gateway

import (
	"strconv"
	"time"
)

// conditionKeys are the condition keys of policies whose values are known for every request, by
// their names in lower case. See
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html.
func (x *exchange) conditionKeys() map[string][]string {
	keys := map[string][]string{
		"aws:currenttime":     {x.start.UTC().Format(time.RFC3339)},
		"aws:epochtime":       {strconv.FormatInt(x.start.Unix(), 10)},
		"aws:securetransport": {strconv.FormatBool(x.r.TLS != nil)},
		"aws:sourceip":        {remoteIP(x.r)},
	}
	if agent := x.r.UserAgent(); agent != "" {
		keys["aws:useragent"] = []string{agent}
	}
	if referer := x.r.Referer(); referer != "" {
		keys["aws:referer"] = []string{referer}
	}
	return keys
}
