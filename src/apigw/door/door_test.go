package door

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	plain, page, named := Door{}, Door{Pages: true}, Door{Names: []string{"", "box.lan"}}
	for _, test := range []struct {
		name    string
		door    Door
		method  string
		host    string
		headers string
		in      bool
	}{
		{"an address", plain, "POST", "127.0.0.1:3001", "", true},
		{"an address without a port", plain, "POST", "127.0.0.1", "", true},
		{"an address of the LAN", plain, "POST", "192.168.1.7:3001", "", true},
		{"an IPv6 address", plain, "POST", "[::1]:3001", "", true},
		{"an IPv6 address without a port", plain, "POST", "[::1]", "", true},
		{"localhost", plain, "POST", "LocalHost:3001", "", true},
		{"a name", plain, "POST", "evil.example:3001", "", false},
		{"a name without a port", plain, "GET", "evil.example", "", false},
		{"a name like localhost", plain, "POST", "localhost.evil.example:3001", "", false},
		{"a name below localhost", plain, "POST", "x.localhost:3001", "", false},
		{"a name like an address", plain, "POST", "127.0.0.1.evil.example:3001", "", false},
		{"a short form of an address", plain, "POST", "127.1:3001", "", false},
		{"no name", plain, "POST", "", "", false},
		{"a port alone", plain, "POST", ":3001", "", false},
		{"the name of --host", named, "POST", "BOX.lan:3001", "", true},
		{"another name", named, "POST", "box.lan.evil.example:3001", "", false},

		{"a page of another site", plain, "POST", "127.0.0.1:1", "Sec-Fetch-Site: cross-site", false},
		{"a page of another port", plain, "POST", "127.0.0.1:1", "Sec-Fetch-Site: same-site", false},
		{"a page of its own", plain, "POST", "127.0.0.1:1", "Sec-Fetch-Site: same-origin", false},
		{"an origin", plain, "POST", "127.0.0.1:1", "Origin: http://127.0.0.1:1", false},
		{"the null origin", plain, "POST", "127.0.0.1:1", "Origin: null", false},
		{"a GET of another site", plain, "GET", "127.0.0.1:1", "Sec-Fetch-Site: cross-site", false},
		{"a link", plain, "GET", "127.0.0.1:1", "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document", false},
		{"a typed address", plain, "GET", "127.0.0.1:1", "Sec-Fetch-Site: none", true},
		{"two sites", plain, "GET", "127.0.0.1:1", "Sec-Fetch-Site: none\nSec-Fetch-Site: cross-site", false},

		{"the page itself", page, "POST", "127.0.0.1:1", "Sec-Fetch-Site: same-origin\nOrigin: http://127.0.0.1:1", true},
		{"the page itself, an old browser", page, "POST", "127.0.0.1:1", "Origin: http://127.0.0.1:1", true},
		{"another port, an old browser", page, "POST", "127.0.0.1:1", "Origin: http://127.0.0.1:2", false},
		{"another site than the page's", page, "POST", "127.0.0.1:1", "Sec-Fetch-Site: cross-site\nOrigin: https://evil.example", false},
		{"a script of another site", page, "GET", "127.0.0.1:1", "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors\nSec-Fetch-Dest: script", false},
		{"a link to the page", page, "GET", "127.0.0.1:1", "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document", true},
		{"a form to the page", page, "POST", "127.0.0.1:1", "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\nOrigin: null", false},
		{"the page in a frame", page, "GET", "127.0.0.1:1", "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: iframe", false},
		{"rebinding", page, "POST", "evil.example:1", "Sec-Fetch-Site: same-origin\nOrigin: http://evil.example:1", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(test.method, "/", nil)
			r.Host = test.host
			for line := range strings.Lines(test.headers) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
				r.Header.Add(name, value)
			}
			w := httptest.NewRecorder()
			test.door.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "in") })).ServeHTTP(w, r)
			in := w.Code == 200 && w.Body.String() == "in"
			if refused := w.Code == 403 && strings.HasPrefix(w.Body.String(), `{"message":"`); in != test.in || in == refused {
				t.Errorf("%d %s, want in: %v", w.Code, w.Body, test.in)
			}
		})
	}
}

// Whatever name a client uses for the server, it is admitted only with an IP address, localhost
// or a configured name.
func FuzzHost(f *testing.F) {
	for _, host := range []string{"127.0.0.1:1", "[::1]:2", "[fe80::1%25eth0]", "localhost.", "a:b:c", "[]:", "::1", "1.2.3.4.", "0x7f.1", "[::1]:k"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n")))
		if err != nil || (Door{}).Check(r) != nil {
			return
		}
		name := strings.ToLower(r.Host)
		name = strings.TrimPrefix(name, "localhost")
		// Letters beyond those of hexadecimal digits make a name; after % they are the zone of an
		// address.
		name, _, _ = strings.Cut(name, "%")
		if strings.ContainsAny(name, "ghijklmnopqrstuvwxyz") {
			t.Errorf("the Host %q is let in", r.Host)
		}
	})
}
