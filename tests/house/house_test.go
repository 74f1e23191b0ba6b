// Package house checks that packages have only the dependencies that they may have: arrows point
// one way.
package house

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const module = "example.com/guessing-game/"

// allowed lists the rooms that a room may import, besides itself and the rooms below it. The two
// wings never import each other.
var allowed = map[string][]string{
	// The game's wing.
	"src/game":       {},
	"src/store":      {"src/game"},
	"src/appendjson": {},
	"src/rawio":      {},
	"src/lambdaloop": {"src/rawio"},
	"src/xray":       {"src/appendjson", "src/rawio"},
	"src/function":   {"src/game", "src/store", "src/lambdaloop", "src/xray", "src/appendjson", "src/rawio"},
	// The tool's wing.
	"src/apigw/bodies":   {},
	"src/apigw/budget":   {},
	"src/apigw/vtl":      {"src/apigw/vtl/java", "src/apigw/budget"},
	"src/apigw/vtl/java": {"src/apigw/budget"},
	"src/apigw/cli":      {"src/apigw/console", "src/apigw/document", "src/apigw/visible"},
	"src/apigw/console":  {"src/apigw/visible"},
	"src/apigw/document": {},
	"src/apigw/gateway":  {"src/apigw/bodies", "src/apigw/local", "src/apigw/traceheader", "src/apigw/invoke/jackson", "src/apigw/document", "src/apigw/vtl", "src/apigw/vtl/java", "src/apigw/gateway/jsonpath", "src/apigw/gateway/jsonsmart", "src/apigw/budget"},

	"src/apigw/gateway/jsonpath":  {"src/apigw/vtl/java", "src/apigw/gateway/jsonsmart", "src/apigw/budget"},
	"src/apigw/gateway/jsonsmart": {"src/apigw/vtl/java", "src/apigw/budget"},

	"src/apigw/dist":           {},
	"src/apigw/door":           {},
	"src/apigw/invoke":         {"src/apigw/reserved", "src/apigw/bodies", "src/apigw/local", "src/apigw/door", "src/apigw/traceheader", "src/apigw/invoke/jackson"},
	"src/apigw/invoke/jackson": {},
	"src/apigw/standin":        {"src/apigw/door", "src/apigw/invoke"},
	"src/apigw/visible":        {},
	"src/apigw/local":          {},
	"src/apigw/reserved":       {},
	"src/apigw/traceheader":    {},
	"src/apigw/trace":          {"src/apigw/bodies", "src/apigw/door", "src/apigw/visible"},
	"src/apigw/sam":            {"src/apigw/reserved", "src/apigw/local", "src/apigw/document", "src/apigw/budget"},
	"src/apigw/runtimes":       {"src/apigw/document", "src/apigw/invoke", "src/apigw/sam", "src/apigw/shellword"},
	"src/apigw/schemaexample":  {"src/apigw/document"},
	"src/apigw/handlerreads":   {},
	"src/apigw/lambdaproxy":    {"src/apigw/gateway", "src/apigw/recorder"},
	"src/apigw/webadapter":     {},
	"src/apigw/account":        {},
	"src/apigw/operations":     {},
	"src/apigw/explain":        {"src/apigw/console", "src/apigw/document", "src/apigw/gateway", "src/apigw/sam", "src/apigw/visible", "src/apigw/vtl"},
	"src/apigw/render":         {"src/apigw/document", "src/apigw/vtl", "src/apigw/vtl/java"},
	"src/apigw/shellword":      {"src/apigw/visible"},
	"src/apigw/functions":      {"src/apigw/account", "src/apigw/cli", "src/apigw/console", "src/apigw/document", "src/apigw/explain", "src/apigw/gateway", "src/apigw/invoke", "src/apigw/project", "src/apigw/runtimes", "src/apigw/sam", "src/apigw/standin", "src/apigw/visible", "src/apigw/webadapter"},
	"src/apigw/tracing":        {"src/apigw/bench", "src/apigw/explain", "src/apigw/functions", "src/apigw/gateway", "src/apigw/invoke", "src/apigw/project", "src/apigw/recorder", "src/apigw/shellword", "src/apigw/trace", "src/apigw/traceheader"},
	"src/apigw/samconfig":      {"src/apigw/cli", "src/apigw/document"},
	"src/apigw/project":        {"src/apigw/account", "src/apigw/cli", "src/apigw/document", "src/apigw/gateway", "src/apigw/local", "src/apigw/provision", "src/apigw/sam", "src/apigw/samconfig"},
	"src/apigw/provision":      {"src/apigw/local", "src/apigw/document", "src/apigw/gateway", "src/apigw/sam"},
	"src/apigw/upstream":       {"src/apigw/gateway"},
	"src/apigw/recorder":       {"src/apigw/gateway"},
	"src/apigw/mappingtest":    {"src/apigw/document", "src/apigw/gateway", "src/apigw/vtl", "src/apigw/recorder"},
	"src/apigw/bench":          {"src/apigw/document", "src/apigw/explain", "src/apigw/sam", "src/apigw/gateway", "src/apigw/vtl", "src/apigw/vtl/java", "src/apigw/mappingtest", "src/apigw/recorder"},
	"src/apigw/executionlog":   {},
	"src/apigw/deployed":       {"src/apigw/account", "src/apigw/executionlog"},
	"src/apigw/replay":         {"src/apigw/executionlog", "src/apigw/gateway", "src/apigw/mappingtest", "src/apigw/recorder"},
	"src/apigw/check":          {"src/apigw/document", "src/apigw/operations", "src/apigw/schemaexample", "src/apigw/gateway", "src/apigw/recorder", "src/apigw/sam", "src/apigw/vtl", "src/apigw/vtl/java"},
	"src/apigw":                {}, // the command puts the rooms below it together
}

