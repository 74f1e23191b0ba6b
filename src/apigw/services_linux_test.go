package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// authority signs certificates. SSL_CERT_FILE makes a program trust it, on Linux.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	file string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, root, root, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.file = written(t, "root.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	return a
}

// certificate returns a certificate for a name, which expires after some time.
func (a *authority) certificate(t *testing.T, name string, valid time.Duration) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(valid),
		DNSNames: []string{name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, leaf, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// A backend whose certificate cannot be trusted is a mistake in the API's configuration.
func TestCertificatesOfBackends(t *testing.T) {
	t.Parallel()
	trusted, stranger := newAuthority(t), newAuthority(t)
	var paths strings.Builder
	for _, c := range []struct {
		path string
		cert tls.Certificate
		more string
	}{
		{"good", trusted.certificate(t, "localhost", time.Hour), ""},
		{"expired", trusted.certificate(t, "localhost", -time.Hour), ""},
		{"unknown", stranger.certificate(t, "localhost", time.Hour), ""},
		{"other", trusted.certificate(t, "other.example", time.Hour), ""},
		{"unchecked", stranger.certificate(t, "localhost", time.Hour), ", tlsConfig: {insecureSkipVerification: true}"},
	} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{c.cert}}
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		defer s.Close()
		_, port, err := net.SplitHostPort(s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&paths, "  /%s: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'https://localhost:%s/'%s}}}\n", c.path, port, c.more)
	}
	a := startWith(t, []string{"SSL_CERT_FILE=" + trusted.file}, "--openapi", written(t, "api.yaml", "openapi: 3.0.1\ninfo: {title: x, version: '1'}\npaths:\n"+paths.String()),
		"--log-level", "debug")
	const failed = "Execution failed due to configuration error: "
	for _, c := range []struct {
		path   string
		status int
		log    string
	}{
		{"good", 200, "Successfully completed execution"},
		{"expired", 500, failed + "PKIX path validation failed: .*expired"},
		{"unknown", 500, failed + "PKIX path building failed: unable to find valid certification path to requested target"},
		{"other", 500, failed + `Host name 'localhost' does not match the certificate subject provided by the peer \(CN=other.example\)`},
		{"unchecked", 200, ""},
	} {
		want := map[int]string{200: "{}", 500: `{"message": "Internal server error"}`}[c.status]
		if status, body := send(t, "GET", a.REST[0]+c.path, ""); status != c.status || body != want {
			t.Errorf("%s: %d %s, want %d %s", c.path, status, body, c.status, want)
		}
		matches := regexp.MustCompile(c.log)
		if err := a.Await(matches.MatchString); err != nil {
			t.Errorf("%s: %v", c.path, err)
		}
	}
}

// cloud is a proxy that emulates all of AWS's hosts: it records the head of every request that
// reaches one.
type cloud struct {
	net.Listener
	certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)

	mu    sync.Mutex
	heads []string
}

func (c *cloud) serve(conn net.Conn) {
	defer conn.Close()
	connect, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	c.keep(connect.Method + " " + connect.Host)
	io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n") // an error: the client has disconnected
	inside := tls.Server(conn, &tls.Config{GetCertificate: c.certificate})
	r, err := http.ReadRequest(bufio.NewReader(inside))
	if err != nil {
		return
	}
	c.keep(fmt.Sprintf("%s %s %s", r.Method, r.Host, r.Header.Get("Authorization")))
	io.WriteString(inside, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}") // as above
}

func (c *cloud) keep(head string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heads = append(c.heads, head)
}

func (c *cloud) kept() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heads
}

// Requests go to AWS only with --aws, signed with the credentials of the profile for the Region
// in the ARN; otherwise nothing leaves this machine.
func TestAccount(t *testing.T) {
	t.Parallel()
	root := newAuthority(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := &cloud{Listener: l, certificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		cert := root.certificate(t, h.ServerName, time.Hour)
		return &cert, nil
	}}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
	credentials := written(t, "credentials", "[default]\naws_access_key_id = AKIDEFAULT\naws_secret_access_key = s\n[work]\naws_access_key_id = AKIWORK\naws_secret_access_key = s\n")
	env := []string{"HTTPS_PROXY=http://" + l.Addr().String(), "HTTP_PROXY=http://" + l.Addr().String(), "SSL_CERT_FILE=" + root.file, "AWS_SHARED_CREDENTIALS_FILE=" + credentials,
		"AWS_CONFIG_FILE=" + written(t, "config", ""), "AWS_PROFILE=work", "AWS_EC2_METADATA_DISABLED=true"}
	document := written(t, "api.yaml", servicesDocument)

	at := startWith(t, env, "--openapi", document)
	if status, body := send(t, "GET", at.REST[0]+"notes", ""); status != http.StatusGatewayTimeout || len(c.kept()) > 0 {
		t.Errorf("without --aws: %d %s; %q left", status, body, c.kept())
	}

	at = startWith(t, env, "--openapi", document, "--aws")
	if status, body := send(t, "GET", at.REST[0]+"notes", ""); status != http.StatusOK || body != "{}" {
		t.Errorf("with --aws: %d %s", status, body)
	}
	got := strings.Join(c.kept(), "\n")
	want := regexp.MustCompile(`^CONNECT dynamodb\.eu-west-1\.amazonaws\.com:443\nPOST dynamodb\.eu-west-1\.amazonaws\.com AWS4-HMAC-SHA256 Credential=AKIWORK/\d{8}/eu-west-1/dynamodb/aws4_request, \S+, Signature=\w+$`)
	if !want.MatchString(got) {
		t.Errorf("what left is\n%s", got)
	}
}
