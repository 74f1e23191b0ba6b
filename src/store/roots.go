package store

import (
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"net"
	"net/http"
	"time"
)

// amazonRoots are the roots of AWS's certificates, as described in the file.
//
// Reading them instead of the system's 140 or so certificates is the largest
// saving there is in a new process's first event: 0.3 ms of CPU against ten or
// more, which is over a hundred milliseconds with the CPU share of a 128 MB
// function. It is not pinning: an endpoint whose certificate does not lead to them is tried again
// with the system's roots.
//
//go:embed amazonroots.pem
var amazonRoots []byte

// rootsFor returns the sets of roots to try, in order; nil means the system's.
func rootsFor(c Config) []func() *x509.CertPool {
	system := func() *x509.CertPool { return nil }
	if c.Endpoint != "" {
		return []func() *x509.CertPool{system} // not AWS
	}
	amazon := func() *x509.CertPool {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(amazonRoots)
		return pool
	}
	return []func() *x509.CertPool{amazon, system}
}

// newHTTPClient makes an HTTP client that trusts these roots. The timeout is for connecting, which
// net/http does concurrently with the request that needs it.
func newHTTPClient(roots *x509.CertPool, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: (&net.Dialer{Timeout: timeout}).DialContext,
			TLSClientConfig: &tls.Config{
				RootCAs:            roots,
				ClientSessionCache: tls.NewLRUClientSessionCache(4),
			},
			TLSHandshakeTimeout: timeout,
			MaxIdleConnsPerHost: 64, // as many as events are handled at once
			IdleConnTimeout:     30 * time.Second,
			DisableCompression:  true,
		},
		// DynamoDB does not redirect; a server that does is not DynamoDB.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
