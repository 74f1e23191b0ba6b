package trace

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSeconds is the end of the year 2099, in seconds since 1970. Anything later is not a time in
// seconds.
const maxSeconds = 4102444799

// isTraceID reports whether s is 1-, eight hexadecimal digits, a hyphen and 24 more.
func isTraceID(s string) bool {
	return len(s) == 35 && s[:2] == "1-" && isHex(s[2:10]) && s[10] == '-' && isHex(s[11:])
}

func isSegmentID(s string) bool { return len(s) == 16 && isHex(s) }

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// isAnnotation reports whether s can be the key of an annotation.
func isAnnotation(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') && strings.IndexByte("_.:", s[i]) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= maxAnnotationKey
}

// maxAnnotationKey bounds the key of an annotation, in bytes.
const maxAnnotationKey = 500

// rule checks the value of a member, whose name appears in the error. The value may come from
// JSON or be made by this process.
type rule func(name string, value any) error

func text(name string, value any) error {
	if _, ok := value.(string); !ok {
		return fmt.Errorf("%s is not a string", name)
	}
	return nil
}

func boolean(name string, value any) error {
	if _, ok := value.(bool); !ok {
		return fmt.Errorf("%s is not true or false", name)
	}
	return nil
}

func integer(name string, value any) error {
	switch n := value.(type) {
	case int, int64:
		return nil
	case float64:
		if n == math.Trunc(n) {
			return nil
		}
	}
	return fmt.Errorf("%s is not a whole number", name)
}

func hexID(name string, value any) error {
	if s, ok := value.(string); !ok || !isSegmentID(s) {
		return fmt.Errorf("%s is not 16 hexadecimal digits", name)
	}
	return nil
}

