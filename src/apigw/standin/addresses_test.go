package standin

import (
	"net"
	"net/http"
	"testing"
)

func TestNamed(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`boto3.resource('dynamodb', endpoint_url='http://localhost:8000/')`:                     "8000",
		`const endpoint = process.env.AWS_SAM_LOCAL ? 'http://host.docker.internal:8000' : '';`: "8000",
		`ddbOptions.endpoint = 'http://dynamodb:8000';`:                                         "8000",
		`return "http://localstack-main:4566";`:                                                 "4566",
		`AWS_ENDPOINT=http://127.0.0.1:9324`:                                                    "9324",
		`origin = 'http://localhost:3000'`:                                                      "",
		`endpoint = "http://localhost"`:                                                         "",
		`endpoint = "https://example.com:8000"`:                                                 "",
		`DynamoDB at http://localhosts:8000`:                                                    "",
	} {
		if got := Named(line); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

// TestAlso answers at a further port under the names of containers, and leaves a port that
// something else listens at.
func TestAlso(t *testing.T) {
	t.Parallel()
	s, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.program = ""
	port, taken := "", false
	for range 20 { // others may take a port between its two uses
		other, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ = net.SplitHostPort(other.Addr().String())
		if s.Also(port) {
			t.Error("it takes a port that is in use")
		}
		other.Close()
		if taken = s.Also(port); taken {
			break
		}
	}
	if !taken {
		t.Fatal("it takes no free port")
	}
	for host, want := range map[string]int{"dynamodb:8000": http.StatusBadRequest, "rebound.example:8000": http.StatusForbidden} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:"+port, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: got %d, want %d", host, resp.StatusCode, want)
		}
	}
}
