package invoke

import (
	"regexp"
)

// functionRef is the pattern of the Invoke API's FunctionName: a name, a partial ARN
// (123456789012:function:NAME) or an ARN, each with or without a qualifier
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
var functionRef = regexp.MustCompile(`^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:[a-z]{2}(?:-[a-z]+)+-\d:)?(?:\d{12}:)?(?:function:)?([a-zA-Z0-9-_.]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$`)

var qualifierPattern = regexp.MustCompile(`^(\$LATEST|[a-zA-Z0-9-_]{1,128})$`)

// maxRefBytes bounds a FunctionName.
const maxRefBytes = 256

// parseName splits a FunctionName of the Invoke API into the function's name and the qualifier, if
// any. It returns false for anything else.
func parseName(ref string) (name, qualifier string, ok bool) {
	m := functionRef.FindStringSubmatch(ref)
	if m == nil || len(ref) > maxRefBytes {
		return "", "", false
	}
	return m[1], m[2], true
}
