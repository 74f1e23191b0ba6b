package sigv4_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"example.com/guessing-game/src/apigw/gateway/sigv4"
)

var (
	now   = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	scope = sigv4.Scope{Region: "us-east-1", Service: "execute-api"}
)

func users(token string) func(string) *sigv4.User {
	return func(id string) *sigv4.User {
		if id != "AKIDEXAMPLE" {
			return nil
		}
		return &sigv4.User{Name: "ann", AccessKeyID: id, Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", SessionToken: token}
	}
}

// AWS's own test suite for Signature Version 4, from botocore: testdata/suite.jsonl holds its
// requests and signatures.
func TestSuite(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/suite.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); n++ {
		var c struct {
			Name, Method, Path, Query, Body, Signed, Signature string
			Headers                                            [][2]string
		}
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		r := &sigv4.Request{Method: c.Method, Path: c.Path, RawQuery: c.Query, Header: http.Header{}, Body: []byte(c.Body)}
		token := ""
		for _, h := range c.Headers {
			switch name := http.CanonicalHeaderKey(h[0]); name {
			case "Host":
				r.Host = h[1]
			case "X-Amz-Security-Token":
				token = strings.TrimSpace(h[1])
				fallthrough
			default:
				r.Header[name] = append(r.Header[name], h[1])
			}
		}
		set := func(signature string) {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders="+c.Signed+", Signature="+signature)
		}
		set(c.Signature)
		service := sigv4.Scope{Region: "us-east-1", Service: "service"}
		if _, err := sigv4.Verify(r, users(token), service, now); err != nil {
			t.Errorf("%s: %s", c.Name, err.Message)
		}
		set(strings.Repeat("0", 64))
		if _, err := sigv4.Verify(r, users(token), service, now); err == nil || err.Code != sigv4.CodeInvalid {
			t.Errorf("%s: a wrong signature is accepted", c.Name)
		}
	}
	if n < 30 {
		t.Errorf("%d cases", n)
	}
}

// signed is a request as the AWS SDK for Go signs it.
func signed(t testing.TB, method, target, body, token string) *sigv4.Request {
	t.Helper()
	req, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	sum := sha256.Sum256([]byte(body))
	u := users(token)("AKIDEXAMPLE")
	credentials := aws.Credentials{AccessKeyID: u.AccessKeyID, SecretAccessKey: u.Secret, SessionToken: token}
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, req, hex.EncodeToString(sum[:]), scope.Service, scope.Region, now); err != nil {
		t.Fatal(err)
	}
	return &sigv4.Request{Method: method, Path: req.URL.EscapedPath(), RawQuery: req.URL.RawQuery, Host: req.URL.Host, Header: req.Header, Body: []byte(body)}
}

// What the SDK signs is accepted, and no part of it can be changed.
func TestSDK(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"/", "/prod/orders", "/prod/a%20b/%C3%A4", "/prod/x?a=1&b=%20%2B&a=0", "/prod/x?q=%7Ba%7D&empty=", "/prod/o~r-d_e.r/"} {
		for _, token := range []string{"", "session"} {
			r := signed(t, "POST", "http://127.0.0.1:3000"+target, `{"a":1}`, token)
			u, err := sigv4.Verify(r, users(token), scope, now.Add(4*time.Minute))
			if err != nil || u.Name != "ann" {
				t.Errorf("%s: %+v", target, err)
				continue
			}
			for what, change := range map[string]func(*sigv4.Request){
				"method": func(r *sigv4.Request) { r.Method = "PUT" }, "path": func(r *sigv4.Request) { r.Path += "x" }, "query": func(r *sigv4.Request) { r.RawQuery += "&z=1" },
				"body": func(r *sigv4.Request) { r.Body = []byte("{}") }, "host": func(r *sigv4.Request) { r.Host = "example.com" },
				"header": func(r *sigv4.Request) { r.Header = r.Header.Clone(); r.Header.Set("Content-Type", "text/plain") },
			} {
				changed := *r
				change(&changed)
				if _, err := sigv4.Verify(&changed, users(token), scope, now); err == nil || err.Code != sigv4.CodeInvalid {
					t.Errorf("%s: another %s is accepted", target, what)
				}
			}
		}
	}
}

