//go:build e2e

package apps

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/sam"
)

// TestTransform reads templates as written, and as the real SAM transform returns them. Both must
// describe the same APIs.
func TestTransform(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("../sam/tools.sh", "sam").Output()
	if err != nil {
		t.Fatalf("tools.sh: %v", err)
	}
	python := filepath.Join(strings.TrimSpace(string(out)), "python")
	templates, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(templates) < 6 {
		t.Fatalf("found %v, %v", templates, err)
	}
	for _, template := range append(templates, "notes/template.yaml", "mixed/template.yaml", "guarded/template.yaml") {
		t.Run(template, func(t *testing.T) {
			cmd := exec.Command(python, "transform.py", template)
			cmd.Env = append(os.Environ(), "AWS_DEFAULT_REGION=us-east-1", "PYTHONDONTWRITEBYTECODE=1")
			transformed, err := cmd.Output()
			if err != nil {
				t.Fatalf("transform.py: %v", err)
			}
			file := filepath.Join(t.TempDir(), "transformed.json")
			if err := os.WriteFile(file, transformed, 0o600); err != nil {
				t.Fatal(err)
			}
			got, want := describe(t, template), describe(t, file)
			for _, line := range want {
				if !slices.Contains(got, line) {
					t.Errorf("missing: %s", line)
				}
			}
			for _, line := range got {
				if !slices.Contains(want, line) {
					t.Errorf("not in SAM's: %s", line)
				}
			}
		})
	}
}

// describe lists what a gateway would make of each API of a template, a line for each fact,
// without positions.
func describe(t *testing.T, file string) (lines []string) {
	t.Helper()
	tpl, err := sam.Read(file, sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range tpl.APIs {
		doc, err := gateway.NewDocument(a.File, a.Document)
		if err != nil {
			t.Fatal(err)
		}
		api, err := gateway.Load(doc, gateway.Options{Stage: a.Stage, StageVariables: a.StageVariables})
		if err != nil {
			for _, p := range err.(gateway.Problems) {
				lines = append(lines, fmt.Sprintf("%s: %s: %s", a.ID, p.Route, p.Reason))
			}
		}
		lines = append(lines, fmt.Sprintf("%s: stage %s %v, tracing %t, binary %v", a.ID, a.Stage, a.StageVariables, a.Tracing, api.BinaryMediaTypes))
		for _, g := range api.GatewayResponses {
			var facts []string
			for _, m := range g.ResponseParameters {
				facts = append(facts, m.Target+"="+m.Source)
			}
			for _, m := range g.ResponseTemplates {
				facts = append(facts, m.MediaType+" template "+m.Source)
			}
			slices.Sort(facts)
			lines = append(lines, fmt.Sprintf("%s: %s %d %s", a.ID, g.Type, g.Status, strings.Join(facts, "; ")))
		}
		for _, r := range api.Routes {
			lines = append(lines, a.ID+": "+describeRoute(r))
		}
	}
	if len(lines) == 0 {
		t.Fatalf("%s describes nothing", file)
	}
	return lines
}

func describeRoute(r *gateway.Route) string {
	facts := []string{r.Name(), fmt.Sprintf("key %t, served %t", r.APIKeyRequired, r.Problem == nil)}
	add := func(format string, args ...any) { facts = append(facts, fmt.Sprintf(format, args...)) }
	if r.Validator != nil {
		add("validates body %t, parameters %t", r.Validator.Body, r.Validator.Parameters)
	}
	for _, p := range r.Parameters {
		add("%s.%s required %t", p.In, p.Name, p.Required)
	}
	for _, m := range r.Models {
		add("model %s %s", m.MediaType, m.Name)
	}
	if a := r.Authorizer; a != nil {
		add("authorizer %s %s %s %v %s", a.Name, a.Type, a.Function.ARN, a.IdentitySources, a.TTL)
	}
	if in := r.Integration; in != nil {
		add("%s %s:%s %s %s %s, streamed %t", in.Type, in.Function.Name, in.Function.Qualifier, in.URI, in.Passthrough, in.Timeout, in.Stream)
		if in.Service != nil {
			add("credentials %s", in.Credentials)
			for _, m := range r.Responses {
				add("method response %s %v", m.Status, m.Headers)
			}
		}
		for _, t := range in.RequestTemplates {
			add("%s template %s", t.MediaType, t.Source)
		}
		for _, ir := range in.Responses {
			add("response %s %s", ir.Pattern, ir.Status)
			for _, m := range ir.ResponseParameters {
				add("%s=%s", m.Target, m.Source)
			}
			for _, t := range ir.ResponseTemplates {
				add("%s template %s", t.MediaType, t.Source)
			}
		}
	}
	slices.Sort(facts[2:])
	return strings.Join(facts, "; ")
}