// object checks the members that X-Ray documents, and drops others.
func object(members map[string]rule) rule {
	return func(name string, value any) error {
		m, ok := value.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is not an object", name)
		}
		for key, v := range m {
			if check := members[key]; check != nil {
				if err := check(name+"."+key, v); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

func array(of rule) rule {
	return func(name string, value any) error {
		items, ok := value.([]any)
		if !ok {
			return fmt.Errorf("%s is not a list", name)
		}
		for i, item := range items {
			if err := of(fmt.Sprintf("%s[%d]", name, i), item); err != nil {
				return err
			}
		}
		return nil
	}
}

// The objects of a document that are only shown, as X-Ray documents them.
var (
	httpRule = object(map[string]rule{
		"request": object(map[string]rule{
			"method": text, "url": text, "user_agent": text, "client_ip": text, "x_forwarded_for": boolean, "traced": boolean,
		}),
		"response": object(map[string]rule{"status": integer, "content_length": integer}),
	})
	awsRule = object(map[string]rule{
		"account_id": text, "operation": text, "region": text, "request_id": text, "queue_url": text, "table_name": text,
	})
	sqlRule = object(map[string]rule{
		"connection_string": text, "url": text, "sanitized_query": text, "database_type": text, "database_version": text,
		"driver_version": text, "user": text, "preparation": text,
	})
	serviceRule    = object(map[string]rule{"version": text})
	exceptionsRule = array(object(map[string]rule{
		"id": hexID, "message": text, "type": text, "remote": boolean, "truncated": integer, "skipped": integer, "cause": hexID,
		"stack": array(object(map[string]rule{"path": text, "line": integer, "label": text})),
	}))
)

// causeRule accepts the id of an exception in another segment, or exceptions.
func causeRule(name string, value any) error {
	if _, ok := value.(string); ok {
		return hexID(name, value)
	}
	return object(map[string]rule{"working_directory": text, "paths": array(text), "exceptions": exceptionsRule})(name, value)
}

// Check checks the segment of a document against X-Ray's rules.
func (s *Segment) Check() error {
	if !isTraceID(s.TraceID) {
		return fmt.Errorf("segment %q: trace_id %q is not 1-XXXXXXXX-XXXXXXXXXXXXXXXXXXXXXXXX", s.Name, s.TraceID)
	}
	switch {
	case s.Type != "" && s.Type != "subsegment":
		return fmt.Errorf("segment %q: type %q is not subsegment", s.Name, s.Type)
	case s.Type == "subsegment" && s.ParentID == "":
		return fmt.Errorf("subsegment %q: it has its own document and needs a parent_id", s.Name)
	case s.ParentID != "" && !isSegmentID(s.ParentID):
		return fmt.Errorf("segment %q: parent_id %q is not 16 hexadecimal digits", s.Name, s.ParentID)
	}
	annotations := 0
	if err := s.checkTree(1, &annotations); err != nil {
		return err
	}
	if annotations > MaxAnnotations {
		return fmt.Errorf("segment %q: %d annotations, X-Ray indexes %d", s.Name, annotations, MaxAnnotations)
	}
	return nil
}

func (s *Segment) checkTree(depth int, annotations *int) error {
	switch {
	case depth > MaxDepth:
		return fmt.Errorf("subsegments nest deeper than %d", MaxDepth)
	case !isSegmentID(s.ID):
		return fmt.Errorf("segment %q: id %q is not 16 hexadecimal digits", s.Name, s.ID)
	case !(s.StartTime > 0 && s.StartTime <= maxSeconds):
		return fmt.Errorf("segment %q: start_time %v is not a time in seconds since 1970 (milliseconds, perhaps?)", s.Name, s.StartTime)
	case s.EndTime == 0 && !s.InProgress:
		return fmt.Errorf("segment %q: neither end_time nor in_progress", s.Name)
	case s.EndTime != 0 && s.InProgress:
		return fmt.Errorf("segment %q: both end_time and in_progress", s.Name)
	case !(s.EndTime >= 0 && s.EndTime <= maxSeconds):
		return fmt.Errorf("segment %q: end_time %v is not a time in seconds since 1970 (milliseconds, perhaps?)", s.Name, s.EndTime)
	case s.EndTime != 0 && s.EndTime < s.StartTime:
		return fmt.Errorf("segment %q: it ends before it starts", s.Name)
	case s.Namespace != "" && s.Namespace != "aws" && s.Namespace != "remote":
		return fmt.Errorf("segment %q: namespace %q is neither aws nor remote", s.Name, s.Namespace)
	case utf8.RuneCountInString(s.User) > MaxUserRunes:
		return fmt.Errorf("segment %q: user has %d characters, X-Ray accepts %d", s.Name, utf8.RuneCountInString(s.User), MaxUserRunes)
	}
	if err := checkName(s.Name); err != nil {
		return err
	}
	for _, m := range []struct {
		name  string
		value map[string]any
		rule  rule
	}{{"http", s.HTTP, httpRule}, {"aws", s.AWS, awsRule}, {"sql", s.SQL, sqlRule}, {"service", s.Service, serviceRule}} {
		if m.value != nil {
			if err := m.rule(m.name, m.value); err != nil {
				return fmt.Errorf("segment %q: %w", s.Name, err)
			}
		}
	}
	if s.Cause != nil {
		if err := causeRule("cause", s.Cause); err != nil {
			return fmt.Errorf("segment %q: %w", s.Name, err)
		}
	}
	for key, value := range s.Annotations {
		if !isAnnotation(key) {
			return fmt.Errorf("segment %q: annotation %q: a key consists of letters, digits, underscores, dots and colons", s.Name, key)
		}
		switch value.(type) {
		case string, bool, float64, int, int64:
		default:
			return fmt.Errorf("segment %q: annotation %q is neither string, number nor boolean", s.Name, key)
		}
		*annotations++
	}
	for i := range s.Subsegments {
		if err := s.Subsegments[i].checkTree(depth+1, annotations); err != nil {
			return err
		}
	}
	return nil
}

func checkName(name string) error {
	if name == "" {
		return errors.New("a segment without a name")
	}
	if n := utf8.RuneCountInString(name); n > MaxNameRunes {
		return fmt.Errorf("a segment's name has %d characters, X-Ray accepts %d", n, MaxNameRunes)
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsSpace(r) && !strings.ContainsRune(`_.:/%&#=+\-@`, r) {
			return fmt.Errorf("segment %q: a name cannot contain %q", name, r)
		}
	}
	return nil
}
