package userpool_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"example.com/guessing-game/src/apigw/gateway/userpool"
)

const issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign makes a token with another library than the one that verifies it.
func sign(t *testing.T, method jwt.SigningMethod, key any, kid string, change map[string]any) string {
	t.Helper()
	claims := jwt.MapClaims{"iss": issuer, "aud": "client", "token_use": "id", "sub": "ann", "exp": now.Add(time.Hour).Unix()}
	for k, v := range change {
		if claims[k] = v; v == nil {
			delete(claims, k)
		}
	}
	token := jwt.NewWithClaims(method, claims)
	if kid != "" {
		token.Header["kid"] = kid
	}
	s, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// access are the claims of an access token.
func access(scope string) map[string]any {
	return map[string]any{"token_use": "access", "aud": nil, "client_id": "client", "scope": scope}
}

// Forgeries are refused, each for its own reason.
func TestVerify(t *testing.T) {
	t.Parallel()
	key, other := newKey(t), newKey(t)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	set := &userpool.Set{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k"}, {Key: []byte("shared"), KeyID: "symmetric"}, {Key: key, KeyID: "private"}}}
	pools := []*userpool.Pool{
		{Issuer: "https://elsewhere", Keys: &userpool.Set{}},
		{Issuer: issuer, Clients: []string{"other", "client"}, Keys: set},
	}
	good := sign(t, jwt.SigningMethodRS256, key, "k", nil)
	parts := strings.Split(good, ".")
	tampered := parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"`+issuer+`","aud":"client","token_use":"id","sub":"bob","exp":9999999999}`)) + "." + parts[2]
	for _, c := range []struct {
		name, token string
		scopes      []string
		want        string // part of the reason; empty: accepted
	}{
		{"good", good, nil, ""},
		{"good, with a scheme", "Bearer " + good, nil, ""},
		{"good, with a scheme in lower case", "bearer " + good, nil, ""},
		{"the audience as a list", sign(t, jwt.SigningMethodRS256, key, "k", map[string]any{"aud": []string{"client"}}), nil, ""},
		{"access token", sign(t, jwt.SigningMethodRS256, key, "k", access("a/read b/write")), []string{"x", "b/write"}, ""},
		{"another scheme", "Basic " + good, nil, "not a JWT signed by RS256"},
		{"nothing", "", nil, "not a JWT"},
		{"not a token", "abc", nil, "not a JWT"},
		{"broken Base64", "a.b*.c", nil, "not a JWT"},
		{"algorithm none", sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "k", nil), nil, "not a JWT"},
		{"HS256 with the public key", sign(t, jwt.SigningMethodHS256, public, "k", nil), nil, "not a JWT signed by RS256"},
		{"HS256 with the public key's DER", sign(t, jwt.SigningMethodHS256, der, "k", nil), nil, "not a JWT signed by RS256"},
		{"HS256 with a key of the set", sign(t, jwt.SigningMethodHS256, []byte("shared"), "symmetric", nil), nil, "not a JWT signed by RS256"},
		{"RS384", sign(t, jwt.SigningMethodRS384, key, "k", nil), nil, "not a JWT signed by RS256"},
		{"PS256", sign(t, jwt.SigningMethodPS256, key, "k", nil), nil, "not a JWT signed by RS256"},
		{"another key", sign(t, jwt.SigningMethodRS256, other, "k", nil), nil, `signature is not that of the key "k"`},
		{"a symmetric key's name", sign(t, jwt.SigningMethodRS256, key, "symmetric", nil), nil, `no key "symmetric"`},
		{"a private key's name", sign(t, jwt.SigningMethodRS256, key, "private", nil), nil, `no key "private"`},
		{"an unknown key", sign(t, jwt.SigningMethodRS256, key, "z", nil), nil, `no key "z"`},
		{"no key", sign(t, jwt.SigningMethodRS256, key, "", nil), nil, "names no key"},
		{"other claims under the signature", tampered, nil, "signature"},
		{"no signature", parts[0] + "." + parts[1] + ".", nil, "signature"},
		{"expired", sign(t, jwt.SigningMethodRS256, key, "k", map[string]any{"exp": now.Unix()}), nil, "expired at 2026-01-02T03:04:05Z"},
		{"no expiry", sign(t, jwt.SigningMethodRS256, key, "k", map[string]any{"exp": nil}), nil, "has no exp"},
		{"an expiry that is text", sign(t, jwt.SigningMethodRS256, key, "k", map[string]any{"exp": "never"}), nil, "malformed"},
		{"an endless expiry", sign(t, jwt.SigningMethodRS256, key, "k", map[string]any{"exp": 1e300}), nil, "malformed"},
		{"another issuer", sign(t, jwt.SigningMethodRS256, key, "k", map[string]any{"iss": issuer + "x"}), nil, `its issuer (iss) is "` + issuer + `x"`},
		{"another pool's issuer", sign(t, jwt.SigningMethodRS256, key, "k", map[string]any{"iss": "https://elsewhere"}), nil, `no key "k"`},
		{"another client", sign(t, jwt.SigningMethodRS256, key, "k", map[string]any{"aud": "somebody"}), nil, `its app client is "somebody"`},
		{"several clients", sign(t, jwt.SigningMethodRS256, key, "k", map[string]any{"aud": []string{"client", "somebody"}}), nil, "malformed"},
		{"no client", sign(t, jwt.SigningMethodRS256, key, "k", map[string]any{"aud": nil, "client_id": "client"}), nil, "names no app client"},
		{"access token without scopes asked for", sign(t, jwt.SigningMethodRS256, key, "k", access("a")), nil, `its token_use is "access"`},
		{"ID token with scopes asked for", good, []string{"a"}, `its token_use is "id"`},
		{"a refresh token's use", sign(t, jwt.SigningMethodRS256, key, "k", map[string]any{"token_use": "refresh"}), nil, `its token_use is "refresh"`},
		{"another scope", sign(t, jwt.SigningMethodRS256, key, "k", access("a/read")), []string{"a"}, `its scopes are "a/read"`},
		{"no scope", sign(t, jwt.SigningMethodRS256, key, "k", access("")), []string{"a"}, `its scopes are ""`},
	} {
		payload, claims, refusal := userpool.Verify(t.Context(), pools, c.token, c.scopes, now)
		switch {
		case c.want == "" && refusal != nil:
			t.Errorf("%s: refused: %v", c.name, refusal)
		case c.want == "" && (!strings.Contains(string(payload), `"sub":"ann"`) || claims.Issuer != issuer):
			t.Errorf("%s: claims %s", c.name, payload)
		case c.want != "" && (refusal == nil || payload != nil || !strings.Contains(refusal.Reason, c.want)):
			t.Errorf("%s: %v, want %s", c.name, refusal, c.want)
		case c.want != "" && (refusal.Expired != strings.HasPrefix(c.want, "expired") || refusal.Scope != strings.HasPrefix(c.want, "its scopes")):
			t.Errorf("%s: %+v", c.name, refusal)
		}
	}
}

// A key set is read again when a token names a key that is not in it, since pools change their
// keys, but not for every such token.
func TestRemoteKeys(t *testing.T) {
	t.Parallel()
	key, requests := newKey(t), 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	}))
	defer s.Close()
	r := userpool.NewRemote(s.URL, s.Client())
	if err := r.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Key(t.Context(), "k"); err != nil {
		t.Error(err)
	}
	for range 3 {
		if _, err := r.Key(t.Context(), "z"); err == nil {
			t.Error("there is a key z")
		}
	}
	if requests != 1 {
		t.Errorf("%d requests, want 1", requests)
	}
	dir := t.TempDir()
	for content, want := range map[string]string{"{": "not a JSON Web Key Set", `{"keys": []}`: "with keys", `{"Resources": {}}`: "with keys"} {
		file := filepath.Join(dir, "keys.json")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := userpool.NewRemote(file, nil).Check(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", content, err, want)
		}
	}
}

// All programs of a project have the same key, whichever made it, and nobody else can read it.
func TestLocalKey(t *testing.T) {
	t.Parallel()
	file, err := userpool.LocalFile(t.TempDir(), "template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	sets, keys := make([]string, 4), make([]string, 4)
	for i := range sets {
		wg.Go(func() {
			l, err := userpool.OpenLocal(file)
			if err != nil {
				t.Error(err)
				return
			}
			set, err := l.JWKS()
			if err != nil {
				t.Error(err)
			}
			sets[i], keys[i] = string(set), l.APIKey("Key")
		})
	}
	wg.Wait()
	for i := range sets {
		if sets[i] != sets[0] || keys[i] != keys[0] || len(keys[i]) != 40 {
			t.Errorf("%s %s, want %s %s", sets[i], keys[i], sets[0], keys[0])
		}
	}
	if strings.Contains(sets[0], `"d"`) {
		t.Error("the key set has the private key")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "new-*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v, want -rw-------", info.Mode(), err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := userpool.OpenLocal(file); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others can read: %v", err)
	}
	if err := errors.Join(os.WriteFile(file, []byte("{}"), 0o600), os.Chmod(file, fs.FileMode(0o600))); err != nil {
		t.Fatal(err)
	}
	if _, err := userpool.OpenLocal(file); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged key: %v", err)
	}
}

func TestIssuer(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]string{
		"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc":      issuer,
		"arn:aws-cn:cognito-idp:cn-north-1:123456789012:userpool/cn-north-1_abc": "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_abc",
		"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/":                   "",
		"arn:aws:lambda:eu-west-1:123456789012:function:f":                       "",
		"eu-west-1_abc": "",
	} {
		if got, err := userpool.Issuer(arn); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v; want %q", arn, got, err, want)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("Bearer a.b.c")
	f.Add("eyJhbGciOiJub25lIn0.eyJpc3MiOiIifQ.")
	f.Add("eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.eyJpc3MiOiJpIn0.AAAA")
	pools := []*userpool.Pool{{Issuer: "i", Keys: &userpool.Set{}}}
	f.Fuzz(func(t *testing.T, token string) {
		if _, _, refusal := userpool.Verify(t.Context(), pools, token, nil, now); refusal == nil {
			t.Errorf("%q is accepted", token)
		}
	})
}
