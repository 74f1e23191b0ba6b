package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway/policy"
)

var keys = map[string][]string{
	"aws:sourceip": {"192.0.2.7"}, "aws:principalarn": {"arn:aws:iam::123456789012:user/ann"}, "aws:currenttime": {"2026-01-02T03:04:05Z"},
	"aws:securetransport": {"false"}, "n": {"5"}, "many": {"a", "b"},
}

// The operators of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
// and the effect of an absent key, or one with several values, on them.
func TestConditions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		condition string
		want      bool
	}{
		{`"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}`, true},
		{`"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.7"]}`, true},
		{`"IpAddress": {"AWS:SOURCEIP": "192.0.2.8"}`, false},
		{`"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]}`, false},
		{`"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}`, true},
		{`"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}`, false},
		{`"NotIpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}`, true},
		{`"IpAddressIfExists": {"aws:VpcSourceIp": "10.0.0.0/8"}`, true},
		{`"StringEquals": {"many": "a"}`, false},
		{`"ForAnyValue:StringEquals": {"many": "a"}`, true},
		{`"ForAllValues:StringEquals": {"many": ["a", "b", "c"]}`, true},
		{`"ForAllValues:StringEquals": {"many": ["a"]}`, false},
		{`"ForAllValues:StringEquals": {"none": ["a"]}`, true},
		{`"StringEquals": {"n": 5}`, true},
		{`"StringNotEquals": {"n": ["4", "5"]}`, false},
		{`"StringEqualsIgnoreCase": {"aws:SecureTransport": "FALSE"}`, true},
		{`"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/a?n"}`, true},
		{`"StringNotLike": {"aws:PrincipalArn": "*bob"}`, true},
		{`"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}`, true},
		{`"ArnLike": {"aws:PrincipalArn": "arn:aws:iam:*:user/ann:x"}`, false},
		{`"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/bob"}`, true},
		{`"NumericLessThan": {"n": "10"}`, true},
		{`"NumericGreaterThanEquals": {"n": 5.5}`, false},
		{`"NumericNotEquals": {"n": 5}`, false},
		{`"DateGreaterThan": {"aws:CurrentTime": "2026-01-01"}`, true},
		{`"DateLessThanEquals": {"aws:CurrentTime": "2026-01-02T03:04:04Z"}`, false},
		{`"Bool": {"aws:SecureTransport": "true"}`, false},
		{`"Bool": {"aws:SecureTransport": false}`, true},
		{`"Null": {"n": "false"}`, true},
		{`"Null": {"aws:TokenIssueTime": true}`, true},
		{`"StringEquals": {"n": "5"}, "Bool": {"aws:SecureTransport": "true"}`, false},
	} {
		p, err := policy.ParseAuthorization(fmt.Appendf(nil, `{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {%s}}}`, c.condition))
		if err != nil {
			t.Errorf("%s: %v", c.condition, err)
			continue
		}
		if got := p.Decide(policy.Request{Action: policy.Invoke, Resource: "arn", Keys: keys}) == policy.Allow; got != c.want {
			t.Errorf("%s: %t, want %t", c.condition, got, c.want)
		}
	}
}

func TestMalformedPolicies(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string]string{
		`"Resource": "*", "Condition": null`:                                       "the Condition of a statement is null",
		`"Resource": "*", "Condition": []`:                                         "the Condition of a statement is []",
		`"Resource": "*", "Condition": {"StringIs": {"a": "b"}}`:                   `no condition operator "StringIs"`,
		`"Resource": "*", "Condition": {"NullIfExists": {"a": "true"}}`:            `no condition operator "NullIfExists"`,
		`"Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0"}}`:  "ParseAddr",
		`"Resource": "*", "Condition": {"Bool": {"a": "yes"}}`:                     "neither true nor false",
		`"Resource": "*", "Condition": {"DateEquals": {"a": "today"}}`:             "neither a date",
		`"Resource": "*", "Condition": {"ArnLike": {"a": "user/x"}}`:               "not an ARN",
		`"Resource": "*", "Condition": {"StringEquals": {"a": {"b": "c"}}}`:        "neither a string",
		`"Resource": "*", "Condition": {"StringEquals": {"a": "${aws:username}"}}`: "policy variable",
		`"Resource": null`: "the Resource of a statement is null",
		`"Resource": [1]`:  "the Resource of a statement is [1]",
	} {
		_, err := policy.ParseAuthorization(fmt.Appendf(nil, `{"Statement": [{"Effect": "Allow", "Action": "*", %s}]}`, statement))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", statement, err, want)
		}
	}
}

// Resource policies name principals, and may leave out the ARN's beginning.
func TestResourcePolicies(t *testing.T) {
	t.Parallel()
	const api = "arn:aws:execute-api:us-east-1:123456789012:abc"
	ann := []string{"arn:aws:iam::123456789012:user/ann", "123456789012"}
	for _, c := range []struct {
		statements string
		caller     []string
		want       policy.Decision
	}{
		{`{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/prod/GET/*"}`, nil, policy.Allow},
		{`{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/dev/*"}`, nil, policy.ImplicitDeny},
		{`{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "execute-api:*", "Resource": "` + api + `/*"}`, nil, policy.Allow},
		{`{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "execute-api:Invoke", "Resource": "*"}`, ann, policy.Allow},
		{`{"Effect": "Allow", "Principal": {"AWS": ["123456789012"]}, "Action": "execute-api:Invoke", "Resource": "*"}`, ann, policy.Allow},
		{`{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:user/bob"}, "Action": "execute-api:Invoke", "Resource": "*"}`, ann, policy.ImplicitDeny},
		{`{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "execute-api:Invoke", "Resource": "*"}`, nil, policy.ImplicitDeny},
		{`{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "*", "Resource": "*"}`, ann, policy.ImplicitDeny},
		{`{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "NotPrincipal": {"AWS": "` + ann[0] + `"}, "Action": "*", "Resource": "*"}`, ann, policy.Allow},
		{`{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "NotPrincipal": {"AWS": "` + ann[0] + `"}, "Action": "*", "Resource": "*"}`, nil, policy.ExplicitDeny},
	} {
		p, err := policy.ParseResource([]byte(`{"Statement": [`+c.statements+`]}`), api)
		if err != nil {
			t.Errorf("%s: %v", c.statements, err)
			continue
		}
		if got := p.Decide(policy.Request{Action: policy.Invoke, Resource: api + "/prod/GET/x", Principal: c.caller}); got != c.want {
			t.Errorf("%s for %v: %v, want %v", c.statements, c.caller, got, c.want)
		}
	}
	for _, wrong := range []string{`{"Effect": "Allow", "Action": "*", "Resource": "*"}`, `{"Effect": "Allow", "Principal": "me", "Action": "*", "Resource": "*"}`} {
		if _, err := policy.ParseResource([]byte(`{"Statement": `+wrong+`}`), api); err == nil || !strings.Contains(err.Error(), "Principal") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
