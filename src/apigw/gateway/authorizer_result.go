package gateway

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/gateway/policy"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// authorization is the result of a Lambda authorizer. It is immutable and may be shared by many
// requests.
type authorization struct {
	principal string
	policy    *policy.Policy
	context   []contextMember
	usageKey  string
	latency   time.Duration // of the invocation, 0 from the cache
}

// contextMember is a member of an authorizer's context: a string, or nil where the function
// returned null.
type contextMember struct {
	name  string
	value java.Value
}

// maxAuthorization is the maximum size of an authorizer's result, in bytes.
const maxAuthorization = 64 << 10

// parseAuthorization reads the result of a Lambda authorizer. log is API Gateway's log line for a
// malformed one.
func parseAuthorization(data []byte) (a *authorization, log string, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, "Could not parse policy", fmt.Errorf("its function returned %s instead of an object with principalId and policyDocument", cut(data))
	}
	a = &authorization{}
	for d.More() {
		name, err := d.Token()
		var value json.RawMessage
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil {
			return nil, "Invalid JSON in response: " + err.Error(), fmt.Errorf("its function's result is not JSON: %w", err)
		}
		switch name {
		case "principalId":
			a.principal, err = scalarText("the principalId", value)
		case "usageIdentifierKey":
			a.usageKey, err = scalarText("the usageIdentifierKey", value)
		case "policyDocument":
			if string(value) == "null" {
				continue
			}
			if a.policy, err = policy.ParseAuthorization(value); err != nil {
				return nil, "Could not parse policy", err
			}
		case "context":
			a.context, err = contextMembers(value)
		default:
			return nil, fmt.Sprintf("Invalid JSON in response: Unrecognized field %q , not marked as ignorable", name),
				fmt.Errorf("its result has a member %q; only principalId, policyDocument, context and usageIdentifierKey are allowed", name)
		}
		if err != nil {
			return nil, "Invalid JSON in response: Can not deserialize instance of java.lang.String out of " + tokenOf(err) + " token", err
		}
	}
	if a.policy == nil {
		return nil, "Could not parse policy", errors.New("its result has no policyDocument")
	}
	return a, "", nil
}

// cut shortens a string for a message.
func cut(b []byte) string {
	if len(b) > maxShown {
		return java.ValidText(string(b[:maxShown])) + "…"
	}
	return string(b)
}

const maxShown = 100

// notScalar is the error for an object or list where a string is required.
type notScalar struct {
	what  string
	value json.RawMessage
}

func (e *notScalar) Error() string {
	return fmt.Sprintf("%s is %s; only strings, numbers and booleans are allowed", e.what, cut(e.value))
}

// tokenOf is what the service's parser calls the value that an error is about.
func tokenOf(err error) string {
	var e *notScalar
	if errors.As(err, &e) && e.value[0] == '[' {
		return "START_ARRAY"
	}
	return "START_OBJECT"
}

// scalarText is a JSON scalar as a string: a number as written.
func scalarText(what string, raw json.RawMessage) (string, error) {
	switch {
	case raw[0] == '{' || raw[0] == '[':
		return "", &notScalar{what, raw}
	case raw[0] == '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	case string(raw) == "null":
		return "", nil
	}
	return string(raw), nil
}

// contextMembers reads an authorizer's context: scalars, which become strings. A null stays null.
func contextMembers(raw json.RawMessage) ([]contextMember, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("the context is %s, not an object", cut(raw))
	}
	var members []contextMember
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		text, err := scalarText(fmt.Sprintf("%v of the context", name), value)
		if err != nil {
			return nil, err
		}
		m := contextMember{name: name.(string)}
		if string(value) != "null" {
			m.value = text
		}
		members = append(members, m)
	}
	return members, nil
}

// contextMap is $context.authorizer.
func (a *authorization) contextMap() *java.Map {
	m := java.NewOpaqueMap(len(a.context) + 2)
	for _, f := range a.context {
		m.Put(f.name, f.value)
	}
	m.Put("principalId", a.principal)
	m.Put("integrationLatency", a.latency.Milliseconds())
	return m
}

// authorizations are the cached results of authorizers, by authorizer and identity.
type authorizations struct {
	mu sync.Mutex
	m  map[authorizationKey]keptAuthorization
}

type authorizationKey [sha256.Size]byte

type keptAuthorization struct {
	result *authorization
	until  time.Time
}

// maxAuthorizations bounds how many results of authorizers are cached.
const maxAuthorizations = 1000

// cacheKey represents an identity; nothing else of the identity is stored.
func (a *Authorizer) cacheKey(identity []string) authorizationKey {
	h := sha256.New()
	for _, v := range append([]string{a.Name}, identity...) {
		fmt.Fprintf(h, "%d:", len(v))
		_, _ = io.WriteString(h, v) // writing to a hash never fails
	}
	return authorizationKey(h.Sum(nil))
}

func (c *authorizations) get(key authorizationKey, now time.Time) (*authorization, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.m[key]
	if !ok || !now.Before(k.until) {
		return nil, false
	}
	kept := *k.result
	kept.latency = 0
	return &kept, true
}

func (c *authorizations) put(key authorizationKey, a *authorization, now, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = map[authorizationKey]keptAuthorization{}
	}
	if len(c.m) >= maxAuthorizations {
		for k, v := range c.m {
			if !now.Before(v.until) {
				delete(c.m, k)
			}
		}
	}
	for k := range c.m {
		if len(c.m) < maxAuthorizations {
			break
		}
		delete(c.m, k) // any; its authorizer will be asked again
	}
	c.m[key] = keptAuthorization{a, until}
}
