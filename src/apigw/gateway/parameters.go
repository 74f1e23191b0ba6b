package gateway

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/gateway/headernames"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// field is a header or a parameter.
type field struct{ name, value string }

// fields are headers or parameters in order; a name may occur more than once.
type fields []field

// last returns the last value of a name, which is the one that single-value views show. Names are
// case-sensitive.
func (fs fields) last(name string) (string, bool) {
	for i := len(fs) - 1; i >= 0; i-- {
		if fs[i].name == name {
			return fs[i].value, true
		}
	}
	return "", false
}

// lasts returns fs with the last value of each name.
func (fs fields) lasts() fields {
	out := make(fields, 0, len(fs))
	for _, f := range fs {
		if _, seen := out.last(f.name); !seen {
			f.value, _ = fs.last(f.name)
			out = append(out, f)
		}
	}
	return out
}

// fold is last, ignoring the case of names.
func (fs fields) fold(name string) (string, bool) {
	for i := len(fs) - 1; i >= 0; i-- {
		if strings.EqualFold(fs[i].name, name) {
			return fs[i].value, true
		}
	}
	return "", false
}

// joined returns the values of a name in any case, as one.
func (fs fields) joined(name string) (string, bool) {
	var values []string
	for _, f := range fs {
		if strings.EqualFold(f.name, name) {
			values = append(values, f.value)
		}
	}
	return strings.Join(values, ","), values != nil
}

func (fs fields) all(name string) []string {
	var vs []string
	for _, f := range fs {
		if f.name == name {
			vs = append(vs, f.value)
		}
	}
	return vs
}

// put replaces all values of a name, whatever its case, or adds it.
func (fs *fields) put(name, value string) {
	fs.remove(name)
	*fs = append(*fs, field{name, value})
}

func (fs *fields) remove(name string) {
	*fs = slices.DeleteFunc(*fs, func(f field) bool { return strings.EqualFold(f.name, name) })
}

// toMap is the single-value view as a template sees it.
func (fs fields) toMap() *java.Map {
	m := java.NewMap(len(fs))
	for _, f := range fs {
		m.Put(f.name, f.value)
	}
	return m
}

// toMultiMap is the view with all values of each name.
func (fs fields) toMultiMap() *java.Map {
	m := java.NewMap(len(fs))
	for _, f := range fs {
		if l, ok := m.Get(f.name); ok {
			l.(*java.List).Append(f.value)
			continue
		}
		m.Put(f.name, java.NewJSONArray(f.value))
	}
	return m
}

// String prints as Java prints a map, which is how the execution log shows headers and parameters:
// the values of a name are joined (recorded).
func (fs fields) String() string {
	size := 2
	for _, f := range fs {
		size += len(f.name) + len(f.value) + len("=, ")
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteByte('{')
	seen := make(map[string]bool, len(fs))
	for i, f := range fs {
		if seen[f.name] {
			continue
		}
		if len(seen) > 0 {
			b.WriteString(", ")
		}
		seen[f.name] = true
		b.WriteString(f.name)
		b.WriteByte('=')
		b.WriteString(f.value)
		for _, other := range fs[i+1:] {
			if other.name == f.name {
				b.WriteByte(',')
				b.WriteString(other.value)
			}
		}
	}
	b.WriteByte('}')
	return b.String()
}

// hidden are the request headers that neither mappings nor functions see (recorded on AWS).
var hidden = map[string]bool{
	"Connection": true, "Content-Length": true, "Content-Md5": true, "Expect": true, "Max-Forwards": true, "Proxy-Authenticate": true,
	"Server": true, "Te": true, "Transfer-Encoding": true, "Trailer": true, "Upgrade": true, "Www-Authenticate": true,
}

// headerOf returns a request's header by its case-insensitive name, even if a caller inside the
// process wrote a name that is not canonical.
func headerOf(r *http.Request, name string) string {
	if vs := r.Header[name]; len(vs) > 0 {
		return vs[len(vs)-1]
	}
	for key, vs := range r.Header {
		if len(vs) > 0 && strings.EqualFold(key, name) {
			return vs[len(vs)-1]
		}
	}
	return ""
}

// requestFields are the request's headers as mappings see them: in the order of their names, with
// those that the service adds. names are the names as the client wrote them.
func requestFields(r *http.Request, names headernames.Names, trace string) fields {
	fs := make(fields, 0, len(r.Header)+6)
	var forwarded []string
	for name, values := range r.Header {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case hidden[canonical], canonical == "X-Amzn-Trace-Id", canonical == "X-Forwarded-Port", canonical == "X-Forwarded-Proto":
			continue
		case canonical == "X-Forwarded-For":
			forwarded = append(forwarded, values...)
			continue
		}
		for i, v := range values {
			written := name
			switch {
			case canonical == "Authorization", canonical == "User-Agent": // the service replaces these (recorded on AWS)
				written = canonical
			case names != "":
				written = names.Written(name, i)
			}
			fs = append(fs, field{written, java.ValidText(v)})
		}
	}
	if r.Host != "" {
		fs = append(fs, field{"Host", r.Host})
	}
	proto, port := "http", "80"
	if r.TLS != nil {
		proto, port = "https", "443"
	}
	if i := strings.LastIndexByte(r.Host, ':'); i >= 0 && !strings.HasSuffix(r.Host, "]") {
		port = r.Host[i+1:]
	}
	if ip := remoteIP(r); ip != "" {
		forwarded = append(forwarded, ip)
	}
	fs = append(fs, field{"X-Amzn-Trace-Id", trace}, field{"X-Forwarded-For", strings.Join(forwarded, ", ")},
		field{"X-Forwarded-Port", port}, field{"X-Forwarded-Proto", proto})
	slices.SortStableFunc(fs, func(a, b field) int { return compareFold(a.name, b.name) })
	return fs
}

func compareFold(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func remoteIP(r *http.Request) string {
	host := r.RemoteAddr
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	return strings.Trim(host, "[]")
}

// queryFields decodes a query string. ';' separates as '&' does, '+' is a space; a malformed escape
// is kept.
func queryFields(raw string) fields {
	if raw == "" {
		return nil
	}
	var fs fields
	for len(raw) > 0 {
		part := raw
		if i := strings.IndexAny(raw, "&;"); i >= 0 {
			part, raw = raw[:i], raw[i+1:]
		} else {
			raw = ""
		}
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		fs = append(fs, field{formDecode(name), formDecode(value)})
	}
	return fs
}

func formDecode(s string) string {
	if !strings.ContainsAny(s, "+%") {
		return java.ValidText(s)
	}
	if d, err := url.QueryUnescape(s); err == nil {
		return java.ValidText(d)
	}
	return java.ValidText(strings.ReplaceAll(s, "+", " "))
}
