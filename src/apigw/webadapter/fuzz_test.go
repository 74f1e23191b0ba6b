package webadapter

import (
	"testing"
)

// FuzzEvent makes requests of events: whatever an event contains, its request goes to the web
// server and nowhere else, and can be sent.
func FuzzEvent(f *testing.F) {
	for _, event := range []string{
		`{"httpMethod": "GET", "path": "//evil.example/x", "multiValueQueryStringParameters": {"a": ["1", "&"]}, "requestContext": {}}`,
		`{"httpMethod": "GET", "path": "@evil.example:80/../%2e%zz\u0000", "headers": {"Host": "evil.example", "content-length": "7"}, "requestContext": {}}`,
		`{"rawPath": "/a?b#c", "rawQueryString": "q=1\u001b", "cookies": ["a=1"], "requestContext": {"http": {"method": "PO ST"}}}`,
		`{"httpMethod": "PUT", "path": "/", "queryStringParameters": {"x": "%"}, "body": "aGk=", "isBase64Encoded": true, "requestContext": {"elb": {}}}`,
		`{"Records": [{"a": 1}]}`, `[]`, `{`, ``,
	} {
		f.Add(event, "", "/base/")
	}
	f.Fuzz(func(t *testing.T, payload, through, base string) {
		a := newAdapter(func(name string) string {
			return map[string]string{"AWS_LWA_PASS_THROUGH_PATH": through, "AWS_LWA_REMOVE_BASE_PATH": base, "AWS_LWA_AUTHORIZATION_SOURCE": "x-auth"}[name]
		})
		a.port = "8080"
		e, err := parse([]byte(payload))
		if err != nil {
			return
		}
		r, err := a.request(t.Context(), e)
		if err != nil {
			return
		}
		if r.URL.Scheme != "http" || r.URL.Host != "127.0.0.1:8080" || r.URL.User != nil || r.URL.Opaque != "" {
			t.Errorf("%q goes to %s", payload, r.URL)
		}
		if uri := r.URL.RequestURI(); uri == "" || uri[0] != '/' {
			t.Errorf("%q asks for %q", payload, uri)
		}
	})
}
