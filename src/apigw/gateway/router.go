package gateway

import (
	"maps"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// resource is a node of the tree of path segments.
type resource struct {
	literal map[string]*resource
	param   *resource // below {name}
	greedy  *resource // below {name+}
	name    string    // of the variable of this segment
	methods map[string]*Route
}

// router finds the route of a request. At each segment a literal comes before a variable and that
// before a greedy one; if a choice fails further down, or does not have the method, the next is
// tried (recorded on AWS).
type router struct {
	root resource
}

func (rt *router) add(r *Route) {
	n := &rt.root
	for _, s := range r.segments {
		var next **resource
		name := ""
		switch {
		case strings.HasSuffix(s, "+}"):
			next, name = &n.greedy, s[1:len(s)-2]
		case strings.HasPrefix(s, "{"):
			next, name = &n.param, s[1:len(s)-1]
		default:
			if n.literal == nil {
				n.literal = map[string]*resource{}
			}
			if n.literal[s] == nil {
				n.literal[s] = &resource{}
			}
			n = n.literal[s]
			continue
		}
		if *next == nil {
			*next = &resource{name: name}
		}
		n = *next
	}
	if n.methods == nil {
		n.methods = map[string]*Route{}
	}
	n.methods[r.Method] = r
}

// find returns the route of a method and path and the values of its variables; nil if there is no
// such route. The path does not include the stage. A trailing slash and doubled leading slashes are
// ignored; doubled slashes inside a greedy value are kept.
func (rt *router) find(method, path string) (*Route, fields) {
	path = strings.Trim(path, "/")
	m := match{method: method}
	if path == "" {
		return m.route(&rt.root), nil
	}
	if r := m.find(&rt.root, path); r != nil {
		return r, m.params
	}
	return nil, nil
}

// methods returns the methods of a path, sorted.
func (rt *router) methods(path string) (all []string) {
	for _, method := range slices.Sorted(maps.Keys(anyMethods)) {
		if r, _ := rt.find(method, path); r != nil {
			all = append(all, method)
		}
	}
	return all
}

// anyMethods are the methods that ANY includes.
var anyMethods = map[string]bool{"DELETE": true, "GET": true, "HEAD": true, "OPTIONS": true, "PATCH": true, "POST": true, "PUT": true}

type match struct {
	method string
	params fields
}

func (m *match) route(n *resource) *Route {
	if r := n.methods[m.method]; r != nil {
		return r
	}
	if anyMethods[m.method] {
		return n.methods[anyMethod]
	}
	return nil
}

func (m *match) find(n *resource, path string) *Route {
	segment, rest, more := strings.Cut(path, "/")
	try := func(next *resource) *Route {
		if !more {
			return m.route(next)
		}
		return m.find(next, rest)
	}
	if next := n.literal[segment]; next != nil {
		if r := try(next); r != nil {
			return r
		}
	}
	if n.param != nil && segment != "" {
		m.params = append(m.params, field{n.param.name, java.ValidText(segment)})
		if r := try(n.param); r != nil {
			return r
		}
		m.params = m.params[:len(m.params)-1]
	}
	if n.greedy != nil && path != "" {
		if r := m.route(n.greedy); r != nil {
			m.params = append(m.params, field{n.greedy.name, java.ValidText(path)})
			return r
		}
	}
	return nil
}
