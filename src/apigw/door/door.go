// Package door decides who may use the servers of apigw that are meant only for this machine: the
// Lambda Invoke API, the trace page, X-Ray over TCP and the Runtime APIs. They require no
// credentials: what keeps others out is that they listen on this machine only. A web page gets past
// that, since its browser runs on this machine: it may send requests to any port of 127.0.0.1, and
// with DNS rebinding (a name of the attacker's that first leads to the attacker's server and then
// to 127.0.0.1) it may read the responses too.
//
// A [Door] therefore refuses requests whose Host is a name that an attacker may own, and requests
// that a browser sends for a page of another origin.
package door

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Door decides who is admitted. The zero Door admits clients that address the server by an IP
// address or as localhost, and no web pages.
type Door struct {
	// Names are further host names of the server, without ports.
	Names []string
	// Pages says that the server shows web pages: those may send requests to it, and people may
	// follow links to it.
	Pages bool
}

// Check returns why a request is refused, or nil. The error names the offending header and says
// what to do.
//
// Browsers add Sec-Fetch-Site to requests to addresses of this machine, and Origin to all that can
// change something; what is not a browser (SDKs, curl, the clients of the Runtime API) sends
// neither: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
func (d Door) Check(r *http.Request) error {
	if !d.named(r.Host) {
		return fmt.Errorf("the Host %q is neither an IP address nor localhost: use http://127.0.0.1 with the port, or pass the name with --host", clipped(r.Host))
	}
	site, origin := r.Header["Sec-Fetch-Site"], r.Header["Origin"]
	for _, s := range site {
		if s != "none" && !(d.Pages && (s == "same-origin" || d.link(r))) { // none: the user typed the address
			return fmt.Errorf("a web page sends this request (Sec-Fetch-Site: %s), and any site's page could: it is refused", clipped(s))
		}
	}
	if d.Pages && len(site) > 0 {
		return nil // the browser compared the origins itself
	}
	for _, o := range origin {
		if !d.Pages || o != "http://"+r.Host {
			return fmt.Errorf("a web page sends this request (Origin: %s), and any site's page could: it is refused", clipped(o))
		}
	}
	return nil
}

// link reports whether a request follows a link in a browser: the page that had the link cannot
// read the response.
func (d Door) link(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// named reports whether a Host, with or without a port, is an address or a name that nobody else
// can own.
func (d Door) named(host string) bool {
	if name, port, err := net.SplitHostPort(host); err == nil && number(port) {
		host = name
	} else if inner, ok := strings.CutPrefix(host, "["); ok {
		host = strings.TrimSuffix(inner, "]")
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return strings.EqualFold(host, "localhost") || slices.ContainsFunc(d.Names, func(n string) bool { return n != "" && strings.EqualFold(host, n) })
}

// number reports whether a port is a number: a browser sends nothing else.
func number(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return err == nil
}

// Handler serves admitted clients with h and refuses others with 403 and a message, in the form of
// AWS's errors.
func (d Door) Handler(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := d.Check(r); err != nil {
			Refuse(w, err)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// Refuse writes the response to a request that Check has refused.
func Refuse(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
	w.WriteHeader(http.StatusForbidden)
	w.Write(Message(err))
}

// Message is the body of that response.
func Message(err error) []byte {
	b, _ := json.Marshal(map[string]string{"message": err.Error()}) // a map of strings can be marshalled
	return b
}

// clipped is a string from a client, cut to a length.
func clipped(s string) string {
	if len(s) > 100 {
		return strings.ToValidUTF8(s[:100], "") + "…"
	}
	return s
}
