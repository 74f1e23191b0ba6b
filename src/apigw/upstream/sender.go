// Package upstream sends the requests of integrations to AWS services and HTTP backends, as API
// Gateway sends them: over HTTP/1.1, without following redirects and without asking for
// compression, those to AWS services signed (Signature Version 4).
//
// Endpoints decide where a request goes: to a stand-in on this machine, or to the real account only
// if Sender.Account allows it.
package upstream

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"example.com/guessing-game/src/apigw/gateway"
)

// Sender is a gateway.Upstream. It is safe for concurrent use.
type Sender struct {
	Endpoints *Endpoints
	// Credentials sign requests. Without them a stand-in gets a signature with invented ones.
	Credentials aws.CredentialsProvider
	// Account lets requests to services without an endpoint go to AWS.
	Account bool
	// Now is the clock of signatures; time.Now if nil.
	Now func() time.Time

	secure, insecure http.RoundTripper
}

// New makes a Sender.
func New(e *Endpoints, credentials aws.CredentialsProvider, account bool) *Sender {
	return &Sender{Endpoints: e, Credentials: credentials, Account: account, secure: transport(false), insecure: transport(true)}
}

const (
	connectTime = 10 * time.Second
	maxHead     = 64 << 10 // bytes of a response's headers
	idleConns   = 256      // connections kept open to a host
)

func transport(insecure bool) *http.Transport {
	plain := &net.Dialer{Timeout: connectTime, KeepAlive: 30 * time.Second}
	config := &tls.Config{InsecureSkipVerify: insecure} //nolint:gosec // as tlsConfig.insecureSkipVerification asks
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         noting(plain.DialContext),
		DialTLSContext:      noting((&tls.Dialer{NetDialer: plain, Config: config}).DialContext), // not behind a proxy
		TLSClientConfig:     config,
		TLSNextProto:        map[string]func(string, *tls.Conn) http.RoundTripper{}, // only HTTP/1.1, like API Gateway
		TLSHandshakeTimeout: connectTime, MaxIdleConns: 4 * idleConns, MaxIdleConnsPerHost: idleConns, IdleConnTimeout: time.Minute,
		DisableCompression: true, MaxResponseHeaderBytes: maxHead, ExpectContinueTimeout: time.Second,
	}
}

// NoEndpointError says that no endpoint is known for a service.
type NoEndpointError struct{ Service *gateway.Service }

func (e *NoEndpointError) Error() string {
	return fmt.Sprintf("nothing says where the service %s is\n%s", e.Service.Name, Advice(e.Service.Name))
}

// Send sends a request and returns the response as soon as its headers have arrived.
func (s *Sender) Send(ctx context.Context, in *gateway.UpstreamRequest) (*gateway.UpstreamResponse, error) {
	u, err := s.destination(in)
	if err != nil {
		return nil, err
	}
	retries := -1
	var conn *replyConn
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		retries++
		if conn, _ = info.Conn.(*replyConn); conn != nil {
			conn.begin()
		}
	}})
	resp, err := s.roundTrip(ctx, in, u)
	if err != nil {
		return nil, err
	}
	if in.Service != nil && u.Host != in.URL.Host { // a stand-in, not the account
		if form := asForm(in); form != nil && resp.StatusCode >= http.StatusInternalServerError && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
			resp.Body.Close()
			if u, err = s.destination(form); err != nil {
				return nil, err
			}
			if resp, err = s.roundTrip(ctx, form, u); err != nil {
				return nil, err
			}
		}
		translate(in, resp)
	}
	out := &gateway.UpstreamResponse{Status: resp.StatusCode, Header: resp.Header, Body: resp.Body, Retries: max(retries, 0)}
	if conn != nil {
		out.Names = conn.names()
	}
	return out, nil
}

// roundTrip sends a request to a URL.
func (s *Sender) roundTrip(ctx context.Context, in *gateway.UpstreamRequest, u *url.URL) (*http.Response, error) {
	req, err := request(ctx, in, u)
	if err != nil {
		return nil, &gateway.ConfigurationError{Log: "Invalid endpoint address", Err: err}
	}
	if in.Service != nil {
		if err := s.sign(ctx, req, in); err != nil {
			return nil, &gateway.ConfigurationError{Log: "API Gateway does not have permission to assume the provided role", Err: err}
		}
	}
	t := s.secure
	if in.Insecure {
		t = s.insecure
	}
	resp, err := t.RoundTrip(req)
	if err != nil {
		return nil, failure(u, err)
	}
	if resp.StatusCode < http.StatusOK {
		resp.Body.Close()
		return nil, &gateway.NetworkError{Log: "Connection is closed", Err: fmt.Errorf("%s://%s returned the status %d, which does not end an exchange", u.Scheme, u.Host, resp.StatusCode)}
	}
	return resp, nil
}

