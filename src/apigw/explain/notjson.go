package explain

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/sam"
	"example.com/guessing-game/src/apigw/vtl"
)

// parserPlace is what Jackson, Java's JSON parser, adds to a complaint.
var parserPlace = regexp.MustCompile(`\s*\bat \[Source: REDACTED [^\]]*?; line: (\d+)(?:, column: (\d+))?\]`)

// Tidied is a complaint of Jackson's with the place in a person's words.
func Tidied(complaint string) string {
	return parserPlace.ReplaceAllStringFunc(complaint, func(s string) string {
		if m := parserPlace.FindStringSubmatch(s); m[2] != "" {
			return fmt.Sprintf(" (line %s, column %s)", m[1], m[2])
		}
		return ""
	})
}

// explainNotJSON says where the output of a request template is not JSON, which reference of the
// template printed it, and what to change.
func explainNotJSON(a *sam.API, s *gateway.Step, complaint string) string {
	complaint = strings.TrimPrefix(complaint, "the event is not JSON: ")
	at := s.Template.Position
	fault := faultIn(s.Output, complaint)
	ref, printed := printedBy(s.Template, s.Output, fault)
	if ref != nil {
		at = s.Template.At(ref.Line, ref.Column)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: the template %s rendered what is not JSON: %s:\n    %s\n", a.At(at), s.Template.MediaType, Tidied(complaint),
		strings.ReplaceAll(beginning(strings.TrimSpace(s.Output)), "\n", "\n    "))
	switch {
	case ref != nil && unset(s.Template, ref.Name):
		fmt.Fprintf(&b, "%s printed nothing: the template never sets $%s.", ref.Source, ref.Name)
		if like := similarVariable(s.Template, ref.Name); like != "" {
			fmt.Fprintf(&b, " Is it $%s?", like)
		}
	case ref != nil && printed == "":
		fmt.Fprintf(&b, "%s printed nothing. Write #if(%s != \"\") around the member, or let the route's model require it.", ref.Source, strings.Replace(ref.Source, "$!", "$", 1))
	case strings.HasPrefix(complaint, "Unrecognized character escape ''' ") && strings.Contains(s.Template.Source, "escapeJavaScript"):
		b.WriteString("$util.escapeJavaScript turns ' into \\', which is not JSON: add .replaceAll(\"\\\\'\", \"'\") after it.")
	default:
		b.WriteString("Write $input.json('$.x') without quotes around it, and escape parameters: \"$util.escapeJavaScript($input.params('x')).replaceAll(\"\\\\'\", \"'\")\".")
	}
	return b.String() + "\n"
}

// faultIn is where in a text the place of a complaint is, -1 if it has none.
func faultIn(text, complaint string) int {
	m := parserPlace.FindStringSubmatch(complaint)
	if m == nil || m[2] == "" {
		return -1
	}
	line, _ := strconv.Atoi(m[1])
	column, _ := strconv.Atoi(m[2])
	at := 0
	for ; line > 1; line-- {
		next := strings.IndexByte(text[at:], '\n')
		if next < 0 {
			return -1
		}
		at += next + 1
	}
	for range column - 1 {
		if at >= len(text) {
			break
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return min(at, len(text))
}

// The text before a reference that is looked for in a template's output.
const (
	shortestLead = 3
	longestLead  = 24
)

// printedBy is the reference of a template that printed what is at a place of its output, found by
// the text that precedes it, and what it printed before that place. It is nil if no reference can
// be told from the others.
func printedBy(t *gateway.Template, output string, fault int) (*vtl.Reference, string) {
	if fault < 0 || t.Parsed() == nil {
		return nil, ""
	}
	lines := strings.Split(t.Source, "\n")
	var found *vtl.Reference
	end := -1 // of the text before it, in output
	for _, ref := range t.Parsed().References() {
		if ref.Assigned || ref.Line < 1 || ref.Line > len(lines) {
			continue
		}
		before := vtl.Before(lines[ref.Line-1], ref.Column)
		if i := strings.LastIndexAny(before, "$#)}"); i >= 0 {
			before = before[i+1:]
		}
		before = strings.TrimLeft(before, " \t")
		if len(before) > longestLead {
			before = before[len(before)-longestLead:]
		}
		if len(strings.TrimSpace(before)) < shortestLead {
			continue
		}
		at := strings.LastIndex(output[:fault], before)
		if at < 0 {
			continue
		}
		switch at += len(before); {
		case at > end:
			found, end = &ref, at
		case at == end:
			found = nil // two references follow the same text
		}
	}
	if found == nil {
		return nil, ""
	}
	return found, strings.TrimSpace(output[end:fault])
}

// provided are the variables that API Gateway gives to every template.
var provided = []string{"input", "util", "context", "stageVariables", "foreach", "velocityCount", "velocityHasNext"}

// unset reports that a template never sets a variable that it reads.
func unset(t *gateway.Template, name string) bool {
	return !slices.Contains(provided, name) && !slices.ContainsFunc(t.Parsed().References(), func(r vtl.Reference) bool { return r.Assigned && r.Name == name })
}

// farthestName is the greatest edit distance of a name that is suggested.
const farthestName = 2

// similarVariable is the variable of a template that is most like a name, empty if none is.
func similarVariable(t *gateway.Template, name string) (like string) {
	least := min(farthestName, len(name)/2) + 1
	for _, r := range t.Parsed().References() {
		if far := levenshtein.ComputeDistance(name, r.Name); (r.Assigned || slices.Contains(provided, r.Name)) && r.Name != name && far < least {
			like, least = r.Name, far
		}
	}
	return like
}