// forbidden lists packages from elsewhere, by prefixes of their import paths, that a package must
// not need.
var forbidden = map[string][]string{
	"src/game":      {"github.com/aws/", "net/http", "os/exec"},
	"src/apigw/vtl": {"github.com/aws/", "net/http", "os/exec"},
}

func TestArrowsPointOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Deps,Imports", "../../src/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct {
			ImportPath    string
			Deps, Imports []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		path, ours := strings.CutPrefix(p.ImportPath, module)
		if !ours {
			continue
		}
		seen++
		room := roomOf(path)
		if _, known := allowed[room]; !known {
			t.Errorf("%s is in no row of the table of packages; add it", path)
			continue
		}
		for _, dep := range p.Imports {
			if dep, ours := strings.CutPrefix(dep, module); ours && !may(room, roomOf(dep)) {
				t.Errorf("%s must not import %s", path, dep)
			}
		}
		for _, dep := range p.Deps {
			for _, prefix := range forbidden[room] {
				if strings.HasPrefix(dep, prefix) {
					t.Errorf("%s must not need %s", path, dep)
				}
			}
		}
	}
	if seen < len(allowed) {
		t.Errorf("saw %d packages, fewer than there are rooms", seen)
	}
}

// Every room of the tool is in the list of its folder.
func TestRoomsAreListed(t *testing.T) {
	list, err := os.ReadFile("../../src/apigw/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for room := range allowed {
		if name, ours := strings.CutPrefix(room, "src/apigw/"); ours && !strings.Contains(string(list), "]("+name+")") {
			t.Errorf("src/apigw/README.md does not list %s", name)
		}
	}
}

// roomOf returns the innermost room that contains a package, or the package itself if none does.
func roomOf(pkg string) string {
	for room := pkg; room != "src/apigw" && room != "."; room = path.Dir(room) {
		if _, known := allowed[room]; known {
			return room
		}
	}
	return pkg
}

func may(room, dep string) bool {
	if room == dep || room == "src/apigw" && strings.HasPrefix(dep, "src/apigw/") {
		return true
	}
	for _, a := range allowed[room] {
		if a == dep {
			return true
		}
	}
	return false
}