// destination returns the URL that a request is actually sent to.
func (s *Sender) destination(in *gateway.UpstreamRequest) (*url.URL, error) {
	var base *url.URL
	switch {
	case in.Service != nil:
		var err error
		if base, err = s.Endpoints.Of(in.Service); err != nil {
			return nil, err
		}
		if base == nil && !s.Account {
			return nil, &NoEndpointError{in.Service}
		}
	case in.VPCLink != nil:
		if base = s.Endpoints.OfLink(in.VPCLink); base != nil {
			// The link has the address; the URI has the path, the Host and the name on the
			// certificate.
			u := *in.URL
			u.Scheme, u.Host = base.Scheme, base.Host
			return joined(base, &u), nil
		}
	}
	if base == nil {
		return in.URL, nil
	}
	u := *in.URL
	u.Scheme, u.Host = base.Scheme, base.Host
	return joined(base, &u), nil
}

// joined puts the path of an endpoint before that of a request.
func joined(base, u *url.URL) *url.URL {
	if prefix := strings.TrimSuffix(base.EscapedPath(), "/"); prefix != "" {
		u.RawPath = prefix + u.EscapedPath()
		u.Path = strings.TrimSuffix(base.Path, "/") + u.Path
	}
	return u
}

// request makes the request of net/http. Names of headers are sent unchanged, except for those that
// net/http handles itself.
func request(ctx context.Context, in *gateway.UpstreamRequest, u *url.URL) (*http.Request, error) {
	var body io.Reader
	if in.Body != "" {
		body = strings.NewReader(in.Body)
	}
	req, err := http.NewRequestWithContext(ctx, in.Method, "http://host/", body)
	if err != nil {
		return nil, err
	}
	req.URL, req.Host, req.Header = u, in.Host, make(http.Header, len(in.Header))
	if in.VPCLink != nil && in.Host == "" {
		req.Host = in.URL.Host
	}
	for name, values := range in.Header {
		switch canonical := textproto.CanonicalMIMEHeaderKey(name); canonical {
		case "User-Agent", "Connection":
			name = canonical
		case "Trailer": // which net/http would handle itself under this name
			name = strings.ToLower(name)
		}
		for _, v := range values {
			if !validValue(v) {
				return nil, fmt.Errorf("the value of the header %s has a control character", name)
			}
		}
		req.Header[name] = values
	}
	return req, nil
}

// validValue reports whether HTTP allows the value of a header.
func validValue(v string) bool {
	return strings.IndexFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) < 0
}

// madeUp are the credentials for stand-ins, which check at most the form of a signature.
var madeUp = aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}

// sign signs a request to an AWS service for the Region of its URI.
func (s *Sender) sign(ctx context.Context, req *http.Request, in *gateway.UpstreamRequest) error {
	credentials := madeUp
	if s.Credentials != nil {
		var err error
		if credentials, err = s.Credentials.Retrieve(ctx); err != nil {
			return fmt.Errorf("no AWS credentials: %w", err)
		}
	} else if s.Account {
		return errors.New("--aws needs AWS credentials, and there are none")
	}
	if req.Host == "" {
		req.Host = req.URL.Host
	}
	sum := sha256.Sum256([]byte(in.Body))
	hash := hex.EncodeToString(sum[:])
	req.Header["X-Amz-Content-Sha256"] = []string{hash}
	now := s.Now
	if now == nil {
		now = time.Now
	}
	name := namingOf(in.Service).signing
	query := req.URL.RawQuery
	signed := *req.URL // whose query the signer writes in its own order
	req.URL = &signed
	err := v4.NewSigner().SignHTTP(ctx, credentials, req, hash, name, in.Service.Region, now(), func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = name == "s3"
	})
	signed.RawQuery = query
	return err
}

// failure turns a network error into what API Gateway would make of it.
func failure(u *url.URL, err error) error {
	where := u.Scheme + "://" + u.Host
	var dns *net.DNSError
	var host x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	switch {
	case errors.As(err, &dns):
		return &gateway.ConfigurationError{Log: "Invalid endpoint address", Err: fmt.Errorf("%s: there is no host %s: %w", where, dns.Name, err)}
	case errors.As(err, &host):
		return &gateway.ConfigurationError{Err: fmt.Errorf("%s: %w", where, err),
			Log: fmt.Sprintf("Host name '%s' does not match the certificate subject provided by the peer (%s)", host.Host, host.Certificate.Subject)}
	case errors.As(err, &authority):
		return &gateway.ConfigurationError{Err: fmt.Errorf("%s: %w", where, err), Log: "PKIX path building failed: unable to find valid certification path to requested target"}
	case errors.As(err, &invalid), errors.As(err, &verification):
		return &gateway.ConfigurationError{Err: fmt.Errorf("%s: %w", where, err), Log: "PKIX path validation failed: " + err.Error()}
	}
	n := &gateway.NetworkError{Log: "Connection is closed", Err: fmt.Errorf("%s did not respond: %w", where, err)}
	switch {
	case errors.Is(err, syscall.ECONNRESET):
		n.Log = "Connection reset by peer"
	case errors.Is(err, syscall.ECONNREFUSED):
		n.Log, n.Err = "Connection refused", fmt.Errorf("nothing listens at %s: %w", where, err)
	}
	return n
}
