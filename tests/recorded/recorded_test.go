// Package recorded compares the gateway with the real API Gateway: with exchanges that others
// recorded on AWS and published, or that its documentation shows. The documents, templates and
// words here are our own; only the facts are theirs, and each archive names its sources.
//
// An archive holds a document, openapi.yaml, perhaps options.json, and cases in the format of
// `apigw test`, each under its own name: NAME/request, NAME/event, NAME/response and so on. The
// stage is "dev". The responses come from apigw start, over its listener, with the function
// behind --lambda-endpoint.
package recorded

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/mappingtest"
	"example.com/guessing-game/src/apigw/recorder"
)

// requestIDHeader is not in net/http's canonical form.
var requestIDHeader = "x-amzn-RequestId"

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

// options are options of the gateway that an archive may set.
type options struct {
	StageVariables map[string]string
	Lenient        bool
	APIKeys        map[string]string // values by id
}

func (o options) args() []string {
	args := []string{"--stage", "dev"}
	if o.Lenient {
		args = append(args, "--lenient")
	}
	for _, k := range slices.Sorted(maps.Keys(o.APIKeys)) {
		args = append(args, "--api-key", k+"="+o.APIKeys[k])
	}
	for _, k := range slices.Sorted(maps.Keys(o.StageVariables)) {
		args = append(args, "--stage-variables", k+"="+o.StageVariables[k])
	}
	return args
}

func run(t *testing.T, file string, archive *txtar.Archive) {
	var o options
	document := ""
	cases := map[string]*txtar.Archive{}
	var names []string
	sourced := map[string]bool{}
	for _, f := range archive.Files {
		switch name, part := path.Split(f.Name); {
		case f.Name == "openapi.yaml":
			document = string(f.Data)
		case f.Name == "options.json":
			d := json.NewDecoder(bytes.NewReader(f.Data))
			d.DisallowUnknownFields()
			if err := d.Decode(&o); err != nil {
				t.Fatal(err)
			}
		case f.Name == "sources": // see ./compare
			for line := range strings.Lines(string(f.Data)) {
				if words := strings.Fields(line); len(words) > 2 {
					sourced[words[0]] = true
				}
			}
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
	}
	if document == "" || len(names) == 0 {
		t.Fatal("an archive has a document, openapi.yaml, and cases")
	}
	for _, name := range names {
		if !sourced[name] && !sourced["*"] {
			t.Errorf("%s has no line in sources, which says where its values come from", name)
		}
	}
	var mu sync.Mutex // for both current and events
	var current *mappingtest.Case
	var events [][]byte
	var requests []*gateway.UpstreamRequest
	services := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		header := r.Header.Clone()
		header.Set("Host", r.Host)
		header.Set("Content-Length", fmt.Sprint(len(body)))
		requests = append(requests, &gateway.UpstreamRequest{Method: r.Method, URL: r.URL, Header: header, Body: string(body)})
		current.Answer(w)
	})
	addr := start(t, document, func(event []byte) ([]byte, bool) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, event)
		return current.Returned()
	}, services, o.args()...)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			c, err := mappingtest.Parse(file+"/"+name, txtar.Format(cases[name]))
			if err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			current, events, requests = c, nil, nil
			mu.Unlock()
			line, header, body := send(t, addr, "localhost", c.Request("dev"))
			mu.Lock()
			defer mu.Unlock()
			r := &recorder.Response{Header: header}
			if _, err := fmt.Sscanf(line, "HTTP/1.1 %d ", &r.Status); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			for _, name := range c.Headers() {
				if len(header[name]) == 0 && len(r.Values(name)) > 0 {
					t.Errorf("the header %s has a name in another case: %v", name, header)
				}
			}
			id := strings.Join(header[requestIDHeader], "")
			r.Body.WriteString(steady(body, id))
			for i := range events {
				events[i] = []byte(steady(string(events[i]), id))
			}
			if id != "" {
				header[requestIDHeader] = []string{requestID}
			}
			if diff := c.Compare(events, requests, r); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// requestID replaces the id of a request in archives.
const requestID = "00000000-0000-0000-0000-000000000001"

var (
	clock = regexp.MustCompile(`\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000`)
	epoch = regexp.MustCompile(`("requestTimeEpoch": ?"?)\d{13}`)
)

// steady replaces the id and the time of a request in a string with those of the archives.
func steady(text, id string) string {
	if id != "" {
		text = strings.ReplaceAll(text, id, requestID)
	}
	return epoch.ReplaceAllString(clock.ReplaceAllString(text, "01/Jan/2020:00:00:00 +0000"), "${1}1577836800000")
}
