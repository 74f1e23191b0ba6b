// Package recorded holds the gateway to what the real API Gateway did: exchanges that others recorded on AWS and published, or that its
// documentation shows. The documents, templates and words here are our own; only the facts are theirs, and each archive names where
// they come from.
//
// An archive holds a document, openapi.yaml, perhaps the options of the gateway, and cases in the format of `apigw test`, each under a
// name of its own: NAME/request, NAME/event, NAME/response and so on. The stage is "dev".
package recorded

import (
	"encoding/json"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/mappingtest"
)

func TestRecorded(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(archive.Comment), "Source: ") {
				t.Error("the archive does not name its source")
			}
			run(t, file, archive)
		})
	}
}

func run(t *testing.T, file string, archive *txtar.Archive) {
	options := gateway.Options{Stage: "dev"}
	var document *gateway.Document
	cases := map[string]*txtar.Archive{}
	var names []string
	for _, f := range archive.Files {
		var err error
		switch name, part := path.Split(f.Name); {
		case f.Name == "openapi.yaml":
			document, err = gateway.ParseDocument(file, f.Data)
		case f.Name == "options.json":
			err = json.Unmarshal(f.Data, &options)
		case name == "":
			t.Fatalf("there is no place for a file %s", f.Name)
		default:
			name = strings.TrimSuffix(name, "/")
			if cases[name] == nil {
				cases[name] = &txtar.Archive{}
				names = append(names, name)
			}
			cases[name].Files = append(cases[name].Files, txtar.File{Name: part, Data: f.Data})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if document == nil || len(names) == 0 {
		t.Fatal("an archive has a document, openapi.yaml, and cases")
	}
	slices.Sort(names)
	runner := &mappingtest.Runner{Document: document, Options: options}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			c, err := mappingtest.Parse(file+"/"+name, txtar.Format(cases[name]))
			if err != nil {
				t.Fatal(err)
			}
			out, err := runner.Run(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if !out.Passed() {
				t.Error(out.Diff)
			}
		})
	}
}
