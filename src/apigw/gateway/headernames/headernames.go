// Package headernames preserves the names of request headers as the client wrote them. net/http
// changes their case; API Gateway does not, and functions, templates and validators see the
// difference.
package headernames

import (
	"context"
	"net/http"
	"strings"
)

// Names are the names of a request's headers as the client wrote them, in their order, each ended
// by a line feed. Empty Names mean that they are unknown, since every request has a Host.
type Names string

type key struct{}

// With adds the names of a request's headers to its context. It is for requests that do not come
// from a server.
func With(ctx context.Context, names Names) context.Context {
	return context.WithValue(ctx, key{}, names)
}

// Of returns the names of a request's headers as the client wrote them. For a request on a
// connection of Keep it returns them once; callers that need them again pass them on with With.
func Of(r *http.Request) Names {
	switch v := r.Context().Value(key{}).(type) {
	case Names:
		return v
	case *conn:
		return v.take(r.Method, r.RequestURI)
	}
	return ""
}

// Join makes Names from a list.
func Join(names []string) Names {
	if len(names) == 0 {
		return ""
	}
	return Names(strings.Join(names, "\n") + "\n")
}

// Written returns the name of the i-th header (from 0) that has the name in any case, as the client
// wrote it; or name itself if there is no such header.
func (n Names) Written(name string, i int) string {
	rest := string(n)
	for rest != "" {
		end := strings.IndexByte(rest, '\n')
		if end < 0 {
			break
		}
		if end == len(name) && strings.EqualFold(rest[:end], name) {
			if i == 0 {
				return rest[:end]
			}
			i--
		}
		rest = rest[end+1:]
	}
	return name
}
