// Package mappings holds the unit tests of the game's mapping templates: one archive for each
// request that a route accepts and each response that it can return. `apigw test tests/mappings`
// runs them too.
package mappings

import (
	"path/filepath"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/mappingtest"
	"example.com/guessing-game/src/apigw/sam"
)

func TestMappings(t *testing.T) {
	t.Parallel()
	template, err := sam.Read("../../template.yaml", sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	api := template.APIs[0]
	document, err := gateway.NewDocument(api.File, api.Document)
	if err != nil {
		t.Fatal(err)
	}
	options := gateway.Options{Stage: api.Stage, StageVariables: api.StageVariables}
	g, err := gateway.New(document, options)
	if err != nil {
		t.Fatal(err)
	}
	runner := &mappingtest.Runner{Document: document, Options: options}
	files, err := filepath.Glob("*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []*mappingtest.Outcome
	for _, file := range files {
		c, err := mappingtest.Read(file)
		if err != nil {
			t.Error(err)
			continue
		}
		out, err := runner.Run(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if !out.Passed() {
			t.Errorf("%s:\n%s", file, out.Diff)
		}
		outcomes = append(outcomes, out)
	}
	for _, m := range mappingtest.Missing(g.Routes(), outcomes) {
		t.Errorf("no test covers %s", m)
	}
}
