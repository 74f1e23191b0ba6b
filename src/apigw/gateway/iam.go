package gateway

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"net/http"

	"example.com/guessing-game/src/apigw/gateway/policy"
	"example.com/guessing-game/src/apigw/gateway/sigv4"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// askIAM admits a request that a known user has signed.
func (x *exchange) askIAM(s *Step) *failure {
	if f := x.readBody(); f != nil {
		return f
	}
	r := &sigv4.Request{Method: x.r.Method, Path: x.path, RawQuery: x.rawQuery, Host: x.r.Host, Header: x.r.Header, Body: []byte(x.body)}
	user, err := sigv4.Verify(r, x.g.o.IAMUser, sigv4.Scope{Region: x.g.o.Region, Service: "execute-api"}, x.start)
	if err != nil {
		f := &failure{kind: kindDefault4XX, status: http.StatusForbidden, message: err.Message, errorType: err.Code, cause: err}
		switch err.Code {
		case sigv4.CodeMissing:
			f.kind = kindMissingToken
		case sigv4.CodeInvalid:
			f.kind = kindInvalidSignature
		}
		return f
	}
	x.caller = user
	if s != nil {
		s.Output = "signed by " + user.Name
	}
	return nil
}

// userARN is the ARN of the user who signed the request.
func (x *exchange) userARN() string {
	return fmt.Sprintf("arn:aws:iam::%s:user/%s", x.g.o.AccountID, x.caller.Name)
}

// userID stands in for the unique ID that IAM gives the user: invented, but always the same for a
// name.
func userID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "AIDA" + base32.StdEncoding.EncodeToString(sum[:10])[:16]
}

// putCaller fills in the members of $context.identity about the signer of the request.
func (x *exchange) putCaller(identity *java.Map) {
	id := userID(x.caller.Name)
	identity.Put("accountId", x.g.o.AccountID)
	identity.Put("accessKey", x.caller.AccessKeyID)
	identity.Put("caller", id)
	identity.Put("user", id)
	identity.Put("userArn", x.userARN())
}

// policyRequest is the request that the resource policy evaluates.
func (x *exchange) policyRequest() policy.Request {
	r := policy.Request{Action: policy.Invoke, Resource: x.methodARN(), Keys: x.conditionKeys()}
	if x.caller != nil {
		arn, account := x.userARN(), x.g.o.AccountID
		r.Principal = []string{arn, account}
		for key, value := range map[string]string{
			"aws:principalarn": arn, "aws:principalaccount": account, "aws:principaltype": "User", "aws:username": x.caller.Name, "aws:userid": userID(x.caller.Name),
		} {
			r.Keys[key] = []string{value}
		}
	}
	return r
}

// resourcePolicy is the decision of the resource policy; without a policy, requests are allowed.
func (x *exchange) resourcePolicy() policy.Decision {
	if x.g.api.Policy == nil {
		return policy.Allow
	}
	return x.g.api.Policy.Decide(x.policyRequest())
}

// obey refuses a request that the resource policy denies. If nothing else has decided on the
// request, the policy must allow it.
func (x *exchange) obey(d policy.Decision, must bool) *failure {
	if d == policy.Allow || d == policy.ImplicitDeny && !must {
		return nil
	}
	who, arn := "anonymous", x.methodARN()
	if x.caller != nil {
		who = x.userARN()
	}
	f := &failure{kind: kindAccessDenied, log: deniedLog, message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", who, policy.Invoke, x.maskedARN()),
		cause: fmt.Errorf("the resource policy does not allow %s for %s from %s", arn, who, remoteIP(x.r))}
	if d == policy.ExplicitDeny {
		f.message += deniedByResource
		f.cause = fmt.Errorf("the resource policy denies %s for %s from %s", arn, who, remoteIP(x.r))
	} else {
		f.message += noResourceAllows
	}
	return f
}

// maskedARN is the ARN of the method as shown to clients, with only the last four digits of the
// account.
func (x *exchange) maskedARN() string {
	account := x.g.o.AccountID
	if len(account) > 4 {
		account = "********" + account[len(account)-4:]
	}
	return x.methodARNOf(account)
}
