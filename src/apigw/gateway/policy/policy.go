// Package policy evaluates IAM policies as API Gateway does: those that Lambda authorizers return,
// and the resource policy of an API.
//
// It supports Effect, Principal, Action, Resource, their Not forms and Condition with the operators
// of IAM. It does not support policy variables such as ${aws:username}: a policy that uses one
// cannot be parsed. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html.
package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Actions of clients of an API.
const (
	Invoke          = "execute-api:Invoke"
	InvalidateCache = "execute-api:InvalidateCache"
)

// Policy is a parsed policy document.
type Policy struct {
	statements []statement
}

// statement is a statement of a policy. It has either Action or NotAction, either Resource or
// NotResource, either Principal or NotPrincipal.
type statement struct {
	deny                                 bool
	named                                bool // it has a Principal or NotPrincipal
	principals, actions, resources       []string
	notPrincipal, notAction, notResource bool
	conditions                           []condition
}

// Decision is what a policy decides about a request.
type Decision int

// The decisions of a policy.
const (
	ImplicitDeny Decision = iota // no statement allows the request
	ExplicitDeny                 // a statement denies it, which overrides any that allows it
	Allow
)

// Request is what a policy is evaluated against.
type Request struct {
	Action   string
	Resource string // an ARN
	// Principal holds the ARNs and account numbers by which the caller is known; empty for an
	// anonymous caller.
	Principal []string
	// Keys are the condition keys of the request, by their names in lower case. A key that is
	// absent has no value on AWS either.
	Keys map[string][]string
}

var errNoStatement = errors.New("the policyDocument has no Statement")

// ParseAuthorization reads the policyDocument of a Lambda authorizer, whose statements have no
// Principal. The names of members are case-sensitive. An empty list of actions or resources matches
// nothing; a Condition that is null is an error, as on AWS.
func ParseAuthorization(data []byte) (*Policy, error) { return parse(data, false) }

// ParseResource reads the resource policy of an API. In a resource written
// execute-api:/stage/METHOD/path, execute-api: is replaced with prefix, the ARN of the API without
// a stage.
func ParseResource(data []byte, prefix string) (*Policy, error) {
	p, err := parse(data, true)
	if err != nil {
		return nil, err
	}
	for _, s := range p.statements {
		for i, r := range s.resources {
			if rest, ok := strings.CutPrefix(r, "execute-api:"); ok {
				s.resources[i] = prefix + "/" + strings.TrimPrefix(rest, "/")
			}
		}
	}
	return p, nil
}

func parse(data []byte, principal bool) (*Policy, error) {
	var doc struct{ Statement json.RawMessage }
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("the policyDocument is not an object: %w", err)
	}
	var list []json.RawMessage
	switch s := strings.TrimSpace(string(doc.Statement)); {
	case s == "" || s == "null":
		return nil, errNoStatement
	case s[0] == '[':
		if err := json.Unmarshal(doc.Statement, &list); err != nil {
			return nil, err
		}
	default:
		list = []json.RawMessage{doc.Statement}
	}
	p := &Policy{}
	for _, raw := range list {
		s, err := parseStatement(raw, principal)
		if err != nil {
			return nil, err
		}
		p.statements = append(p.statements, s)
	}
	return p, nil
}

func parseStatement(raw json.RawMessage, principal bool) (s statement, err error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return s, fmt.Errorf("a statement of the policyDocument is not an object: %w", err)
	}
	var effect string
	if err := json.Unmarshal(members["Effect"], &effect); err != nil || effect != "Allow" && effect != "Deny" {
		return s, fmt.Errorf("the Effect of a statement is %s; it must be Allow or Deny", shown(members["Effect"]))
	}
	s.deny = effect == "Deny"
	if c, ok := members["Condition"]; ok {
		if s.conditions, err = parseConditions(c); err != nil {
			return s, err
		}
	}
	either := func(name string) (list []string, not bool, err error) {
		if raw, ok := members["Not"+name]; ok {
			list, err = stringOrStrings("Not"+name, raw)
			return list, true, err
		}
		list, err = stringOrStrings(name, members[name])
		return list, false, err
	}
	if s.actions, s.notAction, err = either("Action"); err != nil {
		return s, err
	}
	if s.resources, s.notResource, err = either("Resource"); err != nil || !principal {
		return s, err
	}
	s.named = true
	if raw, ok := members["NotPrincipal"]; ok {
		s.notPrincipal = true
		s.principals, err = parsePrincipal(raw)
		return s, err
	}
	s.principals, err = parsePrincipal(members["Principal"])
	return s, err
}

