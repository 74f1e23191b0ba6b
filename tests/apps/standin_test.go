//go:build e2e

package apps

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guessing-game/tests/serve"
)

// TestStandIn starts an application that calls DynamoDB, S3, SQS and another function, as a user
// does who has installed moto's server and has no credentials. The Python that moto runs in has
// boto3; for Node.js the SQS client is installed.
func TestStandIn(t *testing.T) {
	t.Parallel()
	program, err := exec.Command("../moto/install.sh").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("shop")); err != nil {
		t.Fatal(err)
	}
	a := serve.Start(t, apigw, dir, []string{"PATH=" + filepath.Dir(strings.TrimSpace(string(program))) + string(os.PathListSeparator) + os.Getenv("PATH")})
	try(t, strings.TrimSuffix(a.REST[0], "/"), []call{
		{"GET", "/orders/1", "", "", 404, "no order 1", ""},
		{"GET", "/shipments", "", "", 200, "nothing to ship", ""},
		{"POST", "/orders", json, `{"id": "1", "what": "tea"}`, 201, "1", ""},
		{"GET", "/orders/1", "", "", 200, "tea: paid 1", ""},
		{"GET", "/shipments", "", "", 200, "tea", ""},
		{"GET", "/shipments", "", "", 200, "nothing to ship", ""},
	})
	for _, line := range []string{"moto stands in for AWS (", "moto has table Orders, bucket receipts, queue Shipments"} {
		if !strings.Contains(a.String(), line) {
			t.Errorf("apigw start does not say %q", line)
		}
	}
	if strings.Contains(a.String(), "stands in for the right value") {
		t.Error("apigw start tells of stand-ins for what moto has")
	}
}
