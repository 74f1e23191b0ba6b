//go:build e2e

package apps

import (
	"bytes"
	"net"
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

// TestStandInWhereFunctionsLook starts an application whose functions look for DynamoDB Local and
// LocalStack at ports of this machine and under names of containers, as under sam local.
func TestStandInWhereFunctionsLook(t *testing.T) {
	t.Parallel()
	program, err := exec.Command("../moto/install.sh").Output()
	if err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	free.Close()
	dir := t.TempDir()
	for _, name := range []string{"template.yaml", "app.py", "app.js"} {
		data, err := os.ReadFile(filepath.Join("samlocal", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), bytes.ReplaceAll(data, []byte(":8000"), []byte(":"+port)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a := serve.Start(t, apigw, dir, []string{"PATH=" + filepath.Dir(strings.TrimSpace(string(program))) + string(os.PathListSeparator) + os.Getenv("PATH")})
	try(t, strings.TrimSuffix(a.REST[0], "/"), []call{
		{"GET", "/container", "", "", 200, "Notes", ""},
		{"GET", "/variable", "", "", 200, "Notes", ""},
		{"GET", "/node", "", "", 200, "Notes", ""},
	})
	if want := "note: moto also answers at 127.0.0.1:" + port + ", which "; !strings.Contains(a.String(), want) {
		t.Errorf("apigw start does not say %q:\n%s", want, a)
	}
}
