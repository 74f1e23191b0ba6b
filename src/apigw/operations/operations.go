// Package operations lists the operations of the AWS services that integrations of the form
// action/NAME call.
package operations

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/agnivade/levenshtein"
)

// list has a line for each service: its name in ARNs and host names, then its operations. The first
// line names the version of botocore they come from.
//
//go:generate sh -c "$(../../../tests/moto/install.sh | sed 's/moto_server$/python/') models.py"
//go:embed operations.txt
var list string

var all = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for line := range strings.Lines(list) {
		if words := strings.Fields(line); words[0] != "#" {
			m[words[0]] = words[1:]
		}
	}
	return m
})

// farthest is the greatest edit distance of an operation that is suggested.
const farthest = 3

// Unknown reports that a service does not have an operation; it is false for services that are not
// listed. like is the operation with the most similar name, empty if none is similar.
func Unknown(service, operation string) (like string, unknown bool) {
	names := all()[service]
	if len(names) == 0 || slices.Contains(names, operation) {
		return "", false
	}
	least := farthest + 1
	for _, name := range names {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(operation)); d < least {
			like, least = name, d
		}
	}
	return like, true
}