// parsePrincipal reads "*" or {"AWS": …}. Principals of other kinds, such as services, never call
// an API over HTTP.
func parsePrincipal(raw json.RawMessage) ([]string, error) {
	var all string
	if json.Unmarshal(raw, &all) == nil && all == "*" {
		return []string{"*"}, nil
	}
	var kinds map[string]json.RawMessage
	if err := json.Unmarshal(raw, &kinds); err != nil || kinds == nil {
		return nil, fmt.Errorf(`the Principal of a statement is %s; it must be "*" or an object such as {"AWS": "arn:aws:iam::123456789012:root"}`, shown(raw))
	}
	var principals []string
	for kind, raw := range kinds {
		list, err := stringOrStrings("Principal."+kind, raw)
		if err != nil {
			return nil, err
		}
		if kind == "AWS" {
			principals = append(principals, list...)
		}
	}
	return principals, nil
}

func shown(raw json.RawMessage) string {
	const most = 100
	switch {
	case len(raw) == 0:
		return "missing"
	case len(raw) > most:
		return strings.ToValidUTF8(string(raw[:most]), "") + "…"
	}
	return string(raw)
}

// stringOrStrings reads a string or a list of strings, which may be empty.
func stringOrStrings(name string, raw json.RawMessage) ([]string, error) {
	var one string
	if json.Unmarshal(raw, &one) == nil && one != "" {
		return []string{one}, nil
	}
	var many []string
	if err := json.Unmarshal(raw, &many); err != nil || many == nil {
		return nil, fmt.Errorf("the %s of a statement is %s; it must be a string or a list of strings", name, shown(raw))
	}
	return many, nil
}

// Keys are the condition keys that the policy uses, in lower case and sorted.
func (p *Policy) Keys() []string {
	var keys []string
	for _, s := range p.statements {
		for _, c := range s.conditions {
			keys = append(keys, c.key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Empty reports whether the policy has no statements, as in exported documents of APIs without a
// policy.
func (p *Policy) Empty() bool { return len(p.statements) == 0 }

// Decide evaluates the policy: an explicit deny overrides any allow, and the default is to deny.
func (p *Policy) Decide(r Request) Decision {
	d := ImplicitDeny
	for _, s := range p.statements {
		if !s.matches(&r) {
			continue
		}
		if s.deny {
			return ExplicitDeny
		}
		d = Allow
	}
	return d
}

func (s *statement) matches(r *Request) bool {
	if s.notAction == anyLike(s.actions, r.Action, true) || s.notResource == anyLike(s.resources, r.Resource, false) {
		return false
	}
	if s.named && s.notPrincipal == s.isPrincipal(r.Principal) {
		return false
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(r.Keys) {
			return false
		}
	}
	return true
}

// isPrincipal reports whether the caller is one of the statement's principals. An account includes
// everyone who belongs to it.
func (s *statement) isPrincipal(caller []string) bool {
	for _, p := range s.principals {
		if rest, ok := strings.CutSuffix(p, ":root"); ok && strings.HasPrefix(rest, "arn:") {
			p = rest[strings.LastIndexByte(rest, ':')+1:]
		}
		if p == "*" || slices.Contains(caller, p) {
			return true
		}
	}
	return false
}

// anyLike reports whether one of the patterns matches s. Actions are case-insensitive.
func anyLike(patterns []string, s string, fold bool) bool {
	for _, p := range patterns {
		if fold {
			p, s = strings.ToLower(p), strings.ToLower(s)
		}
		if Like(p, s) {
			return true
		}
	}
	return false
}

// Like matches a string with an IAM pattern: * is any text, including none and including slashes
// and colons, ? is one character.
func Like(pattern, s string) bool {
	p, i := 0, 0
	star, mark := -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p, i = p+1, i+1
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