func TestPresigned(t *testing.T) {
	t.Parallel()
	u := users("")("AKIDEXAMPLE")
	req, err := http.NewRequest("GET", "http://127.0.0.1:3000/prod/a?b=c&X-Amz-Expires=900", nil)
	if err != nil {
		t.Fatal(err)
	}
	empty := sha256.Sum256(nil)
	address, _, err := v4.NewSigner().PresignHTTP(t.Context(), aws.Credentials{AccessKeyID: u.AccessKeyID, SecretAccessKey: u.Secret}, req, hex.EncodeToString(empty[:]), scope.Service, scope.Region, now)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	r := &sigv4.Request{Method: "GET", Path: parsed.Path, RawQuery: parsed.RawQuery, Host: parsed.Host, Header: http.Header{}}
	for after, want := range map[time.Duration]string{
		0: "", 15 * time.Minute: "", 15*time.Minute + time.Second: "Signature expired: 20150830T125100Z is now earlier than 20150830T125101Z",
		-6 * time.Minute: "Signature not yet current",
	} {
		_, err := sigv4.Verify(r, users(""), scope, now.Add(after))
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Message, want)) {
			t.Errorf("after %v: %+v, want %s", after, err, want)
		}
	}
	for remove, want := range map[string]string{
		"X-Amz-Signature": "AWS query-string parameters must include 'X-Amz-Signature'. Re-examine the query-string parameters.",
		"X-Amz-Date":      "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
	} {
		q := parsed.Query()
		q.Del(remove)
		r := *r
		r.RawQuery = q.Encode()
		if _, err := sigv4.Verify(&r, users(""), scope, now); err == nil || err.Message != want || err.Code != sigv4.CodeIncomplete {
			t.Errorf("without %s: %+v", remove, err)
		}
	}
}

// Messages for clients whose requests are refused.
func TestRefusals(t *testing.T) {
	t.Parallel()
	change := func(from, to string) func(*sigv4.Request) {
		return func(r *sigv4.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), from, to, 1))
		}
	}
	for _, c := range []struct {
		name    string
		change  func(*sigv4.Request)
		after   time.Duration
		code    string
		message string
	}{
		{"unsigned", func(r *sigv4.Request) { r.Header.Del("Authorization") }, 0, sigv4.CodeMissing, "Missing Authentication Token"},
		{"bearer", func(r *sigv4.Request) { r.Header.Set("Authorization", "Bearer abc") }, 0, sigv4.CodeIncomplete,
			"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'w1Xc6WwWEogNEZQP/dkBTThsJT4MNlKmzQanIm970rY='."},
		{"no signature", change("Signature=", "S="), 0, sigv4.CodeIncomplete, "Authorization header requires 'Signature' parameter."},
		{"no date", func(r *sigv4.Request) { r.Header.Del("X-Amz-Date") }, 0, sigv4.CodeIncomplete, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."},
		{"broken date", func(r *sigv4.Request) { r.Header.Set("X-Amz-Date", "today") }, 0, sigv4.CodeIncomplete, "Date must be in ISO-8601 'basic format'. Got 'today'."},
		{"another algorithm", change("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), 0, sigv4.CodeIncomplete, "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."},
		{"short credential", change("/aws4_request", ""), 0, sigv4.CodeIncomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE/20150830/us-east-1/execute-api'"},
		{"another Region", change("us-east-1", "eu-west-1"), 0, sigv4.CodeInvalid, "Credential should be scoped to a valid region, not 'eu-west-1'. "},
		{"another service", change("execute-api", "lambda"), 0, sigv4.CodeInvalid, "Credential should be scoped to correct service: 'execute-api'. "},
		{"another day", change("20150830", "20150829"), 0, sigv4.CodeInvalid, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150829' != '20150830', from '20150830T123600Z'. "},
		{"host not signed", change("host;", ""), 0, sigv4.CodeInvalid, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{"expired", nil, 5*time.Minute + time.Second, sigv4.CodeInvalid, "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"},
		{"early", nil, -5*time.Minute - time.Second, sigv4.CodeInvalid, "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)"},
		{"unknown key", change("AKIDEXAMPLE", "AKIDOTHER"), 0, sigv4.CodeUnrecognized, "The security token included in the request is invalid."},
		{"a token that is not the key's", func(r *sigv4.Request) { r.Header.Set("X-Amz-Security-Token", "x") }, 0, sigv4.CodeUnrecognized, "The security token included in the request is invalid."},
		{"another body", func(r *sigv4.Request) { r.Body = []byte("x") }, 0, sigv4.CodeInvalid,
			"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n" +
				"The Canonical String for this request should have been\n'POST\n/prod/a\nb=c\ncontent-length:2\ncontent-type:application/json\nhost:127.0.0.1:3000\nx-amz-date:20150830T123600Z\n\n" +
				"content-length;content-type;host;x-amz-date\n2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881'\n\n" +
				"The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/execute-api/aws4_request\n"},
	} {
		r := signed(t, "POST", "http://127.0.0.1:3000/prod/a?b=c", "{}", "")
		r.Header.Set("Content-Length", "2")
		if c.change != nil {
			c.change(r)
		}
		_, err := sigv4.Verify(r, users(""), scope, now.Add(c.after))
		if err == nil || err.Code != c.code || !strings.HasPrefix(err.Message, c.message) {
			t.Errorf("%s: %+v\nwant %s %s", c.name, err, c.code, c.message)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=0", "/a/../b", "a=%zz&b")
	f.Add("Bearer x", "", "X-Amz-Signature=1")
	f.Fuzz(func(t *testing.T, authorization, path, query string) {
		r := &sigv4.Request{Method: "GET", Path: path, RawQuery: query, Host: "h", Header: http.Header{"Authorization": {authorization}, "X-Amz-Date": {"20150830T123600Z"}}}
		if _, err := sigv4.Verify(r, users(""), scope, now); err == nil {
			t.Errorf("%q is accepted", authorization)
		}
	})
}
