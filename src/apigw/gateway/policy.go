package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// policy is the policyDocument of a Lambda authorizer's result.
type policy struct {
	statements []statement
}

// statement is one of a policy's. Of Action and NotAction it has one, and so of Resource and NotResource.
type statement struct {
	deny                   bool
	actions, resources     []string
	notAction, notResource bool
}

// decision is what a policy says of a request.
type decision int

const (
	implicitDeny decision = iota // no statement allows it
	explicitDeny
	allow
)

// invokeAction is what a client of an API does.
const invokeAction = "execute-api:Invoke"

var (
	errNoStatement = errors.New("the policyDocument has no Statement")
	errCondition   = errors.New("a statement with a Condition is not supported here")
)

// parsePolicy reads a policyDocument. Members of statements in any case of letters are an error, as in IAM.
func parsePolicy(data []byte) (*policy, error) {
	var doc struct{ Statement json.RawMessage }
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("the policyDocument is no object: %w", err)
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
	p := &policy{}
	for _, raw := range list {
		s, err := parseStatement(raw)
		if err != nil {
			return nil, err
		}
		p.statements = append(p.statements, s)
	}
	return p, nil
}

func parseStatement(raw json.RawMessage) (s statement, err error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return s, fmt.Errorf("a statement of the policyDocument is no object: %w", err)
	}
	var effect string
	if err := json.Unmarshal(members["Effect"], &effect); err != nil || effect != "Allow" && effect != "Deny" {
		return s, fmt.Errorf("the Effect of a statement is %s; it must be Allow or Deny", orNothing(members["Effect"]))
	}
	s.deny = effect == "Deny"
	if c := members["Condition"]; len(c) > 0 && string(c) != "null" && string(c) != "{}" {
		return s, errCondition
	}
	either := func(name string) (list []string, not bool, err error) {
		if raw, ok := members["Not"+name]; ok {
			list, err = textOrTexts("Not"+name, raw)
			return list, true, err
		}
		list, err = textOrTexts(name, members[name])
		return list, false, err
	}
	if s.actions, s.notAction, err = either("Action"); err != nil {
		return s, err
	}
	s.resources, s.notResource, err = either("Resource")
	return s, err
}

func orNothing(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "not there"
	}
	return string(raw)
}

// textOrTexts reads what is one text or a list of them.
func textOrTexts(name string, raw json.RawMessage) ([]string, error) {
	var one string
	if json.Unmarshal(raw, &one) == nil && one != "" {
		return []string{one}, nil
	}
	var many []string
	if err := json.Unmarshal(raw, &many); err != nil || len(many) == 0 {
		return nil, fmt.Errorf("the %s of a statement is %s; it must be a text or a list of texts", name, orNothing(raw))
	}
	return many, nil
}

// decide says whether the method of an ARN may be called: an explicit deny goes over any allow, and what nothing allows is denied.
func (p *policy) decide(arn string) decision {
	d := implicitDeny
	for _, s := range p.statements {
		if s.notAction == anyLike(s.actions, invokeAction, true) || s.notResource == anyLike(s.resources, arn, false) {
			continue
		}
		if s.deny {
			return explicitDeny
		}
		d = allow
	}
	return d
}

// anyLike says whether one of the patterns is like s. The case of actions does not count.
func anyLike(patterns []string, s string, fold bool) bool {
	for _, p := range patterns {
		if fold {
			p, s = strings.ToLower(p), strings.ToLower(s)
		}
		if ARNLike(p, s) {
			return true
		}
	}
	return false
}

// ARNLike matches an ARN with a pattern of IAM: * is any text, also none and also with slashes and colons, ? is one character.
func ARNLike(pattern, arn string) bool {
	p, i := 0, 0
	star, mark := -1, 0
	for i < len(arn) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == arn[i]):
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
