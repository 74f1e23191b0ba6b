//go:build e2e

package rest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// schemathesis, an independent tester for OpenAPI, sends what the document allows and what it does
// not, and chains of requests by its links, and checks every response against the document. It
// finds nothing but what is API Gateway's own way: 403 rather than 405 for a method that a path
// does not have.
func TestSchemathesis(t *testing.T) {
	out, err := exec.Command(Root+"/tests/sam/tools.sh", "schemathesis").Output()
	if err != nil {
		t.Fatalf("installing schemathesis: %v", err)
	}
	a := Start(t, programs, "--log-level", "warn")
	seed := time.Now().UnixNano() % 1e9
	cmd := exec.Command(filepath.Join(strings.TrimSpace(string(out)), "st"), "run", "openapi/api.yaml", "--url", strings.TrimSuffix(a.REST, "/"),
		"--checks", "all", "--exclude-checks", "unsupported_method", "--max-examples", "40", "--seed", fmt.Sprint(seed), "--no-color")
	cmd.Dir = Root
	report, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(report), "Tested: 7") {
		t.Errorf("seed %d: %v\n%s", seed, err, report)
	}
}
