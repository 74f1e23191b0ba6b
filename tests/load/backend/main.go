// Command backend is an HTTP backend that responds to every request at once with the same object,
// or, with -proxy, a plain reverse proxy in front of one, with which http_proxy integrations are
// compared.
package main

import (
	"flag"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
)

const answer = `{"game":{"id":"7a1c","guesses":[5,null,null],"status":"ongoing"}}`

func main() {
	log.SetFlags(0)
	address := flag.String("address", "", "HOST:PORT to listen on")
	target := flag.String("proxy", "", "pass requests on to this `URL`")
	flag.Parse()
	var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, answer) // an error: the client is gone
	})
	if *target != "" {
		u, err := url.Parse(*target)
		if err != nil {
			log.Fatal(err)
		}
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = 64 // as many as there are clients, and more
		handler = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u); r.SetXForwarded() }, Transport: transport}
	}
	log.Fatal(http.ListenAndServe(*address, handler))
}
