package headernames

import "strings"

// Secret reports whether a header, in any case, holds what identifies somebody, so that logs, traces and
// files show it only where they are asked to.
func Secret(name string) bool {
	for _, secret := range [...]string{"authorization", "proxy-authorization", "x-api-key", "cookie", "set-cookie", "x-amz-security-token"} {
		if len(secret) == len(name) && strings.EqualFold(secret, name) {
			return true
		}
	}
	return false
}
