package headernames

import "strings"

// Secret reports whether a header, in any case, holds credentials or the like, so that logs, traces
// and files show it only on request.
func Secret(name string) bool {
	for _, secret := range [...]string{"authorization", "proxy-authorization", "x-api-key", "cookie", "set-cookie", "x-amz-security-token"} {
		if len(secret) == len(name) && strings.EqualFold(secret, name) {
			return true
		}
	}
	return false
}
