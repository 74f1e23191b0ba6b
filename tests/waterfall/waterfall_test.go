// Package waterfall plays a game on `apigw start` and compares the trace of each request with the
// exact tree of its segments: those of the gateway, of the function's host, and of the function
// itself, which arrive over UDP.
package waterfall

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/tests/rest"
)

var programs string // the folder of the function and the gateway

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "waterfall")
	if err == nil {
		programs = dir
		defer os.RemoveAll(dir)
		err = rest.Build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// node is a segment in its tree, as in api/traces/{id}.
type node struct {
	Segment struct {
		Name                   string
		Error, Fault, Throttle bool
		Annotations            map[string]any
		AWS                    map[string]any
		HTTP                   struct{ Response struct{ Status int } }
	}
	StartMS    float64 `json:"start_ms"`
	DurationMS float64 `json:"duration_ms"`
	Orphan     bool
	Children   []node
}

// trees draws segments, a line for each, without times and ids.
func trees(nodes []node, indent string) string {
	var b strings.Builder
	for _, n := range nodes {
		s := n.Segment
		fmt.Fprint(&b, indent, s.Name)
		for _, flag := range []struct {
			name string
			set  bool
		}{{"error", s.Error}, {"fault", s.Fault}, {"throttle", s.Throttle}, {"orphan", n.Orphan}} {
			if flag.set {
				fmt.Fprint(&b, " ", flag.name)
			}
		}
		for _, key := range []string{"kind", "outcome", "coldStart", "cold_start", "gateway_response"} {
			if v, ok := s.Annotations[key]; ok {
				fmt.Fprintf(&b, " %s=%v", key, v)
			}
		}
		for _, key := range []string{"operation", "table_name", "retries"} {
			if v, ok := s.AWS[key]; ok {
				fmt.Fprintf(&b, " %s=%v", key, v)
			}
		}
		if s.HTTP.Response.Status != 0 {
			fmt.Fprintf(&b, " %d", s.HTTP.Response.Status)
		}
		b.WriteString("\n" + trees(n.Children, indent+"  "))
	}
	return b.String()
}

// within checks that every segment lies in its parent's time, as precisely as a clock and a
// document's microseconds allow.
func within(t *testing.T, n node) {
	t.Helper()
	const slackMS = 0.01
	for _, child := range n.Children {
		if child.StartMS < n.StartMS-slackMS || child.StartMS+child.DurationMS > n.StartMS+n.DurationMS+slackMS {
			t.Errorf("%s, from %f for %f ms, is not within %s, from %f for %f ms", child.Segment.Name, child.StartMS, child.DurationMS,
				n.Segment.Name, n.StartMS, n.DurationMS)
		}
		within(t, child)
	}
}

// game is a game in progress, and where it is played.
type game struct {
	*rest.Apigw
	id       string
	requests int
}

// send sends a request with a new trace and returns the trace's tree, once the function's segments
// have arrived.
func (g *game) send(t *testing.T, method, path, body string) string {
	t.Helper()
	g.requests++
	id := fmt.Sprintf("1-%08x-%024x", time.Now().Unix(), g.requests)
	req, err := http.NewRequest(method, g.REST+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Amzn-Trace-Id", "Root="+id+";Sampled=1")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	var created struct{ Game struct{ ID string } }
	if json.Unmarshal(answer, &created) == nil && created.Game.ID != "" {
		g.id = created.Game.ID
	}
	// The response arrives before the gateway's segment, and datagrams take their time.
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var trace struct {
			Tree []node `json:"segments_tree"`
		}
		resp, err := http.Get(g.Trace + "api/traces/" + id)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err == nil && resp.StatusCode == http.StatusOK {
			err = json.Unmarshal(text, &trace)
		}
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		tree := trees(trace.Tree, "")
		whole := len(trace.Tree) == 1 && !strings.Contains(tree, "orphan")
		if invoked := strings.Contains(tree, "GameFunction"); whole && invoked == strings.Contains(tree, "event") {
			within(t, trace.Tree[0])
			return tree
		}
		if time.Now().After(deadline) {
			t.Fatalf("the trace is not whole:\n%s", tree)
		}
	}
}

// dynamodb responds as DynamoDB would for one game, with the number 7 and no guesses except the
// one being made.
func dynamodb(t *testing.T) (url string) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".UpdateItem") {
			io.WriteString(w, `{"Attributes": {"random_number": {"N": "7"}, "guesses": {"L": [{"N": "5"}]}}}`)
			return
		}
		io.WriteString(w, "{}")
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestWaterfallOfAGame(t *testing.T) {
	t.Parallel()
	const refused = `
ID/prod error gateway_response=BAD_REQUEST_BODY 400
  validation error
`
	const unknown = "00000000-0000-4000-8000-000000000000"
	t.Run("in memory", func(t *testing.T) {
		t.Parallel()
		g := &game{Apigw: rest.Start(t, programs)}
		for _, step := range []step{
			{"POST", "games", "{}", `
ID/prod 201
  validation
  request mapping
  integration
    GameFunction cold_start=true
      Initialization
      Invocation
      event kind=gameRequested outcome=GameCreated coldStart=true
        decode
        store
        encode
      Overhead
  response mapping
`},
			{"POST", "games/ID", `{"guess":11}`, refused},
			{"POST", "games/" + unknown, `{"guess":5}`, `
ID/prod error 404
  validation
  request mapping
  integration
    GameFunction cold_start=false
      Invocation
      event error kind=guessSubmitted outcome=GameNotFound coldStart=false
        decode
        store error
      Overhead
  response mapping
`},
			{"GET", "games/ID", "", `
ID/prod 200
  validation
  request mapping
  integration
    GameFunction cold_start=false
      Invocation
      event kind=gameInfoRequested outcome=GameInfoProvided coldStart=false
        decode
        store
        encode
      Overhead
  response mapping
`},
		} {
			g.hold(t, step)
		}
	})
	t.Run("in DynamoDB", func(t *testing.T) {
		t.Parallel()
		env := filepath.Join(t.TempDir(), "env.json")
		content := fmt.Sprintf(`{"GameFunction": {"TABLE_NAME": "games", "AWS_ENDPOINT_URL_DYNAMODB": %q}}`, dynamodb(t))
		if err := os.WriteFile(env, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		g := &game{Apigw: rest.Start(t, programs, "--env-vars", env)}
		for _, step := range []step{
			{"POST", "games", "{}", `
ID/prod 201
  validation
  request mapping
  integration
    GameFunction cold_start=true
      Initialization
      Invocation
      event kind=gameRequested outcome=GameCreated coldStart=true
        decode
        store
          DynamoDB operation=PutItem table_name=games retries=0 200
        encode
      Overhead
  response mapping
`},
			{"POST", "games/ID", `{"guess":11}`, refused},
			{"POST", "games/ID", `{"guess":5}`, `
ID/prod 200
  validation
  request mapping
  integration
    GameFunction cold_start=false
      Invocation
      event kind=guessSubmitted outcome=GuessEvaluated coldStart=false
        decode
        store
          DynamoDB operation=UpdateItem table_name=games retries=0 200
        encode
      Overhead
  response mapping
`},
		} {
			g.hold(t, step)
		}
	})
}

// step is a request and the tree of its trace. ID stands for the game's id, and in the tree for
// the API's.
type step struct{ method, path, body, want string }

func (g *game) hold(t *testing.T, s step) {
	t.Helper()
	got := g.send(t, s.method, strings.ReplaceAll(s.path, "ID", g.id), s.body)
	_, rest, _ := strings.Cut(got, "/")
	if got = "\nID/" + rest; got != s.want {
		t.Errorf("%s %s %s: got%swant%s", s.method, s.path, s.body, got, s.want)
	}
}
