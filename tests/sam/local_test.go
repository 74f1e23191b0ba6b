//go:build e2e

package sam

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guessing-game/tests/dynamodb"
	"example.com/guessing-game/tests/rest"
)

// outcomes are the function's results for files of events/ in a container that has just started and
// so has no game: the kind of an event or the type of an error. For all others it is GameNotFound.
var outcomes = map[string]string{
	"game-requested":             "GameCreated",
	"game-requested-with-key":    "GameCreated",
	"invalid-guess-fractional":   "InvalidGuess",
	"invalid-guess-missing":      "InvalidGuess",
	"invalid-guess-out-of-range": "InvalidGuess",
	"invalid-guess-textual":      "InvalidGuess",
	"invalid-id-malformed":       "InvalidEvent",
	"invalid-id-missing":         "InvalidEvent",
	"invalid-kind-missing":       "InvalidEvent",
	"invalid-kind-unknown":       "InvalidEvent",
}

type answer struct {
	Kind         string
	ErrorType    string
	ErrorMessage string
}

func TestSamLocalInvokeEveryEvent(t *testing.T) {
	p := built(t)
	files, err := filepath.Glob(filepath.Join(p.dir, "events", "*.json"))
	if err != nil || len(files) < len(outcomes) {
		t.Fatalf("%d events, %d outcomes: %v", len(files), len(outcomes), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			stdout, stderr := p.sam(t, "local", "invoke", "GameFunction", "-e", "events/"+name+".json")
			var a answer
			parseJSON(t, stdout, &a)
			if got, want := a.Kind+a.ErrorType, cmp.Or(outcomes[name], "GameNotFound"); got != want {
				t.Errorf("got %s, want %s\n%s", stdout, want, stderr)
			}
			if a.ErrorType != "" && !strings.HasPrefix(a.ErrorMessage, a.ErrorType+": ") {
				t.Errorf("the message does not begin with the type: %s", stdout)
			}
		})
	}
}

// With a table in DynamoDB Local a whole game is played, each event in a separate container.
func TestSamLocalInvokeWholeGame(t *testing.T) {
	p := built(t)
	local, err := dynamodb.Start(t.Context(), 0, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(local.Stop)
	if err := local.CreateTable(t.Context(), "games"); err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(local.URL, "http://"), ":")
	overrides := "TableName=games DynamoDBEndpoint=http://host.docker.internal:" + port
	var game struct {
		Kind, ID, Status string
		Guesses          []*int
		Number           int `json:"random_number"`
	}
	invoke := func(event string, kind string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(file, []byte(event), 0o644); err != nil {
			t.Fatal(err)
		}
		stdout, stderr := p.sam(t, "local", "invoke", "GameFunction", "-e", file, "--parameter-overrides", overrides)
		parseJSON(t, stdout, &game)
		if game.Kind != kind {
			t.Fatalf("%s: got %s, want %s\n%s", event, stdout, kind, stderr)
		}
	}
	invoke(`{"kind":"gameRequested"}`, "GameCreated")
	id, number := game.ID, game.Number
	invoke(fmt.Sprintf(`{"kind":"guessSubmitted","id":%q,"guess":%d}`, id, (number+1)%11), "GuessEvaluated")
	invoke(fmt.Sprintf(`{"kind":"guessSubmitted","id":%q,"guess":%d}`, id, number), "GameWon")
	invoke(fmt.Sprintf(`{"kind":"gameInfoRequested","id":%q}`, id), "GameInfoProvided")
	if game.Status != "won" || game.ID != id || game.Guesses[1] == nil || *game.Guesses[1] != number {
		t.Errorf("got %+v", game)
	}
}

// What sam local start-api 1.170.0 alters on the way, by the case of the suite that shows it.
var alteredBySAM = map[string]string{
	"no id: a slash":   "it decodes the path: a%2Fb is a/b, two segments, and so no route",
	"no id: traversal": "it decodes the path: ..%2F.. is ../.., and so no route",
	"a body of 11 MB":  "its emulator of Lambda breaks on an event above 6 MB and it returns 500, where API Gateway refuses the body with 413",
}

func TestSamLocalStartAPI(t *testing.T) {
	p := built(t)
	url, _ := serve(t, p.dir, []string{p.engine}, "http://127.0.0.1:PORT/", tool(t, "sam", "sam"), "local", "start-api", "--port", "PORT")
	rest.Suite(t, rest.Target{URL: url, Altered: alteredBySAM})
}

func TestSamLocalStartLambda(t *testing.T) {
	p := built(t)
	lambda, _ := serve(t, p.dir, []string{p.engine}, "http://127.0.0.1:PORT", tool(t, "sam", "sam"), "local", "start-lambda", "--port", "PORT")

	t.Run("aws lambda invoke", func(t *testing.T) {
		var a answer
		out := filepath.Join(t.TempDir(), "out.json")
		// The README's line.
		status := run(t, p.dir, nil, tool(t, "awscli", "aws"), "lambda", "invoke", "--endpoint-url", lambda, "--no-sign-request",
			"--function-name", "GameFunction", "--payload", `{"kind":"gameRequested"}`, out)
		if !strings.Contains(status, `"StatusCode": 200`) || strings.Contains(status, "FunctionError") {
			t.Errorf("status is %s", status)
		}
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &a); err != nil || a.Kind != "GameCreated" {
			t.Errorf("got %s", data)
		}
	})

	t.Run("apigw start --lambda-endpoint", func(t *testing.T) {
		url, _ := serve(t, p.dir, nil, "http://127.0.0.1:PORT/prod/", p.apigw(t), "start", "--lambda-endpoint", lambda,
			"--port", "PORT", "--lambda-port", "off", "--trace-port", "off", "--xray-port", "off")
		rest.Suite(t, rest.Target{URL: url})
	})
}
