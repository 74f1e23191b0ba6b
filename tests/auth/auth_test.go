//go:build e2e

package auth

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"example.com/guessing-game/tests/serve"
)

const issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"

// tools is the folder of the commands of a set of Python tools.
func tools(t *testing.T, set string) string {
	t.Helper()
	cmd := exec.Command("../sam/tools.sh", set)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// start runs apigw start on the template, and returns the URL of its API.
func start(t *testing.T, args ...string) string {
	t.Helper()
	apigw := filepath.Join(t.TempDir(), "apigw")
	if out, err := exec.Command("go", "build", "-o", apigw, "../../src/apigw").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.TrimSuffix(serve.Start(t, apigw, ".", nil, args...).REST[0], "/")
}

func run(t *testing.T, input []byte, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, &stderr)
	}
	return strings.TrimSpace(string(out))
}

// Tokens from libraries of other languages are accepted, and refused if a single requirement is
// not met.
func TestTokens(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(keys, set, 0o600); err != nil {
		t.Fatal(err)
	}
	url := start(t, "--authorizer", "Pool=jwks:"+keys)
	now := time.Now().Unix()
	claims := map[string]map[string]any{}
	add := func(name string, change map[string]any) {
		c := map[string]any{"iss": issuer, "aud": "client", "token_use": "id", "sub": "ann", "iat": now, "exp": now + 3600}
		maps.Copy(c, change)
		claims[name] = c
	}
	add("good", nil)
	add("expired", map[string]any{"exp": now - 1})
	add("another issuer", map[string]any{"iss": issuer + "d"})
	add("another use", map[string]any{"token_use": "access", "client_id": "client", "scope": "orders/read"})
	add("no scope", map[string]any{"token_use": "access", "client_id": "client", "scope": "orders/write"})
	for language, command := range map[string][]string{"Python": {filepath.Join(tools(t, "signers"), "python"), "tokens.py"}, "Node": {"node", "tokens.mjs"}} {
		for _, c := range []struct {
			key                   *rsa.PrivateKey
			kid, name, path, want string
		}{
			{key, "k", "good", "/pool", "200 hello ann"},
			{key, "k", "another use", "/scoped", "200 hello ann"},
			{key, "k", "another use", "/pool", `401 {"message":"Unauthorized"}`},
			{key, "k", "good", "/scoped", `401 {"message":"Unauthorized"}`},
			{key, "k", "no scope", "/scoped", `403 {"Message":"User is not authorized to access this resource"}`},
			{key, "k", "expired", "/pool", `401 {"message":"The incoming token has expired"}`},
			{key, "k", "another issuer", "/pool", `401 {"message":"Unauthorized"}`},
			{key, "z", "good", "/pool", `401 {"message":"Unauthorized"}`},
			{other, "k", "good", "/pool", `401 {"message":"Unauthorized"}`},
		} {
			private, err := x509.MarshalPKCS8PrivateKey(c.key)
			if err != nil {
				t.Fatal(err)
			}
			input, err := json.Marshal(map[string]any{"key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})), "kid": c.kid, "claims": map[string]any{c.name: claims[c.name]}})
			if err != nil {
				t.Fatal(err)
			}
			var tokens map[string]string
			if err := json.Unmarshal([]byte(run(t, input, command[0], command[1:]...)), &tokens); err != nil {
				t.Fatal(err)
			}
			if got := get(t, url+c.path, "Bearer "+tokens[c.name]); got != c.want {
				t.Errorf("%s, %s, key %s, to %s: %s, want %s", language, c.name, c.kid, c.path, got, c.want)
			}
		}
	}
}

func get(t *testing.T, url, authorization string) string {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", authorization)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Status[:3] + " " + string(body)
}

// Requests signed by SDKs of other languages and by the AWS CLI are accepted, in the header and
// as presigned URLs.
func TestSignedRequests(t *testing.T) {
	url := start(t, "--iam-user", "ann=AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
	python := filepath.Join(tools(t, "signers"), "python")
	const want = "200 hello arn:aws:iam::123456789012:user/ann"
	for _, c := range [][]string{{"GET", "/signed/1", ""}, {"POST", "/signed/a%20b?q=1%202&a=%2B&q2=", `{"ä": 1}`}, {"PUT", "/signed/x~y", "{}"}} {
		for _, command := range [][]string{{python, "sign.py"}, {"node", "sign.mjs"}} {
			if got := run(t, nil, command[0], command[1], c[0], url+c[1], c[2]); got != want {
				t.Errorf("%v by %v: %s, want %s", c, command, got, want)
			}
		}
	}
	if got := run(t, nil, python, "sign.py", "GET", url+"/signed/1?q=1", "", "presigned"); got != want {
		t.Errorf("presigned: %s, want %s", got, want)
	}
	for secret, want := range map[string]bool{"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY": true, "another": false} {
		cmd := exec.Command(filepath.Join(tools(t, "awscli"), "aws"), "apigatewaymanagementapi", "delete-connection", "--connection-id", "a=b", "--endpoint-url", url, "--region", "us-east-1")
		cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY="+secret)
		if out, err := cmd.CombinedOutput(); (err == nil) != want || !want && !strings.Contains(string(out), "InvalidSignatureException") {
			t.Errorf("AWS CLI with the secret %s: %v\n%s", secret, err, out)
		}
	}
}
