package standin

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMain is moto's server if the test's program has that name.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != Program {
		os.Exit(m.Run())
	}
	if os.Getenv("MOTO_ENDS") != "" {
		os.Exit(1)
	}
	// Like werkzeug, moto's web server, which prints its address.
	host := os.Args[slices.Index(os.Args, "-H")+1]
	network, address := "tcp", host+":0"
	if socket, ok := strings.CutPrefix(host, "unix://"); ok {
		network, address = "unix", socket
	}
	l, err := net.Listen(network, address)
	if err != nil {
		panic(err)
	}
	if network == "tcp" {
		host = "http://" + l.Addr().String()
	}
	fmt.Println(" * Running on " + host)
	panic(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Content-Type") == "text/fails" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusInternalServerError)
		}
		if r.Header.Get("Content-Type") == "text/refused" {
			w.WriteHeader(http.StatusBadRequest)
		}
		fmt.Fprint(w, r.Host, r.URL, string(body), " ", r.Header.Get("Authorization"))
	})))
}

// listen is a Server, with this program as moto_server or nothing on the path.
func listen(t *testing.T, installed bool) *Server {
	t.Helper()
	bin := t.TempDir()
	if installed {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(self, filepath.Join(bin, Program)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	s, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func ask(t *testing.T, s *Server, service, kind string) (status int, body string) {
	t.Helper()
	return askFor(t, s, "Version.Operation", service, kind)
}

func askFor(t *testing.T, s *Server, target, service, kind string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.URL()+"/path?a=b", strings.NewReader("text"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/"+service+"/aws4_request, Signature=x")
	r.Header.Set("X-Amz-Target", target)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// The first request starts moto and waits until the resources have been created in it.
func TestMoto(t *testing.T) {
	s := listen(t, true)
	prepared := ""
	s.Prepare = func(_ context.Context, endpoint string) {
		prepared += endpoint
		for header, want := range map[string]int{"": http.StatusOK, "https://example.com": http.StatusForbidden} {
			r, err := http.NewRequest(http.MethodPost, endpoint, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if header != "" {
				r.Header.Set("Origin", header)
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("making what there is in it, with the origin %q: %d, want %d", header, resp.StatusCode, want)
			}
		}
	}
	s.Await(t.Context()) // in vain, since nothing has begun
	for range 2 {
		status, body := ask(t, s, "dynamodb", "application/x-amz-json-1.0")
		if want := strings.TrimPrefix(s.URL(), "http://") + "/path?a=btext AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, Signature=x"; status != http.StatusOK || body != want {
			t.Errorf("got %d %s, want %s", status, body, want)
		}
	}
	if strings.Count(prepared, "http://127.0.0.1:") != 1 || prepared == s.URL() {
		t.Errorf("what is in it was made at %q", prepared)
	}
	s.Close()
	if _, err := http.Get(prepared); err == nil {
		t.Error("moto is still there")
	}
}

// A function that names another Region finds what is in the stand-in's Region.
func TestRegion(t *testing.T) {
	s := listen(t, true)
	s.Region = "eu-west-1"
	if _, body := ask(t, s, "dynamodb", ""); !strings.HasSuffix(body, " AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/dynamodb/aws4_request, Signature=x") {
		t.Error(body)
	}
	for query, want := range map[string]string{
		"X-Amz-Credential=local%2F20260101%2Fsa-east-1%2Fs3%2Faws4_request&a=b": "/x?X-Amz-Credential=local%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&a=b ",
		"b=1&a=%20": "/x?b=1&a=%20 ",
	} {
		resp, err := http.Get(s.URL() + "/x?" + query)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !strings.HasSuffix(string(body), want) {
			t.Errorf("%s: got %s %v, want %s", query, body, err, want)
		}
	}
}

// An operation that moto lacks is reported once.
func TestLacks(t *testing.T) {
	s := listen(t, true)
	var told []string
	s.Lacks = func(service, operation string) { told = append(told, service+" "+operation) }
	for range 2 {
		if status, body := ask(t, s, "states", "text/fails"); status != http.StatusBadRequest || !strings.Contains(body, `"__type":"NotImplemented"`) || !strings.Contains(body, "moto_server failed on Operation") {
			t.Errorf("got %d %s", status, body)
		}
		ask(t, s, "states", "")
	}
	if strings.Join(told, ",") != "states Operation" {
		t.Errorf("told %q", told)
	}
}

func TestPoolless(t *testing.T) {
	s := listen(t, true)
	var told []string
	s.Poolless = func(operation string) { told = append(told, operation) }
	askFor(t, s, "AWSCognitoIdentityProviderService.ListUserPools", "cognito-idp", "")
	ask(t, s, "dynamodb", "text/refused")
	askFor(t, s, "AWSCognitoIdentityProviderService.SignUp", "cognito-idp", "text/refused")
	askFor(t, s, "AWSCognitoIdentityProviderService.InitiateAuth", "cognito-idp", "text/refused")
	if strings.Join(told, ",") != "SignUp" {
		t.Errorf("told %q", told)
	}
}

func TestMotoThatEnds(t *testing.T) {
	s := listen(t, true)
	t.Setenv("MOTO_ENDS", "1")
	if status, body := ask(t, s, "s3", ""); status != http.StatusForbidden || !strings.Contains(body, "moto_server ends at once") {
		t.Errorf("got %d %s", status, body)
	}
}

// Without moto a request is refused in the form of its service's protocol, and reported once for
// each service.
func TestNothing(t *testing.T) {
	s := listen(t, false)
	var told []string
	s.Unknown = func(service, operation string) { told = append(told, service+" "+operation) }
	const why = "apigw start: nothing stands in for AWS here, and there are no credentials"
	for _, c := range []struct {
		service, kind string
		status        int
		want          string
	}{
		{"dynamodb", "application/x-amz-json-1.0", 400, `{"__type":"UnrecognizedClientException","message":"` + why + `"}` + "\n"},
		{"dynamodb", "application/x-amz-json-1.0", 400, `{"__type":"UnrecognizedClientException","message":"` + why + `"}` + "\n"},
		{"s3", "", 403, "<Error><Code>InvalidAccessKeyId</Code><Message>" + why + "</Message></Error>"},
		{"sns", "application/x-www-form-urlencoded; charset=utf-8", 403, "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>" + why + "</Message></Error></ErrorResponse>"},
	} {
		if status, body := ask(t, s, c.service, c.kind); status != c.status || body != c.want {
			t.Errorf("%s: got %d %s, want %d %s", c.service, status, body, c.status, c.want)
		}
	}
	if got := strings.Join(told, ", "); got != "dynamodb Operation, s3 Operation, sns Operation" {
		t.Errorf("told of %s", got)
	}
}

// Web pages are refused, as at the other servers of this machine.
func TestPage(t *testing.T) {
	s := listen(t, false)
	r, err := http.NewRequest(http.MethodPost, s.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://example.com")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("got %d", resp.StatusCode)
	}
}
